// Pump: moves events from a journal's cursor to a sink (event/sink.h): gathers batches, retries the same batch for ever
// with a growing pause, acknowledges what the sink took. Runs on the sink's own thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analytics/stop_signal.h"
#include "base/result.h"
#include "event/sink.h"
#include "journal/cursor.h"

namespace sluice::analytics {

struct PumpOptions {
  size_t batch_events = 8192;
  size_t batch_bytes = 32u << 20;  // one larger event is a batch of its own
  // Between two batches, so that a trickle does not become a transaction per event.
  Duration pause = std::chrono::milliseconds(100);
  Duration first_backoff = std::chrono::milliseconds(100);
  Duration last_backoff = std::chrono::seconds(5);
};

class Pump {
 public:
  Pump(journal::Cursor& cursor, event::Sink& sink, PumpOptions options = {})
      : cursor_(cursor), sink_(sink), options_(options) {}

  // Until `stop`, then on until the journal has nothing more that can be read now. The error is the journal's: it
  // cannot be read any more; or the sink's, when it still fails after `stop`.
  Status run(const StopSignal& stop);
  // Delivers what can be read now. Tries each batch once.
  Status drain();

 private:
  Status gather();
  Status deliverGathered();

  journal::Cursor& cursor_;
  event::Sink& sink_;
  const PumpOptions options_;
  std::vector<std::byte> bytes_;
  std::vector<std::pair<uint64_t, size_t>> ends_;  // sequence, where its bytes end
  std::vector<event::StoredEvent> batch_;
};

}  // namespace sluice::analytics
