#include "gateway/journal_recorder.h"

#include <unistd.h>

#include <cstdint>

#include "base/assert.h"

namespace sluice::gateway {

JournalRecorder::JournalRecorder(runtime::Loop& loop, std::unique_ptr<journal::Writer> writer)
    : writer_(std::move(writer)), watcher_(watchCompletions()) {
  CHECK(watch_.attach(loop, writer_->wakeFd()));
  watcher_.start();
}

JournalRecorder::~JournalRecorder() = default;

event::Commit JournalRecorder::write(size_t& room, size_t size, Encoder encoder, Done done) {
  switch (writer_->commit(room, size, encoder, std::move(done))) {
    case journal::Writer::Outcome::Stored:
      return event::Commit::Stored;
    case journal::Writer::Outcome::Pending:
      return event::Commit::Pending;
    case journal::Writer::Outcome::Dropped:
      return event::Commit::Dropped;
  }
  return event::Commit::Dropped;
}

runtime::Task<void> JournalRecorder::watchCompletions() {
  for (;;) {
    if (co_await watch_.wait(runtime::Direction::Read, runtime::kNever) != runtime::IoStatus::Ready) co_return;
    uint64_t count = 0;
    // The eventfd's count is reset by reading it; the number itself says nothing.
    [[maybe_unused]] const auto got = ::read(watch_.fd(), &count, sizeof count);
    watch_.drainedRead();
    writer_->runCompletions();
  }
}

}  // namespace sluice::gateway
