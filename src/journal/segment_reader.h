// SegmentReader: reads one segment file from its start, while another process may be appending to it. Damage is passed
// over: the next record is the next place where a header with a right checksum stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/format.h"
#include "journal/posix_file.h"

namespace sluice::journal {

class SegmentReader {
 public:
  // `journal`: what the directory's journal is known to be; without it the file's own header decides. Error code
  // Foreign: of another journal or version, or (without `journal`) the header is damaged.
  static Result<SegmentReader> open(const std::string& path, std::optional<JournalId> journal);

  const SegmentHeader& header() const { return header_; }
  std::span<const RingMark> marks() const { return marks_; }
  // The file's own header was damaged; its records are found by looking for them.
  bool damaged() const { return damaged_; }

  struct Record {
    RecordHeader header;
    std::span<const std::byte> payload;
    bool intact = true;    // the payload's checksum is right
    bool skipped = false;  // bytes before it were passed over
  };
  // The next record with a sequence of at least `from` and at most `through`; nullopt when the file has none (yet): the
  // same call may give one later. Earlier records are passed over without reading their payload. Valid until the next
  // call.
  Result<std::optional<Record>> next(uint64_t from, uint64_t through);
  // Where the last record that next() gave ends.
  uint64_t offset() const { return offset_; }

 private:
  SegmentReader(Fd file, const JournalId& journal) : file_(std::move(file)), journal_(journal) {}
  Result<bool> load(uint64_t offset, size_t bytes);
  Result<bool> findHeader(uint64_t& offset, RecordHeader& header, bool& skipped);

  Fd file_;
  JournalId journal_;
  SegmentHeader header_;
  std::vector<RingMark> marks_;
  bool damaged_ = false;
  uint64_t offset_ = 0;
  std::vector<std::byte> buffer_;  // bytes of the file from buffer_at_ on
  uint64_t buffer_at_ = 0;
  size_t buffer_size_ = 0;
  uint64_t buffer_through_ = 0;  // what was asked for when it was read; later records in it may since have changed
};

}  // namespace sluice::journal
