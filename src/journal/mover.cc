#include "journal/mover.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "journal/futex.h"

namespace sluice::journal {
namespace {

using std::chrono::milliseconds;

constexpr auto kShortWait = milliseconds(2);
constexpr auto kIdleAfter = milliseconds(20);
constexpr auto kIdleWait = milliseconds(100);
constexpr auto kRetryWait = milliseconds(50);
constexpr auto kPopulating = milliseconds(20);
constexpr auto kHousekeeping = milliseconds(200);

Instant now() {
  return SystemClock::instance().now();
}

}  // namespace

void Mover::run() {
  while (true) {
    // Read before the pass: what was committed before the request to stop is then moved.
    const bool stopping = core_.stopping.load(std::memory_order_acquire);
    const Pass pass = moveAll();
    if (pass == Pass::Moved) last_moved_ = now();
    if (now() >= next_housekeeping_) keepHouse();
    if (stopping && pass != Pass::Moved) break;
    wait(pass);
  }
  keepHouse();
}

void Mover::refreshRings() {
  const uint64_t version = core_.rings_version.load(std::memory_order_acquire);
  if (version == rings_version_) return;
  const std::lock_guard lock(core_.rings_mutex);
  rings_ = core_.rings;
  rings_version_ = version;
}

Mover::Pass Mover::moveAll() {
  Pass pass = Pass::Nothing;
  while (true) {
    refreshRings();
    const Pass rings = moveRings();
    const Pass handed_over = rings == Pass::Blocked ? Pass::Blocked : moveHandedOver();
    if (handed_over == Pass::Blocked) {
      giveUpHandedOver();
      return Pass::Blocked;
    }
    if (rings == Pass::Nothing && handed_over == Pass::Nothing) break;
    pass = Pass::Moved;
    // What came in while this was written waits for company: one write takes hundreds as cheaply as one.
    if (!was_full_ && handed_over == Pass::Nothing) break;
  }
  populateRings();
  return pass;
}

// What the kernel writes back it protects again, seconds later: once in a while is often enough.
void Mover::populateRings() {
  const Instant time = now();
  if (time < next_populating_) return;
  next_populating_ = time + kPopulating;
  for (const auto& ring : rings_) ring->populateAhead();
}

void Mover::gather(Ring& ring) {
  uint64_t count = ring.tail();
  const uint64_t head = ring.head();
  if (count == head) return;
  Reach reach{&ring};
  while (count < head && !batch_.isFull()) {
    const RingRecord record = ring.at(count);
    const size_t padded = aligned(record.header->length);
    batch_.add(*record.header, core_.next_sequence + batch_.size(), {record.payload, padded}, core_.journal);
    count += sizeof(RecordHeader) + padded;
    reach.sequence = record.header->ring_sequence;
  }
  reach.count = count;
  if (reach.sequence != 0) reaches_.push_back(reach);
}

Mover::Pass Mover::moveRings() {
  reaches_.clear();
  for (const auto& ring : rings_) {
    if (!batch_.isFull()) gather(*ring);
  }
  was_full_ = batch_.isFull();
  if (reaches_.empty()) return Pass::Nothing;
  if (!write()) return Pass::Blocked;
  for (const Reach& reach : reaches_) {
    marks_[reach.ring->id()] = reach.sequence;
    reach.ring->advance(reach.count, reach.sequence);
  }
  publish();
  // The ring that was served last is served first next time, when a full batch left it out.
  if (rings_.size() > 1) std::ranges::rotate(rings_, rings_.begin() + 1);
  return Pass::Moved;
}

Status Mover::write() {
  std::vector<RingMark> marks;
  if (core_.segments.rollDue()) {
    for (const auto& [ring, moved] : marks_) marks.push_back({ring, moved});
  }
  const size_t records = batch_.size();
  const Status status = batch_.write(core_.segments, marks);
  noteOutcome(status);
  if (!status) return status;
  core_.next_sequence += records;
  return status;
}

// After the rings have been advanced: the syncer must find in them all that it then calls durable, and a segment may be
// deleted only when no ring holds its records any more.
void Mover::publish() {
  core_.written.store(core_.next_sequence - 1, std::memory_order_release);
  noteCap();
  ringBell(core_.syncer_bell);
}

void Mover::noteOutcome(const Status& status) {
  if (!status && !core_.disk_full.load()) {
    log::error("the journal cannot be written; new requests are refused or not recorded",
               {{"why", status.error().message}});
  } else if (status && core_.disk_full.load()) {
    log::info("the journal can be written again");
  }
  core_.disk_full.store(!status, std::memory_order_relaxed);
}

Mover::Pass Mover::moveHandedOver() {
  HandedOver* first = nullptr;
  {
    const std::lock_guard lock(core_.handed_over_mutex);
    if (core_.handed_over.empty()) return Pass::Nothing;
    // Producers only push at the back; a deque keeps the element's place.
    first = &core_.handed_over.front();
  }
  if (first->from->tail() < first->ring_head) return Pass::Moved;
  RecordHeader header;
  header.length = static_cast<uint32_t>(first->size);
  header.payload_check = checksum({first->payload.get(), first->size});
  batch_.add(header, core_.next_sequence, {first->payload.get(), aligned(first->size)}, core_.journal);
  if (!write()) return Pass::Blocked;
  const std::lock_guard lock(core_.handed_over_mutex);
  core_.handed_over_bytes -= first->size;
  if (core_.options.durability == Durability::Record) {
    core_.unsynced_answers.push_back({core_.next_sequence - 1, first->from, first->number});
  } else {
    first->from->answer({first->number, {}});
  }
  core_.handed_over.pop_front();
  publish();
  return Pass::Moved;
}

void Mover::giveUpHandedOver() {
  const auto oldest = now() - core_.options.patience;
  const std::lock_guard lock(core_.handed_over_mutex);
  while (!core_.handed_over.empty() && core_.handed_over.front().since <= oldest) {
    HandedOver& late = core_.handed_over.front();
    core_.handed_over_bytes -= late.size;
    core_.dropped.fetch_add(1, std::memory_order_relaxed);
    late.from->answer({late.number, fail("the journal's disk is full", static_cast<int>(ErrorCode::Full))});
    core_.handed_over.pop_front();
  }
}

void Mover::keepHouse() {
  next_housekeeping_ = now() + kHousekeeping;
  const uint64_t acked = core_.control.lowestAcked();
  // Without a consumer nothing is ever done with.
  if (acked != UINT64_MAX) core_.segments.removeThrough(acked);
  noteCap();
  removeRetired();
}

void Mover::noteCap() {
  core_.at_cap.store(core_.segments.bytes() >= core_.options.total_bytes, std::memory_order_relaxed);
}

void Mover::removeRetired() {
  const auto isDone = [](const std::shared_ptr<Ring>& ring) {
    return ring->retired.load(std::memory_order_acquire) && ring->head() == ring->tail();
  };
  if (std::ranges::none_of(rings_, isDone)) return;
  const std::lock_guard lock(core_.rings_mutex);
  std::erase_if(core_.rings, [&](const std::shared_ptr<Ring>& ring) {
    if (!isDone(ring)) return false;
    if (auto removed = ring->remove(); !removed) log::warning(removed.error().message);
    return true;
  });
  core_.rings_version.fetch_add(1, std::memory_order_release);
}

void Mover::wait(Pass last) {
  const uint32_t heard = core_.mover_bell.load(std::memory_order_acquire);
  const bool idle = last == Pass::Nothing && now() - last_moved_ > kIdleAfter;
  if (core_.stopping.load(std::memory_order_acquire)) return;
  core_.mover_waits.store(idle ? Core::Waiting::Idle : Core::Waiting::Shortly, std::memory_order_seq_cst);
  // A producer that saw the mover at work before this has not rung.
  bool missed = false;
  if (idle)
    for (const auto& ring : rings_) missed = missed || ring->head() != ring->tail();
  if (!missed) {
    sleepOn(core_.mover_bell, heard, last == Pass::Blocked ? kRetryWait : idle ? kIdleWait : kShortWait);
  }
  core_.mover_waits.store(Core::Waiting::No, std::memory_order_relaxed);
}

}  // namespace sluice::journal
