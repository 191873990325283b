// within(): a task with an end: it is cancelled at the deadline, or when a Cancellation fires, whichever comes first.
//
//   std::optional<Reply> reply = co_await within(loop, ask(), deadline, &exchange.clientGone());  // nullopt: cut short
#pragma once

#include <optional>
#include <variant>

#include "runtime/cancellation.h"
#include "runtime/loop.h"

namespace sluice::runtime {

// What within() yields: the value, or nullopt; for Task<void>, optional<monostate>.
template <class T>
using Cut = std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>>;

template <class T>
class WithinAwaiter final : private Timer, private Cancellation::Listener {
 public:
  WithinAwaiter(Loop& loop, Task<T> task, Instant deadline, Cancellation* cancellation)
      : Timer(&onTimer), loop_(loop), task_(std::move(task)), deadline_(deadline), cancellation_(cancellation) {}
  WithinAwaiter(const WithinAwaiter&) = delete;

  bool await_ready() {
    if (cancellation_ != nullptr && cancellation_->cancelled()) {
      task_ = Task<T>();
      return true;
    }
    return task_.start();
  }
  void await_suspend(std::coroutine_handle<> caller) {
    caller_ = caller;
    task_.continueWith(caller);
    loop_.timers().schedule(*this, deadline_);
    if (cancellation_ != nullptr) cancellation_->listen(*this);
  }
  Cut<T> await_resume() {
    Timer::unlink();
    Listener::unlink();
    if (!task_.valid()) return std::nullopt;
    if constexpr (std::is_void_v<T>) {
      task_.take();
      return std::monostate{};
    } else {
      return task_.take();
    }
  }

 private:
  static void onTimer(Timer& timer) { static_cast<WithinAwaiter&>(timer).cut(); }
  void onCancel() override { cut(); }
  void cut() {
    task_ = Task<T>();
    caller_.resume();
  }

  Loop& loop_;
  Task<T> task_;
  Instant deadline_;
  Cancellation* cancellation_;
  std::coroutine_handle<> caller_;
};

template <class T>
WithinAwaiter<T> within(Loop& loop, Task<T> task, Instant deadline, Cancellation* cancellation = nullptr) {
  return WithinAwaiter<T>(loop, std::move(task), deadline, cancellation);
}

}  // namespace sluice::runtime
