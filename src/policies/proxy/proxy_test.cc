#include "policies/proxy/proxy.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::Fields;

class ProxyTest : public policy::fixtures::PolicyFixture {
 protected:
  ProxyTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(ProxyTest, ForwardedRequestsGoThroughIt) {
  inbound("<proxy url='http://proxy.test:8080' username='@(\"ada\")' password='p'/>");
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(connections, (Fields{{"", "http://proxy.test:8080"}}));
}

TEST_F(ProxyTest, SendRequestHasItsOwn) {
  inbound(
      "<send-request mode='new' response-variable-name='r'><set-url>http://a.test/</set-url>"
      "<set-method>GET</set-method><proxy url='http://other.test:1'/></send-request>");
  fetch_replies = {{200, "x"}};
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(connections, (Fields{{"", "http://other.test:1"}})) << "the forwarded request went without one";
  EXPECT_EQ(fetched.size(), 1u);
}

TEST_F(ProxyTest, WhatIsNoProxyIsToldSo) {
  inbound("<proxy url='@(\"ftp://x\")'/>");
  EXPECT_NE(mistakes().find("`ftp://x` is not a proxy's URL"), std::string::npos) << "a constant is known at load";
  inbound("<proxy url='@(context.Request.Method)'/>");
  EXPECT_EQ(run().error_reason, "UrlInvalid");
  inbound("<proxy url='https://proxy.test'/>");
  EXPECT_NE(mistakes().find("is not a proxy's URL"), std::string::npos);
  outbound("<proxy url='http://proxy.test:1'/>");
  EXPECT_NE(mistakes().find("<proxy> is not allowed in <outbound>"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
