#include "policies/get_authorization_context/get_authorization_context.h"

#include <fmt/format.h>

#include <string>

#include "identity/credential_store.h"
#include "policy/element_reader.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;
using identity::CredentialStore;

enum class IdentityType : uint8_t { Managed, Jwt };
constexpr std::string_view kIdentityTypes[] = {"managed", "jwt"};

class GetAuthorizationContext final : public Step {
 public:
  explicit GetAuthorizationContext(const ElementReader& reader)
      : provider_(reader.text("provider-id")),
        authorization_(reader.text("authorization-id")),
        variable_(reader.text("context-variable-name")),
        type_(reader.choice("identity-type")),
        ignores_errors_(reader.boolean("ignore-error")) {}

  Verdict run(Exchange& exchange) const override {
    const auto provider = provider_.evaluate(exchange);
    const auto id = provider ? authorization_.evaluate(exchange) : std::nullopt;
    const auto variable = id ? variable_.evaluate(exchange) : std::nullopt;
    const auto type = variable ? type_.evaluate(exchange) : std::nullopt;
    const auto ignores = type ? ignores_errors_.evaluate(exchange) : std::nullopt;
    if (!ignores) return Verdict::Fail;
    const Wanted wanted{*variable, *ignores};
    if (static_cast<IdentityType>(*type) == IdentityType::Jwt)
      return missing(exchange, wanted, "Identities by token are not known to this gateway.");
    const config::Authorization* authorization = exchange.configuration->findAuthorization(*provider, *id);
    if (authorization == nullptr)
      return missing(exchange, wanted,
                     fmt::format("There is no authorization '{}' of the provider '{}'.", id->substr(0, 100),
                                 provider->substr(0, 100)));
    CredentialStore& store = exchange.services().credentials();
    if (const CredentialStore::Token token = store.current(*authorization)) return use(exchange, wanted, *token);
    return exchange.wait(later(exchange, wanted, store.token(*authorization)));
  }

 private:
  struct Wanted {
    std::string_view variable;
    bool ignores_errors = false;
  };

  static runtime::Task<Verdict> later(Exchange& exchange, Wanted wanted,
                                      runtime::Task<Result<CredentialStore::Token>> fetching) {
    const Result<CredentialStore::Token> token = co_await std::move(fetching);
    if (token) co_return use(exchange, wanted, **token);
    co_return missing(exchange, wanted, token.error().message);
  }

  static Verdict missing(Exchange& exchange, const Wanted& wanted, std::string_view why) {
    exchange.trace("get-authorization-context", why);
    if (!wanted.ignores_errors) return exchange.fail(500, "AuthorizationContextNotObtained", why);
    exchange.setVariable(wanted.variable, expression::makeNull());
    return Verdict::Next;
  }

  static Verdict use(Exchange& exchange, const Wanted& wanted, const Secret& token) {
    Arena& arena = exchange.arena();
    exchange.setVariable(wanted.variable, expression::makeAuthorization(arena.copy(token.reveal()), arena));
    return Verdict::Next;
  }

  TextOperand provider_, authorization_, variable_;
  ChoiceOperand type_;
  BoolOperand ignores_errors_;
};

void checkNames(ElementReader& reader) {
  const TextOperand provider = reader.text("provider-id"), id = reader.text("authorization-id");
  if (provider.isExpression() || id.isExpression()) return;
  const auto& configuration = reader.configuration();
  if (configuration.findAuthorization(provider.literal(), id.literal()) != nullptr) return;
  reader.errorAt("authorization-id",
                 fmt::format("there is no authorization `{}` of the provider `{}`", id.literal(), provider.literal()),
                 "Credentials are not in an extract: add it to `credentials` in sluice.yaml.");
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  const ChoiceOperand type = reader.choice("identity-type");
  if (!type.isExpression() && static_cast<IdentityType>(type.literal()) == IdentityType::Jwt)
    reader.errorAt("identity-type", "identities by token are refused: this gateway keeps no access policies for them",
                   "Write `managed`, and check the caller with <validate-jwt>.");
  if (reader.ok()) checkNames(reader);
  reader.touches(kMayWait);
  return std::make_shared<GetAuthorizationContext>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "provider-id", .need = Need::Required, .sentence = "The credential provider, by its id in sluice.yaml."},
    {.name = "authorization-id", .need = Need::Required, .sentence = "The provider's authorization, by its id."},
    {.name = "context-variable-name",
     .need = Need::Required,
     .sentence = "The variable that gets the Authorization, with its AccessToken."},
    {.name = "identity-type",
     .type = ValueType::Choice,
     .sentence = "By which identity the authorization is used; there is the gateway's own, `managed`.",
     .fallback = "managed",
     .choices = kIdentityTypes},
    {.name = "identity", .sentence = "For `jwt`: the token of the identity."},
    {.name = "ignore-error",
     .type = ValueType::Bool,
     .sentence = "Goes on without a token when there is none; the variable is then null.",
     .fallback = "false"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "get-authorization-context",
                .sentence = "Gets an access token of a credential provider, renewed when it is due.",
                .attributes = kAttributes},
    .sections = kInbound,
    .scopes = in(Scope::Global) | in(Scope::Product) | in(Scope::Api) | in(Scope::Operation),
    .status = "Providers and authorizations come from `credentials` in sluice.yaml. identity-type `jwt` is refused.",
    .posture = "Whoever may call the operation acts with the authorization's rights: check the caller first.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& getAuthorizationContextDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
