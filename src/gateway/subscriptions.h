// Subscription keys: who may call an API, and in which product's context (reference 4.3). Built with the snapshot,
// immutable, shared.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/model.h"

namespace sluice::gateway {

enum class Access : uint8_t { Allowed, KeyMissing, KeyInvalid };

struct AccessDecision {
  Access access = Access::Allowed;
  const config::Subscription* subscription = nullptr;
  const config::Product* product = nullptr;
};

class Subscriptions {
 public:
  explicit Subscriptions(const config::Configuration& configuration);

  // `key` as the client gave it; empty: none.
  AccessDecision decide(const config::Api& api, std::string_view key) const;
  // Products that contain the API: its pipelines are compiled once for each, besides the one without a product.
  std::vector<const config::Product*> productsOf(const config::Api& api) const;

 private:
  const config::Subscription* find(std::string_view key) const;
  const config::Product* openProductOf(const config::Api& api) const;

  const config::Configuration& configuration_;
  std::unordered_multimap<size_t, const config::Subscription*> keys_;
};

}  // namespace sluice::gateway
