#include "policies/cache_remove_value/cache_remove_value.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class CacheRemoveValueTest : public policy::fixtures::PolicyFixture {
 protected:
  CacheRemoveValueTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(CacheRemoveValueTest, ForgetsTheValue) {
  inbound(
      "<cache-store-value key='a' value='1' duration='10'/><cache-store-value key='b' value='1' duration='10'/>"
      "<cache-remove-value key='a'/><cache-remove-value key='never'/>");
  run();
  EXPECT_EQ(values().size(), 1u);
  EXPECT_TRUE(values().find("b", clock_.now(), arena).has_value());
}

TEST_F(CacheRemoveValueTest, NeedsAKey) {
  inbound("<cache-remove-value/>");
  EXPECT_NE(mistakes().find("<cache-remove-value> needs the attribute `key`"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
