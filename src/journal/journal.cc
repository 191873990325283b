#include "journal/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "journal/core.h"
#include "journal/futex.h"
#include "journal/mover.h"
#include "journal/recovery.h"
#include "journal/syncer.h"

namespace sluice::journal {
namespace {

constexpr int code(ErrorCode value) {
  return static_cast<int>(value);
}

template <class T>
T randomValue() {
  T value;
  const std::string bytes = randomBytes(sizeof value);
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

bool lockWithin(int fd, std::chrono::milliseconds patience) {
  const Instant end = SystemClock::instance().now() + patience;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (SystemClock::instance().now() >= end) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

Result<Fd> lockDirectory(const std::string& directory, std::chrono::milliseconds patience) {
  if (auto made = makeDirectory(directory); !made) return tl::make_unexpected(made.error());
  // Prompts and answers are in there.
  if (::chmod(directory.c_str(), 0700) != 0) {
    return tl::make_unexpected(systemError("cannot restrict", directory, code(ErrorCode::Io)));
  }
  auto lock = openFile(directory + "/lock", O_RDWR | O_CREAT);
  if (!lock) return lock;
  if (!lockWithin(lock->get(), patience)) {
    return fail("another process is using the journal in " + directory, code(ErrorCode::Locked));
  }
  return lock;
}

Result<std::optional<JournalId>> knownJournal(const std::string& directory) {
  auto control = Control::open(directory);
  if (control) return std::optional(control->header().journal);
  if (control.error().code == code(ErrorCode::Version)) return tl::make_unexpected(control.error());
  return std::optional<JournalId>();
}

// What the last process wrote need not have been synced.
Status syncSegmentsAfter(const std::vector<SegmentInfo>& segments, uint64_t synced, const std::string& directory) {
  SegmentWriter::Unsynced unsynced;
  unsynced.directory = true;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (i + 1 < segments.size() && segments[i + 1].first <= synced + 1) continue;
    auto file = openFile(segments[i].path, O_RDWR);
    if (!file) return tl::make_unexpected(file.error());
    unsynced.files.push_back(std::make_shared<Fd>(std::move(*file)));
  }
  return sync(unsynced, directory);
}

Result<std::unique_ptr<Core>> recover(Options options) {
  auto lock = lockDirectory(options.directory, options.lock_patience);
  if (!lock) return tl::make_unexpected(lock.error());
  const auto known = knownJournal(options.directory);
  if (!known) return tl::make_unexpected(known.error());
  auto ending = findEnding(options.directory, *known);
  if (!ending) return tl::make_unexpected(ending.error());
  JournalId id = ending->journal ? *ending->journal : randomValue<JournalId>();
  auto control = Control::openOrMake(options.directory, id);
  if (!control) return tl::make_unexpected(control.error());
  if (auto set = control->setConsumers(options.consumers, options.others); !set)
    return tl::make_unexpected(set.error());
  const uint64_t readable = control->header().readable.load();
  if (auto synced = syncSegmentsAfter(ending->segments, readable, options.directory); !synced) {
    return tl::make_unexpected(synced.error());
  }
  const uint64_t last = std::max({ending->last, readable, control->highestAcked()});
  auto core = std::make_unique<Core>(std::move(options), std::move(*lock), std::move(*control), id, ending->segments);
  core->next_sequence = last + 1;
  if (auto drained = drainLeftRings(*core, *ending); !drained) return tl::make_unexpected(drained.error());
  core->written.store(core->next_sequence - 1);
  core->control.header().readable.store(core->next_sequence - 1);
  ringBell(core->control.header().bell);
  return core;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(Options options) {
  auto core = recover(std::move(options));
  if (!core) return tl::make_unexpected(core.error());
  if ((*core)->recovered > 0) {
    log::info("the journal took over records of a process that had died",
              {{"records", fmt::format("{}", (*core)->recovered)}});
  }
  return std::unique_ptr<Journal>(new Journal(std::move(*core)));
}

Journal::Journal(std::unique_ptr<Core> core)
    : core_(std::move(core)), mover_(std::make_unique<Mover>(*core_)), syncer_(std::make_unique<Syncer>(*core_)) {
  mover_thread_ = std::thread([this] { mover_->run(); });
  syncer_thread_ = std::thread([this] { syncer_->run(stop_syncer_); });
}

Journal::~Journal() {
  core_->stopping.store(true, std::memory_order_release);
  ringBell(core_->mover_bell);
  mover_thread_.join();
  stop_syncer_.store(true, std::memory_order_release);
  ringBell(core_->stop_bell);
  ringBell(core_->syncer_bell);
  syncer_thread_.join();
}

Result<std::unique_ptr<Writer>> Journal::makeWriter() {
  const auto id = randomValue<uint64_t>() | 1;
  const std::string path = fmt::format("{}/ring-{:016x}.mmap", core_->options.directory, id);
  auto ring = Ring::create(path, id, core_->options.ring_bytes, core_->journal);
  if (!ring) return tl::make_unexpected(ring.error());
  {
    const std::lock_guard lock(core_->rings_mutex);
    core_->rings.push_back(*ring);
  }
  core_->rings_version.fetch_add(1, std::memory_order_release);
  ringBell(core_->mover_bell);
  return std::unique_ptr<Writer>(new Writer(*core_, std::move(*ring)));
}

Stats Journal::stats() const {
  Stats stats;
  stats.dropped = core_->dropped.load(std::memory_order_relaxed);
  stats.refused = core_->refused.load(std::memory_order_relaxed);
  stats.last_sequence = core_->written.load(std::memory_order_relaxed);
  stats.readable = core_->control.header().readable.load(std::memory_order_relaxed);
  stats.segment_bytes = core_->segments.bytes();
  stats.segments = core_->segments.count();
  stats.recovered = core_->recovered;
  stats.corrupt = core_->corrupt;
  stats.blocked = core_->blocked();
  return stats;
}

Status Journal::flush(Duration limit) {
  std::vector<std::pair<std::shared_ptr<Ring>, uint64_t>> heads;
  {
    const std::lock_guard lock(core_->rings_mutex);
    for (const auto& ring : core_->rings) heads.emplace_back(ring, ring->head());
  }
  const auto moved = [&] {
    const std::lock_guard lock(core_->handed_over_mutex);
    return core_->handed_over.empty() &&
           std::ranges::all_of(heads, [](const auto& ring) { return ring.first->tail() >= ring.second; });
  };
  const Instant end = SystemClock::instance().now() + limit;
  ControlHeader& control = core_->control.header();
  ringBell(core_->mover_bell);
  while (true) {
    const uint32_t heard = control.bell.load(std::memory_order_acquire);
    if (moved() && control.readable.load() >= core_->written.load()) return {};
    const Duration left = end - SystemClock::instance().now();
    if (left <= Duration::zero()) return fail("the journal could not be written in time", code(ErrorCode::Full));
    sleepOn(control.bell, heard, std::min<Duration>(left, std::chrono::milliseconds(10)));
  }
}

}  // namespace sluice::journal
