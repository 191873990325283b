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

TEST_F(SetBodyTest, TemplatesSeeTheBodyByItsType) {
  inbound(
      "<set-body template='liquid'><a n=\"{{body.name | Upcase}}\">{% if body.n &lt; 2 %}few{% endif "
      "%}</a></set-body>");
  headers = {{"Content-Type", "application/json"}};
  body = R"({"name": "x", "n": 1})";
  run();
  EXPECT_EQ(sent.at(0).body, "<a n=\"X\">few</a>");
  outbound(
      "<set-body template='liquid'>{\"t\":\"{{body.Envelope.body.Temp}}\",\"k\":\"{{body.envelope.id}}\"}</set-body>");
  replies = {{200,
              "<s:Envelope xmlns:s='u' id='7'><s:Body><Temp>2</Temp></s:Body></s:Envelope>",
              {{"Content-Type", "text/xml"}}}};
  EXPECT_EQ(run().reply.body, R"({"t":"2","k":"7"})");
}

TEST_F(SetBodyTest, TemplatesSeeTheContext) {
  inbound(
      "<set-variable name='v w' value='@(1 + 1)'/><set-method>PUT</set-method><set-body template='liquid'>"
      "{{context.Request.Method}} {{context.Request.OriginalMethod}} {{context.Request.OriginalUrl.Query.y}} "
      "{{context.Request.Headers.X-A}} {{context.Request.Headers[\"x-a\"]}} {{context.Request.MatchedParameters.id}} "
      "{{context.Request.Url}} {{context.Variables['v w']}} {{context.Request.HasBody}} "
      "{{context.Request.IpAddress}}</set-body>");
  headers = {{"X-A", "1"}, {"x-a", "2"}};
  matched = {{"id", "9"}};
  run();
  EXPECT_EQ(sent.at(0).body, "PUT POST 1 1,2 1,2 9 http://backend.test/base/x?y=1 2 true 192.0.2.1");
}

TEST_F(SetBodyTest, DatesAndNilsAsTold) {
  const std::string text = "{{body.d}}|{{body.t}}";
  inbound("<set-body template='liquid'>" + text + "</set-body>");
  body = R"({"d": "2012-03-21T05:40:00Z", "t": "x"})";
  run();
  EXPECT_EQ(sent.at(0).body, "03/21/2012 05:40:00|x");
  inbound("<set-body template='liquid' parse-date='false'>" + text + "</set-body>");
  run();
  EXPECT_EQ(sent.at(1).body, "2012-03-21T05:40:00Z|x");
  body = "<r xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><n xsi:nil='true'/></r>";
  const std::string nil = "{% if body.r.n == null %}null{% elsif body.r.n == '' %}blank{% endif %}";
  inbound("<set-body template='liquid'>" + nil + "</set-body>");
  run();
  EXPECT_EQ(sent.at(2).body, "blank");
  inbound("<set-body template='liquid' xsi-nil='null'>" + nil + "</set-body>");
  run();
  EXPECT_EQ(sent.at(3).body, "null");
}

TEST_F(SetBodyTest, TemplatesThatFailGoToOnError) {
  inbound("<set-body template='liquid'>{{body.a}}</set-body>");
  headers = {{"Content-Type", "application/json"}};
  body = "<a/>";
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_reason, "TemplateEvaluationFailure");
  EXPECT_EQ(result.error_message, "The template failed: the body is not JSON.");
  body = "{}";
  inbound("<set-body template='liquid'>{{1 | DividedBy: 0}}</set-body>");
  EXPECT_EQ(run().error_message, "The template failed: Attempted to divide by zero.");
}

TEST_F(SetBodyTest, ReturnResponsesTemplatesGetNoBody) {
  inbound(
      "<return-response><set-body template='liquid'>[{{body.a}}]{{context.Request.Method}}</set-body>"
      "</return-response>");
  body = R"({"a": 1})";
  EXPECT_EQ(run().reply.body, "[]POST");
}

TEST_F(SetBodyTest, TemplatesDeclareWhatTheyRead) {
  outbound("<set-body template='liquid'>{{body.a}}</set-body>");
  auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr) << diagnostics.render();
  EXPECT_TRUE(pipeline->buffers_response);
  inbound("<set-body template='liquid'>{{context.Request.Method}}</set-body>");
  pipeline = compile();
  ASSERT_NE(pipeline, nullptr) << diagnostics.render();
  EXPECT_FALSE(pipeline->reads_request_body);
}

TEST_F(SetBodyTest, MistakesInTemplatesAreFoundAtLoad) {
  inbound("<set-body template='liquid'>a\n{{ b | upcase }}</set-body>");
  EXPECT_NE(mistakes().find("there is no filter `upcase`: it is called `Upcase` here (line 2 of the template)"),
            std::string::npos)
      << diagnostics.render();
  inbound("<set-body template='Liquid'>@(context.Request.Method)</set-body>");
  EXPECT_NE(mistakes().find("a liquid template is a text, not an expression"), std::string::npos);
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
