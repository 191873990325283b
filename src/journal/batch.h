// Batch: records gathered for one write to the segments, without copying their payloads.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "journal/format.h"
#include "journal/segment_writer.h"

namespace sluice::journal {

class Batch {
 public:
  static constexpr size_t kRecords = 512;  // two parts each: what one pwritev takes
  static constexpr size_t kBytes = 4u << 20;

  Batch() { parts_.reserve(2 * kRecords), headers_.reserve(kRecords); }

  bool isFull() const { return headers_.size() == kRecords || bytes_ >= kBytes; }
  bool isEmpty() const { return headers_.empty(); }
  size_t size() const { return headers_.size(); }

  // `header` gets the sequence; `padded` is the payload with its zero padding and stays valid until write().
  void add(RecordHeader header, uint64_t sequence, std::span<const std::byte> padded, const JournalId& journal);
  // Writes all or nothing and is empty afterwards.
  Status write(SegmentWriter& segments, std::span<const RingMark> marks);

 private:
  std::vector<RecordHeader> headers_;
  std::vector<iovec> parts_;
  size_t bytes_ = 0;
};

}  // namespace sluice::journal
