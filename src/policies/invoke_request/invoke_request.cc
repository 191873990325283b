#include "policies/invoke_request/invoke_request.h"

#include <fmt/format.h>

#include <vector>

#include "base/encoding.h"
#include "policy/message_edit.h"
#include "policy/outgoing.h"
#include "policy/services.h"
#include "policy/url.h"

namespace sluice::policies {
namespace {

using namespace policy;

constexpr std::chrono::seconds kTimeout{60};  // as send-request's, which can be set; here there is no attribute

// Framing and connection are worked out anew on each side.
bool isCopied(std::string_view name) {
  for (const std::string_view own :
       {"Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding", "Trailer", "Upgrade", "Proxy-Connection"})
    if (equalsIgnoreCase(name, own)) return false;
  return true;
}

// What of a backend applies to forwarded requests only: such a backend is refused, rather than called without it.
std::string_view whyNotCalled(const config::Backend& backend) {
  if (!backend.pool.empty()) return "it is a pool";
  if (backend.breaker) return "it has a circuit breaker";
  if (!backend.credentials.empty()) return "it has credentials";
  if (!backend.proxy_url.empty()) return "it has a proxy";
  if (!backend.validate_certificate_chain || !backend.validate_certificate_name ||
      !backend.server_thumbprints.empty() || !backend.server_names.empty())
    return "it has rules for the server's certificate";
  if (backend.service_fabric || !backend.api_version.empty() || !backend.deployments.empty())
    return "its URLs are mapped";
  return {};
}

struct Header {
  TextOperand name, value;
};

class InvokeRequest final : public Step {
 public:
  explicit InvokeRequest(const ElementReader& reader)
      : method_(reader.text("method")),
        url_(reader.text("url")),
        backend_(reader.text("backend-id")),
        variable_(reader.text("response-variable-name")) {
    for (const auto* header : reader.children("header"))
      headers_.push_back({header->text("name"), header->text("value")});
    if (const ElementReader* body = reader.child("body")) body_ = body->content();
  }

  Verdict run(Exchange& exchange) const override {
    exchange.outgoing = exchange.arena().create<RequestMessage>(exchange.arena());
    const bool built = setMethod(exchange) && setUrl(exchange) && setHeaders(exchange) && setBody(exchange);
    if (!built) {
      exchange.outgoing = nullptr;
      return Verdict::Fail;
    }
    Outgoing outgoing = takeOutgoing(exchange, kTimeout);
    std::string_view variable;
    if (!variable_.absent()) {
      const auto name = variable_.evaluate(exchange);
      if (!name) return Verdict::Fail;
      if (name->empty())
        return exchange.fail(500, "ResponseVariableMissing", "The name of the variable for the response is empty.");
      variable = *name;
    }
    return exchange.wait(send(exchange, fetchOutgoing(exchange, std::move(outgoing)), variable));
  }

 private:
  // These four: false after Exchange::fail().
  bool setMethod(Exchange& exchange) const {
    const auto method = method_.evaluate(exchange);
    if (!method) return false;
    if (!isHeaderName(*method)) {  // both are tokens (RFC 9110 section 9.1)
      exchange.fail(500, "MethodInvalid", "The request's method is not valid.");
      return false;
    }
    exchange.outgoing->method = *method;
    return true;
  }

  bool setUrl(Exchange& exchange) const {
    std::string_view base, text;
    if (!backend_.absent()) {
      const auto id = backend_.evaluate(exchange);
      if (!id) return false;
      const config::Backend* backend =
          exchange.configuration == nullptr ? nullptr : exchange.configuration->findBackend(*id);
      const std::string_view reason = backend == nullptr ? "there is none" : whyNotCalled(*backend);
      if (!reason.empty()) {
        exchange.fail(500, "BackendNotFound",
                      fmt::format("The backend '{}' cannot be called: {}.", id->substr(0, 200), reason));
        return false;
      }
      base = backend->url;
    }
    if (!url_.absent()) {
      const auto url = url_.evaluate(exchange);
      if (!url) return false;
      text = *url;
    }
    Url url = splitUrl(base.empty() ? text : base);
    if (url.host.empty() || (!base.empty() && !splitUrl(text).host.empty())) {
      exchange.fail(500, "UrlInvalid", fmt::format("'{}' is not a URL for this request.", text.substr(0, 200)));
      return false;
    }
    if (!base.empty() && !text.empty()) {
      const size_t mark = text.find('?');
      url.path = joinPath(url.path, text.substr(0, mark), exchange.arena());
      if (mark != std::string_view::npos) url.query = text.substr(mark + 1);
    }
    exchange.outgoing->url = url;
    return true;
  }

