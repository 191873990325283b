#include "analytics/explorer.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "analytics/ingest.h"
#include "analytics/query_server.h"
#include "analytics/stop_signal.h"
#include "base/log.h"

namespace sluice::analytics {
namespace {

constexpr auto kRetry = std::chrono::milliseconds(200);
constexpr auto kPatience = std::chrono::seconds(30);

// For the signal handler, which can be given nothing.
const StopSignal* stop_for_handler = nullptr;

void onTerminate(int) {
  stop_for_handler->raise();
}

void listenToSignals(const StopSignal& stop) {
  stop_for_handler = &stop;
  struct sigaction action {};
  action.sa_handler = onTerminate;
  ::sigaction(SIGTERM, &action, nullptr);
  // Ctrl-C reaches the whole group: the gateway drains first and then ends us.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
}

// The journal or the store may still be held by a predecessor that drains.
Result<std::unique_ptr<Ingest>> openPatiently(const ExplorerOptions& options, const StopSignal& stop) {
  const Instant end = SystemClock::instance().now() + kPatience;
  while (true) {
    auto ingest = Ingest::open(options);
    if (ingest || SystemClock::instance().now() >= end || stop.within(kRetry)) return ingest;
  }
}

}  // namespace

int runExplorer(const ExplorerOptions& options, pid_t parent) {
  const StopSignal stop;
  listenToSignals(stop);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  // It may have died before that, even before this program began; what it left in the journal is stored all the same.
  if (::getppid() != parent) stop.raise();
  // Prompts and answers: for the owner only, also what DuckDB makes.
  ::umask(077);
  auto ingest = openPatiently(options, stop);
  if (!ingest) {
    log::error("the explorer cannot start", {{"why", ingest.error().message}});
    return 1;
  }
  auto server = QueryServer::start(socketPath(options.store_path), (*ingest)->store().database());
  if (!server) {
    log::error("the explorer cannot answer queries", {{"why", server.error().message}});
    return 1;
  }
  const auto ended = (*ingest)->run(stop);
  ::unlink(socketPath(options.store_path).c_str());
  server->reset();
  stop_for_handler = nullptr;
  ::signal(SIGTERM, SIG_IGN);
  if (ended) return 0;
  log::error("the explorer ends", {{"why", ended.error().message}});
  return 1;
}

}  // namespace sluice::analytics
