// Signals as events of a loop (signalfd). Construct it in main() before any thread starts: it blocks the signals in the
// calling thread, and threads inherit that.
#pragma once

#include <initializer_list>

#include "runtime/loop.h"
#include "runtime/tcp.h"

namespace sluice::runtime {

class Signals {
 public:
  Signals(Loop& loop, std::initializer_list<int> numbers);

  // The number of the next signal, or 0 when the wait ended otherwise.
  Task<int> next();

 private:
  OwnedFd fd_;
  Watch watch_;
};

}  // namespace sluice::runtime
