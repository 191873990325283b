#include "gateway/subscriptions.h"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

class SubscriptionsTest : public testing::Test {
 protected:
  SubscriptionsTest() {
    config::Api chat;
    chat.name = "chat";
    configuration_.apis.push_back(chat);
    config::Product product;
    product.name = "gold";
    product.apis = {"chat"};
    configuration_.products.push_back(product);
    add("by-product", config::SubscriptionScope::Product, "gold", "key-p");
    add("by-api", config::SubscriptionScope::Api, "chat", "key-a");
    add("other-api", config::SubscriptionScope::Api, "images", "key-o");
    add("all", config::SubscriptionScope::AllApis, "", "key-all");
    add("off", config::SubscriptionScope::AllApis, "", "key-off");
    configuration_.subscriptions.back().state = config::SubscriptionState::Suspended;
  }

  void add(std::string name, config::SubscriptionScope scope, std::string target, std::string key) {
    config::Subscription subscription;
    subscription.name = std::move(name);
    subscription.scope = scope;
    subscription.target = std::move(target);
    subscription.secondary_key = Secret(std::move(key));
    configuration_.subscriptions.push_back(std::move(subscription));
  }

  AccessDecision decide(std::string_view key) {
    return Subscriptions(configuration_).decide(configuration_.apis[0], key);
  }

  config::Configuration configuration_;
};

TEST_F(SubscriptionsTest, AKeyOpensWhatItsScopeCovers) {
  EXPECT_EQ(decide("key-p").product->name, "gold");
  EXPECT_EQ(decide("key-a").subscription->name, "by-api");
  EXPECT_EQ(decide("key-a").product, nullptr);
  EXPECT_EQ(decide("key-all").subscription->name, "all");
  EXPECT_EQ(decide("key-o").access, Access::KeyInvalid);
  EXPECT_EQ(decide("key-off").access, Access::KeyInvalid);
  EXPECT_EQ(decide("nonsense").access, Access::KeyInvalid);
  EXPECT_EQ(decide("").access, Access::KeyMissing);
}

TEST_F(SubscriptionsTest, AnOpenProductTakesAnyoneAndIgnoresBadKeys) {
  configuration_.products[0].subscription_required = false;
  EXPECT_EQ(decide("").product->name, "gold");
  EXPECT_EQ(decide("nonsense").access, Access::Allowed);
  EXPECT_EQ(decide("nonsense").subscription, nullptr);
}

TEST_F(SubscriptionsTest, AnApiWithoutSubscriptionsIsOpen) {
  configuration_.apis[0].subscription_required = false;
  EXPECT_EQ(decide("").access, Access::Allowed);
  EXPECT_EQ(decide("key-a").subscription->name, "by-api");
}

}  // namespace
}  // namespace sluice::gateway
