// Ring: the preallocated, file-backed, shared-mapped buffer between one producer thread and the journal's thread. What
// is in it survives the death of the process, because the pages belong to the file. Lock-free: one producer, one
// consumer. The file is mapped twice in a row, so that every record is contiguous in memory.
//
// Page faults: the file's blocks are allocated when it is made, so a full disk cannot raise SIGBUS. The consumer makes
// pages ahead of the producer writable (MADV_POPULATE_WRITE), also again after the kernel wrote them back and protected
// them, so the producer does not stop for a fault.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/format.h"
#include "journal/posix_file.h"

namespace sluice::journal {

// A record in a ring; points into the mapping.
struct RingRecord {
  const RecordHeader* header = nullptr;
  const std::byte* payload = nullptr;  // aligned(header->length) bytes, zero-padded
};

class Ring {
 public:
  static Result<std::shared_ptr<Ring>> create(std::string path, uint64_t id, size_t size, const JournalId& journal);
  // One that a dead process left. Error code Foreign: the file is not a ring of this journal.
  static Result<std::shared_ptr<Ring>> adopt(std::string path);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  uint64_t id() const { return header_->id; }
  const JournalId& journal() const { return header_->journal; }
  size_t size() const { return size_; }
  const std::string& path() const { return path_; }
  int eventFd() const { return event_.get(); }

  // Producer. Where the payload of the next record goes; null if there is no room for so much.
  std::byte* begin(size_t length);
  // Producer. The record of begin() is complete; gives its ring sequence.
  uint64_t finish(size_t length);
  size_t used() const {
    return static_cast<size_t>(header_->head.load(std::memory_order_relaxed) -
                               header_->tail.load(std::memory_order_relaxed));
  }

  // Consumer. Count positions: records lie from tail() to head().
  uint64_t head() const { return header_->head.load(std::memory_order_acquire); }
  uint64_t tail() const { return header_->tail.load(std::memory_order_relaxed); }
  // Consumer. The record at `count`. REQUIRES: tail() <= count < head(). Unchecked: the memory was written by us.
  RingRecord at(uint64_t count) const;
  // Recovery. The first record at or after `count` that is whole, and whether bytes had to be passed over to find it;
  // nothing when there is none before head(). `count` becomes its place.
  bool findSound(uint64_t& count, RingRecord& record, bool& damaged) const;
  // Consumer. Everything before `count`, up to ring sequence `sequence`, is in a segment.
  void advance(uint64_t count, uint64_t sequence);
  // Consumer. Makes the pages that the producer uses next writable.
  void populateAhead() const;
  Status remove() const;

  // Consumer writes, sync thread reads: the last ring sequence that is in a segment.
  std::atomic<uint64_t> moved{0};
  // Sync thread writes: the last one that is synced. Producer reads.
  std::atomic<uint64_t> durable{0};
  // Producer writes: the last one that someone waits for.
  std::atomic<uint64_t> wanted{0};
  // Producer: set when it is done with the ring, which then goes when it is empty.
  std::atomic<bool> retired{false};

  // What became of handed-over records, and the bell for it. Any thread.
  struct Answer {
    uint64_t number = 0;
    Status status;
  };
  void answer(Answer answer);
  std::vector<Answer> takeAnswers();
  void wakeProducer() const;

 private:
  Ring(std::string path, Fd file, std::byte* mapping, size_t size);
  static Result<std::shared_ptr<Ring>> map(std::string path, Fd file, size_t size);
  std::byte* place(uint64_t count) const;

  std::string path_;
  Fd file_;
  Fd event_;
  std::byte* mapping_;  // header page, then the data twice
  RingHeader* header_;
  std::byte* data_;
  size_t size_;
  uint64_t next_sequence_ = 1;  // producer
  uint64_t cached_tail_ = 0;    // producer's last view of tail
  std::mutex answers_mutex_;
  std::vector<Answer> answers_;
};

}  // namespace sluice::journal
