// Sink: where events go from the journal (the local store, Event Hubs, Application Insights, OTLP, files). Each sink
// has its own cursor and its own thread: a slow or dead one delays no other, and never the data plane.
//
// Contract: batches come in the order of the journal, each at least once. deliver() returns when the far side has the
// whole batch for good; only then does the cursor move. An error makes the same batch come again after a backoff, for
// ever. What the far side can never take (too large, malformed) is the sink's own matter: it counts or sets it aside
// and reports success, else one event would stop all that follow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace sluice::event {

// One event of the journal, encoded (event_kind.h). The bytes live until deliver() returns.
struct StoredEvent {
  uint64_t sequence = 0;
  std::span<const std::byte> bytes;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Stable: the cursor is kept under this name. Letters, digits, '-', '_', '.'; at most 47 bytes.
  virtual std::string_view name() const = 0;
  // Called on the sink's thread; may block.
  virtual Status deliver(std::span<const StoredEvent> batch) = 0;
};

}  // namespace sluice::event
