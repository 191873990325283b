#include "policies/get_authorization_context/get_authorization_context.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class GetAuthorizationContextTest : public policy::fixtures::PolicyFixture {
 protected:
  GetAuthorizationContextTest() : PolicyFixture(builtinCatalogue()) {
    config::Authorization authorization;
    authorization.provider = "github";
    authorization.id = "ada";
    authorization.token_url = "https://github.test/token";
    authorization.client_id = "us";
    authorization.client_secret = Secret("s&1");
    authorization.refresh_token = Secret("r1");
    authorization.scope = "repo user";
    configuration.authorizations.push_back(authorization);
  }
  void using_(const std::string& more = "") {
    inbound(
        "<get-authorization-context provider-id='github' authorization-id='ada' context-variable-name='auth' " + more +
        "/><set-header name='Authorization'><value>@(context.Variables[\"auth\"] == null ? \"none\" : \"Bearer \" + "
        "((Authorization)context.Variables[\"auth\"]).AccessToken)</value></set-header>");
  }
  std::string bearer() {
    sent.clear();
    const auto result = run();
    return sent.empty() ? result.error_reason + ": " + result.error_message
                        : fieldOf(sent.at(0).headers, "Authorization");
  }
  static policy::fixtures::Reply token(const std::string& members) { return {200, "{" + members + "}"}; }
};

TEST_F(GetAuthorizationContextTest, TokensAreRefreshedAndKept) {
  using_();
  fetch_replies = {token(R"("access_token":"t1","expires_in":3600,"refresh_token":"r2")"),
                   token(R"("access_token":"t2","expires_in":"3600")")};
  EXPECT_EQ(bearer(), "Bearer t1");
  EXPECT_EQ(bearer(), "Bearer t1");
  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(fetched[0].url, "https://github.test/token");
  EXPECT_EQ(fetched[0].body,
            "grant_type=refresh_token&client_id=us&client_secret=s%261&refresh_token=r1&scope=repo%20user");
  loop_.advance(clock_, std::chrono::hours(1));
  EXPECT_EQ(bearer(), "Bearer t2");
  EXPECT_NE(fetched.at(1).body.find("refresh_token=r2"), std::string::npos) << "the endpoint has replaced it";
}

TEST_F(GetAuthorizationContextTest, WithoutARefreshTokenTheClientItselfAsks) {
  configuration.authorizations[0].refresh_token = Secret();
  using_();
  fetch_replies = {token(R"("access_token":"t1")")};
  EXPECT_EQ(bearer(), "Bearer t1");
  EXPECT_EQ(fetched.at(0).body, "grant_type=client_credentials&client_id=us&client_secret=s%261&scope=repo%20user");
}

TEST_F(GetAuthorizationContextTest, WithoutATokenTheExchangeFailsUnlessErrorsAreIgnored) {
  using_();
  fetch_replies = {{400, "{}"}};
  EXPECT_EQ(bearer(), "AuthorizationContextNotObtained: the token endpoint answered 400");
  EXPECT_EQ(bearer(), "AuthorizationContextNotObtained: the token endpoint answered 400");
  EXPECT_EQ(fetched.size(), 1u) << "not asked again at once";
  loop_.advance(clock_, std::chrono::seconds(6));
  using_("ignore-error='@(true)'");
  fetch_replies = {token(R"("expires_in":1)")};
  EXPECT_EQ(bearer(), "none");
  inbound(
      "<get-authorization-context provider-id='@(context.Request.Method)' authorization-id='ada' "
      "context-variable-name='auth'/>");
  EXPECT_EQ(bearer(), "AuthorizationContextNotObtained: There is no authorization 'ada' of the provider 'POST'.");
}

TEST_F(GetAuthorizationContextTest, TellsWhatIsWrong) {
  inbound("<get-authorization-context provider-id='gitlab' authorization-id='ada' context-variable-name='auth'/>");
  EXPECT_NE(mistakes().find("there is no authorization `ada` of the provider `gitlab`"), std::string::npos);
  using_("identity-type='jwt'");
  EXPECT_NE(mistakes().find("identities by token are refused"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
