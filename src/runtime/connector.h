// Connector: from (scheme, host, port) to a connected Stream: hosts mapping, name, TCP, TLS. All addresses of a name
// are used: each connection begins with another one, and one that failed is tried last for a while. Addresses race as
// in RFC 8305, one more every 250 ms. One per loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "runtime/address_order.h"
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
  Alpn alpn = Alpn::Http1;
};

struct Connected {
  std::unique_ptr<Stream> stream;
  AddressTie tie;
};

class Connector {
 public:
  // `hosts` may be null. `resolver` must outlive this.
  Connector(Loop& loop, Resolver& resolver, std::shared_ptr<const HostsMap> hosts);

  // Error.code is a ConnectError; its message names the address. `target` must outlive the task.
  Task<Result<Connected>> connect(const ConnectTarget& target, Instant deadline);
  // After a reload. Connections already made stay.
  void setHosts(std::shared_ptr<const HostsMap> hosts) { hosts_ = std::move(hosts); }
  Loop& loop() const { return loop_; }

 private:
  Result<std::shared_ptr<const TlsClientContext>> contextFor(const ConnectTarget& target, const HostMapping* mapping);
  Task<Result<Connected>> connectThrough(const ConnectTarget& target, const HostsMap* hosts, Instant deadline);
  Task<Status> secure(Connected& connection, std::shared_ptr<const TlsClientContext> context,
                      std::unique_ptr<TcpStream> transport, const ConnectTarget& target, Instant deadline);
  // Sets the tie.
  Task<Result<std::unique_ptr<TcpStream>>> reach(std::string host, uint16_t port, AddressTie& tie, Instant deadline);

  Loop& loop_;
  Resolver& resolver_;
  AddressOrder order_;
  std::shared_ptr<const HostsMap> hosts_;
  // By the context asked for and the CA file of a mapping.
  std::map<std::pair<std::shared_ptr<const TlsClientContext>, std::string>, std::shared_ptr<const TlsClientContext>>
      mapped_contexts_;
};

}  // namespace sluice::runtime
