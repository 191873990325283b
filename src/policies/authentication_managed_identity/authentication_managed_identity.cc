#include "policies/authentication_managed_identity/authentication_managed_identity.h"

#include <fmt/format.h>

#include <string>

#include "identity/managed_identity.h"
#include "policy/message_edit.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;
using identity::ManagedIdentities;

class AuthenticationManagedIdentity final : public Step {
 public:
  explicit AuthenticationManagedIdentity(const ElementReader& reader)
      : resource_(reader.text("resource")),
        client_(reader.text("client-id")),
        variable_(reader.literal("output-token-variable-name")),
        ignores_errors_(parseBool(reader.literal("ignore-error")).value_or(false)),
        target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    const auto resource = resource_.evaluate(exchange);
    if (!resource) return Verdict::Fail;
    std::string_view client;
    if (!client_.absent()) {
      const auto given = client_.evaluate(exchange);
      if (!given) return Verdict::Fail;
      client = *given;
    }
    ManagedIdentities& identities = exchange.services().identities();
    if (const ManagedIdentities::Token token = identities.current(*resource, client))
      return use(exchange, headersOf(exchange, target_), *token);
    // Taken now: where policies run beside one another, another's message may be under construction afterwards.
    http::Headers& headers = headersOf(exchange, target_);
    return exchange.wait(
        later(*this, exchange, headers, identities.token(std::string(*resource), std::string(client))));
  }

 private:
  static runtime::Task<Verdict> later(const AuthenticationManagedIdentity& self, Exchange& exchange,
                                      http::Headers& headers,
                                      runtime::Task<Result<ManagedIdentities::Token>> fetching) {
    const Result<ManagedIdentities::Token> token = co_await std::move(fetching);
    if (token) co_return self.use(exchange, headers, **token);
    exchange.trace("authentication-managed-identity", token.error().message);
    if (!self.ignores_errors_)
      co_return exchange.fail(500, "ManagedIdentityTokenNotObtained",
                              fmt::format("No token for the managed identity: {}", token.error().message));
    if (!self.variable_.empty()) exchange.setVariable(self.variable_, expression::makeNull());
    co_return Verdict::Next;
  }

  // With a variable the author sets the header (reference section 8, point 16: not documented; samples do so).
  Verdict use(Exchange& exchange, http::Headers& headers, const identity::AccessToken& token) const {
    Arena& arena = exchange.arena();
    if (!variable_.empty()) {
      exchange.setVariable(variable_, expression::makeString(arena.copy(token.text()), arena));
    } else {
      headers.set("Authorization", arena.copy(token.authorization()));
    }
    return Verdict::Next;
  }

  TextOperand resource_, client_;
  std::string variable_;
  bool ignores_errors_;
  Target target_;
};

// API Management documents inbound alone, but takes published policies that get a token in outbound for a later
// send-request. There it is of use in a variable only: a response has no Authorization.
std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.target() == Target::Response && !reader.has("output-token-variable-name"))
    reader.error("<authentication-managed-identity> has no request to put its token on here",
                 "Name a variable for the token: output-token-variable-name=\"token\".");
  reader.touches(changeOf(reader.target()) | kMayWait);
  return std::make_shared<AuthenticationManagedIdentity>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "resource",
     .need = Need::Required,
     .sentence = "Whom the token is for, as https://cognitiveservices.azure.com."},
    {.name = "client-id", .sentence = "The user-assigned identity; without it, the system-assigned one."},
    {.name = "output-token-variable-name",
     .form = Form::Literal,
     .sentence = "A variable that gets the token; the header is then not set."},
    {.name = "ignore-error",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "Goes on without a token when there is none.",
     .fallback = "false"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "authentication-managed-identity",
                .sentence = "Gets a token of this machine's identity and sends it to the backend.",
                .attributes = kAttributes},
    .sections = kAllSections,
    .scopes = in(Scope::Global) | in(Scope::Product) | in(Scope::Api) | in(Scope::Operation),
    .posture = "The token goes wherever the request goes: do not let callers choose the host.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& authenticationManagedIdentityDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
