#include "policies/retry/retry.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/encoding.h"
#include "policy/emitter.h"
#include "policy/services.h"
#include "runtime/loop.h"

namespace sluice::policies {
namespace {

using namespace policy;

class Begin final : public Step {
 public:
  explicit Begin(uint32_t slot) : slot_(slot) {}
  Verdict run(Exchange& exchange) const override {
    exchange.slot(slot_) = 0;
    ++exchange.retries_around;
    return Verdict::Next;
  }

 private:
  uint32_t slot_;
};

double randomBetween(double low, double high) {
  thread_local std::minstd_rand generator([] {
    const std::string seed = randomBytes(4);
    uint32_t number = 0;
    for (const char c : seed) number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }());
  return std::uniform_real_distribution<double>(low, high)(generator);
}

runtime::Task<Verdict> sleepThenRepeat(runtime::Loop& loop, Duration time) {
  co_await loop.sleepFor(time);
  co_return Verdict::Jump;
}

// After each run of what is inside: again (a jump back, perhaps after a pause), or on.
class Again final : public Step {
 public:
  Again(const ElementReader& reader, uint32_t slot)
      : condition_(reader.boolean("condition")),
        count_(reader.integer("count")),
        interval_(reader.seconds("interval")),
        delta_(reader.seconds("delta")),
        longest_(reader.seconds("max-interval")),
        first_fast_(reader.boolean("first-fast-retry")),
        slot_(slot) {}

  Verdict run(Exchange& exchange) const override {
    const auto again = condition_.evaluate(exchange);
    if (!again) return left(exchange, Verdict::Fail);
    return left(exchange, *again ? repeat(exchange, Verdict::Next) : Verdict::Next);
  }

  // An error inside: the condition sees it as on-error would, with its default answer as the response. It decides; the
  // error goes on to on-error when it is false, throws, or the runs are used up.
  Verdict unwound(Exchange& exchange) const override {
    // Nobody is left to answer; or the error's answer has taken the place of the response that the runs are about.
    if (exchange.last_error.reason == "ClientConnectionFailure" || exchange.section == Section::Outbound ||
        exchange.section == Section::OnError)
      return left(exchange, Verdict::Fail);
    const LastError error = exchange.last_error;
    const ResponseMessage answer = exchange.response;
    const auto again = condition_.evaluate(exchange);
    const Verdict verdict = again && *again ? repeat(exchange, Verdict::Fail) : Verdict::Fail;
    if (verdict == Verdict::Fail) {
      exchange.last_error = error;
      exchange.response = answer;
    }
    return left(exchange, verdict);
  }

 private:
  static Verdict left(Exchange& exchange, Verdict verdict) {
    if (verdict == Verdict::Next || verdict == Verdict::Fail) --exchange.retries_around;
    return verdict;
  }
  // `otherwise`: when the runs are used up.
  Verdict repeat(Exchange& exchange, Verdict otherwise) const {
    const auto count = count_.evaluate(exchange);
    if (!count) return Verdict::Fail;
    uint64_t& done = exchange.slot(slot_);
    if (static_cast<int64_t>(done) >= *count) return otherwise;
    ++done;
    const auto pause = pauseBefore(exchange, done);
    if (!pause) return Verdict::Fail;
    if (*pause <= Duration::zero()) return Verdict::Jump;
    return exchange.wait(sleepThenRepeat(exchange.services().loop(), *pause));
  }

  // Before retry `number`, from 1 (reference 2.10).
  std::optional<Duration> pauseBefore(Exchange& exchange, uint64_t number) const {
    const auto first_fast = first_fast_.evaluate(exchange);
    const auto interval = first_fast ? interval_.evaluate(exchange) : std::nullopt;
    if (!interval) return std::nullopt;
    if (*first_fast && number == 1) return Duration::zero();
    Duration pause = *interval;
    if (!delta_.absent()) {
      const auto delta = delta_.evaluate(exchange);
      if (!delta) return std::nullopt;
      if (longest_.absent()) {
        pause += static_cast<int64_t>(number - 1) * *delta;
      } else {
        const double growth = std::min(std::exp2(static_cast<double>(number)) - 1, 1e9) * randomBetween(0.8, 1.2);
        const double seconds = std::chrono::duration<double>(*delta).count() * growth;
        pause += Duration(static_cast<int64_t>(std::min(seconds, 1e9) * 1e9));
      }
    }
    if (longest_.absent()) return pause;
    const auto longest = longest_.evaluate(exchange);
    if (!longest) return std::nullopt;
    return std::min(pause, *longest);
  }

  BoolOperand condition_;
  IntegerOperand count_;
  DurationOperand interval_, delta_, longest_;
  BoolOperand first_fast_;
  uint32_t slot_;
};

void flow(Emitter& emitter, ElementReader& reader) {
  const uint32_t slot = emitter.newSlot();
  emitter.addBare(std::make_shared<Begin>(slot), reader);
  const uint32_t start = emitter.here();
  emitter.policies(reader);
  reader.touches(kMayWait);
  const uint32_t again = emitter.add(std::make_shared<Again>(reader, slot), reader);
  emitter.setTarget(again, start);
  emitter.guard(start, again);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "condition",
     .type = ValueType::Bool,
     .need = Need::Required,
     .sentence = "Looked at after each run; true means once more."},
    {.name = "count",
     .type = ValueType::Integer,
     .need = Need::Required,
     .sentence = "How many more runs there may be after the first.",
     .least = 1,
     .most = 50},
    {.name = "interval",
     .type = ValueType::Seconds,
     .sentence = "The pause before a retry, in seconds.",
     .fallback = "0"},
    {.name = "max-interval",
     .type = ValueType::Seconds,
     .sentence = "The longest pause; with `delta`, pauses grow exponentially up to it."},
    {.name = "delta", .type = ValueType::Seconds, .sentence = "What is added to each further pause."},
    {.name = "first-fast-retry",
     .type = ValueType::Bool,
     .sentence = "The first retry comes at once.",
     .fallback = "false"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "retry",
                .sentence = "Runs the policies in it once, and again while a condition holds.",
                .attributes = kAttributes,
                .content = Content::Policies},
    .status =
        "`interval` may be left out (0). After an error inside, too, the condition decides, with `context.LastError` "
        "and "
        "the error's default answer as `context.Response`; when the runs are used up, or the condition is false or "
        "throws, "
        "the error goes to <on-error>.",
    .posture = "At most 51 runs; each attempt counts as a request to the backend.",
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& retryDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
