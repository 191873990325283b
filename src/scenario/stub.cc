#include "scenario/stub.h"

namespace sluice::scenario {
namespace {

constexpr uint64_t kMaxBody = 64u << 20;

// What the gateway asked for, as the policy's author wrote it: https unless the port says otherwise.
std::string urlOf(const http::RequestHead& head) {
  return "https://" + std::string(head.headers.find("Host").value_or("")) + std::string(head.target);
}

}  // namespace

Stub::Stub(runtime::Loop& loop, const TokenMaker& tokens) : tokens_(tokens), server_(loop, *this) {}

Result<uint16_t> Stub::listen() {
  auto bound = server_.listen(runtime::SocketAddress::loopback(0));
  if (!bound) return tl::make_unexpected(bound.error());
  return bound->port();
}

void Stub::expect(const std::vector<BackendCall>& calls) {
  calls_.assign(calls.begin(), calls.end());
  received_.clear();
}

runtime::Task<void> Stub::handle(http::ServerExchange& exchange) {
  const http::RequestHead& head = exchange.head();
  const auto path = head.target.substr(0, head.target.find('?'));
  if (head.method == "GET" && path.ends_with("/.well-known/openid-configuration")) {
    const auto document = tokens_.metadata("https://" + std::string(head.headers.find("Host").value_or("")));
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
  message.url = urlOf(head);
  for (const auto& field : head.headers) message.headers.emplace_back(field.name, field.value);
  if (auto body = co_await exchange.readWholeBody(kMaxBody)) message.body = std::string(*body);
  received_.push_back(std::move(message));
  if (calls_.empty()) {
    co_await exchange.respond(500, "text/plain", "the scenario lists no such backend call");
    co_return;
  }
  const BackendCall call = std::move(calls_.front());
  calls_.pop_front();
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
