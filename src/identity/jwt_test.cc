#include "identity/jwt.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "identity/signing_fixture.h"

namespace sluice::identity {
namespace {

using fixtures::unsignedToken;

constexpr std::string_view kHeader = R"({"alg":"RS256","kid":"k1","typ":"JWT","x5t":"t1"})";

std::string tokenOf(std::string_view header, std::string_view payload, std::string_view signature = "sig!") {
  return base64UrlEncode(header) + "." + base64UrlEncode(payload) + "." + base64UrlEncode(signature);
}

std::string errorOf(std::string_view text, const TokenLimits& limits = {}) {
  const auto token = Token::parse(text, limits);
  return token ? "" : token.error().message;
}

TEST(Token, GivesHeaderClaimsAndTheSignedPart) {
  const std::string text =
      tokenOf(kHeader, R"({"iss":"me","sub":"you","jti":"7","aud":"api","exp":100,"nbf":50,"iat":60.9})");
  const auto token = Token::parse(text);
  ASSERT_TRUE(token) << token.error().message;
  const Token& t = **token;
  EXPECT_EQ(t.text(), text);
  EXPECT_EQ(std::string(t.signingInput()) + "." + base64UrlEncode("sig!"), text);
  EXPECT_EQ(t.signature(), "sig!");
  EXPECT_EQ(t.headerJson(), kHeader);
  EXPECT_EQ(t.algorithm(), Algorithm::Rs256);
  EXPECT_EQ(t.algorithmText(), "RS256");
  EXPECT_EQ(t.keyId(), "k1");
  EXPECT_EQ(t.thumbprint(), "t1");
  EXPECT_EQ(t.type(), "JWT");
  EXPECT_EQ(t.issuer(), "me");
  EXPECT_EQ(t.subject(), "you");
  EXPECT_EQ(t.id(), "7");
  ASSERT_EQ(t.audiences().size(), 1u);
  EXPECT_EQ(t.audiences()[0], "api");
  EXPECT_EQ(*t.expires(), UtcTime(std::chrono::seconds(100)));
  EXPECT_EQ(*t.notBefore(), UtcTime(std::chrono::seconds(50)));
  EXPECT_EQ(*t.issuedAt(), UtcTime(std::chrono::seconds(60)));
  EXPECT_LT(t.footprint(), 3000u);
}

TEST(Token, GivesClaimValuesAsDotNetDoes) {
  const auto token = Token::parse(tokenOf(
      kHeader,
      R"({"roles":["a","b\u00e9",3,null,{"x": [1, 2]}],"n":42,"d":1.5,"t":true,"z":null,"o":{ "k" : "v" },"e":[]})"));
  ASSERT_TRUE(token) << token.error().message;
  const Token& t = **token;
  ASSERT_EQ(t.claims().size(), 7u);
  const Claim& roles = t.claims()[0];
  EXPECT_EQ(roles.name, "roles");
  EXPECT_EQ(roles.kind, ClaimKind::Array);
  ASSERT_EQ(roles.values.size(), 5u);
  EXPECT_EQ(roles.values[1], "b\xc3\xa9");
  EXPECT_EQ(roles.values[2], "3");
  EXPECT_EQ(roles.values[3], "");
  EXPECT_EQ(roles.values[4], R"({"x":[1,2]})");
  EXPECT_EQ(t.value("n"), "42");
  EXPECT_EQ(t.value("d"), "1.5");
  EXPECT_EQ(t.value("t"), "true");
  EXPECT_EQ(t.find("z")->kind, ClaimKind::Null);
  EXPECT_EQ(t.value("o"), R"({"k":"v"})");
  EXPECT_TRUE(t.find("e")->values.empty());
  EXPECT_EQ(t.value("e"), "");
  EXPECT_EQ(t.find("missing"), nullptr);
  EXPECT_FALSE(t.expires());
}

TEST(Token, RefusesWhatIsNotACompactJws) {
  const std::string good = tokenOf(kHeader, "{}");
  EXPECT_EQ(errorOf(good), "");
  for (const std::string& bad :
       {std::string(""), std::string("."), std::string(".."), std::string("a.b"), good + ".x", good + ".x.y",
        " " + good, good + " ", good + "=", "e30=." + good.substr(good.find('.') + 1),
        good.substr(0, good.size() - 1) + "+", std::string("!!!.e30.AAAA")}) {
    EXPECT_NE(errorOf(bad), "") << bad;
  }
}

TEST(Token, RefusesASecondSpellingOfTheSameBytes) {
  const std::string start = base64UrlEncode(kHeader) + "." + base64UrlEncode("{}") + ".";
  EXPECT_EQ(errorOf(start + "AA"), "");
  EXPECT_NE(errorOf(start + "AB"), "");  // four stray bits
  EXPECT_EQ(errorOf(start + "AAA"), "");
  EXPECT_NE(errorOf(start + "AAB"), "");  // two stray bits
  EXPECT_NE(errorOf(start + "A"), "");
}

TEST(Token, RefusesBadHeaders) {
  for (const std::string_view header :
       {R"({})", R"([])", R"("x")", R"({"alg":5})", R"({"alg":"RS256","alg":"none"})",
        R"({"alg":"RS256","crit":["b64"],"b64":false})", R"({"alg":"RS256","crit":null})", R"({"alg":"RS256","kid":1})",
        R"({"alg":"RS256",})", R"({"alg":"RS256"} x)", "{\"alg\":\"RS256\",\"x\":\"\xff\"}", ""}) {
    EXPECT_NE(errorOf(tokenOf(header, "{}")), "") << header;
  }
}

TEST(Token, RefusesBadPayloads) {
  for (const std::string_view payload :
       {R"([])", R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})", R"({"exp":"soon"})", R"({"exp":-1})", R"({"nbf":true})",
        R"({"iss":7})", R"({"sub":null})", R"({"aud":7})", R"({"aud":["a",7]})", R"({"a":01})", R"({"a":"\ud800"})",
        R"({"a":nul})", "{\"a\":\"\x01\"}", R"({"exp":1e999})"}) {
    EXPECT_NE(errorOf(tokenOf(kHeader, payload)), "") << payload;
  }
}

