#include "policy/outgoing.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "policy/exchange_context.h"
#include "policy/message_edit.h"
#include "policy/query.h"
#include "policy/services.h"
#include "policy/url.h"

namespace sluice::policy {
namespace {

// Of the client's connection with us, or worked out anew for each request.
bool isCopied(std::string_view name) {
  for (const std::string_view own : {"Host", "Content-Length", "Connection", "Keep-Alive", "Transfer-Encoding", "TE",
                                     "Trailer", "Upgrade", "Expect", "Proxy-Connection", "Accept-Encoding"})
    if (equalsIgnoreCase(name, own)) return false;
  return true;
}

class Begin final : public Step {
 public:
  explicit Begin(const ElementReader& reader) : mode_(reader.choice("mode")) {}

  Verdict run(Exchange& exchange) const override {
    const auto mode = mode_.evaluate(exchange);
    if (!mode) return Verdict::Fail;
    auto& request = *exchange.arena().create<RequestMessage>(exchange.arena());
    exchange.outgoing = &request;
    request.method = "GET";
    if (static_cast<OutgoingMode>(*mode) == OutgoingMode::New) return Verdict::Next;
    request.method = exchange.request.method;
    request.url = exchange.request.url;
    if (const Url base = splitUrl(exchange.backend.base_url); !base.host.empty()) {
      request.url = base;
      request.url.path = joinPath(base.path, exchange.request.url.path, exchange.arena());
      request.url.query = exchange.request.url.query;
    }
    for (const auto& header : exchange.request.headers)
      if (isCopied(header.name)) request.headers.add(header.name, header.value);
    // In outbound the request's body has gone (reference 2.9).
    const bool sent = exchange.section == Section::Outbound || exchange.section == Section::OnError;
    if (!sent && exchange.request.body.kind() == MessageBody::Kind::Ready)
      request.body.set(exchange.request.body.content());
    return Verdict::Next;
  }

 private:
  ChoiceOperand mode_;
};

class SetUrl final : public Step {
 public:
  explicit SetUrl(const ElementReader& part) : url_(part.content()) {}

  Verdict run(Exchange& exchange) const override {
    const auto text = url_.evaluate(exchange);
    if (!text) return Verdict::Fail;
    const Url url = splitUrl(*text);
    if (url.host.empty())
      return exchange.fail(500, "UrlInvalid",
                           fmt::format("'{}' is not an absolute http or https URL.", text->substr(0, 200)));
    exchange.outgoing->url = url;
    return Verdict::Next;
  }

 private:
  TextOperand url_;
};

class Fetched final : public expression::ResponseView {
 public:
  Fetched(const http::FetchResponse& from, Arena& arena)
      : status_(from.status), reason_(arena.copy(from.reason)), headers_(&arena), map_(headers_) {
    for (const auto& [name, value] : from.headers) headers_.add(arena.copy(name), arena.copy(value));
    body_.set(arena.copy(from.body));
  }
  int statusCode() const override { return status_; }
  std::string_view statusReason() const override { return reason_; }
  const expression::MultiMap& headers() const override { return map_; }
  expression::Body* body() override { return &body_; }

 private:
  int status_;
  std::string_view reason_;
  http::Headers headers_;
  HeaderMap map_;
  MessageBody body_;
};

std::string urlText(const Url& url, Arena& arena) {
  const bool secure = url.scheme == "https";
  const bool six = url.host.find(':') != std::string_view::npos;
  std::string text = fmt::format("{}://{}{}{}", url.scheme, six ? "[" : "", url.host, six ? "]" : "");
  if (url.port != (secure ? 443 : 80)) text += fmt::format(":{}", url.port);
  const std::string_view path = escape(url.path, Escape::Repair, arena);
  text.append(path.starts_with('/') ? "" : "/").append(path);
  if (!url.query.empty()) text.append("?").append(escape(url.query, Escape::Repair, arena));
  return text;
}

}  // namespace

void emitOutgoing(Emitter& emitter, ElementReader& reader) {
  const ChoiceOperand mode = reader.choice("mode");
  const bool may_copy = mode.isExpression() || static_cast<OutgoingMode>(mode.literal()) == OutgoingMode::Copy;
  const ElementReader* url = reader.child("set-url");
  if (url == nullptr && !may_copy)
    reader.error(fmt::format("<{}> needs an element <set-url> in it", reader.spec().name),
                 "Only mode=\"copy\" goes without.");
  const bool before_sent = reader.section() == Section::Inbound || reader.section() == Section::Backend;
  if (may_copy && before_sent && reader.element().child("set-body") == nullptr) reader.touches(kReadsRequestBody);
  emitter.add(std::make_shared<Begin>(reader), reader);
  if (url != nullptr) {
    if (url->ok() && !url->content().isExpression() && splitUrl(url->content().literal()).host.empty())
      reader.errorIn(url->element(), fmt::format("`{}` is not an absolute http or https URL", url->content().literal()),
                     "Write it as in https://host/path.");
    emitter.add(std::make_shared<SetUrl>(*url), *url);
  }
  emitter.policies(reader, Target::Outgoing);
}

Outgoing takeOutgoing(Exchange& exchange, Duration timeout) {
  const RequestMessage& from = *std::exchange(exchange.outgoing, nullptr);
  Outgoing outgoing;
  outgoing.connection = from.connection;
  http::FetchRequest& request = outgoing.request;
  request.method = from.method;
  request.url = urlText(from.url, exchange.arena());
  for (const auto& header : from.headers) request.headers.emplace_back(header.name, header.value);
  request.headers.emplace_back("Accept-Encoding", "identity");
  request.body = from.body.content();
  request.timeouts.total = timeout;
  if (exchange.configuration != nullptr) request.max_body = exchange.configuration->settings.limits.buffered_response;
  return outgoing;
}

runtime::Task<Result<http::FetchResponse>> fetchOutgoing(Exchange& exchange, Outgoing outgoing) {
  Services& services = exchange.services();
  if (outgoing.connection.usual()) return services.fetch(std::move(outgoing.request));
  return services.fetchOver(outgoing.connection, std::move(outgoing.request));
}

expression::Value fetchedResponse(Exchange& exchange, const http::FetchResponse& response) {
  // Nothing in it owns memory outside the arena, so that its destructor need not run.
  auto& view = *exchange.arena().create<Fetched>(response, exchange.arena());
  const expression::Value value = expression::makeResponse(view, exchange.arena());
  if (value.isObject()) exchange.responses.emplace_back(value.pointer(), &view);
  return value;
}

expression::ResponseView* responseIn(const Exchange& exchange, std::string_view variable) {
  const expression::Value* value = exchange.variable(variable);
  if (value == nullptr || !value->isObject()) return nullptr;
  for (const auto& [object, view] : exchange.responses)
    if (object == value->pointer()) return view;
  return nullptr;
}

}  // namespace sluice::policy
