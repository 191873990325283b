#include "runtime/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "runtime/loop.h"
#include "runtime/scope.h"

namespace sluice::runtime {
namespace {

using namespace std::chrono_literals;

// Counts how many are alive: what a cancelled coroutine held must be gone.
struct Alive {
  explicit Alive(int& of) : count(of) { ++count; }
  ~Alive() { --count; }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  int& count;
};

Task<int> immediately(int value) {
  co_return value;
}

Task<int> sumOf(int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; ++i) sum += co_await immediately(1);
  co_return sum;
}

Task<void> failing() {
  throw std::runtime_error("third party");  // lint: allow throw, because it stands for others' code
  co_return;
}

Task<std::string> catching() {
  std::string what = "nothing";
  try {
    co_await failing();
  } catch (const std::runtime_error& problem) {
    what = problem.what();
  }
  co_return what;
}

Task<void> sleeping(Loop& loop, int& alive, int& finished) {
  const Alive here(alive);
  co_await loop.sleepFor(1s);
  ++finished;
}

Task<void> nested(Loop& loop, int depth, int& alive, int& finished) {
  const Alive here(alive);
  if (depth == 0) {
    co_await sleeping(loop, alive, finished);
  } else {
    co_await nested(loop, depth - 1, alive, finished);
  }
}

Task<int> readyOr(bool ready) {
  if (ready) return Task<int>::ready(7);
  return immediately(8);
}

Task<int> both() {
  const int first = co_await readyOr(true);
  const int second = co_await readyOr(false);
  co_return first * 10 + second;
}

TEST(TaskTest, IsLazy) {
  bool started = false;
  const auto body = [](bool& flag) -> Task<void> {
    flag = true;
    co_return;
  };
  Task<void> task = body(started);
  EXPECT_FALSE(started);
  EXPECT_TRUE(task.start());
  EXPECT_TRUE(started);
}

TEST(TaskTest, SynchronousAwaitsInALoopDoNotGrowTheStack) {
  Task<int> task = sumOf(300'000);
  EXPECT_TRUE(task.start());
  EXPECT_EQ(task.take(), 300'000);
}

TEST(TaskTest, ExceptionsSurfaceWhereTheTaskIsAwaited) {
  Task<std::string> task = catching();
  EXPECT_TRUE(task.start());
  EXPECT_EQ(task.take(), "third party");
}

TEST(TaskTest, ReadyTasksNeedNoCoroutine) {
  Task<int> task = both();
  EXPECT_TRUE(task.start());
  EXPECT_EQ(task.take(), 78);
  EXPECT_TRUE(Task<void>::ready().done());
}

TEST(TaskTest, CarriesMoveOnlyValues) {
  const auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
  Task<std::unique_ptr<int>> task = make();
  ASSERT_TRUE(task.start());
  EXPECT_EQ(*task.take(), 5);
}

TEST(TaskTest, DestructionCancelsEverythingBelow) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  int alive = 0;
  int finished = 0;
  {
    Task<void> task = nested(loop, 5, alive, finished);
    EXPECT_FALSE(task.start());
    EXPECT_EQ(alive, 7);
  }
  EXPECT_EQ(alive, 0);
  loop.advance(clock, 2s);
  EXPECT_EQ(finished, 0);
}

TEST(TaskTest, FinishesWhenNotCancelled) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  int alive = 0;
  int finished = 0;
  Task<void> task = nested(loop, 5, alive, finished);
  EXPECT_FALSE(task.start());
  loop.advance(clock, 999ms);
  EXPECT_EQ(finished, 0);
  loop.advance(clock, 2ms);
  EXPECT_EQ(finished, 1);
  EXPECT_TRUE(task.done());
  EXPECT_EQ(alive, 0);
}

TEST(TaskScopeTest, OwnsAndCancels) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  int alive = 0;
  int finished = 0;
  TaskScope scope;
  for (int i = 0; i < 10; ++i) scope.spawn(nested(loop, 1, alive, finished));
  EXPECT_EQ(scope.size(), 10u);
  EXPECT_EQ(alive, 30);
  scope.cancelAll();
  EXPECT_EQ(scope.size(), 0u);
  EXPECT_EQ(alive, 0);
  loop.advance(clock, 2s);
  EXPECT_EQ(finished, 0);
}

TEST(TaskScopeTest, FinishedTasksLeave) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  int alive = 0;
  int finished = 0;
  TaskScope scope;
  scope.spawn(sleeping(loop, alive, finished));
  scope.spawn(Task<void>::ready());
  EXPECT_EQ(scope.size(), 1u);
  loop.advance(clock, 2s);
  EXPECT_EQ(finished, 1);
  EXPECT_TRUE(scope.empty());
}

Task<void> notingDrained(TaskScope& scope, bool& drained) {
  co_await scope.drained();
  drained = true;
}

TEST(TaskScopeTest, TellsWhenItIsDrained) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  int alive = 0;
  int finished = 0;
  bool drained = false;
  TaskScope scope;
  scope.spawn(sleeping(loop, alive, finished));
  loop.scope().spawn(notingDrained(scope, drained));
  EXPECT_FALSE(drained);
  loop.advance(clock, 2s);
  EXPECT_TRUE(drained);
}

TEST(TaskScopeTest, AnEscapingExceptionEndsItsTaskOnly) {
  TaskScope scope;
  scope.spawn(failing());
  EXPECT_TRUE(scope.empty());
}

struct HoldsScope {
  TaskScope* scope;
  bool* outlived;
  ~HoldsScope() { *outlived = scope->size() == 1; }
};

Task<void> holding(Loop& loop, std::unique_ptr<HoldsScope> held) {
  co_await loop.sleepFor(1s);
  held->scope->size();
}

// What a task owns is destroyed before its scope counts it as gone: who waits for drained() may destroy the rest.
TEST(TaskScopeTest, ArgumentsDieBeforeTheScopeIsDrained) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  TaskScope scope;
  bool outlived = false;
  scope.spawn(holding(loop, std::unique_ptr<HoldsScope>(new HoldsScope{&scope, &outlived})));
  loop.advance(clock, 2s);
  EXPECT_TRUE(scope.empty());
  EXPECT_TRUE(outlived);
}

}  // namespace
}  // namespace sluice::runtime
