// Cursor: reads a journal's records in order, in the gateway's own process or in another, while it is written. It sees
// only what has been synced, so that nothing downstream can know of a record that a power failure takes back.
// One thread at a time. Opening needs no lock and writes nothing but the acknowledgement of its own consumer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "journal/format.h"

namespace sluice::journal {

struct Record {
  uint64_t sequence = 0;
  std::span<const std::byte> payload;
};

// What a reader met and passed over.
struct CursorStats {
  uint64_t corrupt = 0;  // records whose checksum was wrong
  uint64_t missing = 0;  // records that no file has any more
};

class Cursor {
 public:
  // `consumer` must be one of the journal's Options::consumers.
  static Result<std::unique_ptr<Cursor>> open(const std::string& directory, std::string_view consumer);
  ~Cursor();

  JournalId journal() const;
  // The position that the journal has for this consumer: the next record is acknowledged() + 1 unless seek() says else.
  uint64_t acknowledged() const;
  // The next record read will be the first after `sequence`.
  void seek(uint64_t sequence);
  uint64_t position() const;  // of the last record that next() gave or passed over

  // The next record; nullptr when there is none yet. Valid until the next call.
  Result<const Record*> next();
  // Waits until there may be a next record, or `limit` has passed.
  void wait(Duration limit);
  // Everything up to `sequence` is done with: the journal may delete it. Never goes back.
  void acknowledge(uint64_t sequence);
  uint64_t readable() const;
  const CursorStats& stats() const;

 private:
  struct State;
  explicit Cursor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::journal
