// A Recorder that keeps encoded events in memory, in the order of their commit: for scenarios and policy tests, which
// compare them with what they expect.
#pragma once

#include <cstddef>
#include <vector>

#include "event/recorder.h"

namespace sluice::event {

class MemoryRecorder final : public Recorder {
 public:
  // `limit`: bytes that may be reserved at once, past which reserve() fails as a full journal does.
  explicit MemoryRecorder(size_t limit = 64u << 20) : limit_(limit) {}

  const std::vector<std::vector<std::byte>>& events() const { return events_; }
  size_t held() const { return held_; }
  void clear() { events_.clear(); }

 private:
  Result<size_t> hold(size_t bytes) override {
    if (bytes > limit_ - held_) return fail("the journal is full");
    held_ += bytes;
    return bytes;
  }
  void giveBack(size_t bytes) override { held_ -= bytes; }
  Commit write(size_t& room, size_t size, Encoder encoder, Done) override {
    const size_t taken = size < room ? size : room;
    room -= taken;
    held_ -= taken;
    events_.emplace_back(size);
    encoder(events_.back());
    return Commit::Stored;
  }

  size_t limit_;
  size_t held_ = 0;
  std::vector<std::vector<std::byte>> events_;
};

}  // namespace sluice::event
