#include "runtime/scope.h"

#include <exception>
#include <string>

#include "base/log.h"

namespace sluice::runtime {

// The coroutine at the root of a spawned task: linked into its scope from birth, unlinked by its promise's destructor,
// whichever way it ends.
struct TaskScope::RootPromise : ListNode {
  RootPromise(TaskScope& owner, Task<void>&) : scope(owner) {
    scope.roots_.pushBack(*this);
    ++scope.size_;
  }
  ~RootPromise() {
    unlink();
    scope.left();
  }
  RootPromise(const RootPromise&) = delete;
  RootPromise& operator=(const RootPromise&) = delete;

  static void* operator new(size_t size) { return allocateFrame(size); }
  static void operator delete(void* frame, size_t size) noexcept { freeFrame(frame, size); }
  Root get_return_object() noexcept;
  std::suspend_never initial_suspend() const noexcept { return {}; }
  std::suspend_never final_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  void unhandled_exception() const noexcept {
    std::string what = "unknown";
    try {
      throw;  // lint: allow throw, because it names what third-party code threw
    } catch (const std::exception& problem) {
      what = problem.what();
    } catch (...) {
      what = "not a std::exception";
    }
    log::error("a detached task ended by an exception", {{"what", what}});
  }

  TaskScope& scope;
};

struct TaskScope::Root {
  using promise_type = RootPromise;
};

TaskScope::Root TaskScope::RootPromise::get_return_object() noexcept {
  return {};
}

// The task moves into a local, which dies before the promise: what it owns is gone when the scope counts it as gone.
TaskScope::Root TaskScope::runRoot(TaskScope&, Task<void> task) {
  Task<void> running = std::move(task);
  co_await std::move(running);
}

void TaskScope::spawn(Task<void> task) {
  runRoot(*this, std::move(task));
}

void TaskScope::cancelAll() {
  while (!roots_.empty()) {
    auto& newest = static_cast<RootPromise&>(*roots_.back());
    std::coroutine_handle<RootPromise>::from_promise(newest).destroy();
  }
}

void TaskScope::left() {
  if (--size_ == 0 && drained_) std::exchange(drained_, {}).resume();
}

}  // namespace sluice::runtime
