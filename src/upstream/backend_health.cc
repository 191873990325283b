#include "upstream/backend_health.h"

#include <algorithm>

namespace sluice::upstream {
namespace {

// A percentage of fewer calls than this says nothing.
constexpr uint32_t kFewestCalls = 5;
// One call tries a half-open backend; after this time another one may, as an answer can be a minute in coming.
constexpr Duration kProbeHold = std::chrono::seconds(1);
// A 429 that does not say for how long.
constexpr Duration kUsualFull = std::chrono::seconds(1);
// A backend that says it is full for longer is asked again after this.
constexpr Duration kLongestFull = std::chrono::minutes(5);

int64_t number(Instant instant) {
  return instant.time_since_epoch().count();
}

}  // namespace

uint64_t CallWindow::sliceOf(Instant now, Duration interval) {
  const Duration slice = std::max<Duration>(interval / kSlices, std::chrono::milliseconds(1));
  return static_cast<uint64_t>(now.time_since_epoch() / slice) & 0xffffffffu;
}

void CallWindow::bump(std::atomic<uint64_t>& slot, uint32_t slice) {
  uint64_t seen = slot.load(std::memory_order_relaxed);
  uint64_t wanted = 0;
  do {
    const bool same = seen >> 32 == slice;
    wanted = same ? seen + 1 : (static_cast<uint64_t>(slice) << 32 | 1);
  } while (!slot.compare_exchange_weak(seen, wanted, std::memory_order_relaxed));
}

CallWindow::Counts CallWindow::add(Instant now, Duration interval, bool failed) {
  const uint64_t slice = sliceOf(now, interval);
  bump(calls_[slice % kSlices], static_cast<uint32_t>(slice));
  if (failed) bump(failures_[slice % kSlices], static_cast<uint32_t>(slice));
  const uint64_t first = std::max(first_.load(std::memory_order_relaxed), slice < kSlices ? 0 : slice - kSlices + 1);
  Counts counts;
  const auto sum = [&](const std::atomic<uint64_t>& slot, uint32_t& into) {
    const uint64_t value = slot.load(std::memory_order_relaxed);
    const uint64_t of = value >> 32;
    if (of >= first && of <= slice) into += static_cast<uint32_t>(value);
  };
  for (const auto& slot : failures_) sum(slot, counts.failures);
  for (const auto& slot : calls_) sum(slot, counts.calls);
  return counts;
}

void CallWindow::forget(Instant now, Duration interval) {
  const uint64_t slice = sliceOf(now, interval);
  first_.store(slice, std::memory_order_relaxed);
  failures_[slice % kSlices].store(slice << 32, std::memory_order_relaxed);
  calls_[slice % kSlices].store(slice << 32, std::memory_order_relaxed);
}

BackendHealth::State BackendHealth::state(Instant now) const {
  const int64_t open = open_until_.load(std::memory_order_relaxed);
  if (open != 0) return number(now) < open ? State::Open : State::HalfOpen;
  const int64_t full = full_until_.load(std::memory_order_relaxed);
  if (full != 0 && number(now) < full) return State::Full;
  const int64_t recovered = recovered_at_.load(std::memory_order_relaxed);
  return recovered != 0 && number(now) < recovered + kSlowStart.count() ? State::Recovering : State::Well;
}

uint32_t BackendHealth::share(Instant now) const {
  const int64_t recovered = recovered_at_.load(std::memory_order_relaxed);
  if (recovered == 0) return 256;
  const int64_t since = number(now) - recovered;
  if (since >= kSlowStart.count()) return 256;
  return static_cast<uint32_t>(std::clamp<int64_t>(since * 256 / kSlowStart.count(), 26, 256));
}

Instant BackendHealth::until() const {
  return Instant(Duration(std::max(open_until_.load(std::memory_order_relaxed),  //
                                   full_until_.load(std::memory_order_relaxed))));
}

bool BackendHealth::takeProbe(Instant now) {
  int64_t held = probe_until_.load(std::memory_order_relaxed);
  if (number(now) < held) return false;
  return probe_until_.compare_exchange_strong(held, number(now) + kProbeHold.count(), std::memory_order_relaxed);
}

BackendHealth::Change BackendHealth::ended(Instant now, const BreakerRule& rule, const CallResult& result,
                                           FullCounts full_counts) {
  calls_.fetch_add(1, std::memory_order_relaxed);
  const bool bad = result.status == 0 || result.status == 429 || result.status >= 500 || rule.isFailure(result);
  return bad ? failed(now, rule, result, full_counts) : succeeded(now, rule, result, full_counts);
}

BackendHealth::Change BackendHealth::succeeded(Instant now, const BreakerRule& rule, const CallResult& result,
                                               FullCounts full_counts) {
  if (rule.percentage() > 0) window_.add(now, rule.interval(), false);
  Change change = Change::None;
  int64_t open = open_until_.load(std::memory_order_relaxed);
  // An answer to a call from before it opened does not close it before its time.
  if (open != 0 && number(now) >= open && open_until_.compare_exchange_strong(open, 0, std::memory_order_relaxed)) {
    recovered_at_.store(number(now), std::memory_order_relaxed);
    if (rule.present()) window_.forget(now, rule.interval());
    change = Change::Closed;
  }
  // A good answer that says that it was the last one for now.
  if (full_counts == FullCounts::Yes && result.retry_after > Duration::zero()) {
    const Change filled = fill(now, result.retry_after);
    if (change == Change::None) change = filled;
  }
  return change;
}

BackendHealth::Change BackendHealth::failed(Instant now, const BreakerRule& rule, const CallResult& result,
                                            FullCounts full_counts) {
  failures_.fetch_add(1, std::memory_order_relaxed);
  last_failure_.store(result.status, std::memory_order_relaxed);
  if (rule.isFailure(result)) {
    const State before = state(now);
    if (before == State::Open) return Change::None;
    if (before == State::HalfOpen) return open(now, rule, result);
    const auto counts = window_.add(now, rule.interval(), true);
    const bool trips = rule.count() > 0
                           ? counts.failures >= rule.count()
                           : counts.calls >= kFewestCalls &&
                                 uint64_t{counts.failures} * 100 >= uint64_t{counts.calls} * rule.percentage();
    if (trips) return open(now, rule, result);
  } else if (rule.percentage() > 0) {
    window_.add(now, rule.interval(), false);
  }
  if (full_counts == FullCounts::Yes && result.status == 429)
    return fill(now, result.retry_after > Duration::zero() ? result.retry_after : kUsualFull);
  return Change::None;
}

BackendHealth::Change BackendHealth::open(Instant now, const BreakerRule& rule, const CallResult& result) {
  const Duration time = rule.tripDuration(result);
  trips_.fetch_add(1, std::memory_order_relaxed);
  window_.forget(now, rule.interval());
  // A limit that was reached ends at a known time: nothing needs to be tried out then.
  if (result.status == 429) {
    open_until_.store(0, std::memory_order_relaxed);
    full_until_.store(number(now + time), std::memory_order_relaxed);
    return Change::Full;
  }
  open_until_.store(number(now + time), std::memory_order_relaxed);
  probe_until_.store(0, std::memory_order_relaxed);
  recovered_at_.store(0, std::memory_order_relaxed);
  return Change::Opened;
}

BackendHealth::Change BackendHealth::fill(Instant now, Duration time) {
  const int64_t until = number(now + std::min(time, kLongestFull));
  const int64_t before = full_until_.exchange(until, std::memory_order_relaxed);
  return before < number(now) ? Change::Full : Change::None;
}

BackendHealth& BackendHealths::of(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto& health = healths_[std::string(name)];
  if (health == nullptr) health = std::make_unique<BackendHealth>(std::string(name));
  return *health;
}

std::vector<const BackendHealth*> BackendHealths::all() const {
  std::vector<const BackendHealth*> result;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, health] : healths_) result.push_back(health.get());
  }
  std::ranges::sort(result, {}, [](const BackendHealth* health) { return std::string_view(health->name()); });
  return result;
}

std::string_view toString(BackendHealth::State state) {
  switch (state) {
    case BackendHealth::State::Well:
      return "well";
    case BackendHealth::State::Recovering:
      return "recovering";
    case BackendHealth::State::HalfOpen:
      return "half open";
    case BackendHealth::State::Full:
      return "full";
    case BackendHealth::State::Open:
      return "open";
  }
  return "well";
}

}  // namespace sluice::upstream
