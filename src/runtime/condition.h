// Condition: tasks of one loop wait for one another. A notification wakes those who wait now and is not remembered:
// test your state, wait, test again. One thread.
#pragma once

#include "runtime/loop.h"

namespace sluice::runtime {

class Condition {
 public:
  explicit Condition(Loop& loop) : loop_(loop) {}
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // Resumes waiters at once, inside this call, in the order of their coming.
  void notifyOne();
  void notifyAll();
  bool hasWaiters() const { return !waiters_.empty(); }

  // co_await condition.wait(deadline) -> Ready or Timeout.
  class Awaiter : private ListNode {
   public:
    Awaiter(Condition& condition, Instant deadline) : condition_(condition), until_(deadline), timer_(*this) {}
    Awaiter(const Awaiter&) = delete;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> self);
    IoStatus await_resume() const { return status_; }

   private:
    friend class Condition;
    template <class U>
    friend class List;
    struct Expiry : Timer {
      explicit Expiry(Awaiter& of) : Timer(&fire), owner(of) {}
      static void fire(Timer& timer) { static_cast<Expiry&>(timer).owner.resume(IoStatus::Timeout); }
      Awaiter& owner;
    };
    void resume(IoStatus status) {
      unlink();
      timer_.unlink();
      status_ = status;
      self_.resume();
    }
    Condition& condition_;
    Instant until_;
    Expiry timer_;
    std::coroutine_handle<> self_;
    IoStatus status_ = IoStatus::Ready;
  };
  Awaiter wait(Instant deadline = kNever) { return Awaiter(*this, deadline); }

 private:
  Loop& loop_;
  List<Awaiter> waiters_;
};

}  // namespace sluice::runtime
