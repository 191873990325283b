#include "policies/validate_azure_ad_token/validate_azure_ad_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "identity/authenticator.h"
#include "policy/services.h"
#include "policy/token_demands.h"

namespace sluice::policies {
namespace {

using namespace policy;
using identity::Authenticator;
using identity::KeySource;

constexpr Duration kPatience = std::chrono::seconds(15);
constexpr std::string_view kAuthority = "https://login.microsoftonline.com";

// "contoso.com", a GUID, or a URL whose last part is one of these.
std::string_view tenantOf(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  const size_t slash = text.rfind('/');
  return slash == std::string_view::npos ? text : text.substr(slash + 1);
}

bool isTenant(std::string_view tenant) {
  constexpr size_t kLongest = 253;  // a domain name's
  const auto is_good = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
  };
  return !tenant.empty() && tenant.size() <= kLongest && tenant.front() != '.' &&
         std::all_of(tenant.begin(), tenant.end(), is_good);
}

// A tenant's tokens have its own issuer, in version 1 and 2 of the endpoint; these two names stand for every tenant.
bool isAnyTenant(std::string_view tenant) {
  return equalsIgnoreCase(tenant, "common") || equalsIgnoreCase(tenant, "organizations");
}

class ValidateAzureAdToken final : public Step {
 public:
  explicit ValidateAzureAdToken(const ElementReader& reader)
      : source_(reader),
        demands_(reader),
        tenant_(reader.text("tenant-id")),
        clients_(applicationsIn(reader, "client-application-ids")),
        backends_(applicationsIn(reader, "backend-application-ids")),
        status_(reader.integer("failed-validation-httpcode")),
        message_(reader.text("failed-validation-error-message")),
        variable_(reader.literal("output-token-variable-name")) {}

  Verdict run(Exchange& exchange) const override {
    const auto given = tenant_.evaluate(exchange);
    const auto text = given ? source_.token(exchange) : std::nullopt;
    const auto* rules = text ? demands_.rules(exchange) : nullptr;
    if (rules == nullptr) return Verdict::Fail;
    const std::string_view tenant = tenantOf(*given);
    if (!isTenant(tenant))
      return exchange.fail(500, "TenantInvalid", fmt::format("'{}' is not a tenant.", given->substr(0, 100)));
    Services& services = exchange.services();
    // Both versions of the endpoint sign with the same keys; each names its own issuer.
    const std::array<KeySource, 2> sources{
        KeySource{nullptr,
                  services.openid(fmt::format("{}/{}/v2.0/.well-known/openid-configuration", kAuthority, tenant))},
        KeySource{nullptr, services.openid(fmt::format("{}/{}/.well-known/openid-configuration", kAuthority, tenant))}};
    const auto outcome = services.authenticator().tryAuthenticate(*text, sources, *rules);
    if (outcome) return finish(exchange, *outcome);
    return exchange.wait(later(*this, exchange, *text, *rules, sources));
  }

 private:
  static std::vector<TextOperand> applicationsIn(const ElementReader& reader, std::string_view list) {
    std::vector<TextOperand> found;
    if (const ElementReader* parent = reader.child(list))
      for (const auto* child : parent->children("application-id")) found.push_back(child->content());
    return found;
  }

  static runtime::Task<Verdict> later(const ValidateAzureAdToken& self, Exchange& exchange, std::string_view text,
                                      const identity::TokenRules& rules, std::array<KeySource, 2> sources) {
    const Instant deadline = exchange.services().clock().now() + kPatience;
    const Authenticator::Outcome outcome =
        co_await exchange.services().authenticator().authenticate(text, sources, rules, deadline);
    co_return self.finish(exchange, outcome);
  }

  Verdict finish(Exchange& exchange, const Authenticator::Outcome& outcome) const {
    if (!outcome.ok()) return refuse(exchange, identity::reasonName(outcome.failure->reason), outcome.failure->message);
    const identity::Token& token = *outcome.token;
    // Version 1 of the token says appid, version 2 azp.
    std::string_view client = token.value("appid");
    if (client.empty()) client = token.value("azp");
    const auto client_allowed = contains(exchange, clients_, client);
    if (!client_allowed) return Verdict::Fail;
    if (!*client_allowed)
      return refuse(exchange, "TokenClaimValueNotAllowed",
                    fmt::format("Claim {} value of {} is not allowed. Access denied.",
                                token.value("appid").empty() ? "azp" : "appid", client));
    const auto backend_allowed = isForBackend(exchange, token);
    if (!backend_allowed) return Verdict::Fail;
    if (!*backend_allowed)
      return refuse(exchange, "TokenAudienceNotAllowed", "The token is not for this application. Access denied.");
    rememberToken(exchange, outcome.token, variable_);
    return Verdict::Next;
  }

