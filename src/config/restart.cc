#include "config/restart.h"

namespace sluice::config {

std::vector<std::string_view> keysThatNeedRestart(const Settings& running, const Settings& wanted) {
  std::vector<std::string_view> keys;
  const auto check = [&keys](std::string_view key, const auto& before, const auto& after) {
    if (!(before == after)) keys.push_back(key);
  };
  check("listeners", running.listeners, wanted.listeners);
  check("management", running.management, wanted.management);
  check("threads", running.threads, wanted.threads);
  check("limits.head", running.limits.head, wanted.limits.head);
  check("limits.streamedRequestBody", running.limits.streamed_request_body, wanted.limits.streamed_request_body);
  check("limits.connections", running.limits.connections, wanted.limits.connections);
  check("timeouts", running.timeouts, wanted.timeouts);
  check("upstream.idleTimeout", running.upstream.idle_timeout, wanted.upstream.idle_timeout);
  check("upstream.lifetime", running.upstream.lifetime, wanted.upstream.lifetime);
  check("upstream.maxConnections", running.upstream.max_connections, wanted.upstream.max_connections);
  check("upstream.maxWaiting", running.upstream.max_waiting, wanted.upstream.max_waiting);
  check("upstream.waitTimeout", running.upstream.wait_timeout, wanted.upstream.wait_timeout);
  check("upstream.maxStreams", running.upstream.max_streams, wanted.upstream.max_streams);
  check("tls", running.tls, wanted.tls);
  check("identity", running.identity, wanted.identity);
  check("journal", running.journal, wanted.journal);
  check("store", running.store, wanted.store);
  return keys;
}

}  // namespace sluice::config
