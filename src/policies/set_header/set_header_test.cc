#include "policies/set_header/set_header.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SetHeaderTest : public policy::fixtures::PolicyFixture {
 protected:
  SetHeaderTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(SetHeaderTest, FollowsExistsAction) {
  inbound(
      "<set-header name='A' exists-action='override'><value>new</value></set-header>"
      "<set-header name='B' exists-action='skip'><value>new</value></set-header>"
      "<set-header name='C' exists-action='append'><value>new</value></set-header>"
      "<set-header name='D' exists-action='delete'/>"
      "<set-header name='E'><value> a </value><value>b</value></set-header>");
  headers = {{"A", "1"}, {"a", "2"}, {"B", "1"}, {"C", "1"}, {"C", "2"}, {"D", "1"}};
  run();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(fieldOf(sent[0].headers, "A"), "new");
  EXPECT_EQ(fieldOf(sent[0].headers, "a"), "");
  EXPECT_EQ(fieldOf(sent[0].headers, "B"), "1");
  EXPECT_EQ(fieldOf(sent[0].headers, "C"), "1,2,new");
  EXPECT_EQ(fieldOf(sent[0].headers, "D"), "");
  EXPECT_EQ(fieldOf(sent[0].headers, "E"), "a,b");
}

TEST_F(SetHeaderTest, RepeatsWhatMustNotBeJoined) {
  outbound("<set-header name='Set-Cookie'><value>a=1</value><value>b=2</value></set-header>");
  EXPECT_EQ(fieldOf(run().reply.headers, "Set-Cookie"), "a=1|b=2");
}

TEST_F(SetHeaderTest, LeavesTheGatewaysHeadersAlone) {
  inbound(
      "<set-header name='content-length'><value>5</value></set-header>"
      "<set-header name='Transfer-Encoding' exists-action='delete'/>");
  headers = {{"Content-Length", "2"}, {"Transfer-Encoding", "chunked"}};
  const auto result = run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Content-Length"), "2");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Transfer-Encoding"), "chunked");
  ASSERT_EQ(result.traces.size(), 2u);
  EXPECT_EQ(result.traces[0], "set-header: Not done: this header belongs to the gateway.");
}

TEST_F(SetHeaderTest, NullLeavesTheHeaderOut) {
  inbound("<set-header name='A'><value>@(null)</value></set-header>");
  headers = {{"A", "1"}};
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "A"), "");
}

TEST_F(SetHeaderTest, ALineEndInAValueFailsTheRequest) {
  inbound("<set-header name='A'><value>a&#13;&#10;B: c</value></set-header>");
  const auto result = run();
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_source, "set-header");
  EXPECT_EQ(result.error_reason, "HeaderValueInvalid");
}

TEST_F(SetHeaderTest, TellsWhatIsWrong) {
  inbound("<set-header name='a b'><value>1</value></set-header>");
  EXPECT_NE(mistakes().find("this is not a header's name"), std::string::npos);
  inbound("<set-header name='a'/>");
  EXPECT_NE(mistakes().find("<set-header> needs an element <value> in it"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
