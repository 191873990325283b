#include "policies/validate_azure_ad_token/validate_azure_ad_token.h"

#include <string>

#include "identity/signing_fixture.h"
#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class ValidateAzureAdTokenTest : public policy::fixtures::PolicyFixture {
 protected:
  ValidateAzureAdTokenTest() : PolicyFixture(builtinCatalogue()) {}
};

using identity::Algorithm;
using identity::fixtures::keyDocument;
using identity::fixtures::SigningKey;

const SigningKey& key() {
  static const SigningKey made = SigningKey::rsa();
  return made;
}

const std::string kTenant = "https://login.microsoftonline.com/contoso.example";
constexpr const char* kIssuerOne = "https://sts.windows.net/t/";
constexpr const char* kIssuerTwo = "https://login.microsoftonline.com/t/v2.0";

std::string token(const std::string& issuer, const std::string& more) {
  return key().sign(Algorithm::Rs256, R"({"alg":"RS256","kid":"k"})",
                    R"({"iss":")" + issuer + R"(","aud":"api://backend","exp":9999999999)" + more + "}");
}

class WithTenant : public ValidateAzureAdTokenTest {
 protected:
  WithTenant() {
    const auto metadata = [](const std::string& issuer) {
      return R"({"issuer":")" + issuer + R"(","jwks_uri":"https://login.microsoftonline.com/keys"})";
    };
    fetcher.put(kTenant + "/.well-known/openid-configuration", metadata(kIssuerOne));
    fetcher.put(kTenant + "/v2.0/.well-known/openid-configuration", metadata(kIssuerTwo));
    fetcher.put("https://login.microsoftonline.com/keys", keyDocument(key().jwk("k")));
  }
  void policyWith(const std::string& children) {
    inbound("<validate-azure-ad-token tenant-id='contoso.example'>" + children + "</validate-azure-ad-token>");
  }
  std::string outcomeOf(const std::string& issuer, const std::string& more = "") {
    headers = {{"Authorization", "Bearer " + token(issuer, more)}};
    return run().error_reason;
  }
};

TEST_F(WithTenant, TakesBothVersionsOfTheEndpointAndNoOthers) {
  policyWith("");
  EXPECT_EQ(outcomeOf(kIssuerOne), "");
  EXPECT_EQ(outcomeOf(kIssuerTwo), "");
  EXPECT_EQ(outcomeOf("https://login.microsoftonline.com/other/v2.0"), "TokenIssuerNotAllowed");
}

TEST_F(WithTenant, ChecksWhoCalls) {
  policyWith(
      "<client-application-ids><application-id>A</application-id><application-id>b</application-id></"
      "client-application-ids>");
  EXPECT_EQ(outcomeOf(kIssuerOne, R"(,"appid":"a")"), "");
  EXPECT_EQ(outcomeOf(kIssuerTwo, R"(,"azp":"b")"), "");
  EXPECT_EQ(outcomeOf(kIssuerTwo, R"(,"azp":"c")"), "TokenClaimValueNotAllowed");
  EXPECT_EQ(outcomeOf(kIssuerTwo), "TokenClaimValueNotAllowed") << "a token that names no application";
}

TEST_F(WithTenant, ChecksWhomItIsFor) {
  policyWith("<backend-application-ids><application-id>backend</application-id></backend-application-ids>");
  EXPECT_EQ(outcomeOf(kIssuerOne), "");
  policyWith("<backend-application-ids><application-id>other</application-id></backend-application-ids>");
  EXPECT_EQ(outcomeOf(kIssuerOne), "TokenAudienceNotAllowed");
}

TEST_F(ValidateAzureAdTokenTest, TellsWhatIsWrong) {
  inbound("<validate-azure-ad-token tenant-id='common'/>");
  EXPECT_NE(mistakes().find("tokens of every tenant are refused"), std::string::npos);
  inbound("<validate-azure-ad-token tenant-id='a b'/>");
  EXPECT_NE(mistakes().find("this is not a tenant"), std::string::npos);
  inbound("<validate-azure-ad-token tenant-id='https://login.microsoftonline.com/contoso.example/'/>");
  EXPECT_EQ(mistakes(), "");
}

}  // namespace
}  // namespace sluice::policies
