// BackendChoices: the pools and circuit breakers of one configuration, ready for use (reference 4.5). Immutable but for
// the pools' turns; made once per snapshot, shared by all threads. What is known of each backend's health lives
// elsewhere and outlives it (upstream/backend_health.h).
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/diagnostic.h"
#include "config/model.h"
#include "upstream/backend_health.h"
#include "upstream/backend_pool.h"

namespace sluice::gateway {

// How many calls may be made again on other members: a fifth of all calls, and a hundred at once. So that an outage of
// all members is not multiplied by their number. Refusals for lack of room (429) cost their sender nothing and are not
// counted. Thread-safe.
class RetryBudget {
 public:
  void earn() {
    if (tenths_.load(std::memory_order_relaxed) < kMost) tenths_.fetch_add(2, std::memory_order_relaxed);
  }
  bool spend() {
    if (tenths_.fetch_sub(10, std::memory_order_relaxed) >= 10) return true;
    tenths_.fetch_add(10, std::memory_order_relaxed);
    return false;
  }

 private:
  static constexpr int64_t kMost = 1000;
  std::atomic<int64_t> tenths_{kMost};
};

// A backend with a circuit breaker of its own that is called by itself.
struct GuardedBackend {
  const config::Backend* backend = nullptr;
  upstream::BackendHealth* health = nullptr;
  upstream::BreakerRule rule;
};

struct PooledBackends {
  PooledBackends(const config::Backend& pool, std::vector<upstream::BackendPool::Member> members)
      : choice(pool, std::move(members)) {}
  upstream::BackendPool choice;
  mutable RetryBudget budget;
};

class BackendChoices {
 public:
  // Members that do not exist are mistakes of the configuration, found by its checks, and left out here.
  BackendChoices(const config::Configuration& configuration, upstream::BackendHealths& healths);

  // Null: not a pool.
  const PooledBackends* pool(const config::Backend* backend) const;
  // Null: it has no breaker.
  const GuardedBackend* guarded(const config::Backend* backend) const;

 private:
  void addPool(const config::Configuration& configuration, const config::Backend& backend,
               upstream::BackendHealths& healths);

  // There are few; an exchange looks once.
  std::vector<std::unique_ptr<PooledBackends>> pools_;
  std::vector<GuardedBackend> guarded_;
};

}  // namespace sluice::gateway