  bool setHeaders(Exchange& exchange) const {
    for (const auto& header : headers_) {
      const auto name = header.name.evaluate(exchange);
      const auto value = name ? header.value.evaluate(exchange) : std::nullopt;
      if (!value) return false;
      if (!isHeaderName(*name) || !isHeaderValue(*value)) {
        exchange.fail(500, "HeaderValueInvalid", "A header's name or value has characters that no header may have.");
        return false;
      }
      if (isCopied(*name)) exchange.outgoing->headers.add(*name, *value);
    }
    return true;
  }

  bool setBody(Exchange& exchange) const {
    if (body_.absent()) return true;
    const auto body = body_.evaluate(exchange);
    if (body) exchange.outgoing->body.set(*body);
    return body.has_value();
  }

  // `variable` empty: the response is the exchange's own.
  static runtime::Task<Verdict> send(Exchange& exchange, runtime::Task<Result<http::FetchResponse>> fetching,
                                     std::string_view variable) {
    const Result<http::FetchResponse> response = co_await std::move(fetching);
    if (!response) {
      const auto code = static_cast<http::ClientError>(response.error().code);
      const bool late = code == http::ClientError::TotalTimeout || code == http::ClientError::HeadTimeout ||
                        code == http::ClientError::BodyTimeout || code == http::ClientError::SendTimeout;
      co_return exchange.fail(500, late ? "Timeout" : "BackendConnectionFailure", response.error().message);
    }
    if (!variable.empty()) {
      exchange.setVariable(variable, fetchedResponse(exchange, *response));
      co_return Verdict::Next;
    }
    if (!mayChange(exchange, Target::Response)) co_return Verdict::Respond;
    Arena& arena = exchange.arena();
    exchange.newResponse(response->status, arena.copy(response->reason));
    for (const auto& [name, value] : response->headers)
      if (isCopied(name)) exchange.response.headers.add(arena.copy(name), arena.copy(value));
    exchange.response.body.set(arena.copy(response->body));
    co_return Verdict::Respond;
  }

  TextOperand method_, url_, backend_, variable_;
  std::vector<Header> headers_;
  TextOperand body_;
};

void checkBackend(ElementReader& reader) {
  const TextOperand id = reader.text("backend-id");
  if (id.absent() || id.isExpression()) return;
  const config::Backend* backend = reader.configuration().findBackend(id.literal());
  const std::string_view reason = backend == nullptr ? std::string_view() : whyNotCalled(*backend);
  if (backend == nullptr) {
    reader.errorAt("backend-id", fmt::format("there is no backend `{}`", id.literal()), "Add it below `backends/`.");
  } else if (!reason.empty()) {
    reader.errorAt("backend-id", fmt::format("the backend `{}` cannot be called from here: {}", id.literal(), reason),
                   "Use <set-backend-service> and <forward-request>, or give its address with `url`.");
  }
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  const TextOperand url = reader.text("url");
  if (!reader.has("backend-id")) {
    if (url.absent()) {
      reader.error("<invoke-request> needs one of the attributes `url` and `backend-id`",
                   "Give a URL, or the name of a backend below `backends/`.");
    } else if (!url.isExpression() && splitUrl(url.literal()).host.empty()) {
      reader.errorAt("url", fmt::format("`{}` is not an absolute http or https URL", url.literal()),
                     "Write it as in https://host/path; a path alone needs `backend-id`.");
    }
  } else if (!url.absent() && !url.isExpression() && !splitUrl(url.literal()).host.empty()) {
    reader.errorAt("url", "with `backend-id`, the URL is a path below the backend's", "Remove one of the two.");
  }
  checkBackend(reader);
  reader.touches(kMayWait);
  if (!reader.has("response-variable-name")) reader.touches(kChangesResponse);
  return std::make_shared<InvokeRequest>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "method", .sentence = "The request's method.", .fallback = "GET"},
    {.name = "url", .sentence = "The whole URL; with `backend-id`, path and query below the backend's."},
    {.name = "backend-id", .sentence = "A backend below `backends/`, without credentials or rules of its own."},
    {.name = "response-variable-name",
     .sentence = "The variable that gets the response, an IResponse; without it, the response is the answer."},
};
constexpr AttributeSpec kHeaderAttributes[] = {
    {.name = "name", .need = Need::Required, .sentence = "The header's name."},
    {.name = "value", .need = Need::Required, .sentence = "Its value."},
};
constexpr ElementSpec kChildren[] = {
    {.name = "header", .sentence = "A header of the request.", .attributes = kHeaderAttributes},
    {.name = "body", .sentence = "The request's body.", .content = Content::Verbatim, .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "invoke-request",
                .sentence = "Sends a request of its own; its response goes into a variable, or is the answer.",
                .attributes = kAttributes,
                .children = kChildren},
    .status =
        "Known from Microsoft's policy toolkit only. Without a variable it ends the pipeline as <return-response> "
        "does. Backends with credentials, TLS rules, a breaker or a pool are refused.",
    .posture = "A URL made from what callers send lets them choose whom the gateway calls: use an allow-list.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& invokeRequestDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
