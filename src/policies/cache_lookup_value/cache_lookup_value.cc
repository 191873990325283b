#include "policies/cache_lookup_value/cache_lookup_value.h"

#include <string>

#include "policy/element_reader.h"
#include "policy/services.h"
#include "policy/value_cache.h"

namespace sluice::policies {
namespace {

using namespace policy;

class CacheLookupValue final : public Step {
 public:
  explicit CacheLookupValue(const ElementReader& reader)
      : key_(reader.text("key")), variable_(reader.literal("variable-name")), default_(reader.value("default-value")) {}

  Verdict run(Exchange& exchange) const override {
    const auto key = key_.evaluate(exchange);
    if (!key) return Verdict::Fail;
    Services& services = exchange.services();
    if (const auto value = services.values().find(*key, services.clock().now(), exchange.arena())) {
      exchange.setVariable(variable_, *value);
      return Verdict::Next;
    }
    if (default_.absent()) return Verdict::Next;
    const auto value = default_.evaluate(exchange);
    if (!value) return Verdict::Fail;
    exchange.setVariable(variable_, *value);
    return Verdict::Next;
  }

 private:
  TextOperand key_;
  std::string variable_;
  ValueOperand default_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.literal("caching-type") == "external")
    reader.errorAt("caching-type", "there is no external cache", "Write `prefer-external` or `internal`.");
  return std::make_shared<CacheLookupValue>(reader);
}

constexpr std::string_view kTypes[] = {"prefer-external", "external", "internal"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "key", .need = Need::Required, .sentence = "The key that the value was stored with."},
    {.name = "variable-name",
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "The variable that gets the value."},
    {.name = "default-value",
     .sentence = "What the variable gets when nothing is kept; without it, it stays as it is."},
    {.name = "caching-type",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "Which cache; there is the gateway's own.",
     .fallback = "prefer-external",
     .choices = kTypes},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "cache-lookup-value",
                .sentence = "Puts a value that was kept into a variable.",
                .attributes = kAttributes},
    .status = "The cache is the process's own; `external` is refused.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& cacheLookupValueDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
