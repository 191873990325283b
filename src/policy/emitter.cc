#include "policy/emitter.h"

namespace sluice::policy {
namespace {

class JumpStep final : public Step {
 public:
  Verdict run(Exchange&) const override { return Verdict::Jump; }
};

}  // namespace

uint32_t Emitter::jump(const ElementReader& reader) {
  static const auto step = std::make_shared<const JumpStep>();
  return addBare(step, reader);
}

}  // namespace sluice::policy
