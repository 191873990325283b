#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "journal/core.h"
#include "journal/futex.h"
#include "journal/journal.h"
#include "journal/ring.h"

namespace sluice::journal {
namespace {

constexpr size_t kOvercommit = 4;
constexpr size_t kLargestHold = 64;              // part of the ring
constexpr size_t kHandedOverBytes = 512u << 20;  // waiting in memory, all threads together

constexpr int kFull = static_cast<int>(ErrorCode::Full);

}  // namespace

Writer::Writer(Core& core, std::shared_ptr<Ring> ring) : core_(core), ring_(std::move(ring)) {}

Writer::~Writer() {
  ring_->retired.store(true, std::memory_order_release);
}

Result<size_t> Writer::reserve(size_t bytes) {
  const size_t held = std::min(bytes, ring_->size() / kLargestHold);
  const bool drop = core_.options.overflow == Overflow::DropAndCount;
  if (!drop && (core_.blocked() || held_ + held > kOvercommit * ring_->size())) {
    core_.refused.fetch_add(1, std::memory_order_relaxed);
    return fail("the journal is full", kFull);
  }
  held_ += held;
  return held;
}

void Writer::release(size_t bytes) {
  held_ -= std::min(bytes, held_);
}

Writer::Place Writer::begin(size_t& held, size_t size) {
  const size_t used = std::min(held, size);
  held -= used;
  release(used);
  if (std::byte* to = ring_->begin(size)) return {to, Outcome::Stored};
  if (core_.options.overflow == Overflow::DropAndCount) {
    const std::lock_guard lock(core_.handed_over_mutex);
    if (core_.blocked() || core_.handed_over_bytes + size > kHandedOverBytes) {
      core_.dropped.fetch_add(1, std::memory_order_relaxed);
      return {nullptr, Outcome::Dropped};
    }
  }
  handed_over_ = std::make_unique_for_overwrite<std::byte[]>(aligned(size));
  std::memset(handed_over_.get() + size, 0, aligned(size) - size);
  return {handed_over_.get(), Outcome::Pending};
}

Writer::Outcome Writer::finish(size_t size, Done done) {
  const uint64_t sequence = ring_->finish(size);
  const bool durable = core_.options.durability == Durability::Record;
  const auto waits = core_.mover_waits.load(std::memory_order_relaxed);
  if (waits == Core::Waiting::Idle ||
      (waits == Core::Waiting::Shortly && (durable || ring_->used() > ring_->size() / 2))) {
    ringBell(core_.mover_bell);
  }
  if (!durable) return Outcome::Stored;
  until_durable_.push_back({sequence, std::move(done)});
  // In this order here, the other way round in the syncer: one of the two sees the other.
  ring_->wanted.store(sequence, std::memory_order_seq_cst);
  if (ring_->durable.load(std::memory_order_seq_cst) >= sequence) ring_->wakeProducer();
  return Outcome::Pending;
}

Writer::Outcome Writer::handOver(size_t size, Done done) {
  const uint64_t number = next_number_++;
  until_written_.push_back({number, std::move(done)});
  bool taken = false;
  {
    const std::lock_guard lock(core_.handed_over_mutex);
    taken = size <= kMaxPayload && core_.handed_over_bytes + size <= kHandedOverBytes;
    if (taken) {
      core_.handed_over_bytes += size;
      core_.handed_over.push_back(
          {ring_, number, ring_->head(), std::move(handed_over_), size, SystemClock::instance().now()});
    }
  }
  handed_over_ = nullptr;
  if (taken) {
    ringBell(core_.mover_bell);
  } else {
    core_.dropped.fetch_add(1, std::memory_order_relaxed);
    ring_->answer({number, fail("too much is waiting for the journal's disk", kFull)});
  }
  return Outcome::Pending;
}

int Writer::wakeFd() const {
  return ring_->eventFd();
}

size_t Writer::pending() const {
  return until_durable_.size() + until_written_.size();
}

void Writer::runCompletions() {
  uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(ring_->eventFd(), &count, sizeof count);
  const uint64_t durable = ring_->durable.load(std::memory_order_seq_cst);
  while (!until_durable_.empty() && until_durable_.front().number <= durable) {
    const Done done = std::move(until_durable_.front().done);
    until_durable_.pop_front();
    if (done) done({});
  }
  for (auto& answer : ring_->takeAnswers()) {
    // Answers may come out of order when one had to wait for room.
    const auto at = std::ranges::find(until_written_, answer.number, &Waiting::number);
    if (at == until_written_.end()) continue;
    const Done done = std::move(at->done);
    until_written_.erase(at);
    if (done) done(std::move(answer.status));
  }
}

}  // namespace sluice::journal
