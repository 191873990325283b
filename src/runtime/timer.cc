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
}

void TimerWheel::cascade(int level) {
  Level& from = levels_[static_cast<size_t>(level)];
  const unsigned slot = static_cast<unsigned>((current_ + 1) >> (kBits * level)) & (kSlots - 1);
  if (slot == 0 && level + 1 < kLevels) cascade(level + 1);
  from.used[slot / 64] &= ~(uint64_t{1} << (slot & 63));
  List<Timer> moving;
  from.slots[slot].moveAllTo(moving);
  while (Timer* timer = moving.front()) {
    timer->unlink();
    place(*timer);
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
  Level& ring = levels_[0];
  while (current_ < target) {
    const auto slot = static_cast<unsigned>(current_ & (kSlots - 1));
    const int steps = stepsToNext(ring.used, slot);
    const uint64_t boundary = (current_ | (kSlots - 1)) + 1;  // where the next level comes down
    uint64_t next = std::min(boundary, target);
    if (steps != 0) next = std::min(next, current_ + static_cast<uint64_t>(steps));
    if (next == boundary) {
      current_ = next - 1;  // so that what is due at the boundary itself is placed ahead
      cascade(1);
    }
    current_ = next;
    const auto at = static_cast<unsigned>(current_ & (kSlots - 1));
    ring.used[at / 64] &= ~(uint64_t{1} << (at & 63));
    fired += fireSlot(ring.slots[at]);
  }
  return fired;
}

std::optional<Instant> TimerWheel::next() const {
  if (!overdue_.empty()) return origin_ + kTick * static_cast<int64_t>(current_);
  std::optional<uint64_t> soonest;
  for (int level = 0; level < kLevels; ++level) {
    const int shift = kBits * level;
    const uint64_t here = current_ >> shift;
    const int steps = stepsToNext(levels_[static_cast<size_t>(level)].used, static_cast<unsigned>(here & (kSlots - 1)));
    if (steps == 0) continue;
    const uint64_t tick = (here + static_cast<uint64_t>(steps)) << shift;
    if (!soonest || tick < *soonest) soonest = tick;
  }
  if (!soonest) return std::nullopt;
  return origin_ + kTick * static_cast<int64_t>(*soonest);
}

}  // namespace sluice::runtime
