#include "upstream/backend_pool.h"

#include <gtest/gtest.h>

#include <map>

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;

class BackendPoolTest : public testing::Test {
 protected:
  struct Given {
    std::string name;
    int priority = 1;
    uint32_t weight = 1;
  };
  void make(const std::vector<Given>& given) {
    source.name = "gpt";
    backends.reserve(given.size());
    std::vector<BackendPool::Member> members;
    for (const auto& one : given) {
      config::Backend backend;
      backend.name = one.name;
      backends.push_back(backend);
      BackendPool::Member member;
      member.backend = &backends.back();
      member.health = &healths.of(one.name);
      member.rule = usualMemberRule();
      member.priority = one.priority;
      member.weight = one.weight;
      member.token = "t-" + one.name;
      members.push_back(member);
    }
    pool = std::make_unique<BackendPool>(source, std::move(members));
  }
  std::string chosen(MemberSet tried = 0, int preferred = BackendPool::kNone) {
    const int index = pool->choose(now, tried, preferred);
    return index == BackendPool::kNone ? "" : pool->members()[static_cast<size_t>(index)].backend->name;
  }
  void end(const std::string& name, int status, Duration retry_after = {}) {
    CallResult result;
    result.status = status;
    result.retry_after = retry_after;
    healths.of(name).ended(now, usualMemberRule(), result, BackendHealth::FullCounts::Yes);
  }
  std::map<std::string, int> shares(int calls) {
    std::map<std::string, int> counts;
    for (int i = 0; i < calls; ++i) ++counts[chosen()];
    return counts;
  }

  config::Backend source;
  std::vector<config::Backend> backends;
  BackendHealths healths;
  std::unique_ptr<BackendPool> pool;
  Instant now{1h};
};

TEST_F(BackendPoolTest, EqualMembersTakeTurns) {
  make({{"a"}, {"b"}, {"c"}});
  std::string order;
  for (int i = 0; i < 6; ++i) order += chosen();
  EXPECT_EQ(order, "abcabc");
}

TEST_F(BackendPoolTest, WeightsAreShares) {
  make({{"a", 1, 3}, {"b", 1, 1}});
  const auto counts = shares(4000);
  EXPECT_NEAR(counts.at("a"), 3000, 10);
  EXPECT_NEAR(counts.at("b"), 1000, 10);
}

TEST_F(BackendPoolTest, AMemberWithoutWeightGetsNothingWhileOthersHaveSome) {
  make({{"a", 1, 0}, {"b", 1, 5}});
  EXPECT_EQ(shares(100).count("a"), 0u);
  end("b", 429, 60s);
  EXPECT_EQ(chosen(), "a");
}

TEST_F(BackendPoolTest, ALowerPriorityNumberComesFirst) {
  make({{"payg", 2}, {"ptu", 1}});
  EXPECT_EQ(shares(10).at("ptu"), 10);
  end("ptu", 429, 2s);
  EXPECT_EQ(chosen(), "payg");
  now += 2s;
  EXPECT_EQ(chosen(), "ptu");
}

TEST_F(BackendPoolTest, WhatWasTriedIsNotChosenAgain) {
  make({{"a"}, {"b"}});
  EXPECT_EQ(chosen(0b01), "b");
  EXPECT_EQ(chosen(0b11), "");
}

TEST_F(BackendPoolTest, NoneWhenAllAreFullAndWhenTheFirstComesBack) {
  make({{"a"}, {"b"}});
  end("a", 429, 5s);
  end("b", 429, 3s);
  EXPECT_EQ(chosen(), "");
  EXPECT_EQ(pool->availableFrom(), now + 3s);
}

TEST_F(BackendPoolTest, OneCallProbesAHalfOpenMemberAndTheRestGoElsewhere) {
  make({{"a", 1}, {"b", 2}});
  for (int i = 0; i < 3; ++i) end("a", 500);
  EXPECT_EQ(shares(10).at("b"), 10);
  now += 10s;
  EXPECT_EQ(chosen(), "a");
  EXPECT_EQ(shares(10).at("b"), 10);
  end("a", 200);
  EXPECT_EQ(chosen(), "a");
}

TEST_F(BackendPoolTest, HalfOpenMembersTakeEverythingWhenNobodyElseCan) {
  make({{"a"}});
  for (int i = 0; i < 3; ++i) end("a", 500);
  EXPECT_EQ(chosen(), "");
  now += 10s;
  EXPECT_EQ(shares(5).at("a"), 5);
}

TEST_F(BackendPoolTest, ARecoveredMemberStartsSlowly) {
  make({{"a"}, {"b"}});
  for (int i = 0; i < 3; ++i) end("a", 500);
  now += 10s;
  end("a", 200);
  EXPECT_LT(shares(1000).at("a"), 150);
  now += 10s;
  EXPECT_EQ(shares(1000).at("a"), 500);
}

TEST_F(BackendPoolTest, AClientStaysWithItsMemberWhileThatIsWell) {
  source.session_cookie = "SessionId";
  make({{"a"}, {"b"}, {"c"}});
  EXPECT_EQ(pool->memberOfCookie("x=1; SessionId=t-b; y=2"), 1);
  EXPECT_EQ(pool->memberOfCookie("SessionId=t-zzz"), BackendPool::kNone);
  EXPECT_EQ(pool->memberOfCookie("OtherSessionId=t-b"), BackendPool::kNone);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(chosen(0, 1), "b");
  end("b", 429, 60s);
  EXPECT_NE(chosen(0, 1), "b");
}

TEST_F(BackendPoolTest, ThePhraseIsTheOneThatPublishedPoliciesTest) {
  make({{"a"}});
  EXPECT_EQ(pool->answerStatus(), 503);
  EXPECT_EQ(pool->answerReason(), "Backend pool 'gpt' is temporarily unavailable");
}

}  // namespace
}  // namespace sluice::upstream
