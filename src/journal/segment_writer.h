// SegmentWriter: appends records to `segment-<first sequence>.log` files and deletes those that nobody needs. A batch
// is written whole or not at all: after a failure (disk full, file size limit) the file is cut back to the batch
// before.
//
// Threads: append, removeThrough and roll on the journal's thread (or during recovery); takeUnsynced and the counters
// on any.
#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/format.h"
#include "journal/posix_file.h"

namespace sluice::journal {

struct SegmentInfo {
  std::string path;
  uint64_t first = 0;  // sequence of its first record
  uint64_t bytes = 0;
};

std::string segmentPath(const std::string& directory, uint64_t first);
// The first sequence from a file's name; 0 if it is not a segment's.
uint64_t segmentFirst(std::string_view name);
// All segments of the directory in order.
Result<std::vector<SegmentInfo>> listSegments(const std::string& directory);

class SegmentWriter {
 public:
  // `existing`: the segments already there, in order; none of them is appended to.
  SegmentWriter(std::string directory, const JournalId& journal, size_t segment_bytes,
                std::vector<SegmentInfo> existing);

  // Writes records that begin with sequence `first`, all or none. Starts a new segment where one is due; `marks` then
  // says how far each ring had been moved before this batch. Error code Full: try again later.
  Status append(std::span<iovec> parts, size_t bytes, uint64_t first, std::span<const RingMark> marks);
  // Whether the next append() will start a segment: only then are its marks looked at.
  bool rollDue() const { return current_ == nullptr || current_bytes_ >= segment_bytes_; }
  // Deletes segments all of whose records are at or before `sequence`; never the newest.
  void removeThrough(uint64_t sequence);

  // Files written since the last call, and whether the directory changed. A failed sync gives them back.
  struct Unsynced {
    std::vector<std::shared_ptr<Fd>> files;
    bool directory = false;
  };
  Unsynced takeUnsynced();
  void giveBack(Unsynced unsynced);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  Status start(uint64_t first, std::span<const RingMark> marks);
  bool cutBack();

  const std::string directory_;
  const JournalId journal_;
  const size_t segment_bytes_;
  std::deque<SegmentInfo> segments_;
  std::shared_ptr<Fd> current_;
  uint64_t current_bytes_ = 0;
  bool torn_ = false;  // bytes of a failed batch may follow
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> count_{0};
  std::mutex unsynced_mutex_;
  Unsynced unsynced_;
};

// Syncs them; an error if any failed.
Status sync(const SegmentWriter::Unsynced& unsynced, const std::string& directory);

}  // namespace sluice::journal
