#include "journal/ring.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "journal/journal.h"

namespace sluice::journal {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kAhead = 256 * 1024;

constexpr int code(ErrorCode value) {
  return static_cast<int>(value);
}

}  // namespace

Ring::Ring(std::string path, Fd file, std::byte* mapping, size_t size)
    : path_(std::move(path)),
      file_(std::move(file)),
      event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      mapping_(mapping),
      header_(reinterpret_cast<RingHeader*>(mapping)),
      data_(mapping + kRingData),
      size_(size) {}

Ring::~Ring() {
  ::munmap(mapping_, kRingData + 2 * size_);
}

Result<std::shared_ptr<Ring>> Ring::map(std::string path, Fd file, size_t size) {
  const auto failed = [&path] { return tl::make_unexpected(systemError("cannot map", path, code(ErrorCode::Io))); };
  void* whole = ::mmap(nullptr, kRingData + 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (whole == MAP_FAILED) return failed();
  auto* mapping = static_cast<std::byte*>(whole);
  constexpr int kFlags = MAP_SHARED | MAP_FIXED;
  void* first = ::mmap(mapping, kRingData + size, PROT_READ | PROT_WRITE, kFlags, file.get(), 0);
  void* second = ::mmap(mapping + kRingData + size, size, PROT_READ | PROT_WRITE, kFlags, file.get(), kRingData);
  if (first == MAP_FAILED || second == MAP_FAILED) {
    auto error = failed();
    ::munmap(whole, kRingData + 2 * size);
    return error;
  }
  return std::shared_ptr<Ring>(new Ring(std::move(path), std::move(file), mapping, size));
}

Result<std::shared_ptr<Ring>> Ring::create(std::string path, uint64_t id, size_t size, const JournalId& journal) {
  size = (std::max(size, kPage) + kPage - 1) & ~(kPage - 1);
  auto file = openFile(path, O_RDWR | O_CREAT | O_EXCL);
  if (!file) return tl::make_unexpected(file.error());
  const int refused = ::posix_fallocate(file->get(), 0, static_cast<off_t>(kRingData + size));
  if (refused != 0) {
    errno = refused;
    auto error = systemError("cannot allocate", path, code(ErrorCode::Full));
    ::unlink(path.c_str());
    return tl::make_unexpected(std::move(error));
  }
  auto ring = map(path, std::move(*file), size);
  if (!ring) return ring;
  RingHeader& header = *(*ring)->header_;
  header.version = kFormatVersion;
  header.journal = journal;
  header.id = id;
  header.size = size;
  header.magic = kRingMagic;
  (*ring)->populateAhead();
  return ring;
}

Result<std::shared_ptr<Ring>> Ring::adopt(std::string path) {
  auto file = openFile(path, O_RDWR);
  if (!file) return tl::make_unexpected(file.error());
  const auto bytes = fileSize(*file);
  if (!bytes) return tl::make_unexpected(bytes.error());
  const auto foreign = [&path] { return fail(path + " is not a ring of this version", code(ErrorCode::Foreign)); };
  if (*bytes < kRingData + kPage || (*bytes - kRingData) % kPage != 0) return foreign();
  auto ring = map(path, std::move(*file), *bytes - kRingData);
  if (!ring) return ring;
  const RingHeader& header = *(*ring)->header_;
  const uint64_t used = header.head.load() - header.tail.load();
  if (header.magic != kRingMagic || header.version != kFormatVersion || header.size != (*ring)->size_ ||
      used > header.size || header.base.load() > header.tail.load()) {
    return foreign();
  }
  return ring;
}

std::byte* Ring::place(uint64_t count) const {
  return data_ + (count - header_->base.load(std::memory_order_relaxed)) % size_;
}

std::byte* Ring::begin(size_t length) {
  const size_t need = sizeof(RecordHeader) + aligned(length);
  const uint64_t head = header_->head.load(std::memory_order_relaxed);
  cached_tail_ = header_->tail.load(std::memory_order_acquire);
  if (length > kMaxPayload || need > size_ - (head - cached_tail_)) return nullptr;
  // Empty: the consumer looks at nothing until head moves, so the place may start over.
  if (cached_tail_ == head) header_->base.store(head, std::memory_order_relaxed);
  return place(head) + sizeof(RecordHeader);
}

uint64_t Ring::finish(size_t length) {
  const uint64_t head = header_->head.load(std::memory_order_relaxed);
  std::byte* at = place(head);
  std::byte* payload = at + sizeof(RecordHeader);
  std::memset(payload + length, 0, aligned(length) - length);
  RecordHeader header;
  header.length = static_cast<uint32_t>(length);
  header.ring = header_->id;
  header.ring_sequence = next_sequence_++;
  header.payload_check = checksum({payload, length});
  header.header_check = headerChecksum(header, header_->journal);
  std::memcpy(at, &header, sizeof header);
  header_->head.store(head + sizeof header + aligned(length), std::memory_order_release);
  return header.ring_sequence;
}

RingRecord Ring::at(uint64_t count) const {
  const std::byte* at = place(count);
  return {reinterpret_cast<const RecordHeader*>(at), at + sizeof(RecordHeader)};
}

bool Ring::findSound(uint64_t& count, RingRecord& record, bool& damaged) const {
  damaged = false;
  for (const uint64_t end = head(); count + sizeof(RecordHeader) <= end; count += kRecordAlignment) {
    record = at(count);
    const RecordHeader& header = *record.header;
    if (isSound(header, header_->journal) && header.ring == header_->id &&
        aligned(header.length) <= end - count - sizeof header &&
        checksum({record.payload, header.length}) == header.payload_check) {
      return true;
    }
    damaged = true;
  }
  return false;
}

void Ring::advance(uint64_t count, uint64_t sequence) {
  moved.store(sequence, std::memory_order_release);
  header_->tail.store(count, std::memory_order_release);
}

void Ring::populateAhead() const {
#ifdef MADV_POPULATE_WRITE
  const uint64_t head = header_->head.load(std::memory_order_relaxed);
  // When the ring is empty the producer starts over at its first page.
  const size_t at = head == tail() ? 0 : static_cast<size_t>(place(head) - data_);
  const size_t from = at & ~(kPage - 1);
  // An error only means that the producer takes its own faults.
  ::madvise(data_ + from, std::min(kAhead, size_), MADV_POPULATE_WRITE);
#endif
}

Status Ring::remove() const {
  if (::unlink(path_.c_str()) == 0 || errno == ENOENT) return {};
  return tl::make_unexpected(systemError("cannot remove", path_, code(ErrorCode::Io)));
}

void Ring::answer(Answer answer) {
  {
    const std::lock_guard lock(answers_mutex_);
    answers_.push_back(std::move(answer));
  }
  wakeProducer();
}

std::vector<Ring::Answer> Ring::takeAnswers() {
  const std::lock_guard lock(answers_mutex_);
  return std::exchange(answers_, {});
}

void Ring::wakeProducer() const {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

}  // namespace sluice::journal
