#include "policies/set_status/set_status.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SetStatusTest : public policy::fixtures::PolicyFixture {
 protected:
  SetStatusTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(SetStatusTest, SetsCodeAndReason) {
  outbound("<set-status code='418' reason='Teapot' />");
  auto result = run();
  EXPECT_EQ(result.reply.status, 418);
  EXPECT_EQ(result.reply.reason, "Teapot");
  outbound("<set-status code='404' />");
  result = run();
  EXPECT_EQ(result.reply.reason, "Not Found");
}

TEST_F(SetStatusTest, ACodeOutOfRangeFails) {
  outbound("<set-status code='@(context.Response.StatusCode - 150)' />");
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_message,
            "Expression evaluation failed. The expression's value '50' is not between 200 and 999.");
}

TEST_F(SetStatusTest, ABadLiteralIsFoundAtLoad) {
  outbound("<set-status code='42' />");
  EXPECT_NE(mistakes().find("is `42`, not a whole number from 200 to 999"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
