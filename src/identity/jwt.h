// Token: one JSON Web Token in compact form (RFC 7515 section 7.1, RFC 7519), parsed strictly and kept whole. Parsing
// proves nothing about who made it: the signature is verify.h's, time and claims are claims.h's business.
//
// Refused while parsing: a token longer than the limit, other than three segments (five: encrypted, which we do not
// take), base64url with padding, foreign characters or stray bits, JSON that is broken, too deep, not an object or has
// a member twice (RFC 7515 section 4, RFC 7519 section 4), `crit` (we know no extension), standard claims of a wrong
// type.
//
// Immutable once parsed, shared between threads; all views live as long as the token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sluice::identity {

// RFC 7518 section 3.1. Unknown: a name that we do not verify.
enum class Algorithm : uint8_t {
  None,
  Rs256,
  Rs384,
  Rs512,
  Ps256,
  Ps384,
  Ps512,
  Es256,
  Es384,
  Es512,
  Hs256,
  Hs384,
  Hs512,
  Unknown
};
Algorithm algorithmFromName(std::string_view name);
std::string_view algorithmName(Algorithm algorithm);

struct TokenLimits {
  size_t token_bytes = 16 * 1024;
  size_t claims = 256;
  size_t values_of_claim = 1024;
  size_t depth = 16;
};

enum class ClaimKind : uint8_t { Null, Boolean, Number, String, Array, Object };

// One member of the payload. `values` is what .NET's JwtSecurityToken makes of it, which is what policies and
// expressions compare: an array gives one text per element, everything else one text; strings unescaped, numbers and
// booleans as JSON writes them, objects and nested arrays as compact JSON, null as the empty text.
struct Claim {
  std::string_view name;
  ClaimKind kind = ClaimKind::Null;
  std::span<const std::string_view> values;
};

class Token {
 public:
  // `text` is copied. Errors are for the operator and safe to send to the caller.
  static Result<std::shared_ptr<const Token>> parse(std::string_view text, const TokenLimits& limits = {});
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  std::string_view text() const { return text_; }
  std::string_view signingInput() const { return text_.substr(0, signed_bytes_); }  // header "." payload, as sent
  std::string_view signature() const { return signature_; }                         // decoded
  std::string_view headerJson() const { return header_; }
  std::string_view payloadJson() const { return payload_; }

  Algorithm algorithm() const { return algorithm_; }
  std::string_view algorithmText() const { return algorithm_text_; }  // as sent
  std::string_view keyId() const { return key_id_; }                  // `kid`, or empty
  std::string_view thumbprint() const { return thumbprint_; }         // `x5t`, or empty
  std::string_view type() const { return type_; }                     // `typ`, or empty

  std::span<const Claim> claims() const { return claims_; }  // in the payload's order
  const Claim* find(std::string_view name) const;
  // The first value of a claim, or empty.
  std::string_view value(std::string_view name) const;

  std::string_view issuer() const { return value("iss"); }
  std::string_view subject() const { return value("sub"); }
  std::string_view id() const { return value("jti"); }
  std::span<const std::string_view> audiences() const { return audiences_; }
  std::optional<UtcTime> expires() const { return expires_; }
  std::optional<UtcTime> notBefore() const { return not_before_; }
  std::optional<UtcTime> issuedAt() const { return issued_at_; }

  // Bytes that this token holds, for caches that are bounded.
  size_t footprint() const { return footprint_; }

 private:
  friend class TokenParser;
  Token() = default;

  std::unique_ptr<char[]> storage_;  // all the texts below
  std::vector<Claim> claims_;
  std::vector<std::string_view> values_;
  std::string_view text_, header_, payload_, signature_, algorithm_text_, key_id_, thumbprint_, type_;
  std::span<const std::string_view> audiences_;
  std::optional<UtcTime> expires_, not_before_, issued_at_;
  size_t signed_bytes_ = 0;
  size_t footprint_ = 0;
  Algorithm algorithm_ = Algorithm::Unknown;
};

}  // namespace sluice::identity
