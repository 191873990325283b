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
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sluice::journal {

enum class Overflow : uint8_t { Refuse, DropAndCount };
enum class Durability : uint8_t { Interval, Record };

struct Options {
  std::string directory;         // made, mode 0700, if absent; one Journal at a time
  size_t ring_bytes = 8u << 20;  // per writer; rounded up to a power of two pages
  size_t segment_bytes = 64u << 20;
  uint64_t total_bytes = uint64_t{8} << 30;  // cap on all segments
  std::chrono::milliseconds sync_interval{50};
  Overflow overflow = Overflow::Refuse;
  Durability durability = Durability::Interval;
  // Segments stay until each of these has acknowledged them; other names known from before are forgotten. At most 32.
  std::vector<std::string> consumers;
};

struct Stats {
  uint64_t committed = 0;      // records, since open()
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

enum class ErrorCode : int { Full = 1, Locked = 2, Io = 3, Foreign = 4 };

struct Core;
class Ring;

// One producer thread's end. All calls on that thread; it must end before the Journal does.
class Writer {
 public:
  using Done = std::function<void(Status)>;
  enum class Outcome : uint8_t { Stored, Pending, Dropped };

  ~Writer();

  // Holds room for `bytes` of payload, in as many records as the caller likes. Error code Full: answer 503.
  Status reserve(size_t bytes);
  // Gives back what reserve() took and commit() did not use.
  void release(size_t bytes);

  // Writes one record of `size` bytes: fill(std::span<std::byte>) is called once, before commit() returns. `held` is
  // what the caller still holds of its reservations, lowered by what this record used; a larger record takes free room,
  // and where that does not do either it goes straight to the segments: Outcome::Pending. `done` is then called from
  // runCompletions(); with Durability::Record every stored record is Pending until synced.
  template <class Fill>
  Outcome commit(size_t& held, size_t size, Fill&& fill, Done done = {}) {
    if (std::byte* to = begin(held, size)) {
      fill(std::span<std::byte>(to, size));
      return finish(size, std::move(done));
    }
    if (dropping_) return Outcome::Dropped;
    std::vector<std::byte> payload(size);
    fill(std::span<std::byte>(payload));
    return commitLarge(std::move(payload), std::move(done));
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

  std::byte* begin(size_t& held, size_t size);
  Outcome finish(size_t size, Done done);
  Outcome commitLarge(std::vector<std::byte> payload, Done done);

  struct Waiting;
  Core& core_;
  std::shared_ptr<Ring> ring_;
  std::unique_ptr<Waiting> waiting_;
  bool dropping_ = false;
};

class Journal {
 public:
  // Locks the directory, mends what a dead process left, starts the threads. Error code Locked: another process has it.
  // The clock must outlive the journal and may be used by its threads.
  static Result<std::unique_ptr<Journal>> open(Options options, const Clock& clock = SystemClock::instance());
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
};

}  // namespace sluice::journal
