#include "journal/syncer.h"

#include <chrono>
#include <utility>
#include <vector>

#include "base/log.h"
#include "journal/futex.h"

namespace sluice::journal {
namespace {

constexpr auto kIdleWait = std::chrono::seconds(1);
constexpr auto kAcknowledgements = std::chrono::seconds(1);

}  // namespace

void Syncer::run(const std::atomic<bool>& stop) {
  synced_ = core_.control.header().readable.load();
  while (true) {
    const bool stopping = stop.load(std::memory_order_acquire);
    const uint32_t heard = core_.syncer_bell.load(std::memory_order_acquire);
    if (core_.written.load(std::memory_order_acquire) != synced_) syncOnce();
    syncAcknowledgements();
    if (stopping) break;
    if (failing_) {
      sleepOn(core_.syncer_bell, core_.syncer_bell.load(), core_.options.sync_interval);
      continue;
    }
    sleepOn(core_.syncer_bell, heard, kIdleWait);
    // Gather what comes within the interval into one sync; nobody may be kept waiting for it with Durability::Record.
    if (core_.options.durability == Durability::Record || stop.load()) continue;
    for (Duration left = core_.options.sync_interval; left > Duration::zero() && !stop.load();) {
      const Instant from = SystemClock::instance().now();
      sleepOn(core_.stop_bell, 0, left);
      left -= SystemClock::instance().now() - from;
    }
  }
}

void Syncer::syncOnce() {
  const uint64_t written = core_.written.load(std::memory_order_acquire);
  std::vector<std::pair<std::shared_ptr<Ring>, uint64_t>> moved;
  {
    const std::lock_guard lock(core_.rings_mutex);
    for (const auto& ring : core_.rings) moved.emplace_back(ring, ring->moved.load(std::memory_order_acquire));
  }
  auto unsynced = core_.segments.takeUnsynced();
  if (auto status = sync(unsynced, core_.options.directory); !status) {
    if (!failing_) log::error("the journal cannot be synced", {{"why", status.error().message}});
    failing_ = true;
    core_.segments.giveBack(std::move(unsynced));
    return;
  }
  failing_ = false;
  synced_ = written;
  core_.control.header().readable.store(written, std::memory_order_release);
  ringBell(core_.control.header().bell);
  for (const auto& [ring, sequence] : moved) {
    const uint64_t before = ring->durable.exchange(sequence, std::memory_order_acq_rel);
    if (ring->wanted.load(std::memory_order_acquire) > before) ring->wakeProducer();
  }
  tellProducers();
}

void Syncer::tellProducers() {
  const std::lock_guard lock(core_.handed_over_mutex);
  auto& answers = core_.unsynced_answers;
  while (!answers.empty() && answers.front().sequence <= synced_) {
    answers.front().to->answer({answers.front().number, {}});
    answers.pop_front();
  }
}

// Acknowledgements change in mapped memory; once a second they are made to last. Losing that second only means that a
// consumer without a cursor of its own hears some records again.
void Syncer::syncAcknowledgements() {
  const Instant now = SystemClock::instance().now();
  if (now < next_acknowledgements_) return;
  next_acknowledgements_ = now + kAcknowledgements;
  uint64_t sum = 0;
  for (const auto& slot : core_.control.header().consumers) sum += slot.acked.load(std::memory_order_relaxed);
  if (sum == acked_sum_) return;
  acked_sum_ = sum;
  if (auto status = core_.control.sync(); !status) log::warning(status.error().message);
}

}  // namespace sluice::journal