TEST(Token, IsBoundedInSizeDepthAndCount) {
  const std::string long_claim = R"({"a":")" + std::string(20000, 'x') + "\"}";
  EXPECT_NE(errorOf(tokenOf(kHeader, long_claim)).find("IDX10209"), std::string::npos);
  TokenLimits wide;
  wide.token_bytes = 64 * 1024;
  EXPECT_EQ(errorOf(tokenOf(kHeader, long_claim), wide), "");
  EXPECT_NE(errorOf(tokenOf(kHeader, R"({"a":)" + std::string(500, '[') + std::string(500, ']') + "}")), "");
  std::string many = "{";
  for (int i = 0; i < 300; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  EXPECT_NE(errorOf(tokenOf(kHeader, many + "}")), "");
}

TEST(Token, KeepsTextsWholeWhenNumbersGrowInWriting) {
  std::string payload = R"({"a":[1e5)";
  for (int i = 0; i < 1000; ++i) payload += ",1e9";
  TokenLimits limits;
  limits.values_of_claim = 2000;
  const auto token = Token::parse(tokenOf(kHeader, payload + R"(],"z":"end"})"), limits);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ((*token)->find("a")->values.size(), 1001u);
  EXPECT_EQ((*token)->find("a")->values[1000], "1e+09");
  EXPECT_EQ((*token)->value("z"), "end");
}

TEST(Token, FarTimesStayInRange) {
  const auto token = Token::parse(tokenOf(kHeader, R"({"exp":1e300,"nbf":18446744073709551615})"));
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_GT(*(*token)->expires(), UtcTime(std::chrono::seconds(8'000'000'000)));
  EXPECT_EQ(*(*token)->expires(), *(*token)->notBefore());
}

TEST(Token, KnowsUnsignedTokensInEverySpelling) {
  for (const std::string_view name : {"none", "None", "NONE", "nOnE"}) {
    const auto token = Token::parse(unsignedToken("{\"alg\":\"" + std::string(name) + "\"}", "{}"));
    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->algorithm(), Algorithm::None);
    EXPECT_TRUE((*token)->signature().empty());
  }
  EXPECT_EQ(algorithmFromName("EdDSA"), Algorithm::Unknown);
  EXPECT_EQ(algorithmName(Algorithm::Ps384), "PS384");
}

}  // namespace
}  // namespace sluice::identity
