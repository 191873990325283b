#include "analytics/pump.h"

#include <algorithm>

#include "base/log.h"

namespace sluice::analytics {

Status Pump::gather() {
  bytes_.clear();
  ends_.clear();
  while (ends_.size() < options_.batch_events && bytes_.size() < options_.batch_bytes) {
    const auto record = cursor_.next();
    if (!record) return tl::make_unexpected(record.error());
    if (*record == nullptr) break;
    bytes_.insert(bytes_.end(), (*record)->payload.begin(), (*record)->payload.end());
    ends_.emplace_back((*record)->sequence, bytes_.size());
  }
  batch_.clear();
  size_t begin = 0;
  for (const auto& [sequence, end] : ends_) {
    batch_.push_back({sequence, {bytes_.data() + begin, end - begin}});
    begin = end;
  }
  return {};
}

Status Pump::deliverGathered() {
  if (auto delivered = sink_.deliver(batch_); !delivered) return delivered;
  cursor_.acknowledge(batch_.back().sequence);
  // One batch of large events must not hold its memory for ever.
  if (bytes_.capacity() > 2 * options_.batch_bytes) bytes_ = {};
  return {};
}

Status Pump::drain() {
  while (true) {
    if (auto gathered = gather(); !gathered) return gathered;
    if (batch_.empty()) return {};
    if (auto delivered = deliverGathered(); !delivered) return delivered;
  }
}

Status Pump::run(const StopSignal& stop) {
  Duration backoff = options_.first_backoff;
  while (!stop.raised()) {
    if (auto gathered = gather(); !gathered) return gathered;
    while (!batch_.empty()) {
      const auto delivered = deliverGathered();
      if (delivered) {
        backoff = options_.first_backoff;
        break;
      }
      log::error("a sink did not take its events; they come again",
                 {{"sink", std::string(sink_.name())}, {"why", delivered.error().message}});
      if (stop.within(backoff)) return delivered;
      backoff = std::min(backoff * 2, options_.last_backoff);
    }
    const bool more = ends_.size() == options_.batch_events || bytes_.size() >= options_.batch_bytes;
    if (more) continue;
    if (!batch_.empty()) {
      stop.within(options_.pause);
    } else {
      // The bell of the journal is no descriptor; look at the other one often enough.
      cursor_.wait(std::chrono::milliseconds(200));
    }
  }
  return drain();
}

}  // namespace sluice::analytics
