// TaskScope: owns detached tasks, so that nothing runs unowned. Destroying the scope, or cancelAll(), cancels them all,
// newest first. One thread. A task must not cancel or destroy the scope that owns it; it may spawn into it.
#pragma once

#include <coroutine>
#include <cstddef>

#include "runtime/intrusive.h"
#include "runtime/task.h"

namespace sluice::runtime {

class TaskScope {
 public:
  TaskScope() = default;
  ~TaskScope() { cancelAll(); }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  // Starts the task now, up to its first suspension; it ends by itself or with the scope. An exception that escapes the
  // task is logged and ends that task only.
  void spawn(Task<void> task);
  void cancelAll();
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // co_await scope.drained(): resumes once the scope is empty. One waiter at a time.
  class DrainedAwaiter {
   public:
    explicit DrainedAwaiter(TaskScope& scope) : scope_(scope) {}
    ~DrainedAwaiter() {
      if (waiting_) scope_.drained_ = {};
    }
    DrainedAwaiter(const DrainedAwaiter&) = delete;
    bool await_ready() const { return scope_.empty(); }
    void await_suspend(std::coroutine_handle<> self) {
      waiting_ = true;
      scope_.drained_ = self;
    }
    void await_resume() { waiting_ = false; }

   private:
    TaskScope& scope_;
    bool waiting_ = false;
  };
  DrainedAwaiter drained() { return DrainedAwaiter(*this); }

 private:
  struct Root;
  struct RootPromise;
  static Root runRoot(TaskScope& scope, Task<void> task);
  void left();

  List<ListNode> roots_;
  size_t size_ = 0;
  std::coroutine_handle<> drained_;
};

}  // namespace sluice::runtime
