// Timers: a hierarchical wheel with ticks of one millisecond; adding and removing cost a few instructions and no system
// call. A timer fires at the first turn of the loop at or after its deadline, never before. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "runtime/intrusive.h"

namespace sluice::runtime {

// A deadline that never comes.
inline constexpr Instant kNever = Instant::max();

// `timeout` from `now`, without overflow.
inline Instant deadlineAfter(Instant now, Duration timeout) {
  return timeout >= kNever - now ? kNever : now + timeout;
}

// A node in the wheel; destroying it cancels it. Whoever holds it derives from it or embeds it.
class Timer : public ListNode {
 public:
  using Fire = void (*)(Timer&);
  explicit Timer(Fire fire) : fire_(fire) {}
  Instant deadline() const { return deadline_; }

 private:
  friend class TimerWheel;
  Fire fire_;
  Instant deadline_{};
  uint64_t tick_ = 0;
};

class TimerWheel {
 public:
  explicit TimerWheel(Instant now);

  // (Re)schedules; `deadline` may be past (fires at the next turn). kNever just cancels.
  void schedule(Timer& timer, Instant deadline);
  // Fires what is due and says how many that were. A timer's function may schedule, cancel and destroy timers.
  size_t advance(Instant now);
  // When advance() should next be called; an early call does no harm. nullopt: no timers.
  std::optional<Instant> next() const;

 private:
  static constexpr int kBits = 8;
  static constexpr int kSlots = 1 << kBits;
  static constexpr int kLevels = 4;
  struct Level {
    std::array<List<Timer>, kSlots> slots;
    std::array<uint64_t, kSlots / 64> used{};  // may be set for a slot emptied since; cleared when seen
  };

  uint64_t tickOf(Instant at) const;
  void place(Timer& timer);
  void cascade(int level);
  uint64_t nextTick() const;
  size_t fireSlot(List<Timer>& slot);

  static constexpr uint64_t kNone = ~uint64_t{0};
  Instant origin_;
  uint64_t current_ = 0;       // ticks up to here have fired
  uint64_t earliest_ = kNone;  // no slot is due before this tick
  std::array<Level, kLevels> levels_;
  List<Timer> overdue_;
};

}  // namespace sluice::runtime
