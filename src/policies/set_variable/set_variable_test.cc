#include "policies/set_variable/set_variable.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SetVariableTest : public policy::fixtures::PolicyFixture {
 protected:
  SetVariableTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(SetVariableTest, LaterStepsSeeTheValue) {
  inbound(
      "<set-variable name='a' value='x' /><set-variable name='a' value='y' />"
      "<set-header name='A'><value>@((string)context.Variables[\"a\"])</value></set-header>");
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "A"), "y");
}

TEST_F(SetVariableTest, AnErrorOfTheExpressionGoesToOnError) {
  inbound("<set-variable name='a' value=\"@(context.Variables[&quot;none&quot;])\" />");
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_reason, "ExpressionValueEvaluationFailure");
  EXPECT_EQ(result.error_path, "set-variable");
  EXPECT_TRUE(result.error_message.starts_with("Expression evaluation failed. ")) << result.error_message;
}

TEST_F(SetVariableTest, NeedsALiteralNameAndAValue) {
  inbound("<set-variable name='' />");
  const std::string told = mistakes();
  EXPECT_NE(told.find("<set-variable> needs the attribute `value`"), std::string::npos) << told;
  inbound("<set-variable name='' value='1' />");
  EXPECT_NE(mistakes().find("a variable needs a name"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
