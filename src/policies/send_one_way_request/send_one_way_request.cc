#include "policies/send_one_way_request/send_one_way_request.h"

#include "base/log.h"
#include "policy/outgoing.h"
#include "policy/services.h"
#include "runtime/loop.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Requests under way in one loop that nobody waits for. More are not begun, so that a slow receiver cannot fill the
// memory.
constexpr size_t kMostUnderWay = 1000;

// Queries often hold keys.
std::string withoutQuery(const std::string& url) {
  return url.substr(0, url.find('?'));
}

class Send final : public Step {
 public:
  explicit Send(const ElementReader& reader) : timeout_(reader.seconds("timeout")) {}

  Verdict run(Exchange& exchange) const override {
    const auto timeout = timeout_.evaluate(exchange);
    if (!timeout) return Verdict::Fail;
    Outgoing outgoing = takeOutgoing(exchange, *timeout);
    runtime::Loop& loop = exchange.services().loop();
    if (loop.scope().size() >= kMostUnderWay) {
      log::warning("send-one-way-request dropped: too many are under way",
                   {{"url", withoutQuery(outgoing.request.url)}});
      return Verdict::Next;
    }
    outgoing.request.max_body = 1024 * 1024;
    std::string url = withoutQuery(outgoing.request.url);
    loop.scope().spawn(finish(fetchOutgoing(exchange, std::move(outgoing)), std::move(url)));
    return Verdict::Next;
  }

 private:
  static runtime::Task<void> finish(runtime::Task<Result<http::FetchResponse>> fetching, std::string url) {
    const Result<http::FetchResponse> response = co_await std::move(fetching);
    if (!response) log::warning("send-one-way-request failed", {{"url", url}, {"reason", response.error().message}});
  }

  DurationOperand timeout_;
};

void flow(Emitter& emitter, ElementReader& reader) {
  emitOutgoing(emitter, reader);
  emitter.add(std::make_shared<Send>(reader), reader);
}

constexpr AttributeSpec kAttributes[] = {kOutgoingMode, kOutgoingTimeout};
constexpr Descriptor kDescriptor{
    .element = {.name = "send-one-way-request",
                .sentence = "Sends a request of its own and does not wait for its response.",
                .attributes = kAttributes,
                .content = Content::Policies,
                .children = kOutgoingParts,
                .policies = kOutgoingPolicies},
    .status =
        "At most 1,000 are under way on a thread; more are dropped and logged. The URL, not the body, is logged "
        "when a request fails.",
    .posture = "A URL made from what callers send lets them choose whom the gateway calls: use an allow-list.",
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& sendOneWayRequestDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
