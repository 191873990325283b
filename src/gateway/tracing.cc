// The part of a conversation that traces it, for callers who may: with a token of listDebugCredentials, or with a
// subscription that allows tracing (reference 6.5).
#include "base/encoding.h"
#include "gateway/conversation.h"
#include "gateway/debug_credentials.h"
#include "gateway/trace_json.h"
#include "gateway/worker.h"

namespace sluice::gateway {

// Once the API is known. The token is the gateway's: neither policies nor backends see it.
void Conversation::checkDebugToken() {
  const auto token = request.headers.find(DebugCredentials::kHeader);
  if (!token) return;
  const std::string_view given = *token;
  request.headers.remove(DebugCredentials::kHeader);
  const auto decision = worker_.shared().debug.check(given, debugId(*api), worker_.clock().utc());
  switch (decision.access) {
    case DebugAccess::Refused:
      return;
    case DebugAccess::Expired:
      answer_headers.add("Apim-Debug-Authorization-Expired", arena().copy(decision.detail));
      return;
    case DebugAccess::WrongApi:
      answer_headers.add("Apim-Debug-Authorization-WrongAPI", arena().copy(decision.detail));
      return;
    case DebugAccess::Granted:
      answer_headers.add("Apim-Trace-Id", id);
      keep_trace_ = true;
      setTracing(true);
  }
}

// The older way: `Ocp-Apim-Trace: true` by a subscription whose owner was allowed it.
void Conversation::checkLegacyTrace() {
  constexpr std::string_view kHeader = "Ocp-Apim-Trace";
  if (keep_trace_ || subscription == nullptr || !subscription->allow_tracing) return;
  const auto wish = request.headers.find(kHeader);
  if (!wish || !equalsIgnoreCase(*wish, "true")) return;
  request.headers.remove(kHeader);
  const std::string& address = worker_.shared().traces.address();
  answer_headers.add("Apim-Trace-Id", id);
  if (!address.empty()) answer_headers.add("Ocp-Apim-Trace-Location", arena().join({address, "/traces/", id}));
  keep_trace_ = true;
  setTracing(true);
}

void Conversation::startTracer() {
  if (tracer_ != nullptr) return;
  tracer_ = std::make_unique<policy::Tracer>(*this);
  setTracer(*tracer_);
}

void Conversation::finishTrace() {
  if (!std::exchange(keep_trace_, false)) return;
  startTracer();  // of a request that no operation takes
  worker_.shared().traces.add(std::string(id), traceJson(*this, tracer_->mask(), worker_.gatewayName()),
                              worker_.clock().now());
}

}  // namespace sluice::gateway
