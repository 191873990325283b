#include "policies/set_body/set_body.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SetBodyTest : public policy::fixtures::PolicyFixture {
 protected:
  SetBodyTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(SetBodyTest, ALiteralKeepsItsWhiteSpace) {
  inbound("<set-body>\n  a &amp; b\n</set-body>");
  headers = {{"Content-Encoding", "gzip"}};
  run();
  EXPECT_EQ(sent.at(0).body, "\n  a & b\n");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Content-Encoding"), "");
}

TEST_F(SetBodyTest, MarkupIsText) {
  outbound("<set-body><soap:Envelope xmlns:soap=\"s\"><a x='1'/>{{b}} &amp; c</soap:Envelope></set-body>");
  EXPECT_EQ(run().reply.body, "<soap:Envelope xmlns:soap=\"s\"><a x='1'/>{{b}} &amp; c</soap:Envelope>");
}

TEST_F(SetBodyTest, CdataIsItsContent) {
  outbound("<set-body><![CDATA[<p>&amp;</p>]]></set-body>");
  EXPECT_EQ(run().reply.body, "<p>&amp;</p>");
}

TEST_F(SetBodyTest, AnExpressionSeesTheOldBody) {
  inbound("<set-body>@(context.Request.Body.As<string>() + \"!\")</set-body>");
  body = "old";
  run();
  EXPECT_EQ(sent.at(0).body, "old!");
}

TEST_F(SetBodyTest, ARequestWithoutABodyGetsOne) {
  inbound("<set-body>new</set-body>");
  body = "";
  method = "GET";
  run();
  EXPECT_EQ(sent.at(0).body, "new");
}

TEST_F(SetBodyTest, LiquidIsRefusedWithTheReason) {
  inbound("<set-body template='liquid'>{{body.a}}</set-body>");
  EXPECT_NE(mistakes().find("liquid templates are refused"), std::string::npos);
}

TEST_F(SetBodyTest, DeclaresThatItChangesTheResponse) {
  outbound("<set-body>@(context.Response.Body.As<string>())</set-body>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr);
  EXPECT_TRUE(pipeline->buffers_response);
  EXPECT_EQ(pipeline->buffering_reason,
            "streamed answers are buffered whole here: <set-body> reads the response's body and changes the response");
}

}  // namespace
}  // namespace sluice::policies
