// What policies that check tokens share (validate-jwt, validate-azure-ad-token; reference 2.2): where the token comes
// from, what is demanded of it, and the tables of the elements that say so. Immutable after load.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "identity/claims.h"
#include "identity/key_set.h"
#include "policy/descriptor.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policy {

// The attributes header-name, query-parameter-name, token-value and, where the policy has it, require-scheme.
class TokenSource {
 public:
  explicit TokenSource(const ElementReader& reader);
  // Empty: there is no token. nullopt: an expression failed.
  std::optional<std::string_view> token(Exchange& exchange) const;

 private:
  std::optional<std::string_view> fromHeader(Exchange& exchange) const;

  TextOperand header_, query_, value_, scheme_;
};
// Exactly one source must be given, unless header-name has a default.
void checkTokenSource(ElementReader& reader);

// The attributes clock-skew, require-expiration-time and require-signed-tokens, where the policy has them, and the
// elements audiences, issuers and required-claims.
class TokenDemands {
 public:
  explicit TokenDemands(const ElementReader& reader);
  TokenDemands(const TokenDemands&) = delete;
  TokenDemands& operator=(const TokenDemands&) = delete;

  // Without expressions: one object for all exchanges. Otherwise in the arena. Null: an expression failed.
  const identity::TokenRules* rules(Exchange& exchange) const;

 private:
  struct Claim {
    std::string name;
    identity::ClaimMatch match;
    std::string separator;
    std::vector<TextOperand> values;
  };
  bool constant() const;
  void fix();

  std::vector<TextOperand> audiences_, issuers_;
  std::vector<Claim> claims_;
  DurationOperand clock_skew_;
  BoolOperand require_expiration_, require_signature_;
  // When constant: what rules() gives, with its texts.
  bool is_constant_ = false;
  identity::TokenRules fixed_;
  std::vector<std::string_view> fixed_audiences_, fixed_issuers_;
  std::vector<std::vector<std::string_view>> fixed_values_;
  std::vector<identity::ClaimRule> fixed_claims_;
};

// What a good token leaves behind: who calls, for the record, and the variable with the Jwt (none when `variable` is
// empty). The token is kept until the exchange ends; nothing of it is copied or parsed again.
void rememberToken(Exchange& exchange, std::shared_ptr<const identity::Token> token, std::string_view variable);

// Keys of <issuer-signing-keys>; null when there are none. Mistakes go to the reader.
std::shared_ptr<const identity::KeySet> configuredKeys(ElementReader& reader);

// --- tables ---
inline constexpr std::string_view kClaimMatches[] = {"all", "any"};
inline constexpr AttributeSpec kClaimAttributes[] = {
    {.name = "name", .need = Need::Required, .form = Form::Literal, .sentence = "The claim's name."},
    {.name = "match",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "Whether all values must be in the claim, or any one.",
     .fallback = "all",
     .choices = kClaimMatches},
    {.name = "separator", .form = Form::Literal, .sentence = "Splits a claim that holds several values in one text."},
};
inline constexpr ElementSpec kClaimValues[] = {
    {.name = "value", .sentence = "A value; without any, the claim must merely be there.", .content = Content::Text},
};
inline constexpr ElementSpec kClaimSpecs[] = {
    {.name = "claim",
     .sentence = "A claim that the token must have.",
     .attributes = kClaimAttributes,
     .children = kClaimValues,
     .least = 1},
};
inline constexpr AttributeSpec kKeyAttributes[] = {
    {.name = "id", .form = Form::Literal, .sentence = "The key's id, compared with the token's kid."},
    {.name = "certificate-id", .form = Form::Literal, .sentence = "A certificate of the gateway."},
    {.name = "n", .form = Form::Literal, .sentence = "The modulus of an RSA key, base64url."},
    {.name = "e", .form = Form::Literal, .sentence = "The exponent of an RSA key, base64url."},
};

}  // namespace sluice::policy
