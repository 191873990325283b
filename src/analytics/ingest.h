// Ingest: the journal's events into the store, as one object: cursor, store and the pump between them.
#pragma once

#include <memory>

#include "analytics/explorer.h"
#include "analytics/pump.h"
#include "analytics/stop_signal.h"
#include "analytics/store.h"
#include "base/result.h"
#include "journal/cursor.h"

namespace sluice::analytics {

class Ingest {
 public:
  // Opens both; begins after what the store has.
  static Result<std::unique_ptr<Ingest>> open(const ExplorerOptions& options);

  // Until `stop` and all that can be read is stored.
  Status run(const StopSignal& stop) { return pump_.run(stop); }
  Status drain() { return pump_.drain(); }
  Store& store() { return *store_; }

 private:
  Ingest(std::unique_ptr<journal::Cursor> cursor, std::unique_ptr<Store> store)
      : cursor_(std::move(cursor)), store_(std::move(store)), pump_(*cursor_, *store_) {}

  std::unique_ptr<journal::Cursor> cursor_;
  std::unique_ptr<Store> store_;
  Pump pump_;
};

}  // namespace sluice::analytics
