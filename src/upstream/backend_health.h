// BackendHealth: what is known of one backend from the calls that were made to it: whether its circuit breaker is open,
// whether it is full, how far it has recovered. One per backend name and process; it outlives snapshots, so that a
// reload forgets nothing. Thread-safe and lock-free: while all is well, a call reads one cache line and writes nothing
// (a rule by percentage counts each call).
//
//   closed --failures reach the rule--> open --its time is over--> half open --a call succeeds--> closed, slow start
//                                        ^-------- a call fails ---------'
//
// A backend that is full (429, or a limit that its headers say is used up) says itself when it is not: it is left alone
// until then and needs no probe. Instants are of the clock that the gateway runs on.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "upstream/breaker_rule.h"

namespace sluice::upstream {

// Failures and calls of the last interval, in slices of a sixteenth of it: what is counted may be older by one slice.
class CallWindow {
 public:
  struct Counts {
    uint32_t failures = 0;
    uint32_t calls = 0;
  };
  // Adds a call and gives the counts with it. `interval` > 0.
  Counts add(Instant now, Duration interval, bool failed);
  // Calls before `now` count no more.
  void forget(Instant now, Duration interval);

 private:
  static constexpr uint64_t kSlices = 16;
  static uint64_t sliceOf(Instant now, Duration interval);
  // The slice's number in the upper half, its count in the lower.
  static void bump(std::atomic<uint64_t>& slot, uint32_t slice);

  std::array<std::atomic<uint64_t>, kSlices> failures_{};
  std::array<std::atomic<uint64_t>, kSlices> calls_{};
  std::atomic<uint64_t> first_{0};  // slices before it do not count
};

class BackendHealth {
 public:
  enum class State : uint8_t {
    Well,        // send it what comes
    Recovering,  // well again since a moment: less than its share at first
    HalfOpen,    // one call may try it: takeProbe()
    Full,        // until fullUntil
    Open,        // its breaker is
  };
  // What one call changed.
  enum class Change : uint8_t { None, Opened, Full, Closed };

  explicit BackendHealth(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  State state(Instant now) const;
  // The share of its weight that it gets, 1 to 256.
  uint32_t share(Instant now) const;
  // When Full or Open end.
  Instant until() const;
  // True for one caller per second at most while half open: who gets it calls.
  bool takeProbe(Instant now);

  // Every call's end. `full_counts`: a 429, and limits that headers say are used up, make it full (pools).
  enum class FullCounts : uint8_t { No, Yes };
  Change ended(Instant now, const BreakerRule& rule, const CallResult& result, FullCounts full_counts);

  // For /status and metrics. Since the process began.
  uint64_t calls() const { return calls_.load(std::memory_order_relaxed); }
  uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  uint64_t trips() const { return trips_.load(std::memory_order_relaxed); }
  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  void countRefused() { refused_.fetch_add(1, std::memory_order_relaxed); }
  // Status of the failure seen last; 0: none, or there was no answer.
  int lastFailure() const { return last_failure_.load(std::memory_order_relaxed); }

 private:
  Change failed(Instant now, const BreakerRule& rule, const CallResult& result, FullCounts full_counts);
  Change succeeded(Instant now, const BreakerRule& rule, const CallResult& result, FullCounts full_counts);
  Change open(Instant now, const BreakerRule& rule, const CallResult& result);
  Change fill(Instant now, Duration time);

  const std::string name_;
  // Nanoseconds of the clock; 0: not so.
  alignas(64) std::atomic<int64_t> open_until_{0};
  std::atomic<int64_t> full_until_{0};
  std::atomic<int64_t> probe_until_{0};
  std::atomic<int64_t> recovered_at_{0};
  alignas(64) CallWindow window_;
  std::atomic<uint64_t> calls_{0}, failures_{0}, trips_{0}, refused_{0};
  std::atomic<int> last_failure_{0};
};

// All of a process, by backend name. Thread-safe; entries stay for ever: there are as many as names were ever
// configured.
class BackendHealths {
 public:
  BackendHealth& of(std::string_view name);
  // In order of their names.
  std::vector<const BackendHealth*> all() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<BackendHealth>> healths_;
};

std::string_view toString(BackendHealth::State state);

// How long a member gets less than its share after its breaker has closed.
inline constexpr Duration kSlowStart = std::chrono::seconds(10);

}  // namespace sluice::upstream
