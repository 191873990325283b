// StopSignal: tells threads that sleep or poll to end. raise() may be called from a signal handler. The descriptor
// stays readable once raised, so it can stand in any poll(2).
#pragma once

#include "base/clock.h"

namespace sluice::analytics {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void raise() const;
  bool raised() const;
  int fd() const { return fd_; }
  // True when raised within `limit`.
  bool within(Duration limit) const;

 private:
  int fd_;
};

}  // namespace sluice::analytics
