// Loop: one thread's reactor. Edge-triggered epoll (each descriptor is registered once), a timer wheel, a queue of
// functions posted by other threads, and a clock read once per turn. Everything but post() and stop() belongs to the
// loop's own thread: the one that calls run() or poll().
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "runtime/buffer_pool.h"
#include "runtime/cancellation.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/timer.h"

namespace sluice::runtime {

class Loop;

// How a wait or a try ended.
enum class IoStatus : uint8_t {
  Ready,      // done; for a read or write: there may be room for more at once
  Drained,    // a read or write took what there was: wait before trying again
  End,        // the peer will send no more
  Timeout,    // the deadline passed
  Failed,     // reset, broken pipe, TLS failure: the stream is of no more use
  Cancelled,  // wake(Cancelled) was called
};

enum class Direction : uint8_t { Read, Write, Either };

// Edge: each descriptor is registered once and watched for everything. Level: for descriptors that other libraries
// read; watched for reading only.
enum class Trigger : uint8_t { Edge, Level };

// Readiness of one descriptor in a loop, and who waits for it: at most one reader and one writer. `readable` and
// `writable` are what the last events and tries say; tries clear them, edges set them. Owned by a stream.
class Watch {
 public:
  Watch() = default;
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Registers `fd` for reading, writing and hang-up, edge-triggered. The descriptor stays its owner's.
  bool attach(Loop& loop, int fd, Trigger trigger = Trigger::Edge);
  void attachUnpolled(Loop& loop) { loop_ = &loop; }  // no descriptor: the owner calls onEvents() itself
  void detach();
  bool attached() const { return loop_ != nullptr; }
  Loop& loop() const { return *loop_; }
  int fd() const { return fd_; }

  bool readable() const { return readable_; }
  bool writable() const { return writable_; }
  bool hungUp() const { return hung_up_; }  // the peer has closed its side, or an error is pending
  // After a try found nothing more. A peer that hung up leaves us readable: its end must still be read.
  void drainedRead() { readable_ = hung_up_; }
  void wouldBlockRead() { readable_ = false; }
  void drainedWrite() { writable_ = false; }
  void setHungUp() { hung_up_ = true; }
  // For a socket known to be connected: try before waiting.
  void assumeReady() { readable_ = writable_ = true; }

  // Events (EPOLLIN, ...) have come: sets the flags and resumes waiters.
  void onEvents(uint32_t events);
  // Ends pending waits with `status`.
  void wake(IoStatus status);
  // Cancelled when the peer hangs up; at once if it has. The target must outlive this or be taken away with nullptr.
  void cancelOnHangUp(Cancellation* target);

  // co_await watch.wait(Direction::Read, deadline) -> Ready, Timeout, Cancelled, or Failed when the stream was closed.
  class Awaiter : private Timer {
   public:
    Awaiter(Watch& watch, Direction direction, Instant deadline)
        : Timer(&onTimer), watch_(&watch), until_(deadline), direction_(direction) {}
    ~Awaiter() { leave(); }
    Awaiter(const Awaiter&) = delete;
    bool await_ready() {
      if (watch_->loop_ == nullptr) status_ = IoStatus::Failed;
      return status_ == IoStatus::Failed || (direction_ != Direction::Write && watch_->readable_) ||
             (direction_ != Direction::Read && watch_->writable_);
    }
    void await_suspend(std::coroutine_handle<> self);
    IoStatus await_resume() const { return status_; }

   private:
    friend class Watch;
    static void onTimer(Timer& timer);
    void resume(IoStatus status) {
      leave();
      status_ = status;
      self_.resume();
    }
    void leave() {
      unlink();
      if (watch_ == nullptr) return;
      if (watch_->reader_ == this) watch_->reader_ = nullptr;
      if (watch_->writer_ == this) watch_->writer_ = nullptr;
    }
    Watch* watch_;
    Instant until_;
    std::coroutine_handle<> self_;
    Direction direction_;
    IoStatus status_ = IoStatus::Ready;
  };
  Awaiter wait(Direction direction, Instant deadline) { return Awaiter(*this, direction, deadline); }

