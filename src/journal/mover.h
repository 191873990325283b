// Mover: the journal's thread. Moves records from the rings (and what was handed over) to the segments, deletes
// segments that every consumer is done with, and keeps the cap.
//
// Waiting: after a pass that moved something it looks again every 2 ms; after 20 ms of nothing it sleeps until a
// producer rings, or 100 ms. A producer rings only if it sees the mover idle, or its ring half full, or wants
// durability; it looks with a relaxed load, so a ring may be missed in a race: the 100 ms bound that.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "journal/batch.h"
#include "journal/core.h"

namespace sluice::journal {

class Mover {
 public:
  explicit Mover(Core& core) : core_(core) {}
  // Until core.stopping and nothing is left to move, or the disk is full (the rings then stay for the next open()).
  void run();

 private:
  enum class Pass { Nothing, Moved, Blocked };
  Pass moveAll();
  Pass moveRings();
  Pass moveHandedOver();
  Status write();
  void publish();
  void noteOutcome(const Status& status);
  void refreshRings();
  void removeRetired();
  void keepHouse();
  void noteCap();
  void giveUpHandedOver();
  void wait(Pass last);

  // How far a ring will have been moved once the batch is written.
  struct Reach {
    Ring* ring = nullptr;
    uint64_t count = 0;
    uint64_t sequence = 0;
  };
  void populateRings();
  void gather(Ring& ring);

  Core& core_;
  Batch batch_;
  std::vector<Reach> reaches_;
  bool was_full_ = false;  // the last batch of the rings
  std::vector<std::shared_ptr<Ring>> rings_;
  uint64_t rings_version_ = 0;
  std::unordered_map<uint64_t, uint64_t> marks_;  // per ring of this process; kept when the ring is gone (recovery.cc)
  Instant last_moved_{};
  Instant next_housekeeping_{};
  Instant next_populating_{};
};

}  // namespace sluice::journal