  std::optional<bool> isForBackend(Exchange& exchange, const identity::Token& token) const {
    if (backends_.empty()) return true;
    for (const std::string_view audience : token.audiences()) {
      const auto found = contains(exchange, backends_, audience.starts_with("api://") ? audience.substr(6) : audience);
      if (!found || *found) return found;
    }
    return false;
  }

  // An empty list allows all. nullopt: an expression failed.
  static std::optional<bool> contains(Exchange& exchange, const std::vector<TextOperand>& list, std::string_view id) {
    if (list.empty()) return true;
    for (const auto& operand : list) {
      const auto allowed = operand.evaluate(exchange);
      if (!allowed) return std::nullopt;
      if (!id.empty() && equalsIgnoreCase(*allowed, id)) return true;
    }
    return false;
  }

  Verdict refuse(Exchange& exchange, std::string_view reason, std::string_view message) const {
    const auto status = status_.evaluate(exchange);
    if (!status) return Verdict::Fail;
    std::string_view told = message;
    if (!message_.absent()) {
      const auto own = message_.evaluate(exchange);
      if (!own) return Verdict::Fail;
      told = *own;
    }
    return exchange.fail(static_cast<int>(*status), reason, message, told);
  }

  TokenSource source_;
  TokenDemands demands_;
  TextOperand tenant_;
  std::vector<TextOperand> clients_, backends_;
  IntegerOperand status_;
  TextOperand message_;
  std::string variable_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  checkTokenSource(reader);
  const TextOperand tenant = reader.text("tenant-id");
  if (!tenant.isExpression() && !isTenant(tenantOf(tenant.literal())))
    reader.errorAt("tenant-id", "this is not a tenant", "Write the tenant's GUID or one of its domain names.");
  if (!tenant.isExpression() && isAnyTenant(tenantOf(tenant.literal())))
    reader.errorAt("tenant-id", "tokens of every tenant are refused: their issuers differ",
                   "Name the tenant, or use <validate-jwt> with the issuers that you trust.");
  for (const auto* keys : reader.children("decryption-keys"))
    reader.errorIn(keys->element(), "encrypted tokens are refused: this gateway does not decrypt them",
                   "Remove <decryption-keys>.");
  return std::make_shared<ValidateAzureAdToken>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "tenant-id",
     .need = Need::Required,
     .sentence = "The tenant: its GUID, a domain name, or a URL that ends in one."},
    {.name = "header-name",
     .sentence = "The header with the token; its scheme (Bearer) is taken off.",
     .fallback = "Authorization"},
    {.name = "query-parameter-name", .sentence = "The query parameter with the token."},
    {.name = "token-value", .sentence = "The token itself, without a scheme."},
    {.name = "failed-validation-httpcode",
     .type = ValueType::Integer,
     .sentence = "The status for a token that is not good.",
     .fallback = "401",
     .least = 200,
     .most = 599},
    {.name = "failed-validation-error-message",
     .sentence = "What the client is told then; without it, the precise reason."},
    {.name = "output-token-variable-name",
     .form = Form::Literal,
     .sentence = "A variable that gets the token as a Jwt."},
};
constexpr ElementSpec kApplications[] = {
    {.name = "application-id", .sentence = "An application's id.", .content = Content::Text, .least = 1},
};
constexpr ElementSpec kAudienceChildren[] = {
    {.name = "audience", .sentence = "An audience that may be in the token.", .content = Content::Text, .least = 1},
};
constexpr ElementSpec kKeyChildren[] = {
    {.name = "key", .sentence = "A key.", .attributes = kKeyAttributes, .content = Content::Text, .least = 1},
};
constexpr ElementSpec kChildren[] = {
    {.name = "backend-application-ids",
     .sentence = "The applications that the token may be for.",
     .children = kApplications,
     .most = 1},
    {.name = "client-application-ids",
     .sentence = "The applications that may call.",
     .children = kApplications,
     .most = 1},
    {.name = "audiences", .sentence = "One of these must be in the token.", .children = kAudienceChildren, .most = 1},
    {.name = "required-claims", .sentence = "All of these must hold.", .children = kClaimSpecs, .most = 1},
    {.name = "decryption-keys", .sentence = "Keys for encrypted tokens.", .children = kKeyChildren, .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "validate-azure-ad-token",
                .sentence = "Lets only requests with a good token of a Microsoft Entra tenant pass.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound,
    .status = "Encrypted tokens, and tenant-id `common` and `organizations`, are refused.",
    .posture = "Issuers of versions 1 and 2 of the tenant's endpoint are accepted, no others.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& validateAzureAdTokenDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
