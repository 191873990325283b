#include "journal/batch.h"

#include "base/assert.h"

namespace sluice::journal {

void Batch::add(RecordHeader header, uint64_t sequence, std::span<const std::byte> padded, const JournalId& journal) {
  ASSERT(headers_.size() < kRecords && padded.size() == aligned(header.length));
  header.sequence = sequence;
  header.header_check = headerChecksum(header, journal);
  headers_.push_back(header);
  parts_.push_back({&headers_.back(), sizeof header});
  // iovec has no const form; pwritev only reads.
  if (!padded.empty()) parts_.push_back({const_cast<std::byte*>(padded.data()), padded.size()});
  bytes_ += sizeof header + padded.size();
}

Status Batch::write(SegmentWriter& segments, std::span<const RingMark> marks) {
  Status result;
  if (!isEmpty()) result = segments.append(parts_, bytes_, headers_.front().sequence, marks);
  headers_.clear();
  parts_.clear();
  bytes_ = 0;
  return result;
}

}  // namespace sluice::journal
