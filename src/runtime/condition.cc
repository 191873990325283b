#include "runtime/condition.h"

namespace sluice::runtime {

void Condition::Awaiter::await_suspend(std::coroutine_handle<> self) {
  self_ = self;
  condition_.waiters_.pushBack(*this);
  if (until_ != kNever) condition_.loop_.timers().schedule(timer_, until_);
}

void Condition::notifyOne() {
  if (Awaiter* first = waiters_.front()) first->resume(IoStatus::Ready);
}

void Condition::notifyAll() {
  List<Awaiter> waking;  // who waits again waits for the next notification
  waiters_.moveAllTo(waking);
  while (Awaiter* first = waking.front()) first->resume(IoStatus::Ready);
}

}  // namespace sluice::runtime
