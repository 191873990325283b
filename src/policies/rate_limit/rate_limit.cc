#include "policies/rate_limit/rate_limit.h"

#include <string>
#include <vector>

#include "base/encoding.h"
#include "policy/counters.h"
#include "policy/limit_answer.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;

RateLimit limitOf(const ElementReader& reader) {
  return {reader.integer("calls").literal(), reader.seconds("renewal-period").literal()};
}

// An API or operation with a limit of its own. An id, where given, decides over the name.
struct Named {
  explicit Named(const ElementReader& reader)
      : name(reader.literal("name")), id(reader.literal("id")), limit(limitOf(reader)) {}
  bool is(std::string_view other_name, std::string_view other_id) const {
    return id.empty() ? equalsIgnoreCase(name, other_name) : equalsIgnoreCase(id, other_id);
  }
  std::string name, id;
  RateLimit limit;
};

class RateLimitBySubscription final : public Step {
 public:
  explicit RateLimitBySubscription(const ElementReader& reader)
      : answer_(reader), limit_(limitOf(reader)), scope_(reader.placement().scope) {
    for (const auto* api : reader.children("api")) {
      apis_.push_back({Named(*api), {}});
      for (const auto* operation : api->children("operation")) apis_.back().operations.emplace_back(*operation);
    }
  }

  // Without a subscription there is nobody to count (reference 2.1).
  Verdict run(Exchange& exchange) const override {
    if (exchange.subscription == nullptr) return Verdict::Next;
    std::string key = "subscription:" + exchange.subscription->name + scopeKey(exchange);
    Verdict verdict = count(exchange, key, limit_);
    if (exchange.api == nullptr) return verdict;
    for (const auto& api : apis_) {
      if (verdict != Verdict::Next || !api.self.is(exchange.api->display_name, exchange.api->name)) continue;
      key += "/api:" + exchange.api->name;
      verdict = count(exchange, key, api.self.limit);
      if (exchange.operation == nullptr) continue;
      for (const auto& operation : api.operations)
        if (verdict == Verdict::Next && operation.is(exchange.operation->display_name, exchange.operation->id))
          verdict = count(exchange, key + "/operation:" + exchange.operation->id, operation.limit);
    }
    return verdict;
  }

 private:
  struct ApiLimit {
    Named self;
    std::vector<Named> operations;
  };

  // Limits of different documents are counted apart.
  std::string scopeKey(const Exchange& exchange) const {
    std::string key = "/" + std::string(toString(scope_));
    if (scope_ == Scope::Product && exchange.product != nullptr) key += ":" + exchange.product->name;
    if (scope_ >= Scope::Api && exchange.api != nullptr) key += ":" + exchange.api->name;
    if (scope_ == Scope::Operation && exchange.operation != nullptr) key += ":" + exchange.operation->id;
    return key;
  }

  Verdict count(Exchange& exchange, const std::string& key, const RateLimit& limit) const {
    Services& services = exchange.services();
    const RateVerdict verdict = services.counters().tryRate(key, limit, 1, services.clock().now());
    if (!verdict.allowed) return answer_.tooMany(exchange, verdict.retry_after, limit.calls);
    answer_.within(exchange, verdict.remaining, limit.calls);
    return Verdict::Next;
  }

  LimitAnswer answer_;
  RateLimit limit_;
  Scope scope_;
  std::vector<ApiLimit> apis_;
};

void check(ElementReader& reader, const ElementReader& part) {
  const Duration period = part.seconds("renewal-period").literal();
  if (period <= Duration::zero() || period > std::chrono::seconds(300))
    reader.errorIn(part.element(), "a renewal period is more than 0 and at most 300 seconds",
                   "For longer times there are quotas.");
  for (const auto& child : part.children()) {
    if (!child.has("name") && !child.has("id"))
      reader.errorIn(child.element(), "this limit names nothing", "Give the attribute `name` or `id`.");
    check(reader, child);
  }
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  check(reader, reader);
  return std::make_shared<RateLimitBySubscription>(reader);
}

constexpr AttributeSpec kCalls{.name = "calls",
                               .type = ValueType::Integer,
                               .need = Need::Required,
                               .form = Form::Literal,
                               .sentence = "How many calls there may be in a window.",
                               .least = 1,
                               .most = 1'000'000'000};
constexpr AttributeSpec kPeriod{.name = "renewal-period",
                                .type = ValueType::Seconds,
                                .need = Need::Required,
                                .form = Form::Literal,
                                .sentence = "The length of the sliding window, at most 300 seconds."};
constexpr AttributeSpec kAttributes[] = {
    kCalls, kPeriod, kRetryHeader, kRetryVariable, kRemainingHeader, kRemainingVariable, kTotalHeader};
constexpr AttributeSpec kNamedAttributes[] = {
    {.name = "name", .form = Form::Literal, .sentence = "The display name."},
    {.name = "id", .form = Form::Literal, .sentence = "The id; decides over the name."},
    kCalls,
    kPeriod,
};
constexpr ElementSpec kOperations[] = {
    {.name = "operation", .sentence = "A limit for one operation besides.", .attributes = kNamedAttributes},
};
constexpr ElementSpec kApis[] = {
    {.name = "api",
     .sentence = "A limit for one API besides.",
     .attributes = kNamedAttributes,
     .children = kOperations},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "rate-limit",
                .sentence = "Lets so many calls of a subscription pass in a sliding window.",
                .attributes = kAttributes,
                .children = kApis},
    .sections = kInbound,
    .scopes = in(Scope::Product) | in(Scope::Api) | in(Scope::Operation),
    .repetition = Repetition::OncePerSection,
    .status = "Exact within one process.",
    .posture = "Calls without a subscription are not limited.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& rateLimitDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
