// ValueCache: what cache-store-value keeps for other exchanges (reference 2.6). One for the process, outside the
// snapshot, so that a reload forgets nothing. Values are copied in and out. Thread-safe: split by key into shards, each
// with a lock that is held only while a value is copied, never across a suspension. Bounded in bytes; what was not used
// for longest goes first.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/arena.h"
#include "base/clock.h"
#include "expression/expression.h"

namespace sluice::policy {

struct ValueCacheLimits {
  ValueCacheLimits() {}
  size_t bytes = 64u * 1024 * 1024;
  size_t entry_bytes = 2u * 1024 * 1024;  // as API Management's (reference, section 7)
  size_t key_bytes = 4096;
};

class ValueCache {
 public:
  explicit ValueCache(const ValueCacheLimits& limits = {});
  ~ValueCache();
  ValueCache(const ValueCache&) = delete;
  ValueCache& operator=(const ValueCache&) = delete;

  enum class Stored : uint8_t { Yes, TooLarge };

  // A copy in `arena`; nullopt: never stored, removed, pushed out or expired.
  std::optional<expression::Value> find(std::string_view key, Instant now, Arena& arena);
  Stored store(std::string_view key, const expression::Value& value, Duration lifetime, Instant now);
  void remove(std::string_view key);

  size_t bytes() const;
  size_t size() const;

 private:
  struct Entry;
  struct Shard;
  static constexpr size_t kShards = 16;

  Shard& shardOf(std::string_view key);

  const ValueCacheLimits limits_;
  std::array<std::unique_ptr<Shard>, kShards> shards_;
};

}  // namespace sluice::policy
