#include "runtime/timer.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace sluice::runtime {
namespace {

using namespace std::chrono_literals;

struct Probe : Timer {
  Probe() : Timer(&onFire) {}
  static void onFire(Timer& timer) { ++static_cast<Probe&>(timer).fired; }
  int fired = 0;
};

const Instant kStart{1h};

TEST(TimerWheelTest, NeverFiresEarlyAndNotMoreThanATickLate) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe, kStart + 1500us);
  wheel.advance(kStart + 1ms);
  EXPECT_EQ(probe.fired, 0);
  wheel.advance(kStart + 1499us);
  EXPECT_EQ(probe.fired, 0);
  wheel.advance(kStart + 2ms);
  EXPECT_EQ(probe.fired, 1);
}

TEST(TimerWheelTest, APastDeadlineFiresAtTheNextTurn) {
  TimerWheel wheel(kStart);
  wheel.advance(kStart + 1s);
  Probe probe;
  wheel.schedule(probe, kStart);
  EXPECT_LE(*wheel.next(), kStart + 1s);
  wheel.advance(kStart + 1s);
  EXPECT_EQ(probe.fired, 1);
}

TEST(TimerWheelTest, NeverIsNever) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe, kNever);
  EXPECT_FALSE(wheel.next().has_value());
  wheel.advance(kStart + 10000h);
  EXPECT_EQ(probe.fired, 0);
}

TEST(TimerWheelTest, DestroyingATimerCancelsIt) {
  TimerWheel wheel(kStart);
  {
    Probe probe;
    wheel.schedule(probe, kStart + 5ms);
  }
  EXPECT_EQ(wheel.advance(kStart + 10ms), 0u);
}

TEST(TimerWheelTest, FartherThanTheWheelReaches) {
  TimerWheel wheel(kStart);
  Probe probe;
  const Duration far = std::chrono::hours(24 * 60);
  wheel.schedule(probe, kStart + far);
  for (Duration at = 0s; at < far; at += 6h) {
    wheel.advance(kStart + at);
    ASSERT_EQ(probe.fired, 0) << at.count();
  }
  wheel.advance(kStart + far);
  EXPECT_EQ(probe.fired, 1);
}

// Against the plain meaning: a timer has fired exactly when a turn came at or after its deadline (rounded up to a
// tick).
TEST(TimerWheelTest, AgreesWithAPlainListUnderRandomUse) {
  std::mt19937 random(7);
  TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<Probe>> probes;
  std::vector<Instant> due;
  for (int i = 0; i < 300; ++i) probes.push_back(std::make_unique<Probe>());
  due.assign(probes.size(), kNever);
  Instant now = kStart;
  const Duration spans[] = {3ms, 300ms, 70s, 5h, 50h};
  for (int round = 0; round < 4000; ++round) {
    const size_t which = random() % probes.size();
    const Duration span = spans[random() % std::size(spans)];
    const Duration offset(static_cast<int64_t>(random()) * 1000 % span.count());
    if (random() % 8 == 0) {
      wheel.schedule(*probes[which], kNever);
      due[which] = kNever;
    } else {
      due[which] = now + offset;
      wheel.schedule(*probes[which], due[which]);
    }
    probes[which]->fired = 0;
    if (const auto next = wheel.next()) {
      for (size_t i = 0; i < due.size(); ++i) {
        if (probes[i]->fired > 0 || due[i] == kNever) continue;
        ASSERT_LE(*next, std::max(due[i] + 1ms, now));
      }
    }
    if (random() % 3 == 0) now += Duration(static_cast<int64_t>(random()) * 1000 % spans[random() % 4].count());
    wheel.advance(now);
    const Instant tick = kStart + std::chrono::floor<std::chrono::milliseconds>(now - kStart);
    for (size_t i = 0; i < due.size(); ++i) {
      if (due[i] == kNever || probes[i]->fired > 0) continue;
      ASSERT_GT(due[i], tick) << "timer " << i << " is late in round " << round;
    }
    for (size_t i = 0; i < due.size(); ++i) {
      if (probes[i]->fired == 0) continue;
      ASSERT_EQ(probes[i]->fired, 1);
      ASSERT_LE(due[i], now) << "timer " << i << " was early in round " << round;
    }
  }
}

}  // namespace
}  // namespace sluice::runtime
