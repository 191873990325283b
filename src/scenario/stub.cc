#include "scenario/stub.h"

namespace sluice::scenario {
namespace {

constexpr uint64_t kMaxBody = 64u << 20;

}  // namespace

Stub::Stub(runtime::Loop& loop, const TokenMaker& tokens)
    : tokens_(tokens), http_(*this, loop, "http"), https_(*this, loop, "https") {}

Result<Stub::Ports> Stub::listen() {
  auto http = http_.listen();
  auto https = https_.listen();
  if (!http) return tl::make_unexpected(http.error());
  if (!https) return tl::make_unexpected(https.error());
  return Ports{http->port(), https->port()};
}

void Stub::expect(const std::vector<BackendCall>& calls) {
  calls_.assign(calls.begin(), calls.end());
  received_.clear();
}

runtime::Task<void> Stub::handle(http::ServerExchange& exchange, std::string_view scheme) {
  const http::RequestHead& head = exchange.head();
  const auto path = head.target.substr(0, head.target.find('?'));
  const auto base = std::string(scheme) + "://" + std::string(head.headers.find("Host").value_or(""));
  if (head.method == "GET" && path.ends_with("/.well-known/openid-configuration")) {
    const auto document = tokens_.metadata(base);
    co_await exchange.respond(200, "application/json", document);
    co_return;
  }
  if (head.method == "GET" && path == "/keys") {
    const auto document = tokens_.keys();
    co_await exchange.respond(200, "application/json", document);
    co_return;
  }
  Message message;
  message.method = head.method;
  message.url = base + std::string(head.target);
  for (const auto& field : head.headers) message.headers.emplace_back(field.name, field.value);
  if (auto body = co_await exchange.readWholeBody(kMaxBody)) message.body = std::string(*body);
  received_.push_back(std::move(message));
  if (calls_.empty()) {
    co_await exchange.respond(500, "text/plain", "the scenario lists no such backend call");
    co_return;
  }
  const BackendCall call = std::move(calls_.front());
  calls_.pop_front();
  if (call.delay > Duration::zero()) co_await exchange.loop().sleepFor(call.delay);
  if (call.drop) {
    exchange.abort();
    co_return;
  }
  co_await answer(exchange, call);
}

runtime::Task<void> Stub::answer(http::ServerExchange& exchange, const BackendCall& call) {
  http::ResponseHead head;
  head.status = call.status;
  for (const auto& [name, value] : call.headers) head.headers.add(name, value);
  const bool chunked = !call.events.empty();
  head.framing = chunked ? http::Framing::Chunked : http::Framing::Length;
  head.content_length = call.body.size() + (call.cut ? 1 : 0);
  exchange.startResponse(head);
  for (const auto& event : call.events) {
    if (auto written = co_await exchange.write(event); !written) co_return;
  }
  if (call.cut) {
    if (!chunked) std::ignore = co_await exchange.write(call.body);
    exchange.abort();
    co_return;
  }
  std::ignore = co_await exchange.finish(chunked ? std::string_view() : std::string_view(call.body));
}

}  // namespace sluice::scenario
