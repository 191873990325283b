#include "policies/cache_store_value/cache_store_value.h"

#include "policy/element_reader.h"
#include "policy/services.h"
#include "policy/value_cache.h"

namespace sluice::policies {
namespace {

using namespace policy;

class CacheStoreValue final : public Step {
 public:
  explicit CacheStoreValue(const ElementReader& reader)
      : key_(reader.text("key")), value_(reader.value("value")), duration_(reader.seconds("duration")) {}

  Verdict run(Exchange& exchange) const override {
    const auto key = key_.evaluate(exchange);
    const auto value = key ? value_.evaluate(exchange) : std::nullopt;
    const auto duration = value ? duration_.evaluate(exchange) : std::nullopt;
    if (!duration) return Verdict::Fail;
    Services& services = exchange.services();
    if (services.values().store(*key, *value, *duration, services.clock().now()) == ValueCache::Stored::TooLarge)
      exchange.trace("cache-store-value", "Not kept: the value is too large.");
    return Verdict::Next;
  }

 private:
  TextOperand key_;
  ValueOperand value_;
  DurationOperand duration_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.literal("caching-type") == "external")
    reader.errorAt("caching-type", "there is no external cache", "Write `prefer-external` or `internal`.");
  return std::make_shared<CacheStoreValue>(reader);
}

constexpr std::string_view kTypes[] = {"prefer-external", "external", "internal"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "key", .need = Need::Required, .sentence = "The key to find the value by."},
    {.name = "value", .need = Need::Required, .sentence = "The value, of any type."},
    {.name = "duration",
     .type = ValueType::Seconds,
     .need = Need::Required,
     .sentence = "How long it is kept, in seconds."},
    {.name = "caching-type",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "Which cache; there is the gateway's own.",
     .fallback = "prefer-external",
     .choices = kTypes},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "cache-store-value",
                .sentence = "Keeps a value for other exchanges.",
                .attributes = kAttributes},
    .status = "The cache is the process's own; `external` is refused. A value can be read at once.",
    .posture = "Bounded in bytes; a key made from what callers send can push out other values.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& cacheStoreValueDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
