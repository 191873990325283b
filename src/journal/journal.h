// Journal: the disk queue between the data plane and the sinks (design, Records). Opaque bytes go in on any number of
// threads, each through its own Writer; they come out in order through Cursors (cursor.h), in this or another process.
//
//   writer ring (mmap) -> journal thread -> segment-<first sequence>.log -> sync thread -> readable for cursors
//
// What a commit has taken survives the death of the process at any instruction, and is in the segments exactly once
// after the next open(). What has been synced (every `sync_interval`, or before the commit's answer with
// Durability::Record) survives the machine. docs/design/journal-format.md has the files.
//
// When there is no room (a Writer's ring, the byte cap, the disk) Overflow says whether reserve() fails or events are
// dropped and counted. Both end by themselves when there is room again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sluice::journal {

enum class Overflow : uint8_t { Refuse, DropAndCount };
enum class Durability : uint8_t { Interval, Record };
// What becomes of consumers that an earlier process named and this one does not.
enum class OthersKnown : uint8_t { Forget, Keep };

struct Options {
  std::string directory;          // made, mode 0700, if absent; one Journal at a time
  size_t ring_bytes = 16u << 20;  // per writer; rounded up to whole pages
  size_t segment_bytes = 64u << 20;
  uint64_t total_bytes = uint64_t{8} << 30;  // cap on all segments
  std::chrono::milliseconds sync_interval{50};
  Overflow overflow = Overflow::Refuse;
  Durability durability = Durability::Interval;
  // How long a commit may wait for room on a full disk before it fails.
  std::chrono::milliseconds patience{30000};
  // Segments stay until each of these has acknowledged them. At most 32.
  std::vector<std::string> consumers;
  OthersKnown others = OthersKnown::Forget;
  // How long open() waits for a process that holds the journal: one that was killed while it started a child leaves its
  // lock to the child for a moment.
  std::chrono::milliseconds lock_patience{0};
};

struct Stats {
  uint64_t dropped = 0;        // by Overflow::DropAndCount
  uint64_t refused = 0;        // reservations
  uint64_t last_sequence = 0;  // in segments
  uint64_t readable = 0;       // synced
  uint64_t segment_bytes = 0;  // on disk now
  uint64_t segments = 0;
  uint64_t recovered = 0;  // records that open() took over from rings of a process that died
  uint64_t corrupt = 0;    // records found damaged by recovery
  bool blocked = false;    // no room on disk or past the cap
};

enum class ErrorCode : int { Full = 1, Locked = 2, Io = 3, Foreign = 4, Version = 5 };

struct Core;
class Mover;
class Ring;
class Syncer;

// One producer thread's end. All calls on that thread; it must end before the Journal does. Records that are Pending
// when it ends are still written, but nobody is told.
class Writer {
 public:
  using Done = std::function<void(Status)>;
  enum class Outcome : uint8_t { Stored, Pending, Dropped };

  ~Writer();

  // Holds room for `bytes` of payload, in as many records as the caller likes; gives what is held of it (at most 1/64
  // of the ring: more is not needed, see commit). Error code Full: answer 503.
  //
  // All that is held together may be four times the ring: exchanges last seconds and rings are emptied in milliseconds,
  // so they do not all end in one such span; should they, commit's slow way takes what does not fit.
  Result<size_t> reserve(size_t bytes);
  // Gives back what reserve() took and commit() did not use.
  void release(size_t bytes);

  // Writes one record of `size` bytes: fill(std::span<std::byte>) is called at most once, before commit() returns.
  // `held` is what the caller still holds of its reservations, lowered by what this record used. A record for which the
  // ring has no room (two bodies of 64 MiB, or a burst) is copied to memory and written to the segments by the
  // journal's thread: Outcome::Pending, it is safe when `done` is called from runCompletions(). With Durability::Record
  // every record is Pending until synced. `done` gets an error when there was no room on disk for Options::patience.
  template <class Fill>
  Outcome commit(size_t& held, size_t size, Fill&& fill, Done done = {}) {
    const Place place = begin(held, size);
    if (place.outcome == Outcome::Dropped) return Outcome::Dropped;
    fill(std::span<std::byte>(place.to, size));
    return place.outcome == Outcome::Stored ? finish(size, std::move(done)) : handOver(size, std::move(done));
  }

  // An eventfd: readable when runCompletions() has something to do.
  int wakeFd() const;
  // Calls the `done` of what has become stored or durable. Not reentrant.
  void runCompletions();
  // Completions that have not run yet.
  size_t pending() const;

 private:
  friend class Journal;
  Writer(Core& core, std::shared_ptr<Ring> ring);

  struct Place {
    std::byte* to = nullptr;
    Outcome outcome = Outcome::Dropped;
  };
  Place begin(size_t& held, size_t size);
  Outcome finish(size_t size, Done done);
  Outcome handOver(size_t size, Done done);

  struct Waiting {
    uint64_t number = 0;  // ring sequence, or number of the handed-over record
    Done done;
  };
  Core& core_;
  std::shared_ptr<Ring> ring_;
  std::unique_ptr<std::byte[]> handed_over_;  // between begin() and handOver()
  std::deque<Waiting> until_durable_;         // by ring sequence
  std::deque<Waiting> until_written_;         // handed over, by number
  uint64_t next_number_ = 1;
  size_t held_ = 0;
};

class Journal {
 public:
  // Locks the directory, mends what a dead process left, starts the threads. Error code Locked: another process has it.
  static Result<std::unique_ptr<Journal>> open(Options options);
  // Drains and syncs everything that was committed, then stops.
  ~Journal();

  // Any thread. Allocates and touches a ring; do it at start.
  Result<std::unique_ptr<Writer>> makeWriter();
  Stats stats() const;
  // Returns when all that was committed before the call is synced and readable, or `limit` has passed (then an error).
  Status flush(Duration limit);

 private:
  explicit Journal(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
  std::unique_ptr<Mover> mover_;
  std::unique_ptr<Syncer> syncer_;
  std::thread mover_thread_;
  std::thread syncer_thread_;
  std::atomic<bool> stop_syncer_{false};
};

}  // namespace sluice::journal
