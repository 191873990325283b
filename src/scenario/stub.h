// Stub: every backend of a scenario, on two plain listeners that all hosts are mapped to: one stands for https. Calls
// are answered in the order in which the step lists them, and kept for comparison. OpenID metadata and keys are
// answered by themselves.
#pragma once

#include <deque>
#include <vector>

#include "http/server.h"
#include "scenario/compare.h"
#include "scenario/token_maker.h"

namespace sluice::scenario {

class Stub {
 public:
  struct Ports {
    uint16_t http = 0, https = 0;
  };

  Stub(runtime::Loop& loop, const TokenMaker& tokens);

  Result<Ports> listen();
  // The calls of the next step.
  void expect(const std::vector<BackendCall>& calls);
  const std::vector<Message>& received() const { return received_; }
  size_t unanswered() const { return calls_.size(); }

 private:
  // One of the two listeners.
  class Side final : public http::ServerHandler {
   public:
    Side(Stub& stub, runtime::Loop& loop, std::string_view scheme)
        : stub_(stub), scheme_(scheme), server_(loop, *this) {}
    Result<runtime::SocketAddress> listen() { return server_.listen(runtime::SocketAddress::loopback(0)); }
    runtime::Task<void> handle(http::ServerExchange& exchange) override { return stub_.handle(exchange, scheme_); }

   private:
    Stub& stub_;
    std::string_view scheme_;
    http::Server server_;
  };

  runtime::Task<void> handle(http::ServerExchange& exchange, std::string_view scheme);
  runtime::Task<void> answer(http::ServerExchange& exchange, const BackendCall& call);

  const TokenMaker& tokens_;
  std::deque<BackendCall> calls_;
  std::vector<Message> received_;
  Side http_;
  Side https_;
};

}  // namespace sluice::scenario
