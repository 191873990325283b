#include "journal/segment_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "journal/journal.h"

namespace sluice::journal {
namespace {

constexpr size_t kBuffer = 256 * 1024;
constexpr size_t kKeptBuffer = 4u << 20;
constexpr uint32_t kMaxMarks = 65536;

bool readHeader(const Fd& file, SegmentHeader& header, std::vector<RingMark>& marks) {
  const auto got = readAt(file, 0, std::as_writable_bytes(std::span(&header, 1)));
  if (!got || *got != sizeof header || header.magic != kSegmentMagic || header.marks > kMaxMarks) return false;
  marks.resize(header.marks);
  const auto tail = std::as_writable_bytes(std::span(marks));
  const auto rest = readAt(file, sizeof header, tail);
  if (!rest || *rest != tail.size()) return false;
  SegmentHeader unchecked = header;
  unchecked.check = 0;
  std::vector<std::byte> whole(sizeof header + tail.size());
  std::memcpy(whole.data(), &unchecked, sizeof unchecked);
  if (!tail.empty()) std::memcpy(whole.data() + sizeof unchecked, tail.data(), tail.size());
  return checksum(whole) == header.check;
}

}  // namespace

Result<SegmentReader> SegmentReader::open(const std::string& path, std::optional<JournalId> journal) {
  const auto foreign = [&](const char* why) { return fail(path + " " + why, static_cast<int>(ErrorCode::Foreign)); };
  auto file = openFile(path, O_RDONLY);
  if (!file) return tl::make_unexpected(file.error());
  SegmentReader reader(std::move(*file), journal.value_or(JournalId{}));
  if (readHeader(reader.file_, reader.header_, reader.marks_)) {
    if (reader.header_.version != kFormatVersion || reader.header_.flags != 0) {
      return fail(path + " is of a version that this program does not know", static_cast<int>(ErrorCode::Version));
    }
    if (journal && reader.header_.journal != *journal) return foreign("belongs to another journal");
    reader.journal_ = reader.header_.journal;
    reader.offset_ = aligned(sizeof(SegmentHeader) + reader.marks_.size() * sizeof(RingMark));
  } else {
    if (!journal) return foreign("has a damaged header");
    reader.header_ = {};
    reader.marks_.clear();
    reader.damaged_ = true;
  }
  return reader;
}

// Whether `bytes` bytes at `offset` are in the buffer or could be read into it.
Result<bool> SegmentReader::load(uint64_t offset, size_t bytes) {
  if (offset >= buffer_at_ && offset + bytes <= buffer_at_ + buffer_size_) return true;
  const size_t want = std::max(bytes, kBuffer);
  if (buffer_.size() < want || buffer_.size() > std::max(want, kKeptBuffer)) {
    buffer_.resize(want);
    buffer_.shrink_to_fit();
  }
  buffer_size_ = 0;
  auto got = readAt(file_, offset, buffer_);
  if (!got) return tl::make_unexpected(got.error());
  buffer_at_ = offset;
  buffer_size_ = *got;
  return *got >= bytes;
}

Result<bool> SegmentReader::findHeader(uint64_t& offset, RecordHeader& header, bool& skipped) {
  for (skipped = false;; offset += kRecordAlignment, skipped = true) {
    const auto loaded = load(offset, sizeof header);
    if (!loaded || !*loaded) return loaded;
    std::memcpy(&header, buffer_.data() + (offset - buffer_at_), sizeof header);
    if (header.magic == kRecordMagic && isSound(header, journal_)) return true;
  }
}

Result<std::optional<SegmentReader::Record>> SegmentReader::next(uint64_t from, uint64_t through) {
  if (through > buffer_through_) {
    buffer_size_ = 0;
    buffer_through_ = through;
  }
  for (uint64_t at = offset_;;) {
    Record record;
    const auto found = findHeader(at, record.header, record.skipped);
    if (!found) return tl::make_unexpected(found.error());
    if (!*found || record.header.sequence > through) return std::optional<Record>();
    const uint64_t end = at + sizeof(RecordHeader) + aligned(record.header.length);
    if (record.header.sequence < from) {
      at = offset_ = end;
      continue;
    }
    const auto loaded = load(at, end - at);
    if (!loaded) return tl::make_unexpected(loaded.error());
    if (!*loaded) {
      // Cut inside, or a length that lies: another record may still begin within.
      at += kRecordAlignment;
      continue;
    }
    record.payload = {buffer_.data() + (at - buffer_at_) + sizeof(RecordHeader), record.header.length};
    record.intact = checksum(record.payload) == record.header.payload_check;
    offset_ = end;
    return std::optional<Record>(record);
  }
}

}  // namespace sluice::journal
