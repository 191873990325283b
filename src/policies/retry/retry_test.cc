#include "policies/retry/retry.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class RetryTest : public policy::fixtures::PolicyFixture {
 protected:
  RetryTest() : PolicyFixture(builtinCatalogue()) {}
};

std::string retrying(const std::string& attributes) {
  return "<policies><backend><retry condition='@(context.Response.StatusCode >= 500)' " + attributes +
         "><forward-request/></retry></backend></policies>";
}

TEST_F(RetryTest, RepeatsWhileTheConditionHolds) {
  policies(retrying("count='5' interval='1'"));
  replies = {{500}, {503}, {200, "good"}};
  const Instant start = clock_.now();
  EXPECT_EQ(run().reply.body, "good");
  EXPECT_EQ(sent.size(), 3u);
  EXPECT_EQ(clock_.now() - start, std::chrono::seconds(2));
}

TEST_F(RetryTest, AnErrorInsideIsRetriedWhenTheConditionSaysSo) {
  policies(retrying("count='2'"));
  replies = {{0}, {0}, {200, "good"}};
  const auto result = run();
  EXPECT_EQ(result.reply.body, "good");
  EXPECT_EQ(result.error_reason, "");
  EXPECT_EQ(sent.size(), 3u);
}

TEST_F(RetryTest, AnErrorGoesOnWhenTheRunsAreUsedUp) {
  policies(retrying("count='1'"));
  replies = {{0}, {0}, {200}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_reason, "BackendConnectionFailure");
  EXPECT_EQ(sent.size(), 2u);
}

TEST_F(RetryTest, AConditionThatThrowsLeavesTheErrorAsItWas) {
  policies(
      "<policies><backend><retry condition='@(context.Response.Headers[\"Absent\"][3] == \"x\")' count='3'>"
      "<forward-request/></retry></backend></policies>");
  replies = {{0}, {200}};
  const auto result = run();
  EXPECT_EQ(result.error_reason, "BackendConnectionFailure");
  EXPECT_EQ(result.error_source, "forward-request");
  EXPECT_EQ(sent.size(), 1u);
}

TEST_F(RetryTest, AnOuterRetryCatchesWhatAnInnerOneGivesUp) {
  policies(
      "<policies><backend><retry condition='@(context.LastError != null)' count='1'>"
      "<retry condition='@(context.Response.StatusCode == 500)' count='1'><forward-request/></retry></retry></backend>"
      "</policies>");
  replies = {{0}, {0}, {0}, {200, "good"}};
  EXPECT_EQ(run().reply.body, "good");
  EXPECT_EQ(sent.size(), 4u);
}

TEST_F(RetryTest, APlaceOfLimitConcurrencyIsFreeForTheNextRun) {
  policies(
      "<policies><backend><retry condition='@(context.Response.StatusCode == 500)' count='2'>"
      "<limit-concurrency key='k' max-count='1'><forward-request/></limit-concurrency></retry></backend></policies>");
  replies = {{0}, {0}, {200, "good"}};
  EXPECT_EQ(run().reply.body, "good");
}

TEST_F(RetryTest, GivesUpAfterCount) {
  policies(retrying("count='2'"));
  replies = {{500}, {501}, {502}, {200}};
  EXPECT_EQ(run().reply.status, 502);
  EXPECT_EQ(sent.size(), 3u);
}

TEST_F(RetryTest, CountsAnewForEachExchange) {
  policies(retrying("count='1'"));
  for (int i = 0; i < 2; ++i) {
    replies = {{500}, {501}};
    EXPECT_EQ(run().reply.status, 501);
  }
}

TEST_F(RetryTest, PausesGrowByDelta) {
  policies(retrying("count='3' interval='1' delta='2' first-fast-retry='true'"));
  replies = {{500}, {500}, {500}, {500}};
  const Instant start = clock_.now();
  run();
  EXPECT_EQ(clock_.now() - start, std::chrono::seconds(0 + 3 + 5));
}

TEST_F(RetryTest, PausesGrowExponentiallyUpToTheLongest) {
  policies(retrying("count='4' interval='1' delta='1' max-interval='5'"));
  replies = {{500}, {500}, {500}, {500}, {500}};
  const Instant start = clock_.now();
  run();
  const auto waited = clock_.now() - start;
  // 1 + 1 * r, 1 + 3 * r, then 5 and 5, with r from 0.8 to 1.2
  EXPECT_GE(waited, std::chrono::milliseconds(1800 + 3400 + 5000 + 5000));
  EXPECT_LE(waited, std::chrono::milliseconds(2200 + 4600 + 5000 + 5000 + 400)) << "the clock moves in steps of 100 ms";
}

TEST_F(RetryTest, InsideAnotherEachCountsForItself) {
  policies(
      "<policies><backend><retry condition='@(context.Response.StatusCode == 500)' count='1'>"
      "<retry condition='@(context.Response.StatusCode == 500)' count='1'><forward-request/></retry>"
      "</retry></backend></policies>");
  replies = {{500}, {500}, {500}, {500}, {500}};
  run();
  EXPECT_EQ(sent.size(), 4u);
}

TEST_F(RetryTest, CountIsBounded) {
  policies(retrying("count='51'"));
  EXPECT_NE(mistakes().find("is `51`, not a whole number from 1 to 50"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
