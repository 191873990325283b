// Task<T>: a lazy coroutine. It starts when awaited; destroying it cancels it: its frame is destroyed, and with it
// every child it awaits and every awaiter, each of which takes itself out of what it waited on. One thread from start
// to end.
//
//   Task<Result<int>> answer(Loop& loop) { co_await loop.sleepFor(1s); co_return 42; }
//
// Rules. Arguments taken by reference must outlive the task. No capturing lambda as a coroutine. With GCC 12, pass no
// temporary aggregate to an awaited call: name a local and move it. A task must not destroy a task that awaits it.
//
// A function that is not a coroutine may return Task<T>::ready(value): no frame, no suspension; hot paths do so when
// they could finish at once. An await that completes synchronously never grows the stack: the child runs inside
// await_suspend, which then returns false (symmetric transfer overflows under GCC 12 at -O0 and under sanitizers).
//
// Frames come from a free list per thread (malloc under AddressSanitizer, so that it sees stale uses).
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/assert.h"

namespace sluice::runtime {

void* allocateFrame(size_t size);
void freeFrame(void* frame, size_t size) noexcept;

template <class T = void>
class Task;

class TaskPromiseBase {
 public:
  static void* operator new(size_t size) { return allocateFrame(size); }
  static void operator delete(void* frame, size_t size) noexcept { freeFrame(frame, size); }

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      const std::coroutine_handle<> then = self.promise().continuation_;
      return then ? then : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  // Only third-party exceptions and bad_alloc come this way; they surface where the task is awaited.
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  void continueWith(std::coroutine_handle<> then) noexcept { continuation_ = then; }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::coroutine_handle<> continuation_;  // null while the awaiting coroutine still runs us from its await_suspend
  std::exception_ptr exception_;
};

template <class T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <class U>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const { rethrow(); }
};

namespace detail {
// What a ready task holds.
template <class T>
struct ReadyValue {
  std::optional<T> value;
  bool has() const { return value.has_value(); }
  T take() { return std::move(*value); }
};
template <>
struct ReadyValue<void> {
  bool set = false;
  bool has() const { return set; }
  void take() const {}
};
}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})), ready_(std::move(other.ready_)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      cancel();
      handle_ = std::exchange(other.handle_, {});
      ready_ = std::move(other.ready_);
    }
    return *this;
  }
  ~Task() { cancel(); }

  // A task that is over already.
  template <class... Args>
  static Task ready(Args&&... args) {
    Task task;
    if constexpr (std::is_void_v<T>) {
      task.ready_.set = true;
    } else {
      task.ready_.value.emplace(std::forward<Args>(args)...);
    }
    return task;
  }

  bool valid() const { return handle_ || ready_.has(); }
  bool done() const { return ready_.has() || (handle_ && handle_.done()); }

  // Destroys the coroutine. REQUIRES: it is suspended (not the one running now).
  void cancel() noexcept {
    if (handle_) std::exchange(handle_, {}).destroy();
  }

  // For code that drives tasks itself (scopes, awaiters): runs until the first suspension; true when it is over.
  bool start() {
    if (!handle_) return true;
    handle_.resume();
    return handle_.done();
  }
  // REQUIRES: started and not done.
  void continueWith(std::coroutine_handle<> then) { handle_.promise().continueWith(then); }
  // REQUIRES: done().
  T take() {
    if (!handle_) return ready_.take();
    return handle_.promise().take();
  }

  struct Awaiter {
    Task& task;
    bool await_ready() const noexcept { return !task.handle_; }
    bool await_suspend(std::coroutine_handle<> caller) const {
      if (task.start()) return false;
      task.continueWith(caller);
      return true;
    }
    T await_resume() const { return task.take(); }
  };
  Awaiter operator co_await() && noexcept {
    ASSERT(valid());
    return Awaiter{*this};
  }

 private:
  Handle handle_;
  [[no_unique_address]] detail::ReadyValue<T> ready_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

}  // namespace sluice::runtime
