#include "policies/authentication_basic/authentication_basic.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class AuthenticationBasicTest : public policy::fixtures::PolicyFixture {
 protected:
  AuthenticationBasicTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(AuthenticationBasicTest, SetsTheHeader) {
  inbound("<authentication-basic username='Aladdin' password='open sesame'/>");
  headers = {{"Authorization", "Bearer x"}};
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST_F(AuthenticationBasicTest, NeedsBoth) {
  inbound("<authentication-basic username='a'/>");
  EXPECT_NE(mistakes().find("<authentication-basic> needs the attribute `password`"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
