#include "base/clock.h"

namespace sluice {

Instant SystemClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());  // lint: raw clock is allowed here
}

UtcTime SystemClock::utc() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());  // lint: raw clock is allowed here
}

const SystemClock& SystemClock::instance() {
  static const SystemClock clock;
  return clock;
}

}  // namespace sluice
