#include "runtime/connector.h"

#include <cerrno>

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

Task<Result<std::unique_ptr<TcpStream>>> Connector::connectAny(std::vector<SocketAddress> addresses, Instant deadline) {
  Error last{"no address", ENETUNREACH};
  for (size_t i = 0; i < addresses.size(); ++i) {
    // A share of the time that is left, so that a silent first address does not use up all of it.
    const auto left = static_cast<int64_t>(addresses.size() - i);
    const Instant now = loop_.now();
    if (now >= deadline) co_return fail("connecting took too long", ETIMEDOUT);
    const Instant until = deadline == kNever ? kNever : now + (deadline - now) / left;
    auto stream = co_await connectTcp(loop_, addresses[i], until);
    if (stream) co_return std::move(*stream);
    last = stream.error();
    last.message += " (" + addresses[i].toString() + ")";
  }
  co_return tl::make_unexpected(std::move(last));
}

Task<Result<std::unique_ptr<Stream>>> Connector::connect(const ConnectTarget& target, Instant deadline) {
  const std::shared_ptr<const HostsMap> hosts = hosts_;  // a reload may change it meanwhile
  if (target.proxy) co_return co_await connectThrough(target, hosts.get(), deadline);
  const HostMapping* mapping = hosts ? hosts->find(target.host, target.port) : nullptr;
  const bool moved = mapping != nullptr && !mapping->host.empty();
  const std::string host = moved ? mapping->host : target.host;
  const uint16_t port = moved && mapping->port != 0 ? mapping->port : target.port;

  auto context = contextFor(target, mapping);
  if (!context) co_return fail(context.error().message, code(ConnectError::Tls));
  auto addresses = co_await resolver_.resolve(host, port, deadline);
  if (!addresses) co_return fail(addresses.error().message, code(ConnectError::NotResolved));
  auto transport = co_await connectAny(std::move(*addresses), deadline);
  if (!transport) co_return fail(transport.error().message, code(fromErrno(transport.error().code)));
  const bool plain = mapping != nullptr && mapping->plain;
  if (!*context || plain) co_return std::unique_ptr<Stream>(std::move(*transport));
  co_return co_await secure(std::move(*context), target.host, std::move(*transport), deadline);
}

Task<Result<std::unique_ptr<Stream>>> Connector::secure(std::shared_ptr<const TlsClientContext> context,
                                                        std::string host, std::unique_ptr<TcpStream> transport,
                                                        Instant deadline) {
  auto secured = co_await connectTls(std::move(context), std::move(host), std::move(transport), deadline);
  if (!secured) {
    const bool late = secured.error().code == static_cast<int>(TlsError::Timeout);
    co_return fail(secured.error().message, code(late ? ConnectError::Timeout : ConnectError::Tls));
  }
  co_return std::move(*secured);
}

// The proxy is looked up like any host; whom it connects to is its own business, so that mappings of the target's name
// do not apply, but for the authority that it has to be certified by.
Task<Result<std::unique_ptr<Stream>>> Connector::connectThrough(const ConnectTarget& target, const HostsMap* hosts,
                                                                Instant deadline) {
  const Proxy& proxy = *target.proxy;
  const HostMapping* mapping = hosts ? hosts->find(proxy.host, proxy.port) : nullptr;
  const bool moved = mapping != nullptr && !mapping->host.empty();
  auto context = contextFor(target, hosts ? hosts->find(target.host, target.port) : nullptr);
  if (!context) co_return fail(context.error().message, code(ConnectError::Tls));
  const std::string host = moved ? mapping->host : proxy.host;
  const uint16_t port = moved && mapping->port != 0 ? mapping->port : proxy.port;
  auto addresses = co_await resolver_.resolve(host, port, deadline);
  if (!addresses) co_return fail(addresses.error().message, code(ConnectError::NotResolved));
  auto transport = co_await connectAny(std::move(*addresses), deadline);
  if (!transport) co_return fail(transport.error().message, code(fromErrno(transport.error().code)));
  const Status open = co_await openTunnel(**transport, proxy, target.host, target.port, deadline);
  if (!open) co_return fail(open.error().message, code(ConnectError::Proxy));
  if (!*context) co_return std::unique_ptr<Stream>(std::move(*transport));
  co_return co_await secure(std::move(*context), target.host, std::move(*transport), deadline);
}

}  // namespace sluice::runtime
