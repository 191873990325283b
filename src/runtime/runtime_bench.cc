// What waiting costs: awaited tasks, timers, a message through a socket pair's both ends on one loop.
#include <benchmark/benchmark.h>

#include <memory>

#include "runtime/loop.h"
#include "runtime/tcp.h"

namespace {

using namespace sluice;
using namespace sluice::runtime;

Task<int> leaf(int value) {
  co_return value;
}
Task<int> awaits(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await leaf(i);
  co_return sum;
}

void awaitTask(benchmark::State& state) {
  constexpr int kCount = 1000;
  for (auto _ : state) {
    Task<int> task = awaits(kCount);
    benchmark::DoNotOptimize(task.start());
  }
  state.SetItemsProcessed(state.iterations() * kCount);
}
BENCHMARK(awaitTask);

struct Idle : Timer {
  Idle() : Timer([](Timer&) {}) {}
};

void scheduleAndCancelTimer(benchmark::State& state) {
  TimerWheel wheel{Instant{}};
  Idle timer;
  int64_t at = 0;
  for (auto _ : state) {
    wheel.schedule(timer, Instant(std::chrono::milliseconds(++at % 100'000)));
    timer.unlink();
  }
}
BENCHMARK(scheduleAndCancelTimer);

Task<void> echoBytes(Stream& stream) {
  char buffer[4096];
  for (;;) {
    const IoResult got = stream.tryRead(buffer);
    if (got.bytes > 0) {
      const iovec piece{buffer, got.bytes};
      stream.tryWritev({&piece, 1});
      continue;
    }
    if (got.status != IoStatus::Drained || co_await stream.readable(kNever) != IoStatus::Ready) co_return;
  }
}

Task<void> roundTrips(Stream& stream, int count) {
  char buffer[4096] = {};
  for (int i = 0; i < count; ++i) {
    const iovec piece{buffer, 64};
    stream.tryWritev({&piece, 1});
    while (stream.tryRead(buffer).bytes == 0) co_await stream.readable(kNever);
  }
}

void roundTrip(benchmark::State& state) {
  constexpr int kCount = 100;
  Loop loop;
  auto listener = TcpListener::listen(loop, SocketAddress::loopback(0), ReusePort::No);
  auto client = loop.runTask(connectTcp(loop, listener->address(), kNever));
  TcpListener::Accepted accepted = listener->tryAccept();
  TcpStream server(loop, std::move(accepted.fd), accepted.peer);
  loop.scope().spawn(echoBytes(server));
  for (auto _ : state) loop.runTask(roundTrips(**client, kCount));
  state.SetItemsProcessed(state.iterations() * kCount);
  loop.scope().cancelAll();
}
BENCHMARK(roundTrip);

}  // namespace

BENCHMARK_MAIN();
