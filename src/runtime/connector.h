// Connector: from (scheme, host, port) to a connected Stream: hosts mapping, name, TCP, TLS. One per loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "runtime/hosts.h"
#include "runtime/proxy.h"
#include "runtime/resolver.h"
#include "runtime/stream.h"
#include "runtime/tls.h"

namespace sluice::runtime {

enum class ConnectError { NotResolved = 1, Refused, Timeout, Unreachable, Tls, Cancelled, Proxy };

// Where to connect. `tls` null: plain TCP. `proxy` null: directly.
struct ConnectTarget {
  ConnectTarget() = default;
  std::string host;
  uint16_t port = 0;
  std::shared_ptr<const TlsClientContext> tls;
  std::shared_ptr<const Proxy> proxy;
};

class Connector {
 public:
  // `hosts` may be null. `resolver` must outlive this.
  Connector(Loop& loop, Resolver& resolver, std::shared_ptr<const HostsMap> hosts);

  // Error.code is a ConnectError. `target` must outlive the task.
  Task<Result<std::unique_ptr<Stream>>> connect(const ConnectTarget& target, Instant deadline);
  // After a reload. Connections already made stay.
  void setHosts(std::shared_ptr<const HostsMap> hosts) { hosts_ = std::move(hosts); }
  Loop& loop() const { return loop_; }

 private:
  Result<std::shared_ptr<const TlsClientContext>> contextFor(const ConnectTarget& target, const HostMapping* mapping);
  Task<Result<std::unique_ptr<Stream>>> connectThrough(const ConnectTarget& target, const HostsMap* hosts,
                                                       Instant deadline);
  Task<Result<std::unique_ptr<Stream>>> secure(std::shared_ptr<const TlsClientContext> context, std::string host,
                                               std::unique_ptr<TcpStream> transport, Instant deadline);
  Task<Result<std::unique_ptr<TcpStream>>> connectAny(std::vector<SocketAddress> addresses, Instant deadline);

  Loop& loop_;
  Resolver& resolver_;
  std::shared_ptr<const HostsMap> hosts_;
  // By the context asked for and the CA file of a mapping.
  std::map<std::pair<std::shared_ptr<const TlsClientContext>, std::string>, std::shared_ptr<const TlsClientContext>>
      mapped_contexts_;
};

}  // namespace sluice::runtime
