#include "policies/choose/choose.h"

#include <vector>

#include "policy/emitter.h"
#include "policy/exchange.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Goes into the branch, or jumps to the next one.
class When final : public Step {
 public:
  explicit When(const ElementReader& reader) : condition_(reader.boolean("condition")) {}

  Verdict run(Exchange& exchange) const override {
    const auto holds = condition_.evaluate(exchange);
    if (!holds) return Verdict::Fail;
    return *holds ? Verdict::Next : Verdict::Jump;
  }

 private:
  BoolOperand condition_;
};

void flow(Emitter& emitter, ElementReader& reader) {
  std::vector<uint32_t> exits;
  const size_t branches = reader.children().size();
  for (size_t i = 0; i < branches; ++i) {
    const ElementReader& branch = reader.children()[i];
    const bool conditional = branch.element().name == "when";
    const uint32_t test = conditional ? emitter.add(std::make_shared<When>(branch), branch) : 0;
    emitter.policies(branch);
    if (i + 1 < branches) exits.push_back(emitter.jump(branch));
    if (conditional) emitter.setTarget(test, emitter.here());
  }
  for (const uint32_t exit : exits) emitter.setTarget(exit, emitter.here());
}

constexpr AttributeSpec kWhenAttributes[] = {
    {.name = "condition",
     .type = ValueType::Bool,
     .need = Need::Required,
     .sentence = "The branch is taken when this is true and no branch before it was."},
};
constexpr ElementSpec kChildren[] = {
    {.name = "when",
     .sentence = "A branch with a condition.",
     .attributes = kWhenAttributes,
     .content = Content::Policies,
     .least = 1},
    {.name = "otherwise",
     .sentence = "The branch that is taken when no condition holds.",
     .content = Content::Policies,
     .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "choose",
                .sentence = "Runs the policies of the first branch whose condition holds.",
                .children = kChildren},
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& chooseDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
