#include "policies/quota/quota.h"

#include <string>
#include <vector>

#include "base/encoding.h"
#include "policy/element_reader.h"
#include "policy/quota_answer.h"

namespace sluice::policies {
namespace {

using namespace policy;

// The start is the subscription's, known at run time only.
QuotaLimit limitOf(const ElementReader& reader) {
  QuotaLimit limit;
  limit.calls = reader.integer("calls").literal();
  limit.kilobytes = reader.integer("bandwidth").literal();
  limit.period = reader.seconds("renewal-period").literal();
  return limit;
}

// An API or operation with a quota of its own. An id, where given, decides over the name.
struct Named {
  explicit Named(const ElementReader& reader)
      : name(reader.literal("name")), id(reader.literal("id")), limit(limitOf(reader)) {}
  bool is(std::string_view other_name, std::string_view other_id) const {
    return id.empty() ? equalsIgnoreCase(name, other_name) : equalsIgnoreCase(id, other_id);
  }
  std::string name, id;
  QuotaLimit limit;
};

class QuotaBySubscription final : public Step {
 public:
  explicit QuotaBySubscription(const ElementReader& reader) : limit_(limitOf(reader)) {
    for (const auto* api : reader.children("api")) {
      apis_.push_back({Named(*api), {}});
      for (const auto* operation : api->children("operation")) apis_.back().operations.emplace_back(*operation);
    }
  }

  // Without a subscription there is nobody to count (reference 2.1).
  Verdict run(Exchange& exchange) const override {
    if (exchange.subscription == nullptr) return Verdict::Next;
    std::string key = "quota-subscription:" + exchange.subscription->name;
    if (exchange.product != nullptr) key += "/product:" + exchange.product->name;
    Verdict verdict = count(exchange, key, limit_);
    if (exchange.api == nullptr) return verdict;
    for (const auto& api : apis_) {
      if (verdict != Verdict::Next || !api.self.is(exchange.api->display_name, exchange.api->name)) continue;
      const std::string api_key = key + "/api:" + exchange.api->name;
      verdict = count(exchange, api_key, api.self.limit);
      if (exchange.operation == nullptr) continue;
      for (const auto& operation : api.operations)
        if (verdict == Verdict::Next && operation.is(exchange.operation->display_name, exchange.operation->id))
          verdict = count(exchange, api_key + "/operation:" + exchange.operation->id, operation.limit);
    }
    return verdict;
  }

 private:
  struct ApiQuota {
    Named self;
    std::vector<Named> operations;
  };

  static Verdict count(Exchange& exchange, const std::string& key, QuotaLimit limit) {
    limit.start = exchange.subscription->start.value_or(UtcTime{});
    return countQuota(exchange, exchange.arena().copy(key), limit, 1);
  }

  QuotaLimit limit_;
  std::vector<ApiQuota> apis_;
};

void check(ElementReader& reader, const ElementReader& part) {
  if (!part.has("calls") && !part.has("bandwidth"))
    reader.errorIn(part.element(), "this quota limits nothing", "Give the attribute `calls`, `bandwidth` or both.");
  for (const auto& child : part.children()) {
    if (!child.has("name") && !child.has("id"))
      reader.errorIn(child.element(), "this quota names nothing", "Give the attribute `name` or `id`.");
    check(reader, child);
  }
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  check(reader, reader);
  return std::make_shared<QuotaBySubscription>(reader);
}

constexpr AttributeSpec kCalls{.name = "calls",
                               .type = ValueType::Integer,
                               .form = Form::Literal,
                               .sentence = "How many calls there may be in a period.",
                               .least = 1,
                               .most = 1'000'000'000'000};
constexpr AttributeSpec kBandwidth{.name = "bandwidth",
                                   .type = ValueType::Integer,
                                   .form = Form::Literal,
                                   .sentence = "How many kilobytes bodies may have in a period, both ways together.",
                                   .least = 1,
                                   .most = 1'000'000'000'000};
constexpr AttributeSpec kPeriod{.name = "renewal-period",
                                .type = ValueType::Seconds,
                                .need = Need::Required,
                                .form = Form::Literal,
                                .sentence = "The length of a period; 0: one period for ever."};
constexpr AttributeSpec kAttributes[] = {kCalls, kBandwidth, kPeriod};
constexpr AttributeSpec kNamedAttributes[] = {
    {.name = "name", .form = Form::Literal, .sentence = "The display name."},
    {.name = "id", .form = Form::Literal, .sentence = "The id; decides over the name."},
    kCalls,
    kBandwidth,
    kPeriod,
};
constexpr ElementSpec kOperations[] = {
    {.name = "operation", .sentence = "A quota for one operation besides.", .attributes = kNamedAttributes},
};
constexpr ElementSpec kApis[] = {
    {.name = "api",
     .sentence = "A quota for one API besides.",
     .attributes = kNamedAttributes,
     .children = kOperations},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "quota",
                .sentence = "Lets so many calls, or bytes, of a subscription pass in a fixed period.",
                .attributes = kAttributes,
                .children = kApis},
    .sections = kInbound,
    .scopes = in(Scope::Product),
    .repetition = Repetition::OncePerSection,
    .status = "Counted in one process, and begun anew when it starts. Bytes are those of bodies.",
    .posture = "Calls without a subscription are not counted.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& quotaDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
