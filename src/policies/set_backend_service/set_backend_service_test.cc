#include "policies/set_backend_service/set_backend_service.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SetBackendServiceTest : public policy::fixtures::PolicyFixture {
 protected:
  SetBackendServiceTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(SetBackendServiceTest, ABaseUrlReplacesTheBase) {
  inbound("<set-backend-service base-url='http://other.test/deep/' />");
  url = "http://gateway.test/a?b=c";
  run();
  EXPECT_EQ(sent.at(0).url, "http://other.test/deep/a?b=c");
}

TEST_F(SetBackendServiceTest, ABackendGivesItsUrl) {
  backend("pool-member", "https://member.test");
  inbound("<set-backend-service backend-id='pool-member' />");
  run();
  EXPECT_EQ(sent.at(0).url, "https://member.test/x?y=1");
}

TEST_F(SetBackendServiceTest, AnExpressionMayNameIt) {
  backend("b-POST", "https://post.test");
  inbound("<set-backend-service backend-id='@(\"b-\" + context.Request.Method)' />");
  run();
  EXPECT_EQ(sent.at(0).url, "https://post.test/x?y=1");
  method = "PUT";
  const auto result = run();
  EXPECT_EQ(result.error_reason, "BackendNotFound");
  EXPECT_EQ(result.error_message, "There is no backend 'b-PUT'.");
}

TEST_F(SetBackendServiceTest, AUrlThatIsNoneFails) {
  inbound("<set-backend-service base-url='@(\"ftp://\" + context.Request.Method)' />");
  EXPECT_EQ(run().error_reason, "BackendUrlInvalid");
}

TEST_F(SetBackendServiceTest, RefusesServiceFabricAndDapr) {
  inbound("<set-backend-service backend-id='fabric' sf-partition-key='1'/>");
  EXPECT_NE(mistakes().find("`sf-partition-key` is about a Service Fabric cluster"), std::string::npos);
  inbound("<set-backend-service backend-id='dapr' dapr-app-id='a' dapr-method='m'/>");
  const auto told = mistakes();
  EXPECT_NE(told.find("`dapr-app-id` needs Dapr's sidecar"), std::string::npos);
  EXPECT_NE(told.find("`dapr-method` needs Dapr's sidecar"), std::string::npos);
}

TEST_F(SetBackendServiceTest, TellsWhatIsWrong) {
  backend("gpt-east", "https://east.test");
  inbound("<set-backend-service backend-id='gpt-eats' />");
  EXPECT_NE(mistakes().find("there is no backend `gpt-eats`"), std::string::npos);
  EXPECT_NE(mistakes().find("Did you mean `gpt-east`?"), std::string::npos);
  inbound("<set-backend-service base-url='east.test' />");
  EXPECT_NE(mistakes().find("`east.test` is not an absolute http or https URL"), std::string::npos);
  inbound("<set-backend-service />");
  EXPECT_NE(mistakes().find("needs one of the attributes"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
