#include "policies/send_one_way_request/send_one_way_request.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SendOneWayRequestTest : public policy::fixtures::PolicyFixture {
 protected:
  SendOneWayRequestTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(SendOneWayRequestTest, SendsAndGoesOnWhateverBecomesOfIt) {
  inbound(
      "<send-one-way-request><set-url>http://hooks.test/a</set-url><set-method>POST</set-method>"
      "<set-body>hello</set-body></send-one-way-request>");
  EXPECT_EQ(run().reply.status, 200);
  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(fetched[0].method, "POST");
  EXPECT_EQ(fetched[0].body, "hello");
  EXPECT_EQ(sent.size(), 1u);
}

TEST_F(SendOneWayRequestTest, OnlyObserves) {
  outbound(
      "<send-one-way-request><set-url>http://hooks.test/a</set-url><set-method>POST</set-method>"
      "<set-body>@(context.Response.Body.As<string>(true))</set-body></send-one-way-request>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr) << diagnostics.render();
  EXPECT_NE(pipeline->deferred_from, policy::Pipeline::kNever);
}

TEST_F(SendOneWayRequestTest, NeedsAUrl) {
  inbound("<send-one-way-request/>");
  EXPECT_NE(mistakes().find("<send-one-way-request> needs an element <set-url> in it"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
