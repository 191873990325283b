// Completion: waits for the events of one exchange that the journal could not take at once. The callbacks that it hands
// out are two words (no allocation) and find it again through the worker, so that a conversation which is cancelled
// meanwhile leaves nothing dangling. One thread.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/result.h"
#include "event/recorder.h"
#include "runtime/condition.h"
#include "runtime/task.h"

namespace sluice::gateway {

class Worker;
class Completion;

// The completions of one worker that somebody still waits for.
class Completions {
 public:
  uint64_t nextId() { return ++last_; }
  void add(uint64_t id, Completion& completion) { open_[id] = &completion; }
  void remove(uint64_t id) { open_.erase(id); }
  void finished(uint64_t id, const Status& status);

 private:
  std::unordered_map<uint64_t, Completion*> open_;
  uint64_t last_ = 0;
};

class Completion {
 public:
  explicit Completion(Worker& worker);
  ~Completion();
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  event::Recorder::Done done();
  void expect();  // one more callback will come
  // True when all that was expected has been stored.
  runtime::Task<bool> wait();

 private:
  friend class Completions;
  Completions& completions_;
  runtime::Condition condition_;
  uint64_t id_;
  uint32_t pending_ = 0;
  bool failed_ = false;
};

}  // namespace sluice::gateway
