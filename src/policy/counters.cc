#include "policy/counters.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

namespace sluice::policy {
namespace {

// Calls that came close together share an entry of a window, so that it has at most this many; they leave it together,
// at most this fraction of a period early.
constexpr int kGrains = 256;

struct Window {
  struct Calls {
    Instant at;
    int64_t count;
  };
  std::deque<Calls> calls;
  Duration longest{};  // of the periods asked about: several policies may look at one key

  bool isOver(Instant now) const { return calls.empty() || calls.back().at + longest <= now; }
  void trim(Instant now) {
    while (!calls.empty() && calls.front().at + longest <= now) calls.pop_front();
  }
  void add(int64_t count, Instant now) {
    if (count <= 0) return;
    if (!calls.empty() && now - calls.back().at < longest / kGrains) {
      calls.back().count += count;
    } else {
      calls.push_back({now, count});
    }
  }
  int64_t within(Duration period, Instant now) const {
    int64_t sum = 0;
    for (auto entry = calls.rbegin(); entry != calls.rend() && entry->at + period > now; ++entry) sum += entry->count;
    return sum;
  }
  // Until `needed` calls of those within `period` have left.
  Duration until(int64_t needed, Duration period, Instant now) const {
    for (const auto& entry : calls) {
      if (entry.at + period <= now) continue;
      needed -= entry.count;
      if (needed <= 0) return entry.at + period - now;
    }
    return period;
  }
};

struct Quota {
  UtcTime window{};
  UtcTime end{};
  int64_t calls = 0;
  int64_t bytes = 0;
};

UtcTime windowStart(const QuotaLimit& limit, UtcTime now) {
  if (limit.period <= Duration::zero() || now < limit.start) return limit.start;
  return now - (now - limit.start) % limit.period;
}

struct Hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using ByKey = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

template <class T>
T& at(ByKey<T>& map, std::string_view key) {
  const auto found = map.find(key);
  return found != map.end() ? found->second : map.emplace(std::string(key), T()).first->second;
}

}  // namespace

struct Counters::Shard {
  explicit Shard(size_t max_keys) : most(max_keys / kShards) {}
  const size_t most;
  // A full shard is searched for what counts nothing any more, but not at each new key.
  static constexpr Duration kSweepEvery = std::chrono::seconds(1);

  Window& window(std::string_view key, Duration period, Instant now) {
    if (windows.size() >= most && windows.find(key) == windows.end()) {
      if (now - windows_swept >= kSweepEvery) {
        windows_swept = now;
        std::erase_if(windows, [&](const auto& entry) { return entry.second.isOver(now); });
      }
      // Every key counts something: somebody makes up keys. The window that is forgotten is any one.
      if (windows.size() >= most) windows.erase(windows.begin());
    }
    Window& window = at(windows, key);
    window.longest = std::max(window.longest, period);
    window.trim(now);
    return window;
  }

  Quota& quota(std::string_view key, const QuotaLimit& limit, UtcTime now) {
    if (quotas.size() >= most && quotas.find(key) == quotas.end()) {
      if (now - quotas_swept >= kSweepEvery) {
        quotas_swept = now;
        std::erase_if(quotas, [&](const auto& entry) { return entry.second.end <= now; });
      }
      if (quotas.size() >= most) quotas.erase(quotas.begin());
    }
    Quota& quota = at(quotas, key);
    const UtcTime start = windowStart(limit, now);
    if (quota.window != start || quota.end == UtcTime{}) quota = Quota{start, UtcTime::max(), 0, 0};
    if (limit.period > Duration::zero()) quota.end = start + limit.period;
    return quota;
  }

  mutable std::mutex mutex;
  ByKey<Window> windows;
  ByKey<Quota> quotas;
  ByKey<int64_t> places;  // entries of zero are removed at once
  Instant windows_swept{};
  UtcTime quotas_swept{};
};

Counters::Counters(size_t max_keys) {
  for (auto& shard : shards_) shard = std::make_unique<Shard>(max_keys);
}

Counters::~Counters() = default;

Counters::Shard& Counters::shardOf(std::string_view key) const {
  return *shards_[std::hash<std::string_view>()(key) % kShards];
}

RateVerdict Counters::tryRate(std::string_view key, const RateLimit& limit, int64_t count, Instant now) {
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  Window& window = shard.window(key, limit.period, now);
  const int64_t used = window.within(limit.period, now);
  const int64_t over = used + std::max<int64_t>(count, 1) - limit.calls;
  if (over > 0) return {false, 0, window.until(over, limit.period, now)};
  window.add(count, now);
  return {true, limit.calls - used - count, Duration::zero()};
}

void Counters::addRate(std::string_view key, Duration period, int64_t count, Instant now) {
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  shard.window(key, period, now).add(count, now);
}

QuotaVerdict Counters::tryQuota(std::string_view key, const QuotaLimit& limit, int64_t calls, UtcTime now) {
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  Quota& quota = shard.quota(key, limit, now);
  QuotaVerdict verdict;
  if (limit.period > Duration::zero()) verdict.replenished_in = quota.end - now;
  if (limit.calls > 0 && quota.calls + std::max<int64_t>(calls, 1) > limit.calls) {
    verdict.state = QuotaState::CallsExceeded;
    return verdict;
  }
  if (limit.kilobytes > 0 && quota.bytes >= limit.kilobytes * 1024) {
    verdict.state = QuotaState::BandwidthExceeded;
    return verdict;
  }
  quota.calls += calls;
  verdict.remaining_calls = limit.calls > 0 ? limit.calls - quota.calls : 0;
  return verdict;
}

void Counters::addQuota(std::string_view key, const QuotaLimit& limit, int64_t calls, int64_t bytes, UtcTime now) {
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  Quota& quota = shard.quota(key, limit, now);
  quota.calls += calls;
  quota.bytes += bytes;
}

bool Counters::enter(std::string_view key, int64_t most) {
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.places.find(key);
  if (found == shard.places.end()) {
    if (most <= 0 || shard.places.size() >= shard.most) return false;
    shard.places.emplace(std::string(key), 1);
    return true;
  }
  if (found->second >= most) return false;
  ++found->second;
  return true;
}

void Counters::leave(std::string_view key) {
  Shard& shard = shardOf(key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.places.find(key);
  if (found != shard.places.end() && --found->second <= 0) shard.places.erase(found);
}

size_t Counters::size() const {
  size_t total = 0;
  for (const auto& shard : shards_) {
    const std::scoped_lock lock(shard->mutex);
    total += shard->windows.size() + shard->quotas.size() + shard->places.size();
  }
  return total;
}

}  // namespace sluice::policy
