#include "policies/rate_limit/rate_limit.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class RateLimitTest : public policy::fixtures::PolicyFixture {
 protected:
  RateLimitTest() : PolicyFixture(builtinCatalogue()) {}
};

class WithSubscription : public RateLimitTest {
 protected:
  WithSubscription() {
    configuration.subscriptions.resize(2);
    configuration.subscriptions[0].name = "one";
    configuration.subscriptions[1].name = "two";
    subscription = &configuration.subscriptions[0];
  }
};

TEST_F(WithSubscription, CountsBySubscription) {
  inbound("<rate-limit calls='1' renewal-period='60' remaining-calls-header-name='Left'/>");
  EXPECT_EQ(fieldOf(run().reply.headers, "Left"), "0");
  EXPECT_EQ(run().error_reason, "RateLimitExceeded");
  subscription = &configuration.subscriptions[1];
  EXPECT_EQ(run().reply.status, 200);
  clock_.advance(std::chrono::seconds(60));
  subscription = &configuration.subscriptions[0];
  EXPECT_EQ(run().reply.status, 200);
}

TEST_F(WithSubscription, ApisAndOperationsHaveLimitsOfTheirOwn) {
  inbound(
      "<rate-limit calls='9' renewal-period='60'><api name='other' calls='1' renewal-period='60'/>"
      "<api name='A' calls='3' renewal-period='60'><operation id='all' calls='2' "
      "renewal-period='60'/></api></rate-limit>");
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(run().reply.status, 429);
}

TEST_F(RateLimitTest, WithoutASubscriptionNobodyIsCounted) {
  inbound("<rate-limit calls='1' renewal-period='60'/>");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run().reply.status, 200);
}

TEST_F(RateLimitTest, TellsWhatIsWrong) {
  inbound(
      "<rate-limit calls='1' renewal-period='301'><api calls='1' renewal-period='1'/></rate-limit>"
      "<rate-limit calls='1' renewal-period='1'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("at most 300 seconds"), std::string::npos) << told;
  EXPECT_NE(told.find("this limit names nothing"), std::string::npos) << told;
  EXPECT_NE(told.find("a second <rate-limit> in <inbound>"), std::string::npos) << told;
  inbound("");
  configuration.policy = document("<policies><inbound><rate-limit calls='1' renewal-period='1'/></inbound></policies>");
  policies("<policies/>");
  EXPECT_NE(mistakes().find("not allowed in a policy document of the scope global"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
