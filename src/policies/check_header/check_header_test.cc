#include "policies/check_header/check_header.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class CheckHeaderTest : public policy::fixtures::PolicyFixture {
 protected:
  CheckHeaderTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(CheckHeaderTest, TheHeaderMustBeThere) {
  inbound("<check-header name='A' failed-check-httpcode='400' failed-check-error-message='no A'/>");
  auto result = run();
  EXPECT_EQ(result.reply.status, 400);
  EXPECT_EQ(result.error_reason, "HeaderNotFound");
  EXPECT_EQ(result.error_message, "Header A was not found in the request. Access denied.");
  EXPECT_NE(result.reply.body.find("\"no A\""), std::string::npos);
  headers = {{"a", ""}};
  EXPECT_EQ(run().reply.status, 200);
}

TEST_F(CheckHeaderTest, TheValueMustBeAllowed) {
  const auto policy = [](const std::string& ignore) {
    return "<check-header name='A' failed-check-httpcode='400' failed-check-error-message='no' ignore-case='" + ignore +
           "'><value>x</value><value>y</value></check-header>";
  };
  inbound(policy("false"));
  headers = {{"A", "y"}};
  EXPECT_EQ(run().error_reason, "");
  headers = {{"A", "Y"}};
  const auto result = run();
  EXPECT_EQ(result.error_message, "Header A value of Y is not allowed. Access denied.");
  inbound(policy("true"));
  EXPECT_EQ(run().error_reason, "");
}

TEST_F(CheckHeaderTest, AGoodLineDoesNotHideABadOne) {
  inbound(
      "<check-header name='A' failed-check-httpcode='400' "
      "failed-check-error-message='no'><value>x</value></check-header>");
  headers = {{"A", "x"}, {"A", "evil"}};
  EXPECT_EQ(run().error_reason, "HeaderValueNotAllowed");
}

}  // namespace
}  // namespace sluice::policies
