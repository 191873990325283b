// Gateway: the data plane of one process: its threads, its journal, its current snapshot. Owned by main(); start, apply
// and stop are called on the main thread.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "gateway/snapshot.h"
#include "gateway/worker.h"
#include "journal/journal.h"

namespace sluice::gateway {

struct GatewayOptions {
  GatewayOptions() = default;

  std::string tokenizer_folder;        // where the rank files are
  std::vector<std::string> consumers;  // of the journal: "store" and other sinks
};

class Gateway {
 public:
  // Opens the journal, binds the listeners; nothing is served before run().
  static Result<std::unique_ptr<Gateway>> start(std::shared_ptr<const Snapshot> snapshot, GatewayOptions options);
  ~Gateway();

  // Starts the threads.
  void run();
  // Swaps the configuration for exchanges to come. Listeners, journal and thread count stay as they were at start; a
  // change of those is reported in the log as needing a restart.
  void apply(std::shared_ptr<const Snapshot> snapshot);
  // Drains and joins. Within drain_timeout requests in flight end by themselves.
  void stop();

  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  const std::vector<std::string>& addresses() const { return addresses_; }  // "http://127.0.0.1:8080"
  journal::Stats journalStats() const { return journal_->stats(); }
  const policy::Metrics& customMetrics() const { return shared_->metrics; }
  const DebugCredentials& debugCredentials() const { return shared_->debug; }
  TraceStore& traces() const { return shared_->traces; }
  struct Totals {
    uint64_t exchanges = 0;
    uint64_t in_flight = 0;
  };
  Totals totals() const;
  size_t threads() const { return workers_.size(); }

 private:
  Gateway(std::shared_ptr<const Snapshot> snapshot, const GatewayOptions& options);
  Status openJournal(const GatewayOptions& options);
  Status makeWorkers();
  Status listen();

  std::shared_ptr<const Snapshot> snapshot_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::vector<std::string> addresses_;
};

}  // namespace sluice::gateway
