#include "upstream/backend_health.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;
using State = BackendHealth::State;
using Change = BackendHealth::Change;
constexpr auto kPlain = BackendHealth::FullCounts::No;
constexpr auto kInPool = BackendHealth::FullCounts::Yes;

config::CircuitBreaker breakerOf(int count) {
  config::CircuitBreaker breaker;
  breaker.count = count;
  breaker.interval = 10s;
  breaker.trip_duration = 30s;
  breaker.statuses = {{500, 599}};
  return breaker;
}

CallResult status(int code, Duration retry_after = {}) {
  CallResult result;
  result.status = code;
  result.retry_after = retry_after;
  return result;
}

CallResult noAnswer(CallError error = CallError::ConnectionFailure) {
  CallResult result;
  result.error = error;
  return result;
}

class BackendHealthTest : public testing::Test {
 protected:
  Change end(const CallResult& result, BackendHealth::FullCounts full = kPlain) {
    return health.ended(now, rule, result, full);
  }
  BackendHealth health{"east"};
  BreakerRule rule{breakerOf(3)};
  Instant now{1h};
};

TEST_F(BackendHealthTest, OpensWithTheFailureThatReachesTheCount) {
  EXPECT_EQ(end(status(500)), Change::None);
  EXPECT_EQ(end(status(200)), Change::None);
  EXPECT_EQ(end(noAnswer()), Change::None);
  EXPECT_EQ(health.state(now), State::Well);
  EXPECT_EQ(end(status(503)), Change::Opened);
  EXPECT_EQ(health.state(now), State::Open);
  EXPECT_EQ(health.until(), now + 30s);
}

TEST_F(BackendHealthTest, FailuresOlderThanTheIntervalDoNotCount) {
  end(status(500));
  end(status(500));
  now += 11s;
  EXPECT_EQ(end(status(500)), Change::None);
  EXPECT_EQ(health.state(now), State::Well);
}

TEST_F(BackendHealthTest, StatusesOutsideTheRuleDoNotCount) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(end(status(404)), Change::None);
  EXPECT_EQ(health.state(now), State::Well);
}

TEST_F(BackendHealthTest, OneCallTriesItWhenItsTimeIsOver) {
  for (int i = 0; i < 3; ++i) end(status(500));
  now += 30s;
  EXPECT_EQ(health.state(now), State::HalfOpen);
  EXPECT_TRUE(health.takeProbe(now));
  EXPECT_FALSE(health.takeProbe(now));
  now += 1s;
  EXPECT_TRUE(health.takeProbe(now)) << "a probe that takes long does not hold the door for ever";
}

TEST_F(BackendHealthTest, AFailedProbeOpensItAgainAtOnce) {
  for (int i = 0; i < 3; ++i) end(status(500));
  now += 30s;
  EXPECT_EQ(end(status(500)), Change::Opened);
  EXPECT_EQ(health.state(now), State::Open);
}

TEST_F(BackendHealthTest, AGoodProbeClosesItAndItsShareGrows) {
  for (int i = 0; i < 3; ++i) end(status(500));
  now += 30s;
  EXPECT_EQ(end(status(200)), Change::Closed);
  EXPECT_EQ(health.state(now), State::Recovering);
  EXPECT_LT(health.share(now), 30u);
  EXPECT_EQ(health.share(now + 5s), 128u);
  EXPECT_EQ(health.share(now + 10s), 256u);
  EXPECT_EQ(health.state(now + 10s), State::Well);
  EXPECT_EQ(end(status(500)), Change::None) << "the old failures are forgotten";
}

TEST_F(BackendHealthTest, AnAnswerFromBeforeDoesNotCloseIt) {
  for (int i = 0; i < 3; ++i) end(status(500));
  EXPECT_EQ(end(status(200)), Change::None);
  EXPECT_EQ(health.state(now), State::Open);
}

TEST_F(BackendHealthTest, RetryAfterIsTheTripsLengthWhereAccepted) {
  auto breaker = breakerOf(1);
  breaker.accept_retry_after = true;
  breaker.statuses = {{429, 429}, {503, 503}};
  rule = BreakerRule(breaker);
  EXPECT_EQ(end(status(503, 7s)), Change::Opened);
  EXPECT_EQ(health.until(), now + 7s);
  BackendHealth other("west");
  EXPECT_EQ(other.ended(now, rule, status(503), kPlain), Change::Opened);
  EXPECT_EQ(other.until(), now + 30s);
}

TEST_F(BackendHealthTest, ATripBy429NeedsNoProbe) {
  auto breaker = breakerOf(1);
  breaker.statuses = {{429, 429}};
  rule = BreakerRule(breaker);
  EXPECT_EQ(end(status(429)), Change::Full);
  EXPECT_EQ(health.state(now + 29s), State::Full);
  EXPECT_EQ(health.state(now + 30s), State::Well);
}

TEST_F(BackendHealthTest, InAPoolA429FillsItForAsLongAsItSays) {
  rule = BreakerRule();
  EXPECT_EQ(end(status(429, 1500ms), kInPool), Change::Full);
  EXPECT_EQ(end(status(429, 1500ms), kInPool), Change::None) << "told once";
  EXPECT_EQ(health.state(now + 1499ms), State::Full);
  EXPECT_EQ(health.state(now + 1500ms), State::Well);
  EXPECT_EQ(end(status(429), kPlain), Change::None) << "alone, it has nobody to hand over to";
}

TEST_F(BackendHealthTest, APercentageNeedsAFewCalls) {
  auto breaker = breakerOf(1);
  breaker.count.reset();
  breaker.percentage = 50;
  rule = BreakerRule(breaker);
  EXPECT_EQ(end(status(500)), Change::None);
  EXPECT_EQ(end(status(200)), Change::None);
  EXPECT_EQ(end(status(200)), Change::None);
  EXPECT_EQ(end(status(500)), Change::None);
  EXPECT_EQ(end(status(500)), Change::Opened);
}

TEST_F(BackendHealthTest, ReasonsSayWhichSilencesCount) {
  auto breaker = breakerOf(1);
  breaker.statuses = {{429, 429}};
  breaker.error_reasons = {"Timeout"};
  rule = BreakerRule(breaker);
  EXPECT_EQ(end(noAnswer()), Change::None);
  EXPECT_EQ(end(noAnswer(CallError::Timeout)), Change::Opened);
}

TEST_F(BackendHealthTest, ThreadsLoseNoFailure) {
  rule = BreakerRule(breakerOf(4000));
  std::atomic<int> opened{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j)
        if (health.ended(now, rule, status(500), kPlain) == Change::Opened) opened.fetch_add(1);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(health.state(now), State::Open);
  EXPECT_EQ(opened.load(), 1);
  EXPECT_EQ(health.failures(), 4000u);
}

TEST(BackendHealths, KeepWhatTheyKnowByName) {
  BackendHealths healths;
  BackendHealth& east = healths.of("east");
  healths.of("a");
  EXPECT_EQ(&healths.of("east"), &east);
  ASSERT_EQ(healths.all().size(), 2u);
  EXPECT_EQ(healths.all()[0]->name(), "a");
}

}  // namespace
}  // namespace sluice::upstream
