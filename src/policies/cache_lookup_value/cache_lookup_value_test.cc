#include "policies/cache_lookup_value/cache_lookup_value.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class CacheLookupValueTest : public policy::fixtures::PolicyFixture {
 protected:
  CacheLookupValueTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(CacheLookupValueTest, AMissLeavesTheVariableOrTakesTheDefault) {
  inbound(
      "<cache-lookup-value key='a' variable-name='v'/><cache-lookup-value key='a' variable-name='w' default-value='d'/>"
      "<set-header name='V'><value>@(context.Variables.ContainsKey(\"v\").ToString())</value></set-header>"
      "<set-header name='W'><value>@((string)context.Variables[\"w\"])</value></set-header>");
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "V"), "False");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "W"), "d");
}

TEST_F(CacheLookupValueTest, FindsWhatAnotherExchangeKept) {
  inbound("<cache-store-value key='a' value='kept' duration='10'/>");
  run();
  inbound(
      "<cache-lookup-value key='a' variable-name='v'/>"
      "<set-header name='V'><value>@((string)context.Variables[\"v\"])</value></set-header>");
  run();
  EXPECT_EQ(fieldOf(sent.at(1).headers, "V"), "kept");
}

TEST_F(CacheLookupValueTest, ThereIsNoExternalCache) {
  inbound("<cache-lookup-value key='a' variable-name='v' caching-type='external'/>");
  EXPECT_NE(mistakes().find("there is no external cache"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
