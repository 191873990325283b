#include "runtime/loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "runtime/condition.h"
#include "runtime/signals.h"
#include "runtime/within.h"
#include "runtime/worker.h"

namespace sluice::runtime {
namespace {

using namespace std::chrono_literals;

Task<void> sleepThen(Loop& loop, Duration time, int& count) {
  co_await loop.sleepFor(time);
  ++count;
}

TEST(LoopTest, SleepsByAManualClock) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  int count = 0;
  for (int i = 1; i <= 5; ++i) loop.scope().spawn(sleepThen(loop, i * 1min, count));
  loop.advance(clock, 3min);
  EXPECT_EQ(count, 3);
  loop.advance(clock, 1h);
  EXPECT_EQ(count, 5);
  EXPECT_EQ(loop.now(), clock.now());
  EXPECT_EQ(loop.clock().utc(), clock.utc());
}

TEST(LoopTest, SleepsByTheMachinesClock) {
  Loop loop;
  int count = 0;
  const Instant before = loop.now();
  loop.runTask(sleepThen(loop, 5ms, count));
  EXPECT_EQ(count, 1);
  EXPECT_GE(loop.now() - before, 5ms);
}

TEST(LoopTest, RunsWhatOtherThreadsPost) {
  Loop loop;
  int count = 0;
  constexpr int kThreads = 4;
  constexpr int kEach = 1000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < kEach; ++k) {
        loop.post([&] {
          if (++count == kThreads * kEach) loop.stop();
        });
      }
    });
  }
  loop.run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, kThreads * kEach);
}

Task<void> record(Loop& loop, std::string& order, char name) {
  for (int i = 0; i < 2; ++i) {
    order += name;
    co_await loop.yield();
  }
}

TEST(LoopTest, YieldLetsOthersRun) {
  Loop loop;
  std::string order;
  loop.scope().spawn(record(loop, order, 'a'));
  loop.scope().spawn(record(loop, order, 'b'));
  loop.settle();
  EXPECT_EQ(order, "abab");
}

Task<int> answerAfter(Loop& loop, Duration time) {
  co_await loop.sleepFor(time);
  co_return 42;
}

Task<void> askWithin(Loop& loop, Duration work, Duration limit, Cancellation* stop, std::string& result) {
  const auto answer = co_await within(loop, answerAfter(loop, work), deadlineAfter(loop.now(), limit), stop);
  result = answer ? std::to_string(*answer) : "cut";
}

TEST(WithinTest, EndsByValueDeadlineOrCancellation) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  Cancellation stop;
  std::string in_time;
  std::string late;
  std::string stopped;
  loop.scope().spawn(askWithin(loop, 1s, 2s, nullptr, in_time));
  loop.scope().spawn(askWithin(loop, 2s, 1s, nullptr, late));
  loop.scope().spawn(askWithin(loop, 2s, 10s, &stop, stopped));
  loop.advance(clock, 1500ms);
  EXPECT_EQ(in_time, "42");
  EXPECT_EQ(late, "cut");
  EXPECT_EQ(stopped, "");
  stop.cancel();
  EXPECT_EQ(stopped, "cut");
  std::string at_once;
  loop.scope().spawn(askWithin(loop, 2s, 10s, &stop, at_once));
  EXPECT_EQ(at_once, "cut");
  loop.advance(clock, 10s);
}

Task<void> waitFor(Condition& condition, Instant deadline, std::string& log, char name) {
  const IoStatus status = co_await condition.wait(deadline);
  log += name;
  log += status == IoStatus::Ready ? '+' : '-';
}

TEST(ConditionTest, WakesInOrderAndByDeadline) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  Condition condition(loop);
  std::string log;
  loop.scope().spawn(waitFor(condition, kNever, log, 'a'));
  loop.scope().spawn(waitFor(condition, loop.now() + 1s, log, 'b'));
  loop.scope().spawn(waitFor(condition, kNever, log, 'c'));
  condition.notifyOne();
  EXPECT_EQ(log, "a+");
  loop.advance(clock, 2s);
  EXPECT_EQ(log, "a+b-");
  condition.notifyAll();
  EXPECT_EQ(log, "a+b-c+");
  EXPECT_FALSE(condition.hasWaiters());
}

TEST(ConditionTest, ACancelledWaiterIsForgotten) {
  Loop loop;
  Condition condition(loop);
  std::string log;
  {
    TaskScope scope;
    scope.spawn(waitFor(condition, kNever, log, 'a'));
    EXPECT_TRUE(condition.hasWaiters());
  }
  EXPECT_FALSE(condition.hasWaiters());
  condition.notifyAll();
  EXPECT_EQ(log, "");
}

