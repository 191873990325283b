#include "journal/segment_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>

#include "journal/journal.h"

namespace sluice::journal {
namespace {

constexpr std::string_view kPrefix = "segment-";
constexpr std::string_view kSuffix = ".log";

// What an operator can mend by making room, as against a broken disk.
bool isNoRoom(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

Error writeError(const std::string& path) {
  return systemError("cannot write", path, static_cast<int>(isNoRoom(errno) ? ErrorCode::Full : ErrorCode::Io));
}

// Writes all parts at `offset`; errno says why not. `parts` is used up.
bool writeAll(int fd, std::span<iovec> parts, uint64_t offset) {
  while (!parts.empty()) {
    const auto count = static_cast<int>(std::min<size_t>(parts.size(), IOV_MAX));
    const ssize_t wrote = ::pwritev(fd, parts.data(), count, static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    offset += static_cast<uint64_t>(wrote);
    auto left = static_cast<size_t>(wrote);
    while (!parts.empty() && left >= parts[0].iov_len) {
      left -= parts[0].iov_len;
      parts = parts.subspan(1);
    }
    if (left > 0) {
      parts[0].iov_base = static_cast<char*>(parts[0].iov_base) + left;
      parts[0].iov_len -= left;
    }
  }
  return true;
}

}  // namespace

std::string segmentPath(const std::string& directory, uint64_t first) {
  return fmt::format("{}/{}{:020}{}", directory, kPrefix, first, kSuffix);
}

uint64_t segmentFirst(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return 0;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  uint64_t first = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first);
  return error == std::errc() && end == name.data() + name.size() ? first : 0;
}

Result<std::vector<SegmentInfo>> listSegments(const std::string& directory) {
  auto names = listFiles(directory, kPrefix, kSuffix);
  if (!names) return tl::make_unexpected(names.error());
  std::vector<SegmentInfo> segments;
  for (const auto& name : *names) {
    struct stat status {};
    SegmentInfo info{directory + "/" + name, segmentFirst(name), 0};
    // One that vanished in between was not needed any more.
    if (info.first == 0 || ::stat(info.path.c_str(), &status) != 0) continue;
    info.bytes = static_cast<uint64_t>(status.st_size);
    segments.push_back(std::move(info));
  }
  std::ranges::sort(segments, {}, &SegmentInfo::first);
  return segments;
}

SegmentWriter::SegmentWriter(std::string directory, const JournalId& journal, size_t segment_bytes,
                             std::vector<SegmentInfo> existing)
    : directory_(std::move(directory)),
      journal_(journal),
      segment_bytes_(segment_bytes),
      segments_(existing.begin(), existing.end()) {
  for (const auto& segment : segments_) bytes_ += segment.bytes;
  count_ = segments_.size();
}

Status SegmentWriter::start(uint64_t first, std::span<const RingMark> marks) {
  const std::string path = segmentPath(directory_, first);
  SegmentHeader header;
  header.marks = static_cast<uint32_t>(marks.size());
  header.journal = journal_;
  header.first = first;
  std::vector<std::byte> head(aligned(sizeof header + marks.size_bytes()));
  const auto fill = [&] {
    std::memcpy(head.data(), &header, sizeof header);
    if (!marks.empty()) std::memcpy(head.data() + sizeof header, marks.data(), marks.size_bytes());
  };
  fill();
  header.check = checksum(head);
  fill();
  // Made aside: nobody ever sees a segment without its header. It may replace one that recovery found without records.
  const std::string aside = directory_ + "/segment.new";
  auto file = openFile(aside, O_RDWR | O_CREAT | O_TRUNC);
  if (!file) return tl::make_unexpected(Error{file.error().message, writeError(aside).code});
  iovec part{head.data(), head.size()};
  if (!writeAll(file->get(), {&part, 1}, 0) || ::rename(aside.c_str(), path.c_str()) != 0) {
    return tl::make_unexpected(writeError(path));
  }
  if (!segments_.empty() && segments_.back().first == first) {
    bytes_ -= segments_.back().bytes;
    segments_.pop_back();
  }
  current_ = std::make_shared<Fd>(std::move(*file));
  current_bytes_ = head.size();
  segments_.push_back({path, first, head.size()});
  bytes_ += head.size();
  count_ = segments_.size();
  const std::lock_guard lock(unsynced_mutex_);
  unsynced_.directory = true;
  return {};
}

// Whether the file ends with its last good record. Nothing may follow a torn one.
bool SegmentWriter::cutBack() {
  torn_ = torn_ && ::ftruncate(current_->get(), static_cast<off_t>(current_bytes_)) != 0;
  return !torn_;
}

Status SegmentWriter::append(std::span<iovec> parts, size_t bytes, uint64_t first, std::span<const RingMark> marks) {
  if (current_ != nullptr && !cutBack()) return tl::make_unexpected(writeError(segments_.back().path));
  if (rollDue()) {
    if (auto started = start(first, marks); !started) return started;
  }
  if (!writeAll(current_->get(), parts, current_bytes_)) {
    auto error = writeError(segments_.back().path);
    torn_ = true;
    cutBack();
    return tl::make_unexpected(std::move(error));
  }
  current_bytes_ += bytes;
  segments_.back().bytes = current_bytes_;
  bytes_ += bytes;
  const std::lock_guard lock(unsynced_mutex_);
  if (unsynced_.files.empty() || unsynced_.files.back() != current_) unsynced_.files.push_back(current_);
  return {};
}

void SegmentWriter::removeThrough(uint64_t sequence) {
  while (segments_.size() > 1 && segments_[1].first <= sequence + 1) {
    const SegmentInfo& oldest = segments_.front();
    if (::unlink(oldest.path.c_str()) != 0 && errno != ENOENT) return;
    bytes_ -= oldest.bytes;
    segments_.pop_front();
    count_ = segments_.size();
  }
}

SegmentWriter::Unsynced SegmentWriter::takeUnsynced() {
  const std::lock_guard lock(unsynced_mutex_);
  return std::exchange(unsynced_, {});
}

void SegmentWriter::giveBack(Unsynced unsynced) {
  const std::lock_guard lock(unsynced_mutex_);
  unsynced.files.insert(unsynced.files.end(), unsynced_.files.begin(), unsynced_.files.end());
  unsynced.directory = unsynced.directory || unsynced_.directory;
  unsynced_ = std::move(unsynced);
}

Status sync(const SegmentWriter::Unsynced& unsynced, const std::string& directory) {
  Status result;
  for (const auto& file : unsynced.files) {
    if (::fdatasync(file->get()) != 0 && result) {
      result = tl::make_unexpected(systemError("cannot sync", directory, static_cast<int>(ErrorCode::Io)));
    }
  }
  if (unsynced.directory) {
    if (auto synced = syncDirectory(directory); !synced && result) result = synced;
  }
  return result;
}

}  // namespace sluice::journal
