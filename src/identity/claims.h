// What validate-jwt demands of a token besides its signature (reference section 2.2), checked on every request, also
// for tokens whose signature is remembered. Pure functions; nothing is kept.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "identity/jwt.h"

namespace sluice::identity {

// context.LastError.Reason of validate-jwt (reference section 1.5).
enum class TokenReason : uint8_t {
  TokenNotPresent,
  TokenExpired,
  TokenSignatureInvalid,
  TokenSignatureKeyNotFound,
  TokenAudienceNotAllowed,
  TokenIssuerNotAllowed,
  TokenClaimNotFound,
  TokenClaimValueNotAllowed,
  JwtInvalid
};
std::string_view reasonName(TokenReason reason);  // "TokenExpired"

struct TokenFailure {
  TokenReason reason = TokenReason::JwtInvalid;
  std::string message;  // for LastError.Message and, by default, the client
};

enum class ClaimMatch : uint8_t { All, Any };

struct ClaimRule {
  std::string_view name;
  ClaimMatch match = ClaimMatch::All;
  std::string_view separator;                // empty: the claim's values are taken whole
  std::span<const std::string_view> values;  // empty: the claim must merely be there
};

enum class Demand : uint8_t { Required, Optional };

// All views must outlive the check. An empty list of audiences: not checked. Issuers: the token's must be among
// `issuers` or `metadata_issuers` (those of the OpenID documents, accepted by themselves); both empty: not checked.
struct TokenRules {
  std::span<const std::string_view> audiences;
  std::span<const std::string_view> issuers;
  std::span<const ClaimRule> claims;
  Duration clock_skew{0};
  Demand expiration = Demand::Required;
  Demand signature = Demand::Required;
};

// nullopt: everything holds. Order as .NET's handler checks: lifetime, audience, issuer; then required claims.
std::optional<TokenFailure> checkClaims(const Token& token, const TokenRules& rules,
                                        std::span<const std::string_view> metadata_issuers, UtcTime now);

}  // namespace sluice::identity
