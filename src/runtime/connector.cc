#include "runtime/connector.h"

#include <cerrno>

#include "runtime/race.h"
#include "runtime/tcp.h"

namespace sluice::runtime {
namespace {

constexpr size_t kMaxMapped = 256;

int code(ConnectError error) {
  return static_cast<int>(error);
}

ConnectError fromErrno(int error) {
  if (error == ETIMEDOUT) return ConnectError::Timeout;
  if (error == ECONNREFUSED) return ConnectError::Refused;
  return ConnectError::Unreachable;
}

}  // namespace

Connector::Connector(Loop& loop, Resolver& resolver, std::shared_ptr<const HostsMap> hosts)
    : loop_(loop), resolver_(resolver), hosts_(std::move(hosts)) {}

Result<std::shared_ptr<const TlsClientContext>> Connector::contextFor(const ConnectTarget& target,
                                                                      const HostMapping* mapping) {
  if (!target.tls || mapping == nullptr || mapping->ca_file.empty()) return target.tls;
  const auto key = std::make_pair(target.tls, mapping->ca_file);
  if (const auto found = mapped_contexts_.find(key); found != mapped_contexts_.end()) return found->second;
  if (mapped_contexts_.size() >= kMaxMapped) mapped_contexts_.clear();
  auto derived = target.tls->trusting(mapping->ca_file);
  if (derived) mapped_contexts_.emplace(key, *derived);
  return derived;
}

Task<Result<std::unique_ptr<TcpStream>>> Connector::reach(std::string host, uint16_t port, AddressTie& tie,
                                                          Instant deadline) {
  auto resolved = co_await resolver_.resolve(host, port, deadline);
  if (!resolved) co_return fail(resolved.error().message, code(ConnectError::NotResolved));
  std::vector<SocketAddress> order = order_.arrange(resolved->addresses, loop_.now());
  auto transport = co_await connectFirst(loop_, std::move(order), order_, deadline);
  if (!transport) co_return fail(transport.error().message, code(fromErrno(transport.error().code)));
  tie = AddressTie(resolver_, std::move(resolved->name), (*transport)->peer());
  co_return std::move(*transport);
}

Task<Result<Connected>> Connector::connect(const ConnectTarget& target, Instant deadline) {
  const std::shared_ptr<const HostsMap> hosts = hosts_;  // a reload may change it meanwhile
  if (target.proxy) co_return co_await connectThrough(target, hosts.get(), deadline);
  const HostMapping* mapping = hosts ? hosts->find(target.host, target.port) : nullptr;
  const bool moved = mapping != nullptr && !mapping->host.empty();
  std::string host = moved ? mapping->host : target.host;
  const uint16_t port = moved && mapping->port != 0 ? mapping->port : target.port;

  auto context = contextFor(target, mapping);
  if (!context) co_return fail(context.error().message, code(ConnectError::Tls));
  Connected connection;
  auto transport = co_await reach(std::move(host), port, connection.tie, deadline);
  if (!transport) co_return tl::make_unexpected(std::move(transport.error()));
  if (mapping != nullptr && mapping->plain) context->reset();
  const Status done = co_await secure(connection, std::move(*context), std::move(*transport), target, deadline);
  if (!done) co_return tl::make_unexpected(done.error());
  co_return connection;
}

// `context` null: as it is.
Task<Status> Connector::secure(Connected& connection, std::shared_ptr<const TlsClientContext> context,
                               std::unique_ptr<TcpStream> transport, const ConnectTarget& target, Instant deadline) {
  if (!context) {
    connection.stream = std::move(transport);
    co_return Status();
  }
  const SocketAddress address = transport->peer();
  auto secured = co_await connectTls(std::move(context), target.host, std::move(transport), deadline, target.alpn);
  if (!secured) {
    order_.failed(address, loop_.now());
    const bool late = secured.error().code == static_cast<int>(TlsError::Timeout);
    co_return fail(secured.error().message + " (" + address.toString() + ")",
                   code(late ? ConnectError::Timeout : ConnectError::Tls));
  }
  connection.stream = std::move(*secured);
  co_return Status();
}

// The proxy is looked up like any host; whom it connects to is its own business, so that mappings of the target's name
// do not apply, but for the authority that it has to be certified by.
Task<Result<Connected>> Connector::connectThrough(const ConnectTarget& target, const HostsMap* hosts,
                                                  Instant deadline) {
  const Proxy& proxy = *target.proxy;
  const HostMapping* mapping = hosts ? hosts->find(proxy.host, proxy.port) : nullptr;
  const bool moved = mapping != nullptr && !mapping->host.empty();
  auto context = contextFor(target, hosts ? hosts->find(target.host, target.port) : nullptr);
  if (!context) co_return fail(context.error().message, code(ConnectError::Tls));
  std::string host = moved ? mapping->host : proxy.host;
  const uint16_t port = moved && mapping->port != 0 ? mapping->port : proxy.port;
  Connected connection;
  auto transport = co_await reach(std::move(host), port, connection.tie, deadline);
  if (!transport) co_return tl::make_unexpected(std::move(transport.error()));
  const Status open = co_await openTunnel(**transport, proxy, target.host, target.port, deadline);
  if (!open) co_return fail(open.error().message, code(ConnectError::Proxy));
  const Status done = co_await secure(connection, std::move(*context), std::move(*transport), target, deadline);
  if (!done) co_return tl::make_unexpected(done.error());
  co_return connection;
}

}  // namespace sluice::runtime
