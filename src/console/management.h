// Management: the listener for operators, on the main thread's loop, loopback unless configured otherwise. `/status` is
// JSON for people and probes: versions, what is served, the last reload, the journal. `.../listDebugCredentials` and
// `.../listTrace` are APIM's way to a policy trace (docs/trace.md). Nothing here touches a request.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/diagnostic.h"
#include "config/model.h"
#include "gateway/gateway.h"
#include "http/server.h"
#include "runtime/loop.h"

namespace sluice::console {

// Secrets of Key Vaults: how many there are, how many could not be read at the newest attempt, and why.
struct VaultState {
  size_t secrets = 0;
  size_t failing = 0;
  uint64_t failures = 0;  // attempts that failed, ever
  std::vector<std::string> errors;
};

// What happened at the last attempt to load the configuration.
struct ReloadState {
  UtcTime loaded_at{};    // of what is being served
  uint64_t reloads = 0;   // that took effect
  uint64_t failures = 0;  // that were refused
  VaultState vault;
  std::string last_failure;  // rendered diagnostics of the newest attempt; empty when it took effect
};

class Management final : public http::ServerHandler {
 public:
  // All must outlive this.
  Management(runtime::Loop& loop, const gateway::Gateway& gateway, const ReloadState& reloads);

  Result<runtime::SocketAddress> listen(const config::Listener& listener);
  runtime::Task<void> handle(http::ServerExchange& exchange) override;

 private:
  struct Answer {
    int status = 200;
    std::string body;
  };
  // --- tracing.cc ---
  runtime::Task<void> post(http::ServerExchange& exchange, std::string_view path);
  Answer listDebugCredentials(std::string_view body) const;
  Answer listTrace(std::string_view body) const;
  Answer trace(std::string_view id) const;

  std::string status() const;
  std::string backendStatus() const;
  std::string backendMetrics() const;
  std::string metrics() const;

  runtime::Loop& loop_;
  const gateway::Gateway& gateway_;
  const ReloadState& reloads_;
  http::Server server_;
};

}  // namespace sluice::console
