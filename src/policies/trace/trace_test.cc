#include "policies/trace/trace.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class TraceTest : public policy::fixtures::PolicyFixture {
 protected:
  TraceTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(TraceTest, WritesMessageAndMetadata) {
  inbound(
      "<trace source='s'><message>m</message><metadata name='a' value='1'/><metadata name='b' value='2'/></trace>"
      "<trace source='t' severity='error'><message>@(\"x\")</message></trace>");
  const auto result = run();
  ASSERT_EQ(result.traces.size(), 2u);
  EXPECT_EQ(result.traces[0], "s: m {a: 1, b: 2}");
  EXPECT_EQ(result.traces[1], "t: x");
}

TEST_F(TraceTest, AnExpressionThatFailsFailsTheRequest) {
  inbound("<trace source='s'><message>@((string)context.Variables[\"none\"])</message></trace>");
  EXPECT_EQ(run().error_source, "trace");
}

TEST_F(TraceTest, OnlyObserves) {
  outbound("<trace source='s'><message>@(context.Response.Body.As<string>(true))</message></trace>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr);
  EXPECT_EQ(pipeline->deferred_from, 0u);
}

TEST_F(TraceTest, OlderDocumentsWriteTheMessageAsText) {
  inbound("<trace source='s'> On Error </trace>");
  EXPECT_EQ(run().traces.at(0), "s: On Error");
}

TEST_F(TraceTest, NeedsAMessage) {
  inbound("<trace source='s'/>");
  EXPECT_NE(mistakes().find("<trace> needs its message, once"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
