#include "identity/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace sluice::identity {
namespace {

constexpr Duration kMostSkew = std::chrono::hours(24 * 366);
constexpr size_t kShownBytes = 200;

std::string_view shown(std::string_view text) {
  return text.substr(0, kShownBytes);
}

std::string joined(std::span<const std::string_view> values) {
  std::string out;
  for (const std::string_view value : values) {
    if (out.size() > kShownBytes) return out + ", ...";
    if (!out.empty()) out += ", ";
    out += shown(value);
  }
  return out;
}

// As .NET writes a UTC time with the invariant culture.
std::string timeText(UtcTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(seconds - day);
  return fmt::format("{:02}/{:02}/{:04} {:02}:{:02}:{:02}", static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), static_cast<int>(date.year()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

// The texts are those of Microsoft.IdentityModel, whose codes (IDX...) people search for.
std::optional<TokenFailure> checkLifetime(const Token& token, const TokenRules& rules, UtcTime now) {
  const Duration skew = std::clamp(rules.clock_skew, Duration::zero(), kMostSkew);
  const auto expires = token.expires();
  const auto not_before = token.notBefore();
  if (!expires && rules.expiration == Demand::Required) {
    return TokenFailure{
        TokenReason::JwtInvalid,
        "IDX10225: Lifetime validation failed. The token is missing an Expiration Time. Access denied."};
  }
  if (not_before && expires && *not_before > *expires) {
    return TokenFailure{TokenReason::JwtInvalid,
                        "IDX10224: Lifetime validation failed. The NotBefore is after Expires. Access denied."};
  }
  if (not_before && *not_before - skew > now) {
    return TokenFailure{
        TokenReason::JwtInvalid,
        fmt::format("IDX10222: Lifetime validation failed. The token is not yet valid. ValidFrom: '{}', "
                    "Current time: '{}'. Access denied.",
                    timeText(*not_before), timeText(now))};
  }
  if (expires && *expires + skew < now) {
    return TokenFailure{TokenReason::TokenExpired,
                        fmt::format("IDX10223: Lifetime validation failed. The token is expired. ValidTo: '{}', "
                                    "Current time: '{}'. Access denied.",
                                    timeText(*expires), timeText(now))};
  }
  return std::nullopt;
}

// Microsoft.IdentityModel lets the two differ by one slash at the end, and Entra issues both.
bool sameAudience(std::string_view a, std::string_view b) {
  if (a.ends_with('/')) a.remove_suffix(1);
  if (b.ends_with('/')) b.remove_suffix(1);
  return a == b && !a.empty();
}

bool contains(std::span<const std::string_view> list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::optional<TokenFailure> checkAudience(const Token& token, std::span<const std::string_view> allowed) {
  if (allowed.empty()) return std::nullopt;
  for (const std::string_view audience : token.audiences())
    for (const std::string_view candidate : allowed)
      if (sameAudience(audience, candidate)) return std::nullopt;
  return TokenFailure{
      TokenReason::TokenAudienceNotAllowed,
      fmt::format("IDX10214: Audience validation failed. Audiences: '{}'. Did not match. Access denied.",
                  joined(token.audiences()))};
}

std::optional<TokenFailure> checkIssuer(const Token& token, std::span<const std::string_view> allowed,
                                        std::span<const std::string_view> from_metadata) {
  if (allowed.empty() && from_metadata.empty()) return std::nullopt;
  const std::string_view issuer = token.issuer();
  if (!issuer.empty() && (contains(allowed, issuer) || contains(from_metadata, issuer))) return std::nullopt;
  return TokenFailure{
      TokenReason::TokenIssuerNotAllowed,
      fmt::format("IDX10205: Issuer validation failed. Issuer: '{}'. Did not match. Access denied.", shown(issuer))};
}

// Calls `found` with each value of the claim, split by the rule's separator; stops when it returns true.
template <class Found>
bool anyValue(const Claim& claim, std::string_view separator, Found found) {
  for (const std::string_view value : claim.values) {
    if (separator.empty()) {
      if (found(value)) return true;
      continue;
    }
    size_t from = 0;
    while (from <= value.size()) {
      const size_t to = std::min(value.find(separator, from), value.size());
      if (found(value.substr(from, to - from))) return true;
      from = to + separator.size();
    }
  }
  return false;
}

bool satisfies(const Claim& claim, const ClaimRule& rule) {
  if (rule.values.empty()) return true;
  const auto present = [&](std::string_view wanted) {
    return anyValue(claim, rule.separator, [&](std::string_view value) { return value == wanted; });
  };
  return rule.match == ClaimMatch::All ? std::all_of(rule.values.begin(), rule.values.end(), present)
                                       : std::any_of(rule.values.begin(), rule.values.end(), present);
}

std::optional<TokenFailure> checkRequired(const Token& token, std::span<const ClaimRule> rules) {
  std::string missing;
  for (const ClaimRule& rule : rules) {
    if (token.find(rule.name) != nullptr) continue;
    if (!missing.empty()) missing += ", ";
    missing += rule.name;
  }
  if (!missing.empty()) {
    return TokenFailure{TokenReason::TokenClaimNotFound,
                        "JWT token is missing the following claims: " + missing + ". Access denied."};
  }
  for (const ClaimRule& rule : rules) {
    const Claim& claim = *token.find(rule.name);
    if (satisfies(claim, rule)) continue;
    return TokenFailure{
        TokenReason::TokenClaimValueNotAllowed,
        fmt::format("Claim {} value of {} is not allowed. Access denied.", rule.name, joined(claim.values))};
  }
  return std::nullopt;
}

}  // namespace

std::string_view reasonName(TokenReason reason) {
  switch (reason) {
    case TokenReason::TokenNotPresent:
      return "TokenNotPresent";
    case TokenReason::TokenExpired:
      return "TokenExpired";
    case TokenReason::TokenSignatureInvalid:
      return "TokenSignatureInvalid";
    case TokenReason::TokenSignatureKeyNotFound:
      return "TokenSignatureKeyNotFound";
    case TokenReason::TokenAudienceNotAllowed:
      return "TokenAudienceNotAllowed";
    case TokenReason::TokenIssuerNotAllowed:
      return "TokenIssuerNotAllowed";
    case TokenReason::TokenClaimNotFound:
      return "TokenClaimNotFound";
    case TokenReason::TokenClaimValueNotAllowed:
      return "TokenClaimValueNotAllowed";
    case TokenReason::JwtInvalid:
      return "JwtInvalid";
  }
  return "JwtInvalid";
}

std::optional<TokenFailure> checkClaims(const Token& token, const TokenRules& rules,
                                        std::span<const std::string_view> metadata_issuers, UtcTime now) {
  if (auto failure = checkLifetime(token, rules, now)) return failure;
  if (auto failure = checkAudience(token, rules.audiences)) return failure;
  if (auto failure = checkIssuer(token, rules.issuers, metadata_issuers)) return failure;
  return checkRequired(token, rules.claims);
}

}  // namespace sluice::identity
