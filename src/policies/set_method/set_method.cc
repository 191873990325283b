#include "policies/set_method/set_method.h"

#include <fmt/format.h>

#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

class SetMethod final : public Step {
 public:
  explicit SetMethod(const ElementReader& reader) : method_(reader.content()), target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    const auto method = method_.evaluate(exchange);
    if (!method) return Verdict::Fail;
    // A method is a token, as a header's name is (RFC 9110 section 9.1).
    if (!isHeaderName(*method))
      return exchange.fail(500, "MethodInvalid", fmt::format("'{}' is not a method.", method->substr(0, 50)));
    (target_ == Target::Outgoing ? *exchange.outgoing : exchange.request).method = *method;
    return Verdict::Next;
  }

 private:
  TextOperand method_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  const TextOperand method = reader.content();
  if (!method.isExpression() && !isHeaderName(method.literal()))
    reader.error(fmt::format("`{}` is not a method", method.literal()), "Write one such as GET or POST.");
  reader.touches(changeOf(reader.target()));
  return std::make_shared<SetMethod>(reader);
}

constexpr Descriptor kDescriptor{
    .element = {.name = "set-method", .sentence = "Sets the method that the backend gets.", .content = Content::Text},
    .sections = kInbound | kOnError,
    .scopes = in(Scope::Global) | in(Scope::Product) | in(Scope::Api) | in(Scope::Operation),
    .make = &make,
};

}  // namespace

const policy::Descriptor& setMethodDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
