#include "simulator/player.h"

#include <algorithm>

#include "runtime/within.h"
#include "simulator/model_call.h"

namespace sluice::simulator {
namespace {

using runtime::Task;

constexpr uint64_t kMostBody = 64ull << 20;
// How many events are written in a row before others get their turn.
constexpr int kEventsPerTurn = 64;
constexpr size_t kSlowPieces = 10;
constexpr std::string_view kErrorEvent =
    R"(data: {"error":{"message":"The server had an error while processing your request. Sorry about that!",)"
    R"("type":"server_error","param":null,"code":null}})"
    "\n\n";

// Origin-form or absolute-form.
void splitTarget(std::string_view target, Request& request) {
  if (const auto scheme = target.find("://"); scheme != std::string_view::npos && !target.starts_with('/')) {
    target.remove_prefix(scheme + 3);
    target.remove_prefix(std::min(target.find('/'), target.size()));
  }
  const auto question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
}

Task<void> sleepTask(runtime::Loop& loop, Duration time) {
  co_await loop.sleepFor(time);
}

// False: the client left meanwhile.
Task<bool> pause(http::ServerExchange& exchange, Duration time) {
  if (time <= Duration::zero()) co_return !exchange.clientGone().cancelled();
  auto sleep = sleepTask(exchange.loop(), time);
  const auto slept =
      co_await runtime::within(exchange.loop(), std::move(sleep), runtime::kNever, &exchange.clientGone());
  co_return slept.has_value();
}

enum class Ending { Whole, ClientLeft, Cut };

void begin(http::ServerExchange& exchange, const Reply& reply) {
  http::ResponseHead head;
  head.status = reply.status;
  for (const auto& [name, value] : reply.headers) head.headers.add(name, value);
  head.framing = reply.events != nullptr ? http::Framing::Chunked : http::Framing::Length;
  head.content_length = reply.body.size();
  exchange.startResponse(head);
}

Task<Ending> playBody(http::ServerExchange& exchange, const Reply& reply) {
  const std::string_view body = reply.body;
  if (reply.knobs.cut) {
    const auto sent = co_await exchange.write(body.substr(0, body.size() / 2));
    exchange.abort();
    co_return sent ? Ending::Cut : Ending::ClientLeft;
  }
  if (!reply.knobs.slow_body) {
    const auto sent = co_await exchange.finish(body);
    co_return sent ? Ending::Whole : Ending::ClientLeft;
  }
  const size_t step = body.size() / kSlowPieces + 1;
  for (size_t at = 0; at < body.size(); at += step) {
    const auto sent = co_await exchange.write(body.substr(at, step));
    if (!sent || !co_await pause(exchange, *reply.knobs.slow_body / kSlowPieces)) co_return Ending::ClientLeft;
  }
  const auto sent = co_await exchange.finish();
  co_return sent ? Ending::Whole : Ending::ClientLeft;
}

// When the next event is due, by the tokens that came before it.
class Pace {
 public:
  Pace(Instant start, double tokens_per_second) : due_(start), per_second_(tokens_per_second) {}
  Instant dueAfter(size_t tokens) {
    if (per_second_ > 0) due_ += Duration(static_cast<int64_t>(1e9 * static_cast<double>(tokens) / per_second_));
    return due_;
  }

 private:
  Instant due_;
  double per_second_;
};

Task<Ending> playEvents(http::ServerExchange& exchange, Reply& reply) {
  const auto& knobs = reply.knobs;
  if (knobs.first_token) {
    const auto flushed = co_await exchange.write(std::string_view(), http::Flush::Now);
    if (!flushed || !co_await pause(exchange, *knobs.first_token)) co_return Ending::ClientLeft;
  }
  Pace pace(exchange.loop().now(), knobs.tokens_per_second.value_or(0));
  for (int64_t sent = 0;; ++sent) {
    if (knobs.cut == sent) {
      exchange.abort();
      co_return Ending::Cut;
    }
    if (knobs.error_in_stream == sent) {
      const auto told = co_await exchange.finish(kErrorEvent);
      co_return told ? Ending::Cut : Ending::ClientLeft;
    }
    const auto event = reply.events->next();
    if (!event) break;
    const auto wait = pace.dueAfter(event->tokens) - exchange.loop().now();
    if (!co_await pause(exchange, wait)) co_return Ending::ClientLeft;
    const auto written = co_await exchange.write(event->text);
    if (!written) co_return Ending::ClientLeft;
    if (sent % kEventsPerTurn == kEventsPerTurn - 1) co_await exchange.loop().yield();
  }
  const auto finished = co_await exchange.finish();
  co_return finished ? Ending::Whole : Ending::ClientLeft;
}

void count(Ending ending, bool stream, Tally& tally) {
  if (ending == Ending::ClientLeft) ++tally.aborted;
  if (ending == Ending::Cut) ++tally.cut;
  if (ending == Ending::Whole && stream) ++tally.streams_ended;
}

}  // namespace

Task<std::optional<Request>> readRequest(http::ServerExchange& exchange) {
  const auto body = co_await exchange.readWholeBody(kMostBody);
  if (!body) {
    if (body.error().code == static_cast<int>(http::ExchangeError::TooLarge)) {
      co_await exchange.respond(413, "application/json", R"({"error":{"code":"413","message":"Request too large"}})");
    }
    co_return std::nullopt;
  }
  Request request;
  request.method = exchange.head().method;
  request.scheme = exchange.isTls() ? "https" : "http";
  request.authority = exchange.head().headers.find("Host").value_or("");
  splitTarget(exchange.head().target, request);
  for (const auto& header : exchange.head().headers) request.headers.emplace_back(header.name, header.value);
  request.body = *body;
  request.now = exchange.loop().clock().utc();
  co_return request;
}

Task<void> play(http::ServerExchange& exchange, Reply reply, Tally* tally) {
  Tally unwatched;
  Tally& counts = tally == nullptr ? unwatched : *tally;
  const bool stream = reply.events != nullptr;
  if (stream) ++counts.streams;
  if (!co_await pause(exchange, reply.knobs.latency.value_or(Duration::zero()))) {
    ++counts.aborted;
    exchange.abort();
    co_return;
  }
  if (reply.knobs.reset.value_or(false)) {
    ++counts.cut;
    exchange.abort();
    co_return;
  }
  begin(exchange, reply);
  Ending ending;
  if (stream) {
    ending = co_await playEvents(exchange, reply);
  } else {
    ending = co_await playBody(exchange, reply);
  }
  count(ending, stream, counts);
  if (ending == Ending::ClientLeft) exchange.abort();
}

}  // namespace sluice::simulator
