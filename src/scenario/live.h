// Scenarios against a gateway that somebody else runs: an API Management instance, or another Sluice. Requests are sent
// and replies compared; nothing is deployed, and what only a run here shows (calls to backends, events, the record, the
// trace) is not compared.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "http/client.h"
#include "runtime/resolver.h"
#include "scenario/compare.h"
#include "scenario/runner.h"
#include "scenario/scenario.h"

namespace sluice::scenario {

struct LiveOptions {
  LiveOptions() = default;

  std::string url;      // http or https; a path in it comes before each request's
  Fields headers;       // of each request, instead of its own of that name; a subscription key, say
  std::string ca_file;  // PEM; empty: the system's authorities
  Duration timeout = std::chrono::seconds(30);
};

// Why the scenario cannot be run against a live gateway, in words; empty: it can.
std::string whyNotLive(const Scenario& scenario);

// One thread.
class LiveGateway {
 public:
  static Result<std::unique_ptr<LiveGateway>> create(const LiveOptions& options);

  // REQUIRES: whyNotLive() is empty. Ends at the first step that differs.
  Outcome run(const Scenario& scenario);

 private:
  explicit LiveGateway(const LiveOptions& options);
  Result<Message> request(const Scenario& scenario, const Step& step);

  LiveOptions options_;
  std::shared_ptr<const runtime::TlsClientContext> tls_;  // null: plain http
  runtime::Loop loop_;
  runtime::Resolver resolver_;
  runtime::Connector connector_;
  http::ClientPool clients_;
};

}  // namespace sluice::scenario
