#include "policies/send_request/send_request.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SendRequestTest : public policy::fixtures::PolicyFixture {
 protected:
  SendRequestTest() : PolicyFixture(builtinCatalogue()) {}
};

std::string request(const std::string& attributes, const std::string& children) {
  return "<send-request response-variable-name='r' " + attributes + ">" + children + "</send-request>";
}
const std::string kStatus =
    "<set-header name='S'><value>@(((IResponse)context.Variables[\"r\"])?.StatusCode.ToString() ?? "
    "\"null\")</value></set-header>";

TEST_F(SendRequestTest, SendsWhatIsBuiltInside) {
  inbound(request("timeout='7'",
                  "<set-url>https://other.test:8443/a b?c=d</set-url><set-method>PUT</set-method>"
                  "<set-header name='H'><value>1</value></set-header><set-body>data</set-body>"
                  "<authentication-basic username='u' password='p'/>") +
          kStatus);
  headers = {{"H", "mine"}};
  fetch_replies = {{201, "answer"}};
  run();
  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(fetched[0].method, "PUT");
  EXPECT_EQ(fetched[0].url, "https://other.test:8443/a%20b?c=d");
  EXPECT_EQ(fetched[0].body, "data");
  EXPECT_EQ(fetched[0].timeouts.total, std::chrono::seconds(7));
  EXPECT_EQ(fieldOf(fetched[0].headers, "H"), "1");
  EXPECT_EQ(fieldOf(fetched[0].headers, "Authorization"), "Basic dTpw");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "S"), "201");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "H"), "mine") << "the exchange's own request is untouched";
}

TEST_F(SendRequestTest, ACopyBeginsAsTheRequest) {
  inbound(request("mode='copy'", "<set-url>http://other.test/</set-url>"));
  method = "POST";
  body = "mine";
  headers = {{"A", "1"}, {"Host", "gateway.test"}};
  fetch_replies = {{200}};
  run();
  EXPECT_EQ(fetched.at(0).method, "POST");
  EXPECT_EQ(fetched.at(0).body, "mine");
  EXPECT_EQ(fieldOf(fetched.at(0).headers, "A"), "1");
  EXPECT_EQ(fieldOf(fetched.at(0).headers, "Host"), "");
  EXPECT_TRUE(compile()->reads_request_body);
}

TEST_F(SendRequestTest, NoResponseIsAnErrorUnlessIgnored) {
  inbound(request("", "<set-url>http://other.test/</set-url>"));
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_source, "send-request");
  EXPECT_EQ(result.error_reason, "BackendConnectionFailure");
  inbound(request("ignore-error='true'", "<set-url>http://other.test/</set-url>") + kStatus);
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "S"), "null");
}

TEST_F(SendRequestTest, TellsWhatIsWrong) {
  inbound(request("", "<set-url>other.test</set-url>"));
  EXPECT_NE(mistakes().find("`other.test` is not an absolute http or https URL"), std::string::npos);
  inbound(request("", ""));
  EXPECT_NE(mistakes().find("<send-request> needs an element <set-url> in it"), std::string::npos);
  inbound(request("", "<set-url>http://a.test</set-url><rewrite-uri template='/'/>"));
  EXPECT_NE(mistakes().find("<send-request> has no element <rewrite-uri> in it"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
