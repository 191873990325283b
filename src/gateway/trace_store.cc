#include "gateway/trace_store.h"

namespace sluice::gateway {

void TraceStore::forgetOld(Instant now) {
  const auto too_much = [&] { return entries_.size() > kMaxTraces || bytes_ > kMaxBytes; };
  while (!entries_.empty() && (too_much() || now - entries_.front().at > kMaxAge)) {
    bytes_ -= entries_.front().json.size();
    entries_.pop_front();
  }
}

void TraceStore::add(std::string id, std::string json, Instant now) {
  const std::lock_guard lock(mutex_);
  bytes_ += json.size();
  entries_.push_back({std::move(id), std::move(json), now});
  forgetOld(now);
}

std::optional<std::string> TraceStore::find(std::string_view id, Instant now) {
  const std::lock_guard lock(mutex_);
  forgetOld(now);
  for (const auto& entry : entries_)
    if (entry.id == id) return entry.json;
  return std::nullopt;
}

}  // namespace sluice::gateway
