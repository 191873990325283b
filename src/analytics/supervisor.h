// Supervisor: the gateway's side of the explorer. Starts the child, starts it again when it dies (at once, then after
// 1, 2, 4, ... 30 seconds while it keeps dying within a minute), stops and drains it at the end.
//
// The child is told to end when the thread that started it ends, so that it never outlives a killed gateway; that
// thread is the supervisor's own.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "analytics/explorer.h"
#include "base/clock.h"
#include "base/result.h"

namespace sluice::analytics {

struct SupervisorOptions {
  ExplorerOptions explorer;
  // Run as `executable explorer --options FILE --parent PID`.
  std::string executable = "/proc/self/exe";
  Duration first_backoff = std::chrono::seconds(1);
  Duration drain_limit = std::chrono::seconds(30);
};

class Supervisor {
 public:
  static Result<std::unique_ptr<Supervisor>> start(SupervisorOptions options);
  ~Supervisor();

  // The path of the query socket.
  const std::string& socket() const { return socket_; }
  // Ends the child after it has stored what the journal holds; call it once the journal is closed. Killed at the limit.
  void stop();
  // Other tables or limits: the child is ended and started anew with them; the journal keeps what comes meanwhile.
  Status reconfigure(ExplorerOptions options);

  pid_t child() const { return child_.load(); }  // 0: none just now
  uint64_t restarts() const { return restarts_.load(); }

 private:
  explicit Supervisor(SupervisorOptions options);
  void run();
  void awaitChild(pid_t pid);
  bool pause(Duration limit);

  const SupervisorOptions options_;
  const std::string socket_;
  int stop_event_ = -1;
  std::atomic<pid_t> child_{0};
  std::atomic<uint64_t> restarts_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> replacing_{false};
  std::thread thread_;
};

}  // namespace sluice::analytics
