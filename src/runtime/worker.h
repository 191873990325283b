// A small pool of threads for work too slow for a loop: ES256 verification, loading BPE ranks, files. The result comes
// back to the loop that asked. Thread-safe. Destroyed (or stopped) before the loops that use it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/loop.h"

namespace sluice::runtime {

class WorkerPool {
 public:
  explicit WorkerPool(size_t threads, size_t max_queued = 10'000);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False: the queue is full or stopped; the work is not taken.
  bool submit(std::function<void()> work);
  // Finishes what runs, drops what waits, joins.
  void stop();

  // co_await pool.run<R>(loop, work) -> std::optional<R>; nullopt: the queue was full. `work` runs on another thread:
  // it must own all it touches. If the awaiting task is cancelled the work still runs; its result is dropped.
  template <class R>
  class RunAwaiter {
   public:
    RunAwaiter(WorkerPool& pool, Loop& loop, std::function<R()> work)
        : pool_(pool), job_(std::make_shared<Job>(loop, std::move(work))) {}
    ~RunAwaiter() { job_->waiter = {}; }
    RunAwaiter(const RunAwaiter&) = delete;
    bool await_ready() const { return false; }
    bool await_suspend(std::coroutine_handle<> self) {
      job_->waiter = self;
      return pool_.submit([job = job_] {
        job->result.emplace(job->work());
        job->work = nullptr;
        Loop& loop = job->loop;
        loop.post([job] {
          if (job->waiter) std::exchange(job->waiter, {}).resume();
        });
      });
    }
    std::optional<R> await_resume() { return std::move(job_->result); }

   private:
    struct Job {
      Job(Loop& on, std::function<R()> what) : loop(on), work(std::move(what)) {}
      Loop& loop;
      std::function<R()> work;
      std::optional<R> result;
      std::coroutine_handle<> waiter;  // touched on the loop's thread only
    };
    WorkerPool& pool_;
    std::shared_ptr<Job> job_;
  };
  template <class R>
  RunAwaiter<R> run(Loop& loop, std::function<R()> work) {
    return RunAwaiter<R>(*this, loop, std::move(work));
  }

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable wakeup_;
  std::deque<std::function<void()>> queue_;
  const size_t max_queued_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::runtime
