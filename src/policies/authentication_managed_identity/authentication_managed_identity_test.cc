#include "policies/authentication_managed_identity/authentication_managed_identity.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class AuthenticationManagedIdentityTest : public policy::fixtures::PolicyFixture {
 protected:
  AuthenticationManagedIdentityTest() : PolicyFixture(builtinCatalogue()) {}
};

constexpr const char* kAnswer = R"({"access_token":"machine","expires_in":3600})";

TEST_F(AuthenticationManagedIdentityTest, SetsTheHeaderAndKeepsTheToken) {
  inbound("<authentication-managed-identity resource='https://r' client-id='c'/>");
  headers = {{"Authorization", "Bearer mine"}};
  fetch_replies = {{200, kAnswer}};
  run();
  run();
  EXPECT_EQ(fetched.size(), 1u);
  EXPECT_TRUE(fetched[0].url.ends_with("resource=https%3A%2F%2Fr&client_id=c")) << fetched[0].url;
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Authorization"), "Bearer machine");
  EXPECT_EQ(fieldOf(sent.at(1).headers, "Authorization"), "Bearer machine");
}

TEST_F(AuthenticationManagedIdentityTest, AVariableInsteadOfTheHeader) {
  inbound(
      "<authentication-managed-identity resource='https://r' output-token-variable-name='t'/>"
      "<set-header name='T'><value>@((string)context.Variables[\"t\"])</value></set-header>");
  fetch_replies = {{200, kAnswer}};
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Authorization"), "");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "T"), "machine");
}

TEST_F(AuthenticationManagedIdentityTest, NoTokenIsAnErrorUnlessIgnored) {
  inbound("<authentication-managed-identity resource='https://r'/>");
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_reason, "ManagedIdentityTokenNotObtained");
  inbound("<authentication-managed-identity resource='https://r2' ignore-error='true'/>");
  EXPECT_EQ(run().reply.status, 200);
}

TEST_F(AuthenticationManagedIdentityTest, WorksOnARequestOfItsOwn) {
  policies(
      "<policies><outbound><send-request response-variable-name='r'><set-url>http://other.test</set-url>"
      "<authentication-managed-identity resource='https://r'/></send-request></outbound></policies>");
  fetch_replies = {{200, kAnswer}, {200, "ok"}};
  EXPECT_EQ(run().reply.status, 200);
  ASSERT_EQ(fetched.size(), 2u);
  EXPECT_EQ(fieldOf(fetched[1].headers, "Authorization"), "Bearer machine");
}

TEST_F(AuthenticationManagedIdentityTest, AfterTheAnswerItNeedsAVariable) {
  outbound("<authentication-managed-identity resource='https://r'/>");
  EXPECT_NE(mistakes().find("has no request to put its token on here"), std::string::npos);
  outbound(
      "<authentication-managed-identity resource='https://r' output-token-variable-name='t'/>"
      "<set-header name='T'><value>@((string)context.Variables[\"t\"])</value></set-header>");
  fetch_replies = {{200, kAnswer}};
  EXPECT_EQ(fieldOf(run().reply.headers, "T"), "machine");
}

}  // namespace
}  // namespace sluice::policies
