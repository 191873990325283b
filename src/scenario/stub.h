// Stub: every backend of a scenario, on one plain listener that all hosts are mapped to. Calls are answered in the
// order in which the step lists them, and kept for comparison. OpenID metadata and keys are answered by themselves.
#pragma once

#include <deque>
#include <vector>

#include "http/server.h"
#include "scenario/compare.h"
#include "scenario/token_maker.h"

namespace sluice::scenario {

class Stub final : public http::ServerHandler {
 public:
  Stub(runtime::Loop& loop, const TokenMaker& tokens);

  Result<uint16_t> listen();
  // The calls of the next step.
  void expect(const std::vector<BackendCall>& calls);
  const std::vector<Message>& received() const { return received_; }
  size_t unanswered() const { return calls_.size(); }

  runtime::Task<void> handle(http::ServerExchange& exchange) override;

 private:
  runtime::Task<void> answer(http::ServerExchange& exchange, const BackendCall& call);

  const TokenMaker& tokens_;
  std::deque<BackendCall> calls_;
  std::vector<Message> received_;
  http::Server server_;
};

}  // namespace sluice::scenario
