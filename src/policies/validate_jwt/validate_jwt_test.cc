#include "policies/validate_jwt/validate_jwt.h"

#include <string>

#include "base/encoding.h"
#include "identity/signing_fixture.h"
#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class ValidateJwtTest : public policy::fixtures::PolicyFixture {
 protected:
  ValidateJwtTest() : PolicyFixture(builtinCatalogue()) {}
};

using identity::Algorithm;
using identity::fixtures::keyDocument;
using identity::fixtures::signHmac;
using identity::fixtures::SigningKey;

const SigningKey& key() {
  static const SigningKey made = SigningKey::rsa();
  return made;
}

constexpr std::string_view kUrl = "https://idp.test/.well-known/openid-configuration";
constexpr int64_t kNow = 1'767'225'600;

std::string claims(const std::string& more = "", int64_t expires = kNow + 60) {
  return R"({"iss":"https://idp.test","aud":"api","exp":)" + std::to_string(expires) + more + "}";
}

std::string token(const std::string& payload) {
  return key().sign(Algorithm::Rs256, R"({"alg":"RS256","kid":"k"})", payload);
}

class WithProvider : public ValidateJwtTest {
 protected:
  WithProvider() {
    fetcher.put(std::string(kUrl), R"({"issuer":"https://idp.test","jwks_uri":"https://idp.test/keys"})");
    fetcher.put("https://idp.test/keys", keyDocument(key().jwk("k")));
  }
  void policyWith(const std::string& attributes, const std::string& children = "") {
    inbound("<validate-jwt " + attributes + "><openid-config url='" + std::string(kUrl) + "'/>" + children +
            "</validate-jwt><set-header name='Passed'><value>yes</value></set-header>");
  }
  // The reason that it fails for, or "" when it passes.
  std::string outcomeOf(const std::string& authorization) {
    headers = {{"Authorization", authorization}};
    sent.clear();
    last = run();
    EXPECT_EQ(last.error_reason.empty(), sent.size() == 1);
    return last.error_reason;
  }
  policy::fixtures::RunResult last;
};

constexpr const char* kHeader = "header-name='Authorization'";
const std::string kAudience = "<audiences><audience>api</audience></audiences>";

TEST_F(WithProvider, AGoodTokenPasses) {
  policyWith(kHeader, kAudience);
  EXPECT_EQ(outcomeOf("Bearer " + token(claims())), "");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Passed"), "yes");
  EXPECT_EQ(outcomeOf("Bearer " + token(claims())), "") << "now from the cache";
  EXPECT_EQ(fetcher.fetches(std::string(kUrl)), 1);
}

TEST_F(WithProvider, WaitsForKeysThatAreOnTheirWay) {
  policyWith(kHeader, kAudience);
  fetcher.hold();
  headers = {{"Authorization", "Bearer " + token(claims())}};
  loop_.post([this] { fetcher.release(); });
  EXPECT_EQ(run().error_reason, "");
}

TEST_F(WithProvider, SaysWhatIsWrong) {
  policyWith(kHeader, kAudience);
  EXPECT_EQ(outcomeOf(""), "TokenNotPresent");
  EXPECT_EQ(last.reply.status, 401);
  EXPECT_EQ(last.error_message, "JWT not present.");
  EXPECT_EQ(outcomeOf("Bearer nonsense"), "JwtInvalid");
  EXPECT_EQ(outcomeOf("Bearer " + token(claims("", kNow - 1))), "TokenExpired");
  EXPECT_EQ(outcomeOf("Bearer " + token(R"({"iss":"https://idp.test","aud":"other","exp":9999999999})")),
            "TokenAudienceNotAllowed");
  EXPECT_EQ(outcomeOf("Bearer " + token(R"({"iss":"https://evil.test","aud":"api","exp":9999999999})")),
            "TokenIssuerNotAllowed");
  const std::string forged = SigningKey::rsa().sign(Algorithm::Rs256, R"({"alg":"RS256","kid":"k"})", claims());
  EXPECT_EQ(outcomeOf("Bearer " + forged), "TokenSignatureInvalid");
}

TEST_F(WithProvider, AnswersAsTheAuthorSays) {
  policyWith(
      "header-name='Authorization' failed-validation-httpcode='403' failed-validation-error-message='Forbidden'");
  EXPECT_EQ(outcomeOf("Bearer nonsense"), "JwtInvalid");
  EXPECT_EQ(last.reply.status, 403);
  EXPECT_NE(last.reply.body.find("\"Forbidden\""), std::string::npos) << last.reply.body;
  EXPECT_NE(last.error_message, "Forbidden") << "LastError keeps the reason";
}

TEST_F(WithProvider, TheSchemeCountsWhereItIsDemanded) {
  policyWith("header-name='Authorization' require-scheme='Bearer'");
  EXPECT_EQ(outcomeOf("bearer " + token(claims())), "");
  EXPECT_EQ(outcomeOf("Basic " + token(claims())), "TokenNotPresent");
  EXPECT_EQ(outcomeOf(token(claims())), "TokenNotPresent");
  policyWith(kHeader);
  EXPECT_EQ(outcomeOf(token(claims())), "");
}

TEST_F(WithProvider, TheTokenMayComeFromElsewhere) {
  policyWith("query-parameter-name='token'");
  url = "http://gateway.test/x?token=" + token(claims());
  EXPECT_EQ(run().error_reason, "");
  policyWith("token-value='@(context.Request.Headers[\"T\"][0])'");
  headers = {{"T", token(claims())}};
  EXPECT_EQ(run().error_reason, "");
}

TEST_F(WithProvider, ChecksRequiredClaims) {
  const auto demand = [this](const std::string& rule) {
    policyWith(kHeader, "<required-claims><claim name='roles' " + rule + "</claim></required-claims>");
  };
  const std::string roles = "Bearer " + token(claims(R"(,"roles":["a","b"])"));
  demand("><value>a</value><value>b</value>");
  EXPECT_EQ(outcomeOf(roles), "");
  demand("><value>a</value><value>c</value>");
  EXPECT_EQ(outcomeOf(roles), "TokenClaimValueNotAllowed");
  demand("match='any'><value>a</value><value>c</value>");
  EXPECT_EQ(outcomeOf(roles), "");
  demand(">");
  EXPECT_EQ(outcomeOf("Bearer " + token(claims())), "TokenClaimNotFound");
  demand("separator=' '><value>b</value>");
  EXPECT_EQ(outcomeOf("Bearer " + token(claims(R"(,"roles":"a b")"))), "");
}

TEST_F(WithProvider, AudiencesMayBeExpressions) {
  policyWith(kHeader, "<audiences><audience>@(context.Request.Headers[\"Aud\"][0])</audience></audiences>");
  headers = {{"Authorization", "Bearer " + token(claims())}, {"Aud", "api"}};
  EXPECT_EQ(run().error_reason, "");
  headers[1].second = "other";
  EXPECT_EQ(run().error_reason, "TokenAudienceNotAllowed");
}

TEST_F(WithProvider, NoKeysIsAFailureOfTheToken) {
  fetcher.remove(std::string(kUrl));
  policyWith(kHeader);
  EXPECT_EQ(outcomeOf("Bearer " + token(claims())), "TokenSignatureKeyNotFound");
}

TEST_F(ValidateJwtTest, SymmetricKeysOfTheDocument) {
  const std::string secret = "0123456789abcdef0123456789abcdef";
  inbound("<validate-jwt header-name='Authorization'><issuer-signing-keys><key>" + base64Encode(secret) +
          "</key></issuer-signing-keys></validate-jwt>");
  const std::string header = R"({"alg":"HS256"})";
  headers = {{"Authorization", "Bearer " + signHmac(Algorithm::Hs256, secret, header, claims())}};
  EXPECT_EQ(run().error_reason, "");
  headers = {{"Authorization", "Bearer " + signHmac(Algorithm::Hs256, secret + "x", header, claims())}};
  EXPECT_EQ(run().error_reason, "TokenSignatureInvalid");
  headers = {{"Authorization", "Bearer " + identity::fixtures::unsignedToken(R"({"alg":"none"})", claims())}};
  EXPECT_NE(run().error_reason, "");
}

TEST_F(ValidateJwtTest, TellsWhatIsWrong) {
  inbound(
      "<validate-jwt header-name='a' "
      "token-value='b'><issuer-signing-keys><key>?</key></issuer-signing-keys></validate-jwt>");
  std::string told = mistakes();
  EXPECT_NE(told.find("the token must come from one of"), std::string::npos) << told;
  EXPECT_NE(told.find("this key is of no use: a symmetric key is base64"), std::string::npos) << told;
  inbound("<validate-jwt header-name='a'/>");
  told = mistakes();
  EXPECT_NE(told.find("<validate-jwt> has no keys to check signatures with"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
