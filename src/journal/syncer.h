// Syncer: the thread that makes what the mover wrote durable, then readable for cursors, then known to producers that
// wait. Apart from the mover, so that a slow disk does not keep the rings from being emptied.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "journal/core.h"

namespace sluice::journal {

class Syncer {
 public:
  explicit Syncer(Core& core) : core_(core) {}
  // Until `stop` (set after the mover has ended) and all that was written is synced.
  void run(const std::atomic<bool>& stop);
  // One round. Also used when opening.
  void syncOnce();

 private:
  void tellProducers();
  void syncAcknowledgements();

  Core& core_;
  uint64_t synced_ = 0;
  uint64_t acked_sum_ = 0;
  Instant next_acknowledgements_{};
  bool failing_ = false;
};

}  // namespace sluice::journal
