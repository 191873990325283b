// What a commit costs the producer, and how many records a second get through to the segments.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <vector>

#include "journal/cursor.h"
#include "journal/journal.h"
#include "journal/test_directory.h"

namespace sluice::journal {
namespace {

// Commits of state.range(0) bytes at `pause` commits in one go, as a loop's turn makes them; the ring is drained
// between.
void commit(benchmark::State& state) {
  TestDirectory directory;
  Options options = testOptions(directory);
  options.ring_bytes = 16u << 20;
  options.segment_bytes = 64u << 20;
  options.sync_interval = std::chrono::milliseconds(1);
  auto journal = std::move(*Journal::open(options));
  auto writer = std::move(*journal->makeWriter());
  auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
  const std::vector<std::byte> payload(static_cast<size_t>(state.range(0)), std::byte{'x'});
  constexpr int kTurn = 64;
  while (state.KeepRunningBatch(kTurn)) {
    for (int i = 0; i < kTurn; ++i) {
      auto held = writer->reserve(4096);
      size_t rest = held ? *held : 0;
      benchmark::DoNotOptimize(writer->commit(
          rest, payload.size(), [&](std::span<std::byte> to) { std::memcpy(to.data(), payload.data(), to.size()); }));
      writer->release(rest);
    }
    state.PauseTiming();
    (void)journal->flush(std::chrono::seconds(20));
    cursor->acknowledge(cursor->readable());
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(commit)->Arg(300)->Arg(3072)->Arg(30000)->Iterations(400 * 64);

// Without a pause: the producer, the mover and the disk together.
void throughput(benchmark::State& state) {
  TestDirectory directory;
  Options options = testOptions(directory);
  options.ring_bytes = 16u << 20;
  options.segment_bytes = 64u << 20;
  options.sync_interval = std::chrono::milliseconds(50);
  auto journal = std::move(*Journal::open(options));
  auto writer = std::move(*journal->makeWriter());
  auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
  const std::vector<std::byte> payload(static_cast<size_t>(state.range(0)), std::byte{'x'});
  int64_t handed_over = 0;
  for (auto _ : state) {
    size_t held = 0;
    const auto outcome = writer->commit(
        held, payload.size(), [&](std::span<std::byte> to) { std::memcpy(to.data(), payload.data(), to.size()); });
    if (outcome == Writer::Outcome::Pending) {
      ++handed_over;
      while (writer->pending() > 0) writer->runCompletions();
      cursor->acknowledge(cursor->readable());
    }
  }
  (void)journal->flush(std::chrono::seconds(60));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.counters["handed_over"] = static_cast<double>(handed_over);
}
BENCHMARK(throughput)->Arg(3072)->UseRealTime()->Iterations(300000);

}  // namespace
}  // namespace sluice::journal

BENCHMARK_MAIN();
