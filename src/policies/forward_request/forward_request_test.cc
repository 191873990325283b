#include "policies/forward_request/forward_request.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class ForwardRequestTest : public policy::fixtures::PolicyFixture {
 protected:
  ForwardRequestTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(ForwardRequestTest, PassesItsOptionsOn) {
  policies(
      "<policies><backend><forward-request timeout='5' follow-redirects='@(context.Request.Method == \"POST\")' "
      "buffer-request-body='true' buffer-response='false' fail-on-error-status-code='true' "
      "http-version='2or1'/></backend></policies>");
  run();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(forwarded_with.timeout, std::chrono::seconds(5));
  EXPECT_TRUE(forwarded_with.follow_redirects);
  EXPECT_TRUE(forwarded_with.buffer_request_body);
  EXPECT_FALSE(forwarded_with.buffer_response);
  EXPECT_TRUE(forwarded_with.fail_on_error_status_code);
  EXPECT_EQ(forwarded_with.http_version, http::HttpVersion::Http2OrHttp1);
}

TEST_F(ForwardRequestTest, DefaultsAreThoseOfTheReference) {
  inbound("");
  run();
  EXPECT_EQ(forwarded_with.timeout, std::chrono::seconds(300));
  EXPECT_FALSE(forwarded_with.follow_redirects);
  EXPECT_FALSE(forwarded_with.buffer_request_body);
  EXPECT_TRUE(forwarded_with.buffer_response);
  EXPECT_FALSE(forwarded_with.fail_on_error_status_code);
  EXPECT_EQ(forwarded_with.http_version, http::HttpVersion::Http1);
}

TEST_F(ForwardRequestTest, MillisecondsInsteadOfSeconds) {
  policies("<policies><backend><forward-request timeout-ms='1500'/></backend></policies>");
  run();
  EXPECT_EQ(forwarded_with.timeout, std::chrono::milliseconds(1500));
}

TEST_F(ForwardRequestTest, TellsWhatIsWrong) {
  policies("<policies><backend><forward-request timeout='1' timeout-ms='2'/></backend></policies>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("`timeout` and `timeout-ms` exclude each other"), std::string::npos) << told;
  policies("<policies><backend><forward-request http-version='3'/></backend></policies>");
  const std::string version = mistakes();
  EXPECT_NE(version.find("http-version"), std::string::npos) << version;
}

}  // namespace
}  // namespace sluice::policies
