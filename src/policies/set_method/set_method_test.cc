#include "policies/set_method/set_method.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SetMethodTest : public policy::fixtures::PolicyFixture {
 protected:
  SetMethodTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(SetMethodTest, TheBackendGetsIt) {
  inbound("<set-method> PATCH </set-method>");
  run();
  EXPECT_EQ(sent.at(0).method, "PATCH");
}

TEST_F(SetMethodTest, AMethodIsAToken) {
  inbound("<set-method>@(\"GET /evil\")</set-method>");
  EXPECT_NE(mistakes().find("`GET /evil` is not a method"), std::string::npos) << "a constant is checked at load";
  inbound("<set-method>@(context.Request.Method + \" /evil\")</set-method>");
  EXPECT_EQ(run().error_reason, "MethodInvalid");
  EXPECT_TRUE(sent.empty());
}

}  // namespace
}  // namespace sluice::policies
