#include "policies/cache_store/cache_store.h"

#include "policy/element_reader.h"
#include "policy/message_edit.h"
#include "policy/response_cache.h"

namespace sluice::policies {
namespace {

using namespace policy;

class CacheStore final : public Step {
 public:
  explicit CacheStore(const ElementReader& reader)
      : duration_(reader.seconds("duration")), wanted_(reader.boolean("cache-response")) {}

  Verdict run(Exchange& exchange) const override {
    const auto duration = duration_.evaluate(exchange);
    if (!duration) return Verdict::Fail;
    bool wanted = exchange.response.status == 200;
    if (!wanted_.absent()) {
      const auto said = wanted_.evaluate(exchange);
      if (!said) return Verdict::Fail;
      wanted = *said;
    }
    // No key: the look-up found that the request may not use the cache, or there was none.
    if (!wanted || exchange.caching.key.empty() || *duration <= Duration::zero()) {
      exchange.trace("cache-store", "Not kept.");
      return Verdict::Next;
    }
    switch (keepResponse(exchange, *duration)) {
      case Kept::Yes:
        exchange.trace("cache-store", "Kept.");
        if (mayChange(exchange, Target::Response)) setCacheControl(exchange, *duration);
        break;
      case Kept::TooLarge:
        exchange.trace("cache-store", "Not kept: the response is too large.");
        break;
      case Kept::NoBody:
        exchange.trace("cache-store", "Not kept: a policy has consumed the body.");
        break;
    }
    return Verdict::Next;
  }

 private:
  DurationOperand duration_;
  BoolOperand wanted_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  // Cache-Control is all that it changes: a stream goes through without it, and is kept when it has ended.
  reader.touches(kReadsResponseBody);
  return std::make_shared<CacheStore>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "duration",
     .type = ValueType::Seconds,
     .need = Need::Required,
     .sentence = "How long the response is kept, in seconds."},
    {.name = "cache-response",
     .type = ValueType::Bool,
     .sentence = "Whether it is kept at all; without it, when its status is 200."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "cache-store",
                .sentence = "Keeps the response to a GET for <cache-lookup>.",
                .attributes = kAttributes},
    .sections = kOutbound,
    .repetition = Repetition::OncePerSection,
    .status = "Responses up to 2 MiB are kept, without their Set-Cookie.",
    .posture = "What is kept depends on what <cache-lookup> varies by; leave nothing out that changes the answer.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& cacheStoreDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
