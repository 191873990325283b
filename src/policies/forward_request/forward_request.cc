#include "policies/forward_request/forward_request.h"

#include "policy/element_reader.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;

bool literalTrue(const ElementReader& reader, std::string_view name) {
  return parseBool(reader.literal(name)).value_or(false);
}

class ForwardRequest final : public Step {
 public:
  explicit ForwardRequest(const ElementReader& reader)
      : timeout_(reader.seconds("timeout")),
        timeout_milliseconds_(reader.integer("timeout-ms")),
        follow_redirects_(reader.boolean("follow-redirects")) {
    fixed_.buffer_request_body = literalTrue(reader, "buffer-request-body");
    fixed_.buffer_response = literalTrue(reader, "buffer-response");
    fixed_.fail_on_error_status_code = literalTrue(reader, "fail-on-error-status-code");
    const std::string version = reader.literal("http-version");
    if (version == "2") fixed_.http_version = http::HttpVersion::Http2;
    if (version == "2or1") fixed_.http_version = http::HttpVersion::Http2OrHttp1;
  }

  Verdict run(Exchange& exchange) const override {
    // The options must live as long as the task that reads them: in the arena.
    ForwardOptions& options = *exchange.arena().create<ForwardOptions>(fixed_);
    if (timeout_milliseconds_.absent()) {
      const auto timeout = timeout_.evaluate(exchange);
      if (!timeout) return Verdict::Fail;
      options.timeout = *timeout;
    } else {
      const auto timeout = timeout_milliseconds_.evaluate(exchange);
      if (!timeout) return Verdict::Fail;
      options.timeout = std::chrono::milliseconds(*timeout);
    }
    const auto follow = follow_redirects_.evaluate(exchange);
    if (!follow) return Verdict::Fail;
    options.follow_redirects = *follow;
    return exchange.wait(exchange.services().forward(exchange, options));
  }

 private:
  DurationOperand timeout_;
  IntegerOperand timeout_milliseconds_;
  BoolOperand follow_redirects_;
  ForwardOptions fixed_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.has("timeout") && reader.has("timeout-ms"))
    reader.errorAt("timeout-ms", "`timeout` and `timeout-ms` exclude each other", "Remove one.");
  reader.touches(kForwards | kMayWait);
  return std::make_shared<ForwardRequest>(reader);
}

constexpr std::string_view kVersions[] = {"1", "2or1", "2"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "timeout",
     .type = ValueType::Seconds,
     .sentence = "How long the backend may take to the head of its response, in seconds.",
     .fallback = "300"},
    {.name = "timeout-ms",
     .type = ValueType::Integer,
     .sentence = "The same in milliseconds, instead of `timeout`.",
     .least = 0,
     .most = 86'400'000},
    {.name = "continue-timeout",
     .type = ValueType::Seconds,
     .sentence =
         "How long to wait for 100 Continue; this gateway answers the client's Expect itself and does not wait."},
    {.name = "http-version",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "The version of HTTP towards the backend; with `2or1` a TLS backend chooses, others get HTTP/1.1.",
     .fallback = "1",
     .choices = kVersions},
    {.name = "follow-redirects",
     .type = ValueType::Bool,
     .sentence = "Follows the backend's redirects instead of passing them on.",
     .fallback = "false"},
    {.name = "buffer-request-body",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "Keeps the request's body, so that <retry> can send it again.",
     .fallback = "false"},
    {.name = "buffer-response",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "Collects the response into larger pieces; event streams are never collected.",
     .fallback = "true"},
    {.name = "fail-on-error-status-code",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "Makes the statuses 400 to 599 an error, handled in <on-error>.",
     .fallback = "false"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "forward-request",
                .sentence = "Sends the request to the backend and takes its response.",
                .attributes = kAttributes},
    .sections = kBackend,
    .status = "Event streams pass at once whatever buffer-response says.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& forwardRequestDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
