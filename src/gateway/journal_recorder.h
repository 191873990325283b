// JournalRecorder: event::Recorder over one thread's journal writer. Completions run on the loop that it is attached
// to.
#pragma once

#include <memory>

#include "event/recorder.h"
#include "journal/journal.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace sluice::gateway {

class JournalRecorder final : public event::Recorder {
 public:
  JournalRecorder(runtime::Loop& loop, std::unique_ptr<journal::Writer> writer);
  ~JournalRecorder() override;

 protected:
  Result<size_t> hold(size_t bytes) override { return writer_->reserve(bytes); }
  void giveBack(size_t bytes) override { writer_->release(bytes); }
  event::Commit write(size_t& room, size_t size, Encoder encoder, Done done) override;

 private:
  runtime::Task<void> watchCompletions();

  std::unique_ptr<journal::Writer> writer_;
  runtime::Watch watch_;
  runtime::Task<void> watcher_;
};

}  // namespace sluice::gateway
