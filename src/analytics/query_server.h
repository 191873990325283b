// QueryServer: answers questions about the store on a Unix socket (protocol.h), each on a thread of its own, a few at a
// time; others wait in the socket's queue.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "analytics/duck.h"
#include "analytics/stop_signal.h"
#include "base/result.h"
#include "journal/posix_file.h"

namespace sluice::analytics {

class QueryServer {
 public:
  static constexpr size_t kAtOnce = 4;
  static constexpr uint64_t kMaxRows = 10'000'000;

  // The database must outlive the server.
  static Result<std::unique_ptr<QueryServer>> start(const std::string& path, const Database& database);
  // Ends what runs and waits for it.
  ~QueryServer();

 private:
  QueryServer(const Database& database, journal::Fd listener);
  void accept();
  void answer(const journal::Fd& socket);
  bool waitForPlace();

  const Database& database_;
  journal::Fd listener_;
  StopSignal stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t running_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sluice::analytics
