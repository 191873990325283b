#include "identity/refresh_grants.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace sluice::identity {
namespace {

using namespace std::chrono_literals;
using Turn = RefreshGrants::Turn;

AccessGrant grantUntil(Instant renew) {
  return {std::make_shared<const Secret>(std::string("access")), renew, renew + 10s};
}

TEST(RefreshGrants, OneUsesTheTokenAndTheOthersSeeWhatCameOfIt) {
  RefreshGrants grants;
  const Instant now{1h};
  const Secret configured(std::string("first"));
  auto mine = grants.claim("k", configured, now, 20s);
  EXPECT_EQ(mine.turn, Turn::Mine);
  EXPECT_EQ(mine.refresh_token.reveal(), "first");
  EXPECT_EQ(grants.claim("k", configured, now, 20s).turn, Turn::Taken);
  EXPECT_EQ(grants.claim("other", configured, now, 20s).turn, Turn::Mine);
  grants.granted("k", grantUntil(now + 60s), Secret(std::string("second")));
  const auto fresh = grants.claim("k", configured, now, 20s);
  EXPECT_EQ(fresh.turn, Turn::Fresh);
  EXPECT_EQ(fresh.grant.token->reveal(), "access");
  const auto later = grants.claim("k", configured, now + 60s, 20s);
  EXPECT_EQ(later.turn, Turn::Mine);
  EXPECT_EQ(later.refresh_token.reveal(), "second") << "the one that it was replaced by";
}

TEST(RefreshGrants, AFailureAndALapseLetTheNextOneTry) {
  RefreshGrants grants;
  const Instant now{1h};
  const Secret configured(std::string("first"));
  grants.claim("k", configured, now, 20s);
  grants.failed("k");
  EXPECT_EQ(grants.claim("k", configured, now, 20s).turn, Turn::Mine);
  EXPECT_EQ(grants.claim("k", configured, now + 19s, 20s).turn, Turn::Taken);
  EXPECT_EQ(grants.claim("k", configured, now + 20s, 20s).turn, Turn::Mine);
}

TEST(RefreshGrants, OfManyThreadsOneHasItsTurn) {
  RefreshGrants grants;
  const Secret configured(std::string("first"));
  std::atomic<int> mine{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j)
        if (grants.claim("k", configured, Instant(1h), 20s).turn == Turn::Mine) mine.fetch_add(1);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(mine.load(), 1);
}

}  // namespace
}  // namespace sluice::identity
