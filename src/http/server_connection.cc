#include "http/server_connection.h"

#include <cstring>
#include <exception>

#include "base/log.h"

namespace sluice::http {
namespace {

using runtime::deadlineAfter;
using runtime::IoResult;
using runtime::IoStatus;

constexpr size_t kSmallRest = 4096;                // what follows a head and is this small is copied with it
constexpr uint64_t kWorthDiscarding = 256 * 1024;  // of an unread body, to keep the connection
constexpr Duration kLingerTime = std::chrono::seconds(5);
constexpr uint64_t kLingerBytes = 16u << 20;

int statusFor(ParseStatus status) {
  switch (status) {
    case ParseStatus::TooLarge:
      return 431;
    case ParseStatus::BadVersion:
      return 505;
    case ParseStatus::Unsupported:
      return 501;
    case ParseStatus::BadExpectation:
      return 417;
    default:
      return 400;
  }
}

std::string errorBody(int status) {
  return "{ \"statusCode\": " + std::to_string(status) + ", \"message\": \"" + std::string(reasonPhrase(status)) +
         "\" }";
}

}  // namespace

ServerConnection::ServerConnection(Server::Impl& server, std::unique_ptr<runtime::Stream> stream, uint16_t tag)
    : server_(server),
      stream_(std::move(stream)),
      input_(server.loop.buffers()),
      waiting_since_(server.loop.now()),
      tag_(tag) {
  server_.connections.pushBack(*this);
  ++server_.counters.open;
}

ServerConnection::~ServerConnection() {
  closeExchange();
  --server_.counters.open;
}

runtime::Loop& ServerConnection::loop() const {
  return server_.loop;
}

std::string_view ServerConnection::peerAddress() {
  if (peer_address_.empty()) peer_address_ = stream_->peer().ip();
  return peer_address_;
}

void ServerConnection::closeWhenIdle() {
  keep_ = false;
  if (idle_) stream_->watch().wake(IoStatus::Cancelled);
}

void ServerConnection::cut() {
  stream_->abort();
}

void ServerConnection::openExchange() {
  if (!arena_) arena_ = server_.takeArena();
  exchange_ = new (exchange_memory_) ServerExchange(*this);
}

void ServerConnection::closeExchange() {
  if (exchange_ == nullptr) return;
  stream_->watch().cancelOnHangUp(nullptr);
  std::exchange(exchange_, nullptr)->~ServerExchange();
  // What is pending may lie in the arena.
  if (!input_.pending().empty()) input_.park();
  server_.giveBack(std::move(arena_));
}

Task<void> ServerConnection::serve(std::unique_ptr<ServerConnection> self) {
  runtime::Stream& stream = *self->stream_;
  for (;;) {
    const HeadState state = self->parseHead();
    if (state == HeadState::Parsed) {
      co_await self->handleRequest();
      if (!self->keep_) break;
      // Pipelined requests are answered one after another, but not all before anybody else's.
      if (!self->input_.pending().empty()) co_await self->server_.loop.yield();
      continue;
    }
    if (state == HeadState::Refused) {
      co_await self->refuse(self->refusal_);
      break;
    }
    const IoResult got = self->input_.fill(stream);
    if (got.bytes > 0 || got.status == IoStatus::Ready) continue;
    if (got.status != IoStatus::Drained) break;
    self->input_.park();
    self->idle_ = self->input_.pending().empty();
    if (self->idle_ && self->server_.draining) break;
    const IoStatus waited = co_await stream.readable(self->headDeadline());
    if (waited == IoStatus::Ready) continue;
    if (waited == IoStatus::Timeout && !self->input_.pending().empty()) co_await self->refuse(408);
    break;
  }
}

// Between requests the keep-alive limit holds; from a request's first byte on, and for a new connection, the head's.
Instant ServerConnection::headDeadline() const {
  const bool between = requests_ > 0 && input_.pending().empty();
  return deadlineAfter(waiting_since_, between ? server_.limits.keep_alive_idle : server_.limits.head_time);
}

ServerConnection::HeadState ServerConnection::parseHead() {
  const std::string_view bytes = input_.pending();
  if (bytes.empty()) return HeadState::NeedMore;
  if (idle_ && requests_ > 0) waiting_since_ = loop().now();  // the first byte of the next request
  idle_ = false;
  openExchange();
  const ParseResult result = parseRequestHead(bytes, server_.limits.head, exchange_->head_, seen_);
  if (result.status == ParseStatus::Done) {
    acceptHead(result.consumed);
    return HeadState::Parsed;
  }
  closeExchange();
  if (result.status == ParseStatus::Incomplete) {
    seen_ = bytes.size();
    return HeadState::NeedMore;
  }
  ++server_.counters.malformed;
  log::debug("a request was refused", {{"problem", result.problem}});
  refusal_ = statusFor(result.status);
  return HeadState::Refused;
}

// The head's bytes move into the arena, with the start of the body when that is short, and the read buffer is free.
void ServerConnection::acceptHead(size_t head_size) {
  const std::string_view bytes = input_.pending();
  const bool all = bytes.size() - head_size <= kSmallRest;
  const size_t copied = all ? bytes.size() : head_size;
  // Readers of the body (simdjson) may look a little past its end.
  char* const memory = static_cast<char*>(arena_->allocateBytes(copied + runtime::BufferPool::kPadding, 1));
  std::memcpy(memory, bytes.data(), copied);
  rebase(exchange_->head_, bytes.data(), memory);
  if (all) {
    input_.moved(memory + head_size, copied - head_size);
  } else {
    input_.consume(head_size);
  }
  exchange_->body_.start(exchange_->head_.framing, exchange_->head_.content_length);
  exchange_->started_at_ = loop().now();
  seen_ = 0;
  ++requests_;
  ++server_.counters.requests;
}

Task<void> ServerConnection::handleRequest() {
  struct InFlight {
    explicit InFlight(ServerCounters& of) : counters(of) { ++counters.in_flight; }
    ~InFlight() { --counters.in_flight; }
    ServerCounters& counters;
  };
  const InFlight in_flight(server_.counters);
  ServerExchange& exchange = *exchange_;
  stream_->watch().cancelOnHangUp(&exchange.client_gone_);
  try {
    co_await server_.handler.handle(exchange);
  } catch (const std::exception& problem) {
    log::error("a handler ended by an exception", {{"what", problem.what()}});
  } catch (...) {
    log::error("a handler ended by an exception of an unknown kind");
  }
  keep_ = co_await conclude();
  closeExchange();
  waiting_since_ = loop().now();
}

// After the handler: sees that there is a whole response, and that the next request can be read. False: close.
Task<bool> ServerConnection::conclude() {
  ServerExchange& exchange = *exchange_;
  if (exchange.phase_ == ServerExchange::Phase::Idle) {
    exchange.closeAfterResponse();
    const std::string body = errorBody(500);
    [[maybe_unused]] const Status sent = co_await exchange.respond(500, "application/json", body);
  }
  if (exchange.phase_ != ServerExchange::Phase::Finished) {
    exchange.abort();
    co_return false;
  }
  if (exchange.keep_alive_ && keep_ && exchange.body_.done()) co_return true;
  if (exchange.keep_alive_ && keep_ && co_await discardBody()) co_return true;
  if (!exchange.body_.done()) co_await linger();
  co_return false;
}

// A response that ends early must not look whole. Without a length or chunks only a reset can tell.
void ServerConnection::truncate(Framing framing) {
  if (framing == Framing::UntilClose) {
    stream_->abort();
  } else {
    stream_->shutdownWrite();
  }
}

// Reads the rest of a body that the handler did not want, if it is short.
Task<bool> ServerConnection::discardBody() {
  ServerExchange& exchange = *exchange_;
  exchange.limitBody(exchange.body_.delivered() + kWorthDiscarding);
  if (exchange.body_.remaining().value_or(0) > kWorthDiscarding) co_return false;
  while (!exchange.body_.done()) {
    const Result<std::string_view> piece = co_await exchange.readBody();
    if (!piece) co_return false;
  }
  co_return true;
}

// Answers what was no request. Nothing in the answer tells more than the status.
Task<void> ServerConnection::refuse(int status) {
  openExchange();
  ServerExchange& exchange = *exchange_;
  exchange.closeAfterResponse();
  const std::string body = errorBody(status);
  const Status sent = co_await exchange.respond(status, "application/json", body);
  if (sent) co_await linger();
  closeExchange();
}

// Closing with input unread would reset the connection, and the client might never see the answer: says that we are
// done, then reads on for a while.
Task<void> ServerConnection::linger() {
  stream_->shutdownWrite();
  const Instant deadline = deadlineAfter(loop().now(), kLingerTime);
  uint64_t left = kLingerBytes;
  for (;;) {
    input_.consume(input_.pending().size());
    const IoResult got = input_.fill(*stream_);
    if (got.bytes > left || (got.status != IoStatus::Ready && got.status != IoStatus::Drained)) co_return;
    left -= got.bytes;
    if (got.status == IoStatus::Ready) continue;
    input_.consume(input_.pending().size());
    input_.park();
    if (co_await stream_->readable(deadline) != IoStatus::Ready) co_return;
  }
}

}  // namespace sluice::http
