#include "analytics/stop_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "base/assert.h"

namespace sluice::analytics {

StopSignal::StopSignal() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(fd_ >= 0);
}
StopSignal::~StopSignal() {
  ::close(fd_);
}

void StopSignal::raise() const {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

bool StopSignal::raised() const {
  return within(Duration::zero());
}

bool StopSignal::within(Duration limit) const {
  pollfd entry{fd_, POLLIN, 0};
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  return ::poll(&entry, 1, static_cast<int>(std::clamp<int64_t>(millis, 0, 1 << 30))) > 0;
}

}  // namespace sluice::analytics