TEST(CancellationTest, ListenersMayEndOneAnother) {
  Loop loop;
  Cancellation stop;
  TaskScope first;
  TaskScope second;
  int calls = 0;
  const auto ender = [](Cancellation& on, TaskScope& other, int& count) -> Task<void> {
    co_await on.wait();
    ++count;
    other.cancelAll();
  };
  first.spawn(ender(stop, second, calls));
  second.spawn(ender(stop, first, calls));
  stop.cancel();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(stop.cancelled());
}

Task<void> compute(WorkerPool& workers, Loop& loop, std::optional<int>& result, std::thread::id& where) {
  std::function<int()> work = [&where] {
    where = std::this_thread::get_id();
    return 6 * 7;
  };
  result = co_await workers.run<int>(loop, std::move(work));
}

TEST(WorkerPoolTest, RunsElsewhereAndComesBack) {
  Loop loop;
  WorkerPool workers(2);
  std::optional<int> result;
  std::thread::id where;
  loop.runTask(compute(workers, loop, result, where));
  EXPECT_EQ(result, 42);
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(WorkerPoolTest, ACancelledTaskDropsTheResult) {
  Loop loop;
  std::optional<int> result;
  std::thread::id where;
  {
    WorkerPool workers(1);
    TaskScope scope;
    scope.spawn(compute(workers, loop, result, where));
    scope.cancelAll();
    workers.stop();
  }
  loop.settle();
  EXPECT_FALSE(result.has_value());
}

TEST(WorkerPoolTest, RefusesWhatDoesNotFit) {
  WorkerPool workers(0, 1);
  EXPECT_TRUE(workers.submit([] {}));
  EXPECT_FALSE(workers.submit([] {}));
}

TEST(SignalsTest, ComeAsEvents) {
  Loop loop;
  Signals signals(loop, {SIGUSR2});
  loop.post([] { kill(getpid(), SIGUSR2); });
  EXPECT_EQ(loop.runTask(signals.next()), SIGUSR2);
}

Task<void> watchReads(Watch& watch, std::string& log, Instant deadline) {
  const IoStatus status = co_await watch.wait(Direction::Read, deadline);
  log += status == IoStatus::Ready     ? "ready"
         : status == IoStatus::Timeout ? "late"
         : status == IoStatus::Failed  ? "closed"
                                       : "stopped";
}

class WatchTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_), 0); }
  void TearDown() override {
    ::close(fds_[0]);
    ::close(fds_[1]);
  }
  ManualClock clock_{UtcTime{}};
  Loop loop_{clock_};
  int fds_[2] = {-1, -1};
  std::string log_;
};

TEST_F(WatchTest, WakesOnDataDeadlineAndWake) {
  Watch watch;
  ASSERT_TRUE(watch.attach(loop_, fds_[0]));
  loop_.scope().spawn(watchReads(watch, log_, loop_.now() + 1s));
  loop_.advance(clock_, 2s);
  EXPECT_EQ(log_, "late");
  loop_.scope().spawn(watchReads(watch, log_, kNever));
  watch.wake(IoStatus::Cancelled);
  EXPECT_EQ(log_, "latestopped");
  loop_.scope().spawn(watchReads(watch, log_, kNever));
  ASSERT_EQ(::write(fds_[1], "x", 1), 1);
  loop_.settle();
  EXPECT_EQ(log_, "latestoppedready");
}

TEST_F(WatchTest, ClosingWakesWaitersLater) {
  auto watch = std::make_unique<Watch>();
  ASSERT_TRUE(watch->attach(loop_, fds_[0]));
  loop_.scope().spawn(watchReads(*watch, log_, kNever));
  watch->detach();
  EXPECT_EQ(log_, "");
  watch.reset();  // the waiter outlives the watch
  loop_.settle();
  EXPECT_EQ(log_, "closed");
}

TEST_F(WatchTest, HangUpCancels) {
  Watch watch;
  Cancellation gone;
  ASSERT_TRUE(watch.attach(loop_, fds_[0]));
  watch.cancelOnHangUp(&gone);
  loop_.settle();
  EXPECT_FALSE(gone.cancelled());
  ::shutdown(fds_[1], SHUT_WR);
  loop_.settle();
  EXPECT_TRUE(gone.cancelled());
  EXPECT_TRUE(watch.hungUp());
}

Task<void> destroyOnRead(std::unique_ptr<Watch>& watch) {
  co_await watch->wait(Direction::Read, kNever);
  watch.reset();
}

TEST_F(WatchTest, MayBeDestroyedByItsOwnEvent) {
  auto watch = std::make_unique<Watch>();
  auto other = std::make_unique<Watch>();
  Cancellation gone;
  ASSERT_TRUE(watch->attach(loop_, fds_[0]));
  watch->cancelOnHangUp(&gone);
  loop_.scope().spawn(destroyOnRead(watch));
  ::shutdown(fds_[1], SHUT_WR);
  loop_.settle();
  EXPECT_EQ(watch, nullptr);
}

}  // namespace
}  // namespace sluice::runtime
