#include "policies/return_response/return_response.h"

#include <fmt/format.h>

#include <string>

#include "base/encoding.h"
#include "policy/emitter.h"
#include "policy/message_edit.h"
#include "policy/outgoing.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Framing and connection are worked out anew for our answer.
bool isCopied(std::string_view name) {
  for (const std::string_view own :
       {"Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding", "Trailer", "Upgrade", "Proxy-Connection"})
    if (equalsIgnoreCase(name, own)) return false;
  return true;
}

// The answer is built aside, so that its expressions still see context.Response as it was.
class Begin final : public Step {
 public:
  explicit Begin(const ElementReader& reader) : variable_(reader.literal("response-variable-name")) {}

  Verdict run(Exchange& exchange) const override {
    ResponseMessage& staged = *exchange.arena().create<ResponseMessage>(exchange.arena());
    exchange.staged = &staged;
    staged.reason = http::reasonPhrase(200);
    if (variable_.empty()) return Verdict::Next;
    expression::ResponseView* from = responseIn(exchange, variable_);
    if (from == nullptr)
      return exchange.fail(500, "ResponseVariableMissing",
                           fmt::format("The variable '{}' holds no response.", variable_));
    copy(*from, staged, exchange.arena());
    return Verdict::Next;
  }

 private:
  static void copy(expression::ResponseView& from, ResponseMessage& to, Arena& arena) {
    to.status = from.statusCode();
    to.reason = from.statusReason();
    const expression::MultiMap& headers = from.headers();
    for (size_t i = 0; i < headers.size(); ++i) {
      if (!isCopied(headers.nameAt(i))) continue;
      for (const std::string_view value : headers.valuesAt(i, arena)) to.headers.add(headers.nameAt(i), value);
    }
    // A body that a policy consumed has gone, as in API Management (reference 3.4).
    expression::Body* body = from.body();
    if (body != nullptr && body->state() == expression::Body::State::Ready) to.body.set(body->bytes());
  }

  std::string variable_;
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
  emitter.addBare(std::make_shared<Begin>(reader), reader);
  emitter.policies(reader, Target::Staged);
  reader.touches(kChangesResponse);
  emitter.add(std::make_shared<End>(), reader);
}

constexpr std::string_view kPolicies[] = {"set-status", "set-header", "set-body"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "response-variable-name",
     .form = Form::Literal,
     .sentence = "A variable with the response of a <send-request>, which the answer begins as."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "return-response",
                .sentence =
                    "Ends the pipeline at once and answers with what stands in it; without anything, an empty 200.",
                .attributes = kAttributes,
                .content = Content::Policies,
                .policies = kPolicies},
    .flow = &flow,
};

}  // namespace

const policy::Descriptor& returnResponseDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
