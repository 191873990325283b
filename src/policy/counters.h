// Counters: what rate limits, quotas and concurrency limits count, by key, for the whole process and outside the
// snapshot, so that a reload forgets nothing (design, Limits). Exact within the process. Thread-safe: split by key into
// shards with short locks, never held across a suspension. Keys come from callers: their number is bounded, and what
// counts nothing any more is dropped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sluice::policy {

// A call limit over a sliding window (reference 2.1, the classic algorithm).
struct RateLimit {
  int64_t calls = 0;
  Duration period{};
};
struct RateVerdict {
  bool allowed = false;
  int64_t remaining = 0;   // after this call, never below zero
  Duration retry_after{};  // when not allowed: until the oldest calls leave the window
};

// Fixed windows of `period` from `start`; period zero: one window for ever.
struct QuotaLimit {
  int64_t calls = 0;      // 0: not limited
  int64_t kilobytes = 0;  // 0: not limited
  Duration period{};
  UtcTime start{};
};
enum class QuotaState : uint8_t { Within, CallsExceeded, BandwidthExceeded };
struct QuotaVerdict {
  QuotaState state = QuotaState::Within;
  Duration replenished_in{};  // to the end of the window; zero when there is none
  int64_t remaining_calls = 0;
};

class Counters {
 public:
  static constexpr size_t kMaxKeys = 1'000'000;

  explicit Counters(size_t max_keys = kMaxKeys);
  ~Counters();
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;

  // Counts `count` calls if they fit; count 0 only looks whether the limit is reached.
  RateVerdict tryRate(std::string_view key, const RateLimit& limit, int64_t count, Instant now);
  // Counts without looking at a limit: deferred increments.
  void addRate(std::string_view key, Duration period, int64_t count, Instant now);

  QuotaVerdict tryQuota(std::string_view key, const QuotaLimit& limit, int64_t calls, UtcTime now);
  void addQuota(std::string_view key, const QuotaLimit& limit, int64_t calls, int64_t bytes, UtcTime now);

  // A place among `most`; false when there is none. Each true is to be given back once.
  bool enter(std::string_view key, int64_t most);
  void leave(std::string_view key);

  size_t size() const;

 private:
  struct Shard;
  static constexpr size_t kShards = 16;
  Shard& shardOf(std::string_view key) const;

  std::array<std::unique_ptr<Shard>, kShards> shards_;
};

}  // namespace sluice::policy
