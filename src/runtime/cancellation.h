// Cancellation: a one-thread, one-shot "stop" that operations listen to: the server fires one when a client leaves,
// the client exchange that serves it gives up. Listeners and waiters leave by their destructors.
#pragma once

#include <coroutine>

#include "runtime/intrusive.h"

namespace sluice::runtime {

class Cancellation {
 public:
  class Listener : public ListNode {
   public:
    virtual void onCancel() = 0;

   protected:
    ~Listener() = default;
  };

  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  bool cancelled() const { return cancelled_; }
  // Calls each listener once, in the order of their coming. A listener may end others, or this object's owner's task.
  void cancel();
  // REQUIRES: not cancelled yet (ask first). The listener must not outlive this unless it is unlinked.
  void listen(Listener& listener) { listeners_.pushBack(listener); }
  // Forgets listeners and starts anew.
  void reset();

  class Awaiter final : private Listener {
   public:
    explicit Awaiter(Cancellation& source) : source_(source) {}
    bool await_ready() const { return source_.cancelled(); }
    void await_suspend(std::coroutine_handle<> self) {
      self_ = self;
      source_.listen(*this);
    }
    void await_resume() const {}

   private:
    void onCancel() override { self_.resume(); }
    Cancellation& source_;
    std::coroutine_handle<> self_;
  };
  // co_await cancellation.wait(): resumes when cancelled.
  Awaiter wait() { return Awaiter(*this); }

 private:
  List<Listener> listeners_;
  bool cancelled_ = false;
};

}  // namespace sluice::runtime
