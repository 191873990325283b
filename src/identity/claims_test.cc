#include "identity/claims.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "identity/signing_fixture.h"

namespace sluice::identity {
namespace {

using Texts = std::vector<std::string_view>;

constexpr UtcTime at(int64_t seconds) {
  return UtcTime(std::chrono::seconds(seconds));
}

std::shared_ptr<const Token> token(std::string_view payload) {
  auto parsed = Token::parse(fixtures::unsignedToken(R"({"alg":"none"})", payload));
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *parsed;
}

// The failure as "Reason: message", or "ok".
std::string check(std::string_view payload, const TokenRules& rules, UtcTime now = at(1000),
                  const Texts& metadata_issuers = {}) {
  const auto failure = checkClaims(*token(payload), rules, metadata_issuers, now);
  return failure ? std::string(reasonName(failure->reason)) + ": " + failure->message : "ok";
}

TokenRules timeless() {
  TokenRules rules;
  rules.expiration = Demand::Optional;
  return rules;
}

TEST(Claims, ExpiryIsDemandedAndCompared) {
  TokenRules rules;
  EXPECT_EQ(check(R"({"exp":1000})", rules), "ok");
  EXPECT_EQ(check(R"({"exp":1001})", rules), "ok");
  EXPECT_EQ(check(R"({"exp":999})", rules),
            "TokenExpired: IDX10223: Lifetime validation failed. The token is expired. ValidTo: '01/01/1970 00:16:39', "
            "Current time: '01/01/1970 00:16:40'. Access denied.");
  EXPECT_TRUE(check("{}", rules).starts_with("JwtInvalid: IDX10225"));
  rules.clock_skew = std::chrono::seconds(60);
  EXPECT_EQ(check(R"({"exp":940})", rules), "ok");
  EXPECT_TRUE(check(R"({"exp":939})", rules).starts_with("TokenExpired"));
  rules.clock_skew = Duration::max();
  EXPECT_EQ(check(R"({"exp":1e300,"nbf":0})", rules, at(100'000'000)), "ok");
  EXPECT_EQ(check("{}", timeless()), "ok");
  EXPECT_TRUE(check(R"({"exp":1})", timeless()).starts_with("TokenExpired"));
}

TEST(Claims, NotBeforeIsCompared) {
  TokenRules rules = timeless();
  EXPECT_EQ(check(R"({"nbf":1000})", rules), "ok");
  EXPECT_TRUE(check(R"({"nbf":1001})", rules).starts_with("JwtInvalid: IDX10222"));
  EXPECT_TRUE(check(R"({"nbf":500,"exp":400})", rules).starts_with("JwtInvalid: IDX10224"));
  rules.clock_skew = std::chrono::seconds(1);
  EXPECT_EQ(check(R"({"nbf":1001})", rules), "ok");
}

TEST(Claims, OneAudienceOfTheListSuffices) {
  const Texts allowed = {"https://cognitiveservices.azure.com", "b"};
  TokenRules rules = timeless();
  EXPECT_EQ(check(R"({"aud":"x"})", rules), "ok");
  rules.audiences = allowed;
  EXPECT_EQ(check(R"({"aud":["x","b"]})", rules), "ok");
  EXPECT_EQ(check(R"({"aud":"https://cognitiveservices.azure.com/"})", rules), "ok");
  for (const std::string_view payload : {R"({"aud":"B"})", R"({"aud":[]})", R"({"aud":""})", R"({})",
                                         R"({"aud":"https://cognitiveservices.azure.com//"})"}) {
    EXPECT_TRUE(check(payload, rules).starts_with("TokenAudienceNotAllowed: IDX10214")) << payload;
  }
}

TEST(Claims, IssuersOfPolicyAndMetadataAreAllowed) {
  const Texts allowed = {"one"};
  TokenRules rules = timeless();
  EXPECT_EQ(check(R"({"iss":"any"})", rules), "ok");
  EXPECT_EQ(check(R"({"iss":"meta"})", rules, at(0), {"meta"}), "ok");
  EXPECT_TRUE(check(R"({"iss":"any"})", rules, at(0), {"meta"}).starts_with("TokenIssuerNotAllowed: IDX10205"));
  rules.issuers = allowed;
  EXPECT_EQ(check(R"({"iss":"one"})", rules), "ok");
  EXPECT_EQ(check(R"({"iss":"meta"})", rules, at(0), {"meta"}), "ok");
  EXPECT_TRUE(check(R"({"iss":"One"})", rules).starts_with("TokenIssuerNotAllowed"));
  EXPECT_TRUE(check("{}", rules).starts_with("TokenIssuerNotAllowed"));
}

TEST(Claims, RequiredClaimsMatchAllOrAny) {
  const Texts wanted = {"read", "write"};
  std::vector<ClaimRule> claims = {{"roles", ClaimMatch::All, "", wanted}};
  TokenRules rules = timeless();
  rules.claims = claims;
  EXPECT_EQ(check(R"({"roles":["write","x","read"]})", rules), "ok");
  EXPECT_EQ(check(R"({"roles":["read"]})", rules),
            "TokenClaimValueNotAllowed: Claim roles value of read is not allowed. Access denied.");
  EXPECT_TRUE(check(R"({"roles":"read write"})", rules).starts_with("TokenClaimValueNotAllowed"));
  claims[0].separator = " ";
  EXPECT_EQ(check(R"({"roles":"read write"})", rules), "ok");
  EXPECT_EQ(check(R"({"roles":" write  read "})", rules), "ok");
  claims[0].match = ClaimMatch::Any;
  EXPECT_EQ(check(R"({"roles":"x read"})", rules), "ok");
  EXPECT_TRUE(check(R"({"roles":"x"})", rules).starts_with("TokenClaimValueNotAllowed"));
  EXPECT_TRUE(check(R"({"roles":[]})", rules).starts_with("TokenClaimValueNotAllowed"));
}

TEST(Claims, AbsentClaimsAreListedTogether) {
  const Texts numbers = {"7"};
  const std::vector<ClaimRule> claims = {
      {"a", ClaimMatch::All, "", {}}, {"b", ClaimMatch::All, "", numbers}, {"c", ClaimMatch::All, "", {}}};
  TokenRules rules = timeless();
  rules.claims = claims;
  EXPECT_EQ(check(R"({"b":7})", rules),
            "TokenClaimNotFound: JWT token is missing the following claims: a, c. Access denied.");
  EXPECT_EQ(check(R"({"a":null,"b":7,"c":false})", rules), "ok");
}

TEST(Claims, LongValuesAreCutInMessages) {
  const Texts wanted = {"x"};
  const std::vector<ClaimRule> claims = {{"a", ClaimMatch::All, "", wanted}};
  TokenRules rules = timeless();
  rules.claims = claims;
  EXPECT_LT(check("{\"a\":\"" + std::string(5000, 'y') + "\"}", rules).size(), 400u);
}

}  // namespace
}  // namespace sluice::identity
