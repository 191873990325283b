#include "policy/counters.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace sluice::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Instant kStart{hours(1)};

TEST(Counters, ASlidingWindowIsExactForSparseCalls) {
  Counters counters;
  const RateLimit limit{2, seconds(10)};
  EXPECT_TRUE(counters.tryRate("k", limit, 1, kStart).allowed);
  EXPECT_EQ(counters.tryRate("k", limit, 1, kStart + seconds(4)).remaining, 0);
  const RateVerdict refused = counters.tryRate("k", limit, 1, kStart + seconds(5));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, seconds(5));
  EXPECT_FALSE(counters.tryRate("k", limit, 1, kStart + seconds(10) - milliseconds(1)).allowed);
  EXPECT_TRUE(counters.tryRate("k", limit, 1, kStart + seconds(10)).allowed);
  EXPECT_FALSE(counters.tryRate("k", limit, 1, kStart + seconds(13)).allowed);
  EXPECT_TRUE(counters.tryRate("k", limit, 1, kStart + seconds(14)).allowed);
}

TEST(Counters, ManyCallsShareMemoryAndStayNearlyExact) {
  Counters counters;
  const RateLimit limit{100'000, seconds(10)};
  int64_t allowed = 0;
  for (int i = 0; i < 200'000; ++i)
    allowed += counters.tryRate("k", limit, 1, kStart + std::chrono::microseconds(i * 100)).allowed ? 1 : 0;
  // 20 seconds of 10,000 calls a second against 100,000 in 10 seconds; a grain is 1/256 of the window.
  EXPECT_GE(allowed, 199'000);
  EXPECT_LE(allowed, 200'000);
}

TEST(Counters, ACallMayCountForSeveralOrJustLook) {
  Counters counters;
  const RateLimit limit{10, seconds(10)};
  EXPECT_EQ(counters.tryRate("k", limit, 7, kStart).remaining, 3);
  EXPECT_FALSE(counters.tryRate("k", limit, 4, kStart).allowed) << "would go over";
  EXPECT_EQ(counters.tryRate("k", limit, 0, kStart).remaining, 3) << "a look counts nothing";
  counters.addRate("k", seconds(10), 5, kStart);
  EXPECT_FALSE(counters.tryRate("k", limit, 0, kStart).allowed);
}

TEST(Counters, PoliciesWithOtherPeriodsShareACounter) {
  Counters counters;
  EXPECT_TRUE(counters.tryRate("k", RateLimit{5, seconds(60)}, 5, kStart).allowed);
  EXPECT_TRUE(counters.tryRate("k", RateLimit{5, seconds(10)}, 1, kStart + seconds(20)).allowed);
  EXPECT_FALSE(counters.tryRate("k", RateLimit{5, seconds(60)}, 1, kStart + seconds(30)).allowed);
}

TEST(Counters, QuotasCountInFixedWindows) {
  Counters counters;
  const UtcTime first{hours(24)};
  const QuotaLimit limit{2, 0, hours(1), first};
  const UtcTime noon = first + hours(12) + std::chrono::minutes(15);
  EXPECT_EQ(counters.tryQuota("k", limit, 1, noon).remaining_calls, 1);
  EXPECT_EQ(counters.tryQuota("k", limit, 1, noon).state, QuotaState::Within);
  const QuotaVerdict over = counters.tryQuota("k", limit, 1, noon);
  EXPECT_EQ(over.state, QuotaState::CallsExceeded);
  EXPECT_EQ(over.replenished_in, std::chrono::minutes(45));
  EXPECT_EQ(counters.tryQuota("k", limit, 1, noon + std::chrono::minutes(45)).state, QuotaState::Within);
}

TEST(Counters, QuotasCountBytesAndMayNeverEnd) {
  Counters counters;
  const QuotaLimit limit{0, 2, Duration::zero(), UtcTime{}};
  const UtcTime now{hours(1)};
  EXPECT_EQ(counters.tryQuota("k", limit, 1, now).state, QuotaState::Within);
  counters.addQuota("k", limit, 0, 2047, now);
  EXPECT_EQ(counters.tryQuota("k", limit, 1, now).state, QuotaState::Within);
  counters.addQuota("k", limit, 0, 1, now);
  const QuotaVerdict over = counters.tryQuota("k", limit, 1, now + hours(10'000));
  EXPECT_EQ(over.state, QuotaState::BandwidthExceeded);
  EXPECT_EQ(over.replenished_in, Duration::zero());
}

TEST(Counters, PlacesAreLimitedAndGivenBack) {
  Counters counters;
  EXPECT_TRUE(counters.enter("k", 2));
  EXPECT_TRUE(counters.enter("k", 2));
  EXPECT_FALSE(counters.enter("k", 2));
  EXPECT_TRUE(counters.enter("other", 1));
  counters.leave("k");
  EXPECT_TRUE(counters.enter("k", 2));
  counters.leave("k");
  counters.leave("k");
  counters.leave("other");
  EXPECT_EQ(counters.size(), 0u);
}

TEST(Counters, MadeUpKeysDoNotFillTheMemory) {
  constexpr size_t kMost = 1600;
  Counters counters(kMost);
  const RateLimit limit{1, seconds(1)};
  for (size_t i = 0; i < 2 * kMost; ++i) counters.tryRate("key" + std::to_string(i), limit, 1, kStart);
  EXPECT_LE(counters.size(), kMost);
  EXPECT_GT(counters.size(), kMost / 2);
}

TEST(Counters, ThreadsCountTogether) {
  Counters counters;
  const RateLimit limit{1000, seconds(10)};
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) allowed += counters.tryRate("k", limit, 1, kStart).allowed ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(allowed.load(), 1000);
}

}  // namespace
}  // namespace sluice::policy
