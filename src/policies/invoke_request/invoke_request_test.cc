#include "policies/invoke_request/invoke_request.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class InvokeRequestTest : public policy::fixtures::PolicyFixture {
 protected:
  InvokeRequestTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(InvokeRequestTest, ItsResponseGoesIntoAVariable) {
  inbound(
      "<invoke-request method='PUT' url='@(\"https://other.test/a?b=c\")' response-variable-name='r'>"
      "<header name='H' value='@(context.Request.Method)'/><header name='H' value='2'/><header name='Content-Length' "
      "value='9'/>"
      "<body>@(context.Request.Body.As&lt;string>(true) + \"!\")</body></invoke-request>"
      "<set-header "
      "name='S'><value>@(((IResponse)context.Variables[\"r\"]).StatusCode.ToString())</value></set-header>");
  body = "mine";
  fetch_replies = {{404, "answer"}};
  EXPECT_EQ(run().reply.status, 200);
  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(fetched[0].method, "PUT");
  EXPECT_EQ(fetched[0].url, "https://other.test/a?b=c");
  EXPECT_EQ(fetched[0].body, "mine!");
  EXPECT_EQ(fetched[0].timeouts.total, std::chrono::seconds(60));
  EXPECT_EQ(fieldOf(fetched[0].headers, "H"), "POST|2");
  EXPECT_EQ(fieldOf(fetched[0].headers, "Content-Length"), "");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "S"), "404");
  EXPECT_EQ(sent.at(0).body, "mine") << "the exchange's own request is untouched";
}

TEST_F(InvokeRequestTest, WithoutAVariableItsResponseIsTheAnswer) {
  inbound("<invoke-request url='http://other.test/'/><set-header name='After'><value>1</value></set-header>");
  fetch_replies = {{203, "theirs", {{"A", "1"}, {"Connection", "close"}}, "So"}};
  const auto result = run();
  EXPECT_EQ(fetched.at(0).method, "GET");
  EXPECT_EQ(fetched.at(0).body, "");
  EXPECT_EQ(result.reply.status, 203);
  EXPECT_EQ(result.reply.reason, "So");
  EXPECT_EQ(result.reply.body, "theirs");
  EXPECT_EQ(fieldOf(result.reply.headers, "A"), "1");
  EXPECT_EQ(fieldOf(result.reply.headers, "Connection"), "");
  EXPECT_TRUE(sent.empty());
}

TEST_F(InvokeRequestTest, ABackendIsCalledBelowItsUrl) {
  backend("b", "https://b.test/base");
  inbound("<invoke-request backend-id='b' url='/x?y=1'/>");
  fetch_replies = {{200}};
  run();
  EXPECT_EQ(fetched.at(0).url, "https://b.test/base/x?y=1");
  inbound("<invoke-request backend-id='@(\"b\" + \"\")'/>");
  fetch_replies = {{200}};
  run();
  EXPECT_EQ(fetched.at(1).url, "https://b.test/base");
}

TEST_F(InvokeRequestTest, ABackendWithRulesOfItsOwnIsRefused) {
  backend("b", "https://b.test");
  configuration.backends.back().validate_certificate_name = false;
  inbound("<invoke-request backend-id='b'/>");
  EXPECT_NE(mistakes().find("the backend `b` cannot be called from here: it has rules for the server's certificate"),
            std::string::npos);
  inbound("<invoke-request backend-id='@(context.Request.Headers.GetValueOrDefault(\"B\", \"\"))'/>");
  for (const char* name : {"b", "c"}) {
    headers = {{"B", name}};
    EXPECT_EQ(run().error_reason, "BackendNotFound");
  }
  EXPECT_TRUE(fetched.empty());
}

TEST_F(InvokeRequestTest, WhatCannotBeSentIsAnError) {
  headers = {{"U", "other.test"}, {"M", "a b"}, {"V", "a\nb"}};
  const auto reason = [&](const std::string& text) {
    inbound(text);
    return run().error_reason;
  };
  EXPECT_EQ(reason("<invoke-request url='@(context.Request.Headers[\"U\"][0])'/>"), "UrlInvalid");
  EXPECT_EQ(reason("<invoke-request url='http://a.test' method='@(context.Request.Headers[\"M\"][0])'/>"),
            "MethodInvalid");
  EXPECT_EQ(reason("<invoke-request url='http://a.test'><header name='A' "
                   "value='@(context.Request.Headers[\"V\"][0])'/></invoke-request>"),
            "HeaderValueInvalid");
  EXPECT_EQ(reason("<invoke-request url='http://a.test' response-variable-name=''/>"), "ResponseVariableMissing");
  EXPECT_TRUE(fetched.empty());
  EXPECT_EQ(reason("<invoke-request url='http://a.test'/>"), "BackendConnectionFailure");
}

TEST_F(InvokeRequestTest, TellsWhatIsWrong) {
  inbound("<invoke-request/>");
  EXPECT_NE(mistakes().find("<invoke-request> needs one of the attributes `url` and `backend-id`"), std::string::npos);
  inbound("<invoke-request url='/path'/>");
  EXPECT_NE(mistakes().find("`/path` is not an absolute http or https URL"), std::string::npos);
  inbound("<invoke-request backend-id='none'/>");
  EXPECT_NE(mistakes().find("there is no backend `none`"), std::string::npos);
  backend("b", "https://b.test");
  inbound("<invoke-request backend-id='b' url='https://a.test/'/>");
  EXPECT_NE(mistakes().find("the URL is a path below the backend's"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
