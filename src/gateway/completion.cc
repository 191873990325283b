#include "gateway/completion.h"

#include "gateway/worker.h"

namespace sluice::gateway {

void Completions::finished(uint64_t id, const Status& status) {
  const auto at = open_.find(id);
  if (at == open_.end()) return;
  Completion& completion = *at->second;
  if (!status) completion.failed_ = true;
  if (--completion.pending_ == 0) completion.condition_.notifyAll();
}

Completion::Completion(Worker& worker)
    : completions_(worker.completions()), condition_(worker.loop()), id_(completions_.nextId()) {}

Completion::~Completion() {
  if (pending_ > 0) completions_.remove(id_);
}

event::Recorder::Done Completion::done() {
  return [completions = &completions_, id = id_](Status status) { completions->finished(id, status); };
}

void Completion::expect() {
  if (pending_++ == 0) completions_.add(id_, *this);
}

runtime::Task<bool> Completion::wait() {
  while (pending_ > 0) co_await condition_.wait();
  completions_.remove(id_);
  co_return !failed_;
}

}  // namespace sluice::gateway
