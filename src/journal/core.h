// Core: what the parts of a running journal share. Writers use options, control flags and counters; the mover owns the
// segments; the syncer makes what is written readable.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "journal/control.h"
#include "journal/journal.h"
#include "journal/posix_file.h"
#include "journal/ring.h"
#include "journal/segment_writer.h"

namespace sluice::journal {

// A record too large for its ring, on its way to the segments.
struct HandedOver {
  std::shared_ptr<Ring> from;
  uint64_t number = 0;
  uint64_t ring_head = 0;  // what the ring held before goes first, so that each producer's records stay in order
  std::unique_ptr<std::byte[]> payload;  // aligned(size) bytes, zero-padded
  size_t size = 0;
  Instant since;
};

// One that is written; its producer hears of it when it is synced.
struct UnsyncedAnswer {
  uint64_t sequence = 0;
  std::shared_ptr<Ring> to;
  uint64_t number = 0;
};

struct Core {
  Core(Options o, Fd l, Control c, const JournalId& j, std::vector<SegmentInfo> existing)
      : options(std::move(o)),
        lock(std::move(l)),
        control(std::move(c)),
        journal(j),
        segments(options.directory, journal, options.segment_bytes, std::move(existing)) {}

  const Options options;
  const Fd lock;
  const Control control;
  const JournalId journal;

  SegmentWriter segments;
  uint64_t next_sequence = 1;  // mover

  // Copied by the mover and the syncer when the version changed.
  std::mutex rings_mutex;
  std::vector<std::shared_ptr<Ring>> rings;
  std::atomic<uint64_t> rings_version{0};

  std::mutex handed_over_mutex;
  std::deque<HandedOver> handed_over;
  size_t handed_over_bytes = 0;
  std::deque<UnsyncedAnswer> unsynced_answers;  // by sequence; under the same mutex

  // How the mover waits: producers wake it only from Idle (or where they cannot wait), see mover.h.
  enum class Waiting : uint32_t { No, Shortly, Idle };
  std::atomic<Waiting> mover_waits{Waiting::No};
  std::atomic<uint32_t> mover_bell{0};
  std::atomic<uint32_t> syncer_bell{0};
  std::atomic<uint32_t> stop_bell{0};  // 0 until the mover has ended
  std::atomic<bool> stopping{false};

  // Why reserve() refuses: the disk or a file size limit stopped the mover, or the segments are at their cap.
  std::atomic<bool> disk_full{false};
  std::atomic<bool> at_cap{false};
  bool blocked() const { return disk_full.load(std::memory_order_relaxed) || at_cap.load(std::memory_order_relaxed); }

  std::atomic<uint64_t> written{0};  // sequence of the last record in the segments
  std::atomic<uint64_t> dropped{0};
  std::atomic<uint64_t> refused{0};
  uint64_t recovered = 0;  // fixed after open()
  uint64_t corrupt = 0;    // likewise
};

}  // namespace sluice::journal
