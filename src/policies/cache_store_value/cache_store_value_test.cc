#include "policies/cache_store_value/cache_store_value.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class CacheStoreValueTest : public policy::fixtures::PolicyFixture {
 protected:
  CacheStoreValueTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(CacheStoreValueTest, KeepsForItsDuration) {
  inbound("<cache-store-value key='a' value='kept' duration='10'/>");
  run();
  EXPECT_TRUE(values().find("a", clock_.now() + std::chrono::seconds(9), arena).has_value());
  EXPECT_FALSE(values().find("a", clock_.now() + std::chrono::seconds(10), arena).has_value());
}

TEST_F(CacheStoreValueTest, AValueThatIsTooLargeIsTraced) {
  const std::string large(3u * 1024 * 1024, 'x');
  inbound("<cache-store-value key='a' value='@(context.Request.Body.As<string>(true))' duration='10'/>");
  body = large;
  const auto result = run();
  ASSERT_EQ(result.traces.size(), 1u);
  EXPECT_EQ(result.traces[0], "cache-store-value: Not kept: the value is too large.");
  EXPECT_EQ(values().size(), 0u);
}

TEST_F(CacheStoreValueTest, OnlyObserves) {
  outbound("<cache-store-value key='a' value='@(context.Response.Body.As<string>(true))' duration='10'/>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr);
  EXPECT_EQ(pipeline->deferred_from, 0u);
}

}  // namespace
}  // namespace sluice::policies
