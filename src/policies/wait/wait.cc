#include "policies/wait/wait.h"

#include <vector>

#include "policy/driver.h"
#include "policy/emitter.h"
#include "policy/services.h"
#include "runtime/loop.h"

namespace sluice::policies {
namespace {

using namespace policy;

enum class WaitFor : uint8_t { All, Any };
constexpr std::string_view kWaitFor[] = {"all", "any"};

// One of the policies inside: the instructions from `begin` to `end`.
struct Branch {
  uint32_t begin = 0, end = 0;
};

runtime::Task<Verdict> runBranch(Exchange& exchange, Section section, Branch branch) {
  uint32_t pc = branch.begin;
  co_return co_await runSection(exchange, section, pc, branch.end);
}

// Suspends until one of the tasks is done; each resumes the awaiting coroutine by its end.
class OneDone {
 public:
  explicit OneDone(std::vector<runtime::Task<Verdict>>& tasks) : tasks_(tasks) {}
  bool await_ready() const {
    for (const auto& task : tasks_)
      if (task.valid() && task.done()) return true;
    return false;
  }
  void await_suspend(std::coroutine_handle<> self) {
    for (auto& task : tasks_)
      if (task.valid()) task.continueWith(self);
  }
  // Nobody resumes the coroutine any more, wherever it waits next.
  void await_resume() const {
    for (auto& task : tasks_)
      if (task.valid() && !task.done()) task.continueWith({});
  }

 private:
  std::vector<runtime::Task<Verdict>>& tasks_;
};

// Verdict::Jump passes over the branches' instructions, which have been run here.
runtime::Task<Verdict> runTogether(Exchange& exchange, const std::vector<Branch>& branches, WaitFor wait_for) {
  std::vector<runtime::Task<Verdict>> tasks;
  size_t running = branches.size();
  for (const Branch& branch : branches) tasks.push_back(runBranch(exchange, exchange.section, branch));
  for (auto& task : tasks) task.start();
  while (running > 0) {
    co_await OneDone(tasks);
    // Whoever woke us may itself be called from another branch: those are destroyed from the loop only.
    co_await exchange.services().loop().yield();
    for (auto& task : tasks) {
      if (!task.valid() || !task.done()) continue;
      const Verdict verdict = task.take();
      task = runtime::Task<Verdict>();
      --running;
      if (verdict != Verdict::Next) co_return verdict;
      if (wait_for == WaitFor::Any) co_return Verdict::Jump;
    }
  }
  co_return Verdict::Jump;
}

class Wait final : public Step {
 public:
  explicit Wait(const ElementReader& reader) : for_(reader.choice("for")) {}
  // Before the pipeline is shared.
  void setBranches(std::vector<Branch> branches) { branches_ = std::move(branches); }

  Verdict run(Exchange& exchange) const override {
    const auto wait_for = for_.evaluate(exchange);
    if (!wait_for) return Verdict::Fail;
    return exchange.wait(runTogether(exchange, branches_, static_cast<WaitFor>(*wait_for)));
  }

 private:
  ChoiceOperand for_;
  std::vector<Branch> branches_;
};

void flow(Emitter& emitter, ElementReader& reader) {
  reader.touches(kMayWait);
  const auto step = std::make_shared<Wait>(reader);
  const uint32_t at = emitter.add(step, reader);
  const std::vector<uint32_t> starts = emitter.policiesApart(reader);
  std::vector<Branch> branches;
  for (size_t i = 0; i < starts.size(); ++i)
    branches.push_back({starts[i], i + 1 < starts.size() ? starts[i + 1] : emitter.here()});
  // Bodies are read before the branches run: two of them could want the same one.
  emitter.addEffects(at, emitter.effectsFrom(at + 1));
  emitter.setTarget(at, emitter.here());
  step->setBranches(std::move(branches));
}

constexpr std::string_view kPolicies[] = {"send-request", "cache-lookup-value", "choose"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "for",
     .type = ValueType::Choice,
     .sentence = "`all`: goes on when all are done; `any`: when the first is, and the others are given up.",
     .fallback = "all",
     .choices = kWaitFor},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "wait",
                .sentence = "Runs the policies in it beside one another and waits for them.",
                .attributes = kAttributes,
                .content = Content::Policies,
                .policies = kPolicies},
    .sections = kInbound | kBackend | kOutbound,
    .posture = "As many requests at once as there are policies inside.",
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& waitDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
