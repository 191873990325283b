#include "policies/return_response/return_response.h"

#include <string>

#include "policy/emitter.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

// The answer is built aside, so that its expressions still see context.Response as it was.
class Begin final : public Step {
 public:
  Verdict run(Exchange& exchange) const override {
    exchange.staged = exchange.arena().create<ResponseMessage>(exchange.arena());
    exchange.staged->reason = http::reasonPhrase(200);
    return Verdict::Next;
  }
};

class End final : public Step {
 public:
  Verdict run(Exchange& exchange) const override {
    ResponseMessage& staged = *std::exchange(exchange.staged, nullptr);
    if (!mayChange(exchange, Target::Response)) return Verdict::Respond;
    exchange.newResponse(staged.status, staged.reason);
    for (const auto& header : staged.headers) exchange.response.headers.add(header.name, header.value);
    if (staged.body.present()) exchange.response.body.set(staged.body.content());
    return Verdict::Respond;
  }
};

void flow(Emitter& emitter, ElementReader& reader) {
  emitter.addBare(std::make_shared<Begin>(), reader);
  emitter.policies(reader, Target::Staged);
  reader.touches(kChangesResponse);
  emitter.add(std::make_shared<End>(), reader);
}

constexpr std::string_view kPolicies[] = {"set-status", "set-header", "set-body"};
constexpr Descriptor kDescriptor{
    .element = {.name = "return-response",
                .sentence =
                    "Ends the pipeline at once and answers with what stands in it; without anything, an empty 200.",
                .content = Content::Policies,
                .policies = kPolicies},
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& returnResponseDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
