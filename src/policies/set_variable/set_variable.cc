#include "policies/set_variable/set_variable.h"

#include <string>

#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policies {
namespace {

using namespace policy;

class SetVariable final : public Step {
 public:
  explicit SetVariable(const ElementReader& reader) : name_(reader.literal("name")), value_(reader.value("value")) {}

  Verdict run(Exchange& exchange) const override {
    const auto value = value_.evaluate(exchange);
    if (!value) return Verdict::Fail;
    exchange.setVariable(name_, *value);
    return Verdict::Next;
  }

 private:
  std::string name_;
  ValueOperand value_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.has("name") && reader.literal("name").empty())
    reader.errorAt("name", "a variable needs a name", "Expressions find it as context.Variables[\"name\"].");
  return std::make_shared<SetVariable>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "name",
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "The variable's name; upper and lower case differ."},
    {.name = "value", .need = Need::Required, .sentence = "Its value; a literal is a string."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "set-variable",
                .sentence = "Gives a value a name that expressions can use for the rest of the exchange.",
                .attributes = kAttributes},
    .make = &make,
};

}  // namespace

const policy::Descriptor& setVariableDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