 private:
  friend class Loop;
  Loop* loop_ = nullptr;
  Awaiter* reader_ = nullptr;
  Awaiter* writer_ = nullptr;
  Cancellation* on_hang_up_ = nullptr;
  bool* destroyed_ = nullptr;  // set by the destructor, for onEvents()
  int fd_ = -1;
  uint32_t slot_ = 0;
  bool readable_ = false;
  bool writable_ = false;
  bool hung_up_ = false;
};

class Loop {
 public:
  // `clock` is what time is taken from: the machine's, or a ManualClock. With a manual clock the loop never waits on
  // its timers: whoever advances the clock calls poll() (see advance()).
  explicit Loop(const Clock& clock = SystemClock::instance());
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Until stop(). Tasks in scope() are cancelled when the loop is destroyed, not when run() returns.
  void run();
  // Thread-safe; run() returns after its present turn.
  void stop();
  // One turn: timers, events, posted functions. Waits at most `wait` for something to happen. False: nothing did.
  bool poll(Duration wait = Duration::zero());
  // Polls until nothing happens for `quiet_turns` turns. For tests under a manual clock.
  void settle(int quiet_turns = 3);
  // Moves a manual clock, the one given to the constructor, stopping at each timer on the way. For tests, scenarios.
  void advance(ManualClock& clock, Duration by);
  // Runs a task to its end on this loop, polling; for tests and start-up. Not from inside a task.
  template <class T>
  T runTask(Task<T> task) {
    if (!task.start()) {
      while (!task.done()) poll(std::chrono::seconds(1));
    }
    return task.take();
  }

  // Thread-safe: runs `work` on the loop's thread at its next turn.
  void post(std::function<void()> work);

  // Time as of this turn. The clock is for the loop's thread only; now() costs a load.
  Instant now() const { return now_; }
  const Clock& clock() const { return cached_clock_; }
  // Reads the clock again within a turn, after long computation.
  void refreshTime();

  TimerWheel& timers() { return timers_; }
  BufferPool& buffers() { return buffers_; }
  // Owner of tasks that belong to nobody else.
  TaskScope& scope() { return scope_; }

  class SleepAwaiter : private Timer {
   public:
    SleepAwaiter(Loop& loop, Instant until) : Timer(&onTimer), loop_(loop), until_(until) {}
    SleepAwaiter(const SleepAwaiter&) = delete;
    bool await_ready() const { return until_ <= loop_.now(); }
    void await_suspend(std::coroutine_handle<> self) {
      self_ = self;
      loop_.timers().schedule(*this, until_);
    }
    void await_resume() const {}

   private:
    static void onTimer(Timer& timer) { static_cast<SleepAwaiter&>(timer).self_.resume(); }
    Loop& loop_;
    Instant until_;
    std::coroutine_handle<> self_;
  };
  SleepAwaiter sleepUntil(Instant until) { return SleepAwaiter(*this, until); }
  SleepAwaiter sleepFor(Duration time) { return SleepAwaiter(*this, deadlineAfter(now_, time)); }

  // co_await loop.yield(): lets everything else that is ready run first.
  class YieldAwaiter : private ListNode {
   public:
    explicit YieldAwaiter(Loop& loop) : loop_(loop) {}
    YieldAwaiter(const YieldAwaiter&) = delete;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> self) {
      self_ = self;
      loop_.yielded_.pushBack(*this);
    }
    void await_resume() const {}

   private:
    friend class Loop;
    template <class U>
    friend class List;
    Loop& loop_;
    std::coroutine_handle<> self_;
  };
  YieldAwaiter yield() { return YieldAwaiter(*this); }

  uint64_t turns() const { return turns_; }

 private:
  friend class Watch;
  class CachedClock final : public Clock {
   public:
    explicit CachedClock(const Loop& loop) : loop_(loop) {}
    Instant now() const override { return loop_.now_; }
    UtcTime utc() const override;

   private:
    const Loop& loop_;
  };
  struct Slot {
    Watch* watch = nullptr;
    uint32_t generation = 0;
  };

  bool registerWatch(Watch& watch, int fd, Trigger trigger);
  void forgetWatch(Watch& watch);
  int timeoutFor(Duration wait) const;
  size_t dispatch(std::span<const epoll_event> events);
  size_t runPosted();
  size_t runYielded();

  const Clock& source_;
  const bool manual_;
  Instant now_;
  mutable UtcTime utc_{};
  mutable uint64_t utc_turn_ = 0;
  uint64_t turns_ = 1;
  CachedClock cached_clock_{*this};
  int epoll_ = -1;
  int wakeup_ = -1;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> posted_flag_{false};
  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  std::vector<epoll_event> events_;
  BufferPool buffers_;
  TimerWheel timers_;
  List<YieldAwaiter> yielded_;
  TaskScope scope_;  // last: its tasks use everything above
};

}  // namespace sluice::runtime
