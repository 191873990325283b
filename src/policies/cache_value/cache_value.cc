#include "policies/cache_value/cache_value.h"

#include <algorithm>
#include <optional>
#include <string>

#include "policy/emitter.h"
#include "policy/services.h"
#include "policy/value_cache.h"

namespace sluice::policies {
namespace {

using namespace policy;
using expression::Value;

// A value is fresh as long as this entry of the same cache, which expires first, is there: when it is pushed out alone,
// the value is only worked out sooner.
std::string freshnessKey(std::string_view key) {
  return std::string("cache-value is fresh\n").append(key);
}

// What one exchange has found before <value> runs. In the exchange's arena; its destructor never runs.
struct Found {
  explicit Found(Arena& arena) : response(arena) {}

  std::string_view key;
  std::optional<Value> stale;
  std::optional<Value> before;  // what the variable held
  // As they were: a failure in <value> that a stale value makes good changes neither. Only with a stale value.
  ResponseMessage response;
  LastError last_error;
  bool failed = false;
};

// Takes a fresh value and passes over the policies inside; else notes what they are to begin from.
class Look final : public Step {
 public:
  Look(const ElementReader& reader, uint32_t slot)
      : key_(reader.text("key")),
        variable_(reader.literal("variable-name")),
        refreshes_(reader.has("refresh-after")),
        slot_(slot) {}

  Verdict run(Exchange& exchange) const override {
    const auto key = key_.evaluate(exchange);
    if (!key) return Verdict::Fail;
    Services& services = exchange.services();
    const Instant now = services.clock().now();
    const auto kept = services.values().find(*key, now, exchange.arena());
    if (kept && (!refreshes_ || services.values().find(freshnessKey(*key), now, exchange.arena()))) {
      exchange.setVariable(variable_, *kept);
      return Verdict::Jump;
    }
    Found& found = *exchange.arena().create<Found>(exchange.arena());
    exchange.slot(slot_) = reinterpret_cast<uintptr_t>(&found);
    found.key = *key;
    if (kept) {
      found.stale = *kept;
      found.response = exchange.response;
      found.last_error = exchange.last_error;
    }
    if (const Value* before = exchange.variable(variable_)) {
      // What an earlier policy left is not what <value> works out.
      found.before = *before;
      exchange.setVariable(variable_, expression::makeNull());
    }
    return Verdict::Next;
  }

 private:
  TextOperand key_;
  std::string variable_;
  bool refreshes_;
  uint32_t slot_;
};

// After the policies inside: keeps what they put into the variable, or falls back.
class Keep final : public Step {
 public:
  Keep(const ElementReader& reader, uint32_t slot)
      : variable_(reader.literal("variable-name")),
        expires_(reader.seconds("expires-after")),
        refresh_(reader.seconds("refresh-after")),
        default_(reader.value("default-value")),
        slot_(slot) {}

  Verdict run(Exchange& exchange) const override {
    const Found& found = foundOf(exchange);
    if (found.failed) {
      exchange.response = found.response;
      exchange.last_error = found.last_error;
      exchange.setVariable(variable_, *found.stale);
      return Verdict::Next;
    }
    const Value* value = exchange.variable(variable_);
    if (value == nullptr || value->isNull()) return fallBack(exchange, found);
    return keep(exchange, found.key, *value);
  }

  // Jumps to run(): on the way the driver forgets the error and its answer.
  Verdict unwound(Exchange& exchange) const override {
    Found& found = foundOf(exchange);
    if (!found.stale || exchange.last_error.reason == "ClientConnectionFailure") return Verdict::Fail;
    exchange.trace("cache-value", "<value> failed: the stale value is used.");
    found.failed = true;
    return Verdict::Jump;
  }

 private:
  Found& foundOf(Exchange& exchange) const {
    return *reinterpret_cast<Found*>(static_cast<uintptr_t>(exchange.slot(slot_)));
  }

  // <value> has left the variable unset.
  Verdict fallBack(Exchange& exchange, const Found& found) const {
    if (found.stale) {
      exchange.setVariable(variable_, *found.stale);
    } else if (!default_.absent()) {
      const auto value = default_.evaluate(exchange);
      if (!value) return Verdict::Fail;
      exchange.setVariable(variable_, *value);
    } else if (found.before) {
      exchange.setVariable(variable_, *found.before);
    }
    return Verdict::Next;
  }

  // The times are worked out here, after <value>: they may depend on what it found (a token's own lifetime).
  Verdict keep(Exchange& exchange, std::string_view key, const Value& value) const {
    const auto expires = expires_.evaluate(exchange);
    if (!expires) return Verdict::Fail;
    const auto refresh = refresh_.absent() ? expires : refresh_.evaluate(exchange);
    if (!refresh) return Verdict::Fail;
    ValueCache& values = exchange.services().values();
    const Instant now = exchange.services().clock().now();
    if (values.store(key, value, *expires, now) == ValueCache::Stored::TooLarge) {
      exchange.trace("cache-value", "Not kept: the value is too large.");
    } else if (!refresh_.absent()) {
      values.store(freshnessKey(key), expression::makeNull(), std::min(*refresh, *expires), now);
    }
    return Verdict::Next;
  }

  std::string variable_;
  DurationOperand expires_, refresh_;
  ValueOperand default_;
  uint32_t slot_;
};

void flow(Emitter& emitter, ElementReader& reader) {
  if (reader.literal("caching-type") == "external")
    reader.errorAt("caching-type", "there is no external cache", "Write `prefer-external` or `internal`.");
  const ElementReader* value = reader.child("value");
  if (value == nullptr) return;
  // Putting the response back as it was is possible only before its head has gone to the client.
  if (reader.section() == Section::Outbound) reader.touches(kChangesResponse);
  const uint32_t slot = emitter.newSlot();
  const uint32_t look = emitter.add(std::make_shared<Look>(reader, slot), reader);
  const uint32_t first = emitter.here();
  emitter.policies(*value);
  const uint32_t keep = emitter.add(std::make_shared<Keep>(reader, slot), reader);
  emitter.setTarget(keep, keep);
  emitter.guard(first, keep);
  emitter.setTarget(look, emitter.here());
}

constexpr std::string_view kTypes[] = {"prefer-external", "external", "internal"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "key", .need = Need::Required, .sentence = "The key that the value is kept by."},
    {.name = "variable-name",
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "The variable that gets the value, and that the policies inside set."},
    {.name = "expires-after",
     .type = ValueType::Seconds,
     .sentence = "How long the value is kept, in seconds.",
     .fallback = "28800"},
    {.name = "refresh-after",
     .type = ValueType::Seconds,
     .sentence =
         "From when on a kept value is stale and worked out anew, in seconds; 0: always. Without it, only when it "
         "expires."},
    {.name = "default-value",
     .sentence = "What the variable gets when nothing is kept and the policies inside do not set it; not kept."},
    {.name = "caching-type",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "Which cache; there is the gateway's own.",
     .fallback = "prefer-external",
     .choices = kTypes},
};
constexpr ElementSpec kChildren[] = {
    {.name = "value",
     .sentence = "The policies that work the value out and set the variable.",
     .content = Content::Policies,
     .least = 1,
     .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "cache-value",
                .sentence = "Takes a variable from the cache, or from the policies inside, and keeps it.",
                .attributes = kAttributes,
                .children = kChildren},
    .status =
        "Known from Microsoft's policy toolkit only. The cache is the process's own; `external` is refused. "
        "Exchanges that miss at the same time each work the value out.",
    .posture = "Bounded in bytes; a key made from what callers send can push out other values.",
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& cacheValueDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
