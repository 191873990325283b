#include "policies/rate_limit_by_key/rate_limit_by_key.h"

#include <string>

#include "policy/counters.h"
#include "policy/limit_answer.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;

class RateLimitByKey final : public Step {
 public:
  explicit RateLimitByKey(const ElementReader& reader)
      : answer_(reader),
        calls_(reader.integer("calls")),
        period_(reader.seconds("renewal-period")),
        key_(reader.text("counter-key")),
        condition_(reader.boolean("increment-condition")),
        count_(reader.integer("increment-count")) {}

  Verdict run(Exchange& exchange) const override {
    const auto key = key_.evaluate(exchange);
    const auto calls = key ? calls_.evaluate(exchange) : std::nullopt;
    const auto period = calls ? period_.evaluate(exchange) : std::nullopt;
    if (!period) return Verdict::Fail;
    // The key alone says which counter it is: all policies with the same key share it.
    const std::string_view counter = exchange.arena().copy("key:" + std::string(*key));
    // What depends on the answer is counted when there is one; the limit is then reached one call late.
    const bool deferred = condition_.isExpression() || count_.isExpression();
    const int64_t now_counted = deferred || !condition_.literal() ? 0 : count_.literal();
    Services& services = exchange.services();
    const RateVerdict verdict =
        services.counters().tryRate(counter, RateLimit{*calls, *period}, now_counted, services.clock().now());
    if (!verdict.allowed) return answer_.tooMany(exchange, verdict.retry_after, *calls);
    answer_.within(exchange, verdict.remaining, *calls);
    if (deferred) exchange.atEnd(*exchange.arena().create<Increment>(*this, counter, *period));
    return Verdict::Next;
  }

 private:
  class Increment final : public AtEnd {
   public:
    Increment(const RateLimitByKey& policy, std::string_view counter, Duration period)
        : policy_(policy), counter_(counter), period_(period) {}
    void run(Exchange& exchange) override {
      const auto wanted = policy_.condition_.evaluate(exchange);
      if (!wanted || !*wanted) return;
      const auto count = policy_.count_.evaluate(exchange);
      Services& services = exchange.services();
      if (count) services.counters().addRate(counter_, period_, *count, services.clock().now());
    }

   private:
    const RateLimitByKey& policy_;
    std::string_view counter_;
    Duration period_;
  };

  LimitAnswer answer_;
  IntegerOperand calls_;
  DurationOperand period_;
  TextOperand key_;
  BoolOperand condition_;
  IntegerOperand count_;
};

void checkPeriod(ElementReader& reader) {
  const DurationOperand period = reader.seconds("renewal-period");
  if (period.isExpression()) return;
  if (period.literal() <= Duration::zero() || period.literal() > std::chrono::seconds(300))
    reader.errorAt("renewal-period", "a renewal period is more than 0 and at most 300 seconds",
                   "For longer times there are quotas.");
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  checkPeriod(reader);
  return std::make_shared<RateLimitByKey>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "calls",
     .type = ValueType::Integer,
     .need = Need::Required,
     .sentence = "How many calls there may be in a window.",
     .least = 1,
     .most = 1'000'000'000},
    {.name = "renewal-period",
     .type = ValueType::Seconds,
     .need = Need::Required,
     .sentence = "The length of the sliding window, at most 300 seconds."},
    {.name = "counter-key",
     .need = Need::Required,
     .sentence = "What is counted by; policies with the same key share a counter."},
    {.name = "increment-condition",
     .type = ValueType::Bool,
     .sentence = "Whether the call counts; an expression is looked at when the exchange is over.",
     .fallback = "true"},
    {.name = "increment-count",
     .type = ValueType::Integer,
     .sentence = "By how much the call counts; an expression is looked at when the exchange is over.",
     .fallback = "1",
     .least = 0,
     .most = 1'000'000'000},
    kRetryHeader,
    kRetryVariable,
    kRemainingHeader,
    kRemainingVariable,
    kTotalHeader,
};
constexpr Descriptor kDescriptor{
    .element = {.name = "rate-limit-by-key",
                .sentence = "Lets so many calls pass in a sliding window, counted by a key.",
                .attributes = kAttributes},
    .sections = kInbound,
    .status = "Exact within one process.",
    .posture = "The number of counters is bounded; a key made from what callers send lets a caller change it.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& rateLimitByKeyDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
