#include "policies/cache_remove_value/cache_remove_value.h"

#include "policy/element_reader.h"
#include "policy/services.h"
#include "policy/value_cache.h"

namespace sluice::policies {
namespace {

using namespace policy;

class CacheRemoveValue final : public Step {
 public:
  explicit CacheRemoveValue(const ElementReader& reader) : key_(reader.text("key")) {}

  Verdict run(Exchange& exchange) const override {
    const auto key = key_.evaluate(exchange);
    if (!key) return Verdict::Fail;
    exchange.services().values().remove(*key);
    return Verdict::Next;
  }

 private:
  TextOperand key_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.literal("caching-type") == "external")
    reader.errorAt("caching-type", "there is no external cache", "Write `prefer-external` or `internal`.");
  return std::make_shared<CacheRemoveValue>(reader);
}

constexpr std::string_view kTypes[] = {"prefer-external", "external", "internal"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "key", .need = Need::Required, .sentence = "The key that the value was stored with."},
    {.name = "caching-type",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "Which cache; there is the gateway's own.",
     .fallback = "prefer-external",
     .choices = kTypes},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "cache-remove-value", .sentence = "Forgets a kept value.", .attributes = kAttributes},
    .status = "The cache is the process's own; `external` is refused.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& cacheRemoveValueDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
