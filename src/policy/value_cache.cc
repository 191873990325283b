#include "policy/value_cache.h"

#include <functional>

namespace sluice::policy {

using expression::Value;

// A string lies in `text`; any other value that needs memory has its own arena.
struct ValueCache::Entry {
  std::string key;
  std::string text;
  std::unique_ptr<Arena> arena;
  Value value;
  Instant expires;
  size_t bytes = 0;
};

struct ValueCache::Shard {
  using Position = std::list<Entry>::iterator;

  void erase(Position position) {
    bytes -= position->bytes;
    index.erase(position->key);
    entries.erase(position);
  }
  void shrinkTo(size_t limit) {
    while (bytes > limit && !entries.empty()) erase(std::prev(entries.end()));
  }

  mutable std::mutex mutex;
  std::list<Entry> entries;                              // newest use first
  std::unordered_map<std::string_view, Position> index;  // keys live in the entries
  size_t bytes = 0;
};

ValueCache::ValueCache(const ValueCacheLimits& limits) : limits_(limits) {
  for (auto& shard : shards_) shard = std::make_unique<Shard>();
}

ValueCache::~ValueCache() = default;

ValueCache::Shard& ValueCache::shardOf(std::string_view key) {
  return *shards_[std::hash<std::string_view>()(key) % kShards];
}

std::optional<Value> ValueCache::find(std::string_view key, Instant now, Arena& arena) {
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return std::nullopt;
  const Shard::Position entry = found->second;
  if (entry->expires <= now) {
    shard.erase(entry);
    return std::nullopt;
  }
  shard.entries.splice(shard.entries.begin(), shard.entries, entry);
  return expression::copyTo(entry->value, arena);
}

ValueCache::Stored ValueCache::store(std::string_view key, const Value& value, Duration lifetime, Instant now) {
  if (key.size() > limits_.key_bytes) return Stored::TooLarge;
  Entry entry;
  entry.key = key;
  entry.expires = lifetime > Instant::max() - now ? Instant::max() : now + lifetime;
  entry.bytes = sizeof(Entry) + 64 + key.size();
  if (value.tag() == expression::Tag::Ascii || value.tag() == expression::Tag::Utf8) {
    if (value.bytes().size() > limits_.entry_bytes) return Stored::TooLarge;
    entry.text = value.bytes();
    entry.bytes += entry.text.size();
  } else {
    entry.arena = std::make_unique<Arena>();
    entry.value = expression::copyTo(value, *entry.arena);
    if (entry.arena->reserved() > limits_.entry_bytes) return Stored::TooLarge;
    entry.bytes += entry.arena->reserved();
  }
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  if (const auto old = shard.index.find(key); old != shard.index.end()) shard.erase(old->second);
  shard.bytes += entry.bytes;
  shard.entries.push_front(std::move(entry));
  Entry& kept = shard.entries.front();
  if (kept.arena == nullptr)
    kept.value = value.tag() == expression::Tag::Ascii ? Value::ascii(kept.text) : Value::utf8(kept.text);
  shard.index.emplace(kept.key, shard.entries.begin());
  shard.shrinkTo(limits_.bytes / kShards);
  return Stored::Yes;
}

void ValueCache::remove(std::string_view key) {
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  if (const auto found = shard.index.find(key); found != shard.index.end()) shard.erase(found->second);
}

size_t ValueCache::bytes() const {
  size_t total = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    total += shard->bytes;
  }
  return total;
}

size_t ValueCache::size() const {
  size_t total = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    total += shard->entries.size();
  }
  return total;
}

}  // namespace sluice::policy
