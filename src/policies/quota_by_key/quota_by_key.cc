#include "policies/quota_by_key/quota_by_key.h"

#include <chrono>
#include <string>

#include "config/units.h"
#include "policy/element_reader.h"
#include "policy/quota_answer.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;

class QuotaByKey final : public Step {
 public:
  explicit QuotaByKey(const ElementReader& reader)
      : key_(reader.text("counter-key")),
        condition_(reader.boolean("increment-condition")),
        count_(reader.integer("increment-count")) {
    limit_.calls = reader.integer("calls").literal();
    limit_.kilobytes = reader.integer("bandwidth").literal();
    limit_.period = reader.seconds("renewal-period").literal();
    limit_.start = config::parseUtcTime(reader.literal("first-period-start")).value_or(UtcTime{});
  }

  Verdict run(Exchange& exchange) const override {
    const auto key = key_.evaluate(exchange);
    if (!key) return Verdict::Fail;
    const std::string_view counter = exchange.arena().copy("quota:" + std::string(*key));
    // What depends on the answer is counted when there is one; the quota is then used up one call late.
    const bool deferred = condition_.isExpression() || count_.isExpression();
    const int64_t now_counted = deferred || !condition_.literal() ? 0 : count_.literal();
    const Verdict verdict = countQuota(exchange, counter, limit_, now_counted);
    if (verdict == Verdict::Next && deferred) exchange.atEnd(*exchange.arena().create<Increment>(*this, counter));
    return verdict;
  }

 private:
  class Increment final : public AtEnd {
   public:
    Increment(const QuotaByKey& policy, std::string_view counter) : policy_(policy), counter_(counter) {}
    void run(Exchange& exchange) override {
      const auto wanted = policy_.condition_.evaluate(exchange);
      if (!wanted || !*wanted) return;
      const auto count = policy_.count_.evaluate(exchange);
      Services& services = exchange.services();
      if (count) services.counters().addQuota(counter_, policy_.limit_, *count, 0, services.clock().utc());
    }

   private:
    const QuotaByKey& policy_;
    std::string_view counter_;
  };

  TextOperand key_;
  BoolOperand condition_;
  IntegerOperand count_;
  QuotaLimit limit_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (!reader.has("calls") && !reader.has("bandwidth"))
    reader.error("<quota-by-key> limits nothing", "Give the attribute `calls`, `bandwidth` or both.");
  const Duration period = reader.seconds("renewal-period").literal();
  if (period != Duration::zero() && period < std::chrono::seconds(300))
    reader.errorAt("renewal-period", "a quota's renewal period is 0 or at least 300 seconds",
                   "For shorter times there are rate limits.");
  if (!config::parseUtcTime(reader.literal("first-period-start")))
    reader.errorAt("first-period-start", "this is not a time", "Write it as in 2026-01-31T00:00:00Z.");
  return std::make_shared<QuotaByKey>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "calls",
     .type = ValueType::Integer,
     .form = Form::Literal,
     .sentence = "How many calls there may be in a period.",
     .least = 1,
     .most = 1'000'000'000'000},
    {.name = "bandwidth",
     .type = ValueType::Integer,
     .form = Form::Literal,
     .sentence = "How many kilobytes bodies may have in a period, both ways together.",
     .least = 1,
     .most = 1'000'000'000'000},
    {.name = "renewal-period",
     .type = ValueType::Seconds,
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "The length of a period, at least 300 seconds; 0: one period for ever."},
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
    {.name = "first-period-start",
     .form = Form::Literal,
     .sentence = "When the first period began, in UTC; the others follow it.",
     .fallback = "0001-01-01T00:00:00Z"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "quota-by-key",
                .sentence = "Lets so many calls, or bytes, pass in a fixed period, counted by a key.",
                .attributes = kAttributes},
    .sections = kInbound,
    .status = "Counted in one process, and begun anew when it starts. Bytes are those of bodies.",
    .posture = "The number of counters is bounded; a key made from what callers send lets a caller change it.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& quotaByKeyDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
