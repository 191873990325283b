#include "journal/recovery.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/log.h"
#include "journal/batch.h"
#include "journal/core.h"
#include "journal/journal.h"
#include "journal/segment_reader.h"

namespace sluice::journal {
namespace {

void remember(std::unordered_map<uint64_t, uint64_t>& moved, uint64_t ring, uint64_t sequence) {
  auto& known = moved[ring];
  known = std::max(known, sequence);
}

// Reads the whole segment into `ending`; cuts what follows its last record.
Status readThrough(const SegmentInfo& segment, SegmentReader& reader, Ending& ending) {
  for (const auto& mark : reader.marks()) remember(ending.moved, mark.ring, mark.moved);
  if (!reader.damaged() && reader.header().first > 0) ending.last = std::max(ending.last, reader.header().first - 1);
  uint64_t end = reader.offset();
  while (true) {
    const auto record = reader.next(0, UINT64_MAX);
    if (!record) return tl::make_unexpected(record.error());
    if (!*record) break;
    // A torn last record may have a whole header; one in the middle with a wrong payload is the reader's matter.
    if (!(*record)->intact) continue;
    end = reader.offset();
    ending.last = std::max(ending.last, (*record)->header.sequence);
    remember(ending.moved, (*record)->header.ring, (*record)->header.ring_sequence);
  }
  if (end < segment.bytes && ::truncate(segment.path.c_str(), static_cast<off_t>(end)) != 0) {
    return tl::make_unexpected(systemError("cannot cut", segment.path, static_cast<int>(ErrorCode::Io)));
  }
  if (end < segment.bytes) {
    log::warning("the journal's last segment had a torn tail",
                 {{"file", segment.path}, {"bytes", fmt::format("{}", segment.bytes - end)}});
  }
  return {};
}

Status setAside(const std::string& path, const std::string& why) {
  log::error("a journal file is damaged and was set aside", {{"file", path}, {"why", why}});
  if (::rename(path.c_str(), (path + ".damaged").c_str()) == 0) return {};
  return tl::make_unexpected(systemError("cannot rename", path, static_cast<int>(ErrorCode::Io)));
}

// Marks for every ring known, so that a segment begun during recovery says as much as the one before.
std::vector<RingMark> marksOf(const std::unordered_map<uint64_t, uint64_t>& moved) {
  std::vector<RingMark> marks;
  for (const auto& [ring, sequence] : moved) {
    if (ring != 0) marks.push_back({ring, sequence});
  }
  return marks;
}

class Drain {
 public:
  Drain(Core& core, std::unordered_map<uint64_t, uint64_t> moved) : core_(core), moved_(std::move(moved)) {}

  Status run(Ring& ring) {
    uint64_t& moved = moved_[ring.id()];
    uint64_t count = ring.tail();
    RingRecord record;
    bool damaged = false;
    while (ring.findSound(count, record, damaged)) {
      if (damaged) ++core_.corrupt;
      count += sizeof(RecordHeader) + aligned(record.header->length);
      if (record.header->ring_sequence <= moved) continue;
      batch_.add(*record.header, core_.next_sequence + batch_.size(), {record.payload, aligned(record.header->length)},
                 core_.journal);
      reached_ = record.header->ring_sequence;
      if (batch_.isFull()) {
        if (auto written = write(moved); !written) return written;
      }
    }
    if (damaged) ++core_.corrupt;
    return write(moved);
  }

 private:
  Status write(uint64_t& moved) {
    const size_t records = batch_.size();
    if (records == 0) return {};
    if (auto written = batch_.write(core_.segments, marksOf(moved_)); !written) return written;
    moved = reached_;
    core_.next_sequence += records;
    core_.recovered += records;
    return {};
  }

  Core& core_;
  std::unordered_map<uint64_t, uint64_t> moved_;
  Batch batch_;
  uint64_t reached_ = 0;
};

}  // namespace

Result<Ending> findEnding(const std::string& directory, const std::optional<JournalId>& known) {
  auto segments = listSegments(directory);
  if (!segments) return tl::make_unexpected(segments.error());
  Ending ending;
  ending.journal = known;
  ending.segments = std::move(*segments);
  while (!ending.segments.empty()) {
    const SegmentInfo& newest = ending.segments.back();
    auto reader = SegmentReader::open(newest.path, known);
    if (reader) {
      if (!reader->damaged()) ending.journal = reader->header().journal;
      if (auto read = readThrough(newest, *reader, ending); !read) return tl::make_unexpected(read.error());
      if (ending.last >= newest.first || !reader->damaged()) break;
    } else if (reader.error().code != static_cast<int>(ErrorCode::Foreign)) {
      return tl::make_unexpected(reader.error());
    }
    // The power failed, or the process died, between making the file and its header: it holds nothing yet.
    const std::string why = reader ? "its header is damaged and it holds no record" : reader.error().message;
    if (auto aside = setAside(newest.path, why); !aside) return tl::make_unexpected(aside.error());
    ending.last = std::max(ending.last, newest.first - 1);
    ending.segments.pop_back();
  }
  return ending;
}

Status drainLeftRings(Core& core, const Ending& ending) {
  const std::string& directory = core.options.directory;
  const auto names = listFiles(directory, "ring-", ".mmap");
  if (!names) return tl::make_unexpected(names.error());
  Drain drain(core, ending.moved);
  std::vector<std::shared_ptr<Ring>> done;
  for (const auto& name : *names) {
    const std::string path = directory + "/" + name;
    auto ring = Ring::adopt(path);
    if (!ring && ring.error().code != static_cast<int>(ErrorCode::Foreign)) {
      return tl::make_unexpected(ring.error());
    }
    if (!ring || (*ring)->journal() != core.journal) {
      const std::string why = ring ? "it belongs to another journal" : ring.error().message;
      if (auto aside = setAside(path, why); !aside) return aside;
      continue;
    }
    if (auto drained = drain.run(**ring); !drained) return drained;
    done.push_back(std::move(*ring));
  }
  if (auto synced = sync(core.segments.takeUnsynced(), directory); !synced) return synced;
  for (const auto& ring : done) {
    if (auto removed = ring->remove(); !removed) return removed;
  }
  // Else a power failure could bring a ring back when no segment says any more how far it had been moved.
  return done.empty() ? Status() : syncDirectory(directory);
}

}  // namespace sluice::journal
