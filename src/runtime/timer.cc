#include "runtime/timer.h"

#include <algorithm>
#include <bit>

namespace sluice::runtime {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(1);

// Steps (1 to 256) from slot `from` to the next one marked in `used`, around the ring; 0: none is marked.
int stepsToNext(const std::array<uint64_t, 4>& used, unsigned from) {
  const unsigned start = (from + 1) & 255;
  for (unsigned i = 0; i <= 4; ++i) {
    const unsigned word = (start / 64 + i) & 3;
    uint64_t bits = used[word];
    if (i == 0) bits &= ~uint64_t{0} << (start & 63);
    if (i == 4) bits &= ~(~uint64_t{0} << (start & 63));
    if (bits == 0) continue;
    const unsigned slot = word * 64 + static_cast<unsigned>(std::countr_zero(bits));
    return static_cast<int>(((slot - start) & 255) + 1);
  }
  return 0;
}

}  // namespace

TimerWheel::TimerWheel(Instant now) : origin_(now) {}

uint64_t TimerWheel::tickOf(Instant at) const {
  if (at <= origin_) return 0;
  return static_cast<uint64_t>((at - origin_ + kTick - Duration(1)) / kTick);
}

void TimerWheel::schedule(Timer& timer, Instant deadline) {
  timer.unlink();
  timer.deadline_ = deadline;
  if (deadline == kNever) return;
  timer.tick_ = tickOf(deadline);
  place(timer);
}

void TimerWheel::place(Timer& timer) {
  if (timer.tick_ <= current_) {
    overdue_.pushBack(timer);
    return;
  }
  const uint64_t delta = timer.tick_ - current_;
  int level = 0;
  while (level < kLevels - 1 && delta >> (kBits * (level + 1)) != 0) ++level;
  // Farther than the wheel reaches: wait in its last slot and be placed again from there.
  const uint64_t reach = (uint64_t{1} << (kBits * kLevels)) - 1;
  const uint64_t tick = current_ + std::min(delta, reach);
  const unsigned slot = static_cast<unsigned>(tick >> (kBits * level)) & (kSlots - 1);
  levels_[static_cast<size_t>(level)].slots[slot].pushBack(timer);
  levels_[static_cast<size_t>(level)].used[slot / 64] |= uint64_t{1} << (slot & 63);
  earliest_ = std::min(earliest_, tick >> (kBits * level) << (kBits * level));
}

// Brings down what a higher level holds for the span of ticks that begins at current_.
void TimerWheel::cascade(int level) {
  Level& from = levels_[static_cast<size_t>(level)];
  const auto slot = static_cast<unsigned>(current_ >> (kBits * level)) & (kSlots - 1);
  from.used[slot / 64] &= ~(uint64_t{1} << (slot & 63));
  List<Timer> moving;
  from.slots[slot].moveAllTo(moving);
  while (Timer* timer = moving.front()) {
    timer->unlink();
    if (timer->tick_ <= current_) {
      levels_[0].slots[current_ & (kSlots - 1)].pushBack(*timer);  // fires as soon as the cascade is over
    } else {
      place(*timer);
    }
  }
}

size_t TimerWheel::fireSlot(List<Timer>& slot) {
  size_t fired = 0;
  while (Timer* timer = slot.front()) {
    timer->unlink();
    timer->fire_(*timer);
    ++fired;
  }
  return fired;
}

size_t TimerWheel::advance(Instant now) {
  const uint64_t target = now <= origin_ ? 0 : static_cast<uint64_t>((now - origin_) / kTick);
  size_t fired = 0;
  if (!overdue_.empty()) {
    List<Timer> due;  // what firing adds waits for the next turn
    overdue_.moveAllTo(due);
    fired += fireSlot(due);
  }
  for (;;) {
    if (earliest_ > target) break;
    earliest_ = nextTick();
    if (earliest_ > target) break;
    current_ = earliest_;
    for (int level = kLevels - 1; level > 0; --level) {
      const uint64_t span = (uint64_t{1} << (kBits * level)) - 1;
      if ((current_ & span) == 0) cascade(level);
    }
    const auto slot = static_cast<unsigned>(current_ & (kSlots - 1));
    levels_[0].used[slot / 64] &= ~(uint64_t{1} << (slot & 63));
    earliest_ = current_;  // look again, once these have fired
    fired += fireSlot(levels_[0].slots[slot]);
  }
  current_ = std::max(current_, target);
  return fired;
}

// The next tick at which a slot is due to fire or to come down from its level.
uint64_t TimerWheel::nextTick() const {
  uint64_t soonest = kNone;
  for (int level = 0; level < kLevels; ++level) {
    const int shift = kBits * level;
    const uint64_t here = current_ >> shift;
    const int steps = stepsToNext(levels_[static_cast<size_t>(level)].used, static_cast<unsigned>(here & (kSlots - 1)));
    if (steps == 0) continue;
    soonest = std::min(soonest, (here + static_cast<uint64_t>(steps)) << shift);
  }
  return soonest;
}

std::optional<Instant> TimerWheel::next() const {
  if (!overdue_.empty()) return origin_ + kTick * static_cast<int64_t>(current_);
  if (earliest_ == kNone) return std::nullopt;
  return origin_ + kTick * static_cast<int64_t>(earliest_);
}

}  // namespace sluice::runtime
