// JournalRecorder: a Recorder over a journal's writer. A template over the writer because event and journal do not know
// each other (layers.txt); use it as JournalRecorder<journal::Writer>. The owner's loop watches wakeFd() and calls
// runCompletions() when it is readable.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "event/recorder.h"

namespace sluice::event {

template <class Writer>
class JournalRecorder final : public Recorder {
 public:
  // `writer` must outlive this.
  explicit JournalRecorder(Writer& writer) : writer_(writer) {}

  int wakeFd() const { return writer_.wakeFd(); }
  void runCompletions() { writer_.runCompletions(); }

 private:
  Result<size_t> hold(size_t bytes) override { return writer_.reserve(bytes); }
  void giveBack(size_t bytes) override { writer_.release(bytes); }
  Commit write(size_t& room, size_t size, Encoder encoder, Done done) override {
    switch (writer_.commit(room, size, encoder, std::move(done))) {
      case Writer::Outcome::Stored:
        return Commit::Stored;
      case Writer::Outcome::Pending:
        return Commit::Pending;
      case Writer::Outcome::Dropped:
        return Commit::Dropped;
    }
    return Commit::Dropped;
  }

  Writer& writer_;
};

}  // namespace sluice::event
