#include "policies/limit_concurrency/limit_concurrency.h"

#include "policy/counters.h"
#include "policy/emitter.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;

// A place that is held until the policies inside are done, or the exchange is over.
class Place final : public AtEnd {
 public:
  Place(Counters& counters, std::string_view key) : counters_(counters), key_(key) {}
  void release() {
    if (std::exchange(held_, false)) counters_.leave(key_);
  }
  void run(Exchange&) override { release(); }

 private:
  Counters& counters_;
  std::string_view key_;
  bool held_ = true;
};

class Enter final : public Step {
 public:
  Enter(const ElementReader& reader, uint32_t slot)
      : key_(reader.text("key")), most_(reader.integer("max-count")), slot_(slot) {}

  Verdict run(Exchange& exchange) const override {
    const auto key = key_.evaluate(exchange);
    const auto most = key ? most_.evaluate(exchange) : std::nullopt;
    if (!most) return Verdict::Fail;
    Counters& counters = exchange.services().counters();
    if (!counters.enter(*key, *most))
      return exchange.fail(429, "ConcurrencyLimitExceeded", "Concurrency limit is exceeded.");
    Place* place = exchange.arena().create<Place>(counters, *key);
    exchange.atEnd(*place);
    exchange.slot(slot_) = reinterpret_cast<uintptr_t>(place);
    return Verdict::Next;
  }

 private:
  TextOperand key_;
  IntegerOperand most_;
  uint32_t slot_;
};

class Leave final : public Step {
 public:
  explicit Leave(uint32_t slot) : slot_(slot) {}
  Verdict run(Exchange& exchange) const override {
    reinterpret_cast<Place*>(static_cast<uintptr_t>(exchange.slot(slot_)))->release();
    return Verdict::Next;
  }
  // The place is free before a retry around this comes back for one.
  Verdict unwound(Exchange& exchange) const override {
    run(exchange);
    return Verdict::Fail;
  }

 private:
  uint32_t slot_;
};

void flow(Emitter& emitter, ElementReader& reader) {
  const uint32_t slot = emitter.newSlot();
  emitter.add(std::make_shared<Enter>(reader, slot), reader);
  const uint32_t first = emitter.here();
  emitter.policies(reader);
  emitter.guard(first, emitter.addBare(std::make_shared<Leave>(slot), reader));
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "key", .need = Need::Required, .sentence = "What is counted by; the same key is the same limit anywhere."},
    {.name = "max-count",
     .type = ValueType::Integer,
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "How many exchanges may be inside at once.",
     .least = 1,
     .most = 1'000'000},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "limit-concurrency",
                .sentence = "Lets so many exchanges at once into the policies inside; others fail at once with 429.",
                .attributes = kAttributes,
                .content = Content::Policies},
    .status = "Counted within one process.",
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& limitConcurrencyDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
