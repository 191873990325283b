#include "http/server.h"

#include <algorithm>

#include "base/log.h"
#include "http/server_connection.h"
#include "runtime/within.h"

namespace sluice::http {
namespace {

using runtime::IoStatus;

constexpr size_t kKeptArenas = 256;
constexpr size_t kAcceptsPerTurn = 64;
constexpr Duration kStarvedPause = std::chrono::milliseconds(100);

}  // namespace

std::unique_ptr<Arena> Server::Impl::takeArena() {
  if (arenas.empty()) return std::make_unique<Arena>(limits.arena);
  std::unique_ptr<Arena> arena = std::move(arenas.back());
  arenas.pop_back();
  return arena;
}

void Server::Impl::giveBack(std::unique_ptr<Arena> arena) {
  if (!arena || arenas.size() == kKeptArenas) return;
  arena->reset();
  arenas.push_back(std::move(arena));
}

void Server::Impl::closeIdle() {
  for (ServerConnection* each = connections.front(); each != nullptr;) {
    ServerConnection* const next = connections.next(each);
    each->closeWhenIdle();  // ends itself only
    each = next;
  }
}

namespace {

Task<void> drained(runtime::TaskScope& scope) {
  co_await scope.drained();
}

}  // namespace

Task<bool> Server::Impl::emptyBy(Instant deadline) {
  const auto empty = co_await runtime::within(loop, drained(scope), deadline);
  co_return empty.has_value();
}

namespace {

Task<void> serveTls(Server::Impl& server, std::shared_ptr<const runtime::TlsServerContext> context,
                    std::unique_ptr<runtime::TcpStream> transport, uint16_t tag) {
  const Instant deadline = runtime::deadlineAfter(server.loop.now(), server.limits.head_time);
  auto stream = co_await runtime::acceptTls(std::move(context), std::move(transport), deadline);
  if (!stream) {
    log::debug("a TLS handshake failed", {{"problem", stream.error().message}});
    co_return;
  }
  co_await ServerConnection::serve(std::make_unique<ServerConnection>(server, std::move(*stream), tag));
}

void serveAccepted(Server::Impl& server, const Server::Impl::Listener& listener,
                   runtime::TcpListener::Accepted accepted) {
  if (server.scope.size() >= server.limits.connections) {
    ++server.counters.refused;
    return;
  }
  ++server.counters.accepted;
  auto stream = std::make_unique<runtime::TcpStream>(server.loop, std::move(accepted.fd), accepted.peer);
  if (!stream->watch().attached()) return;
  if (listener.tls) {
    server.scope.spawn(serveTls(server, listener.tls, std::move(stream), listener.tag));
  } else {
    server.scope.spawn(
        ServerConnection::serve(std::make_unique<ServerConnection>(server, std::move(stream), listener.tag)));
  }
}

Task<void> acceptAll(Server::Impl& server, Server::Impl::Listener& listener) {
  bool was_starved = false;
  for (;;) {
    const IoStatus status = co_await listener.socket.ready();
    if (status != IoStatus::Ready) co_return;
    bool starved = false;
    for (size_t count = 0; count < kAcceptsPerTurn && listener.socket.listening(); ++count) {
      runtime::TcpListener::Accepted accepted = listener.socket.tryAccept();
      starved = accepted.starved;
      if (!accepted.fd) break;
      serveAccepted(server, listener, std::move(accepted));
    }
    if (starved) {
      if (!was_starved) log::warning("no descriptor left for a new connection");
      was_starved = true;
      co_await server.loop.sleepFor(kStarvedPause);
      listener.socket.retry();
    } else {
      was_starved = false;
      co_await server.loop.yield();  // others first, when connections come in floods
    }
  }
}

}  // namespace

Server::Server(runtime::Loop& loop, ServerHandler& handler, ServerLimits limits)
    : impl_(std::make_unique<Impl>(loop, handler, limits)) {}

Server::~Server() {
  impl_->accepting.cancelAll();
  impl_->scope.cancelAll();
}

Result<runtime::SocketAddress> Server::listen(const runtime::SocketAddress& address,
                                              std::shared_ptr<const runtime::TlsServerContext> tls,
                                              runtime::ReusePort reuse, uint16_t tag) {
  auto socket = runtime::TcpListener::listen(impl_->loop, address, reuse);
  if (!socket) return tl::make_unexpected(socket.error());
  auto listener = std::make_unique<Impl::Listener>();
  listener->socket = std::move(*socket);
  listener->tls = std::move(tls);
  listener->tag = tag;
  impl_->accepting.spawn(acceptAll(*impl_, *listener));
  impl_->listeners.push_back(std::move(listener));
  return impl_->listeners.back()->socket.address();
}

void Server::setTls(const runtime::SocketAddress& address, std::shared_ptr<const runtime::TlsServerContext> tls) {
  for (const auto& listener : impl_->listeners) {
    if (listener->socket.address().toString() == address.toString()) listener->tls = tls;
  }
}

void Server::adopt(std::unique_ptr<runtime::Stream> stream) {
  ++impl_->counters.accepted;
  impl_->scope.spawn(ServerConnection::serve(std::make_unique<ServerConnection>(*impl_, std::move(stream))));
}

Task<void> Server::drain(Instant deadline) {
  impl_->draining = true;
  impl_->accepting.cancelAll();
  for (const auto& listener : impl_->listeners) listener->socket.close();
  impl_->closeIdle();
  const bool emptied = co_await impl_->emptyBy(deadline);
  if (emptied) co_return;
  for (ServerConnection* each = impl_->connections.front(); each != nullptr; each = impl_->connections.next(each)) {
    each->cut();
  }
  impl_->scope.cancelAll();
}

bool Server::draining() const {
  return impl_->draining;
}
const ServerCounters& Server::counters() const {
  return impl_->counters;
}

}  // namespace sluice::http
