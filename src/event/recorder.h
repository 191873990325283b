// Recorder: how the data plane leaves events. Room is reserved before the upstream is called; events are committed
// before the last byte of the answer is released; what stays unused is given back when the Room goes.
//
//   auto room = recorder.reserve(estimate);        // error: answer 503, the journal is full (refusing is the default)
//   ... upstream ...
//   if (recorder.commit(*room, record, done) == Commit::Pending) { wait for done }   // else it is safe already
//
// A Room holds bytes, not a place: several may be open at once and be committed in any order, with events smaller than
// reserved. A larger event is taken too: from free room if there is some, else handed to the journal's own thread
// (Commit::Pending), so an event is never cut and never lost for its size.
//
// Threads: a Recorder belongs to one data-plane thread; its Rooms are used and destroyed on that thread, before it.
// `done` runs on that thread, exactly once, after commit() has returned.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "base/result.h"
#include "event/exchange_record.h"
#include "event/logger_event.h"

namespace sluice::event {

// Stored: it survives the death of the process (with `durability: record`, of the machine only after Pending's done).
// Pending: `done` will tell. Dropped: counted, because the configuration prefers serving to recording.
enum class Commit : uint8_t { Stored, Pending, Dropped };

class Recorder;

// Bytes held for the events of one exchange. Move-only; an empty one holds nothing.
class Room {
 public:
  Room() = default;
  ~Room() { release(); }
  Room(Room&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Room& operator=(Room&& other) noexcept {
    if (this != &other) {
      release();
      owner_ = std::exchange(other.owner_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }

  size_t bytes() const { return bytes_; }
  void release();

 private:
  friend class Recorder;
  Room(Recorder* owner, size_t bytes) : owner_(owner), bytes_(bytes) {}

  Recorder* owner_ = nullptr;
  size_t bytes_ = 0;
};

class Recorder {
 public:
  // A status error means that a large or durable event could not be written (the disk is full or broken).
  using Done = std::function<void(Status)>;
  // What a record without bodies needs at most in practice: reserve this plus the bodies' expected bytes.
  static constexpr size_t kTypicalRecord = 2048;

  virtual ~Recorder() = default;

  Result<Room> reserve(size_t bytes) {
    auto held = hold(bytes);
    if (!held) return tl::make_unexpected(std::move(held.error()));
    return Room(this, *held);
  }

  // An empty `done` is allowed where nobody waits (the event is still stored).
  template <class Event>
  Commit commit(Room& room, const Event& event, Done done = {}) {
    return write(room.bytes_, encodedSize(event), Encoder(event), std::move(done));
  }

 protected:
  friend class Room;

  // A reference to an event and how to write it, without allocation.
  class Encoder {
   public:
    template <class Event>
    explicit Encoder(const Event& event)
        : event_(&event),
          write_([](const void* from, std::span<std::byte> to) { encode(*static_cast<const Event*>(from), to); }) {}
    void operator()(std::span<std::byte> to) const { write_(event_, to); }

   private:
    const void* event_;
    void (*write_)(const void*, std::span<std::byte>);
  };

  // How many bytes are held: fewer than asked for when the whole ring is smaller.
  virtual Result<size_t> hold(size_t bytes) = 0;
  virtual void giveBack(size_t bytes) = 0;
  // `room` is what the Room still holds; lowered by what the event takes of it.
  virtual Commit write(size_t& room, size_t size, Encoder encoder, Done done) = 0;
};

inline void Room::release() {
  if (owner_ != nullptr && bytes_ > 0) owner_->giveBack(bytes_);
  owner_ = nullptr;
  bytes_ = 0;
}

}  // namespace sluice::event
