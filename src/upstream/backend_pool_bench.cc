// What it costs to choose a member of a pool and to report how the call went: on the path of every request to a pool.
#include <benchmark/benchmark.h>

#include "upstream/backend_pool.h"

namespace sluice::upstream {
namespace {

struct Pool {
  explicit Pool(size_t count, bool weighted) {
    backends.resize(count);
    std::vector<BackendPool::Member> members;
    for (size_t i = 0; i < count; ++i) {
      backends[i].name = "m" + std::to_string(i);
      BackendPool::Member member;
      member.backend = &backends[i];
      member.health = &healths.of(backends[i].name);
      member.rule = usualMemberRule();
      member.weight = weighted ? static_cast<uint32_t>(1 + i % 3) : 1;
      members.push_back(member);
    }
    pool = std::make_unique<BackendPool>(source, std::move(members));
  }
  config::Backend source;
  std::vector<config::Backend> backends;
  BackendHealths healths;
  std::unique_ptr<BackendPool> pool;
};

void choose(benchmark::State& state) {
  Pool pool(static_cast<size_t>(state.range(0)), state.range(1) != 0);
  const Instant now{std::chrono::hours(1)};
  for (auto _ : state) benchmark::DoNotOptimize(pool.pool->choose(now, 0));
}
BENCHMARK(choose)->Args({2, 0})->Args({5, 1})->Args({30, 0})->Args({30, 1});

void chooseAndReport(benchmark::State& state) {
  Pool pool(30, true);
  const Instant now{std::chrono::hours(1)};
  CallResult result;
  result.status = 200;
  for (auto _ : state) {
    const auto& member = pool.pool->members()[static_cast<size_t>(pool.pool->choose(now, 0))];
    benchmark::DoNotOptimize(member.health->ended(now, member.rule, result, BackendHealth::FullCounts::Yes));
  }
}
BENCHMARK(chooseAndReport);

}  // namespace
}  // namespace sluice::upstream

BENCHMARK_MAIN();
