#include "policies/quota_by_key/quota_by_key.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"
#include "policy/quota_answer.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class QuotaByKeyTest : public policy::fixtures::PolicyFixture {
 protected:
  QuotaByKeyTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(QuotaByKeyTest, CountsCallsInFixedPeriods) {
  inbound("<quota-by-key calls='1' renewal-period='PT1H' counter-key='k' first-period-start='2026-01-01T00:00:00Z'/>");
  EXPECT_EQ(run().reply.status, 200);
  const auto refused = run();
  EXPECT_EQ(refused.reply.status, 403);
  EXPECT_EQ(refused.error_reason, "QuotaExceeded");
  EXPECT_EQ(refused.error_message, "Out of call volume quota. Quota will be replenished in 01:00:00.");
  EXPECT_EQ(fieldOf(refused.reply.headers, "Retry-After"), "3600");
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(run().reply.status, 200);
}

TEST_F(QuotaByKeyTest, CountsBytesWhenTheExchangeIsOver) {
  inbound("<quota-by-key bandwidth='1' renewal-period='0' counter-key='k'/>");
  bytes_of_next = 1024;
  EXPECT_EQ(run().reply.status, 200);
  const auto refused = run();
  EXPECT_EQ(refused.error_message, "Out of bandwidth quota.") << "a period for ever is never replenished";
  EXPECT_EQ(fieldOf(refused.reply.headers, "Retry-After"), "");
}

TEST_F(QuotaByKeyTest, AnExchangeCountsOnceForAKey) {
  const std::string policy = "<quota-by-key calls='2' renewal-period='300' counter-key='k'/>";
  inbound(policy + policy);
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(run().reply.status, 403);
}

TEST_F(QuotaByKeyTest, LongWaitsAreDays) {
  EXPECT_EQ(policy::quotaWait(std::chrono::hours(51)), "2.12 days");
  EXPECT_EQ(policy::quotaWait(std::chrono::milliseconds(1)), "00:00:01");
}

TEST_F(QuotaByKeyTest, WhatDependsOnTheAnswerIsCountedAfterwards) {
  inbound(
      "<quota-by-key calls='1' renewal-period='300' counter-key='k' "
      "increment-condition='@(context.Response.StatusCode == 200)'/>");
  replies = {{500}, {200}};
  EXPECT_EQ(run().reply.status, 500);
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(run().reply.status, 403);
}

TEST_F(QuotaByKeyTest, TellsWhatIsWrong) {
  inbound("<quota-by-key renewal-period='299' counter-key='k' first-period-start='soon'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("<quota-by-key> limits nothing"), std::string::npos) << told;
  EXPECT_NE(told.find("0 or at least 300 seconds"), std::string::npos) << told;
  EXPECT_NE(told.find("this is not a time"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
