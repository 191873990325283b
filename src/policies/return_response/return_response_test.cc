#include "policies/return_response/return_response.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class ReturnResponseTest : public policy::fixtures::PolicyFixture {
 protected:
  ReturnResponseTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(ReturnResponseTest, AnswersAtOnce) {
  inbound(
      "<choose><when condition='true'><return-response><set-status code='403' reason='No'/>"
      "<set-header name='A'><value>1</value></set-header><set-body>b</set-body></return-response></when></choose>"
      "<set-header name='Never'><value>1</value></set-header>");
  const auto result = run();
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(result.reply.status, 403);
  EXPECT_EQ(result.reply.reason, "No");
  EXPECT_EQ(result.reply.body, "b");
  EXPECT_EQ(fieldOf(result.reply.headers, "A"), "1");
}

TEST_F(ReturnResponseTest, EmptyItIsAnEmpty200) {
  outbound("<return-response/>");
  replies = {{404, "gone", {{"A", "1"}}}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 200);
  EXPECT_EQ(result.reply.reason, "OK");
  EXPECT_EQ(result.reply.body, "");
  EXPECT_TRUE(result.reply.headers.empty());
}

TEST_F(ReturnResponseTest, ItsExpressionsSeeTheResponseAsItWas) {
  outbound(
      "<return-response><set-status code='@(context.Response.StatusCode)'/>"
      "<set-body>@(context.Response.Body.As<string>() + \"!\")</set-body></return-response>");
  replies = {{202, "old"}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 202);
  EXPECT_EQ(result.reply.body, "old!");
}

TEST_F(ReturnResponseTest, OnErrorMayAnswerToo) {
  policies(
      "<policies><inbound><set-variable name='x' value='@(context.Variables[\"none\"])'/></inbound>"
      "<on-error><return-response><set-status code='502'/></return-response></on-error></policies>");
  EXPECT_EQ(run().reply.status, 502);
}

TEST_F(ReturnResponseTest, MayBeginAsTheResponseOfASendRequest) {
  const std::string ask =
      "<send-request response-variable-name='r' "
      "ignore-error='true'><set-url>http://other.test</set-url></send-request>";
  inbound(ask +
          "<return-response response-variable-name='r'><set-header name='B'><value>2</value></set-header>"
          "</return-response>");
  fetch_replies = {{418, "theirs", {{"A", "1"}, {"Transfer-Encoding", "chunked"}}, "Teapot"}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 418);
  EXPECT_EQ(result.reply.reason, "Teapot");
  EXPECT_EQ(result.reply.body, "theirs");
  EXPECT_EQ(fieldOf(result.reply.headers, "A"), "1");
  EXPECT_EQ(fieldOf(result.reply.headers, "B"), "2");
  EXPECT_EQ(fieldOf(result.reply.headers, "Transfer-Encoding"), "");
  EXPECT_EQ(run().error_reason, "ResponseVariableMissing") << "there was no response, so the variable is null";
}

TEST_F(ReturnResponseTest, HoldsOnlyWhatMakesAResponse) {
  inbound("<return-response><set-method>GET</set-method></return-response>");
  EXPECT_NE(mistakes().find("<return-response> has no element <set-method> in it"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
