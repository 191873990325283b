// TraceStore: the newest policy traces of exchanges whose callers were allowed to have them traced, for listTrace.
// Bounded in number, bytes and age. Thread-safe; touched by traced exchanges and by the management listener only.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sluice::gateway {

class TraceStore {
 public:
  static constexpr size_t kMaxTraces = 200;
  static constexpr size_t kMaxBytes = 32u * 1024 * 1024;
  static constexpr Duration kMaxAge = std::chrono::hours(1);

  // Where traces can be had by GET (".../traces/ID"); empty: nowhere. Before any thread runs.
  void setAddress(std::string address) { address_ = std::move(address); }
  const std::string& address() const { return address_; }

  void add(std::string id, std::string json, Instant now);
  // nullopt: never made, or gone.
  std::optional<std::string> find(std::string_view id, Instant now);

 private:
  struct Entry {
    std::string id, json;
    Instant at{};
  };
  void forgetOld(Instant now);

  std::string address_;
  std::mutex mutex_;
  std::deque<Entry> entries_;  // the oldest first
  size_t bytes_ = 0;
};

}  // namespace sluice::gateway
