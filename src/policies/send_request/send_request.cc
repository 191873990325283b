#include "policies/send_request/send_request.h"

#include <fmt/format.h>

#include "policy/outgoing.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;

class Send final : public Step {
 public:
  explicit Send(const ElementReader& reader)
      : timeout_(reader.seconds("timeout")),
        variable_(reader.text("response-variable-name")),
        ignores_errors_(parseBool(reader.literal("ignore-error")).value_or(false)) {}

  Verdict run(Exchange& exchange) const override {
    const auto timeout = timeout_.evaluate(exchange);
    const auto variable = timeout ? variable_.evaluate(exchange) : std::nullopt;
    if (!variable) return Verdict::Fail;
    return exchange.wait(send(*this, exchange, fetchOutgoing(exchange, takeOutgoing(exchange, *timeout)), *variable));
  }

 private:
  static runtime::Task<Verdict> send(const Send& self, Exchange& exchange,
                                     runtime::Task<Result<http::FetchResponse>> fetching, std::string_view variable) {
    const Result<http::FetchResponse> response = co_await std::move(fetching);
    if (response) {
      exchange.setVariable(variable, fetchedResponse(exchange, *response));
      co_return Verdict::Next;
    }
    exchange.trace("send-request", response.error().message);
    if (self.ignores_errors_) {
      exchange.setVariable(variable, expression::makeNull());
      co_return Verdict::Next;
    }
    const auto code = static_cast<http::ClientError>(response.error().code);
    const bool late = code == http::ClientError::TotalTimeout || code == http::ClientError::HeadTimeout ||
                      code == http::ClientError::BodyTimeout || code == http::ClientError::SendTimeout;
    co_return exchange.fail(500, late ? "Timeout" : "BackendConnectionFailure", response.error().message);
  }

  DurationOperand timeout_;
  TextOperand variable_;
  bool ignores_errors_;
};

void flow(Emitter& emitter, ElementReader& reader) {
  emitOutgoing(emitter, reader);
  reader.touches(kMayWait);
  emitter.add(std::make_shared<Send>(reader), reader);
}

constexpr AttributeSpec kAttributes[] = {
    kOutgoingMode,
    {.name = "response-variable-name",
     .need = Need::Required,
     .sentence = "The variable that gets the response, an IResponse; null after an error that is ignored."},
    kOutgoingTimeout,
    {.name = "ignore-error",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "Goes on without a response when there is none.",
     .fallback = "false"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "send-request",
                .sentence = "Sends a request of its own and waits for the whole response.",
                .attributes = kAttributes,
                .content = Content::Policies,
                .children = kOutgoingParts,
                .policies = kOutgoingPolicies},
    .status = "Redirects are not followed.",
    .posture = "A URL made from what callers send lets them choose whom the gateway calls: use an allow-list.",
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& sendRequestDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
