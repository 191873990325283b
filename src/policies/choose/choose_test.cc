#include "policies/choose/choose.h"

#include <tuple>

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class ChooseTest : public policy::fixtures::PolicyFixture {
 protected:
  ChooseTest() : PolicyFixture(builtinCatalogue()) {}
};

std::string branches(const std::string& first, const std::string& second) {
  return "<choose><when condition='" + first + "'><set-header name='B'><value>1</value></set-header></when>" +
         "<when condition='" + second + "'><set-header name='B'><value>2</value></set-header></when>" +
         "<otherwise><set-header name='B'><value>3</value></set-header></otherwise></choose>" +
         "<set-header name='After'><value>1</value></set-header>";
}

TEST_F(ChooseTest, TakesTheFirstBranchThatHolds) {
  for (const auto& [first, second, expected] :
       {std::tuple("true", "true", "1"), std::tuple("@(false)", "@(true)", "2"), std::tuple("false", "False", "3")}) {
    inbound(branches(first, second));
    sent.clear();
    run();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(fieldOf(sent[0].headers, "B"), expected);
    EXPECT_EQ(fieldOf(sent[0].headers, "After"), "1");
  }
}

TEST_F(ChooseTest, WithoutOtherwiseItMayDoNothing) {
  inbound("<choose><when condition='false'><set-header name='B'><value>1</value></set-header></when></choose>");
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "B"), "");
}

TEST_F(ChooseTest, AConditionThatIsNoTruthValueFails) {
  inbound("<choose><when condition='false'/><when condition='@(context.Request.Method)'/></choose>");
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_source, "choose");
  EXPECT_EQ(result.error_path, "choose\\when[2]");
  EXPECT_EQ(result.error_message, "Expression evaluation failed. The expression's value 'POST' is not true or false.");
}

TEST_F(ChooseTest, NeedsAWhenWithACondition) {
  inbound("<choose><otherwise/></choose>");
  EXPECT_NE(mistakes().find("<choose> needs an element <when> in it"), std::string::npos);
  inbound("<choose><when/></choose>");
  EXPECT_NE(mistakes().find("<when> needs the attribute `condition`"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
