// ServerConnection: one client's connection and the requests on it, one after another. Internal to this folder.
#pragma once

#include <memory>
#include <new>
#include <string>
#include <vector>

#include "http/input.h"
#include "http/server.h"
#include "runtime/intrusive.h"
#include "runtime/scope.h"

namespace sluice::http {

class ServerConnection : public runtime::ListNode {
 public:
  ServerConnection(Server::Impl& server, std::unique_ptr<runtime::Stream> stream, uint16_t tag = 0);
  ~ServerConnection();

  // Serves the connection to its end. Static, and owns it: the task may outlive whoever started it.
  static Task<void> serve(std::unique_ptr<ServerConnection> self);
  // The peer's IP address as text, made once.
  std::string_view peerAddress();
  // For draining: ends an idle wait; a busy connection ends after its response.
  void closeWhenIdle();
  // For the end of draining: cuts it.
  void cut();

 private:
  friend class ServerExchange;
  enum class HeadState : uint8_t { Parsed, NeedMore, Refused };

  HeadState parseHead();
  void acceptHead(size_t head_size);
  Instant headDeadline() const;
  Task<void> handleRequest();
  Task<bool> conclude();
  void truncate(Framing framing);
  Task<bool> discardBody();
  Task<void> refuse(int status);
  Task<void> linger();
  void openExchange();
  void closeExchange();
  runtime::Loop& loop() const;

  Server::Impl& server_;
  std::unique_ptr<runtime::Stream> stream_;
  InputBuffer input_;
  std::string peer_address_;
  std::unique_ptr<Arena> arena_;
  ServerExchange* exchange_ = nullptr;  // in exchange_memory_
  alignas(ServerExchange) std::byte exchange_memory_[sizeof(ServerExchange)];
  Instant waiting_since_;
  size_t seen_ = 0;  // bytes of an incomplete head that were looked at
  uint32_t requests_ = 0;
  int refusal_ = 0;
  uint16_t tag_ = 0;  // of its listener
  bool idle_ = false;
  bool keep_ = true;
};

class Server::Impl {
 public:
  Impl(runtime::Loop& on, ServerHandler& to, ServerLimits with) : loop(on), handler(to), limits(with) {}

  void closeIdle();
  Task<bool> emptyBy(Instant deadline);
  std::unique_ptr<Arena> takeArena();
  void giveBack(std::unique_ptr<Arena> arena);

  struct Listener {
    runtime::TcpListener socket;
    std::shared_ptr<const runtime::TlsServerContext> tls;
    uint16_t tag = 0;
  };

  runtime::Loop& loop;
  ServerHandler& handler;
  ServerLimits limits;
  ServerCounters counters;
  std::vector<std::unique_ptr<Arena>> arenas;  // the last one given back is warm
  std::vector<std::unique_ptr<Listener>> listeners;
  runtime::List<ServerConnection> connections;
  bool draining = false;
  runtime::TaskScope accepting;
  runtime::TaskScope scope;  // last: connections use all of the above
};

}  // namespace sluice::http
