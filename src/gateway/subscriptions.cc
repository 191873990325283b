#include "gateway/subscriptions.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <functional>

#include "base/encoding.h"

namespace sluice::gateway {
namespace {

bool sameSecret(const Secret& secret, std::string_view key) {
  const auto value = secret.reveal();
  return !value.empty() && value.size() == key.size() && CRYPTO_memcmp(value.data(), key.data(), key.size()) == 0;
}

bool contains(const config::Product& product, const config::Api& api) {
  return std::ranges::any_of(product.apis, [&](const auto& name) { return equalsIgnoreCase(name, api.name); });
}

}  // namespace

Subscriptions::Subscriptions(const config::Configuration& configuration) : configuration_(configuration) {
  for (const auto& subscription : configuration.subscriptions) {
    for (const Secret* key : {&subscription.primary_key, &subscription.secondary_key})
      if (!key->empty()) keys_.emplace(std::hash<std::string_view>()(key->reveal()), &subscription);
  }
}

const config::Subscription* Subscriptions::find(std::string_view key) const {
  const auto [first, last] = keys_.equal_range(std::hash<std::string_view>()(key));
  for (auto at = first; at != last; ++at)
    if (sameSecret(at->second->primary_key, key) || sameSecret(at->second->secondary_key, key)) return at->second;
  return nullptr;
}

std::vector<const config::Product*> Subscriptions::productsOf(const config::Api& api) const {
  std::vector<const config::Product*> products;
  for (const auto& product : configuration_.products)
    if (contains(product, api)) products.push_back(&product);
  return products;
}

const config::Product* Subscriptions::openProductOf(const config::Api& api) const {
  for (const auto& product : configuration_.products)
    if (!product.subscription_required && contains(product, api)) return &product;
  return nullptr;
}

AccessDecision Subscriptions::decide(const config::Api& api, std::string_view key) const {
  if (!key.empty()) {
    const auto* subscription = find(key);
    if (subscription != nullptr && subscription->state == config::SubscriptionState::Active) {
      switch (subscription->scope) {
        case config::SubscriptionScope::Service:
        case config::SubscriptionScope::AllApis:
          return {Access::Allowed, subscription, nullptr};
        case config::SubscriptionScope::Api:
          if (equalsIgnoreCase(subscription->target, api.name)) return {Access::Allowed, subscription, nullptr};
          break;
        case config::SubscriptionScope::Product: {
          const auto* product = configuration_.findProduct(subscription->target);
          if (product != nullptr && contains(*product, api)) return {Access::Allowed, subscription, product};
          break;
        }
      }
    }
  }
  // Anonymous: in an open product's context, or where the API asks for no key; an unknown key is then ignored.
  if (const auto* open = openProductOf(api)) return {Access::Allowed, nullptr, open};
  if (!api.subscription_required) return {};
  return {key.empty() ? Access::KeyMissing : Access::KeyInvalid, nullptr, nullptr};
}

}  // namespace sluice::gateway
