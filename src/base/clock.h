// Time, always passed in as a Clock so that tests and scenarios control it. Raw clock calls elsewhere are refused by
// lint. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

using Duration = std::chrono::nanoseconds;
// Monotonic; its origin means nothing.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;
// Wall clock, UTC, since 1970.
using UtcTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual UtcTime utc() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
  UtcTime utc() const override;
  static const SystemClock& instance();
};

// A clock that stands still until told. Not thread-safe: tests and scenarios drive it from one thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UtcTime start) : utc_(start) {}
  Instant now() const override { return now_; }
  UtcTime utc() const override { return utc_; }
  void advance(Duration by) {
    now_ += by;
    utc_ += by;
  }

 private:
  Instant now_{std::chrono::hours(1)};
  UtcTime utc_;
};

}  // namespace sluice
