#include "policies/rate_limit_by_key/rate_limit_by_key.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class RateLimitByKeyTest : public policy::fixtures::PolicyFixture {
 protected:
  RateLimitByKeyTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(RateLimitByKeyTest, CountsInASlidingWindow) {
  inbound("<rate-limit-by-key calls='2' renewal-period='10' counter-key='k' remaining-calls-header-name='Left'/>");
  EXPECT_EQ(fieldOf(run().reply.headers, "Left"), "1");
  clock_.advance(std::chrono::seconds(4));
  EXPECT_EQ(fieldOf(run().reply.headers, "Left"), "0");
  const auto refused = run();
  EXPECT_EQ(refused.reply.status, 429);
  EXPECT_EQ(refused.error_reason, "RateLimitExceeded");
  EXPECT_EQ(refused.error_message, "Rate limit is exceeded");
  EXPECT_EQ(fieldOf(refused.reply.headers, "Retry-After"), "6");
  clock_.advance(std::chrono::seconds(6));
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(run().reply.status, 429);
}

TEST_F(RateLimitByKeyTest, KeysCountApartAndTheSameKeyTogether) {
  inbound("<rate-limit-by-key calls='1' renewal-period='10' counter-key='a'/>");
  EXPECT_EQ(run().reply.status, 200);
  inbound("<rate-limit-by-key calls='1' renewal-period='10' counter-key='b'/>");
  EXPECT_EQ(run().reply.status, 200);
  outbound("");
  inbound(
      "<choose><when condition='true'><rate-limit-by-key calls='1' renewal-period='10' "
      "counter-key='a'/></when></choose>");
  EXPECT_EQ(run().reply.status, 429);
}

TEST_F(RateLimitByKeyTest, WhatDependsOnTheAnswerIsCountedAfterwards) {
  inbound(
      "<rate-limit-by-key calls='1' renewal-period='10' counter-key='k' increment-count='@(1 + context.Api.Id.Length - "
      "1)' "
      "increment-condition='@(context.Response.StatusCode == 200)'/>");
  replies = {{500}, {200}, {200}};
  EXPECT_EQ(run().reply.status, 500);
  EXPECT_EQ(run().reply.status, 200) << "the 500 did not count";
  EXPECT_EQ(run().reply.status, 429);
}

TEST_F(RateLimitByKeyTest, VariablesTellToo) {
  inbound(
      "<rate-limit-by-key calls='3' renewal-period='10' counter-key='k' remaining-calls-variable-name='left'/>"
      "<set-header name='L'><value>@(context.Variables[\"left\"].ToString())</value></set-header>");
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "L"), "2");
}

TEST_F(RateLimitByKeyTest, ThePeriodIsBounded) {
  inbound("<rate-limit-by-key calls='3' renewal-period='301' counter-key='k'/>");
  EXPECT_NE(mistakes().find("a renewal period is more than 0 and at most 300 seconds"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
