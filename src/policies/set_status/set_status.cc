#include "policies/set_status/set_status.h"

#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

class SetStatus final : public Step {
 public:
  explicit SetStatus(const ElementReader& reader)
      : code_(reader.integer("code")), reason_(reader.text("reason")), target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    if (!mayChange(exchange, Target::Response)) return Verdict::Next;
    const auto code = code_.evaluate(exchange);
    if (!code) return Verdict::Fail;
    const auto reason = reason_.evaluate(exchange);
    if (!reason) return Verdict::Fail;
    if (!isHeaderValue(*reason))
      return exchange.fail(500, "ReasonInvalid", "The status reason has characters that no reason may have.");
    ResponseMessage& response = target_ == Target::Staged ? *exchange.staged : exchange.response;
    response.status = static_cast<int>(*code);
    response.reason = reason->empty() ? http::reasonPhrase(response.status) : *reason;
    if (target_ == Target::Response) response.present = true;
    return Verdict::Next;
  }

 private:
  IntegerOperand code_;
  TextOperand reason_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(reader.target() == Target::Staged ? 0 : kChangesResponse);
  return std::make_shared<SetStatus>(reader);
}

// 1xx are interim answers, which no policy can make.
constexpr AttributeSpec kAttributes[] = {
    {.name = "code",
     .type = ValueType::Integer,
     .need = Need::Required,
     .sentence = "The status code.",
     .least = 200,
     .most = 999},
    {.name = "reason", .sentence = "The reason phrase; without it, or empty, the standard one."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "set-status",
                .sentence = "Sets status code and reason of the response.",
                .attributes = kAttributes},
    .status = "`reason` may be left out.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& setStatusDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
