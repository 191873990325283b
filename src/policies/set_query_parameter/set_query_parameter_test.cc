#include "policies/set_query_parameter/set_query_parameter.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class SetQueryParameterTest : public policy::fixtures::PolicyFixture {
 protected:
  SetQueryParameterTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(SetQueryParameterTest, FollowsExistsAction) {
  url = "http://gateway.test/x?a=1&B=2&a=3&d&e=%41";
  const auto queryAfter = [this](const std::string& policy) {
    inbound(policy);
    sent.clear();
    run();
    return sent.at(0).url.substr(sent.at(0).url.find('?') + 1);
  };
  EXPECT_EQ(queryAfter("<set-query-parameter name='A'><value>x</value><value>y=</value></set-query-parameter>"),
            "A=x&A=y%3D&B=2&d&e=%41");
  EXPECT_EQ(queryAfter("<set-query-parameter name='b' exists-action='skip'><value>x</value></set-query-parameter>"),
            "a=1&B=2&a=3&d&e=%41");
  EXPECT_EQ(queryAfter("<set-query-parameter name='n' exists-action='skip'><value>x</value></set-query-parameter>"),
            "a=1&B=2&a=3&d&e=%41&n=x");
  EXPECT_EQ(queryAfter("<set-query-parameter name='a' exists-action='append'><value>x</value></set-query-parameter>"),
            "a=1&B=2&a=3&d&e=%41&a=x");
  EXPECT_EQ(queryAfter("<set-query-parameter name='a' exists-action='delete'/>"), "B=2&d&e=%41");
}

TEST_F(SetQueryParameterTest, ACallersTextCannotAddParameters) {
  inbound("<set-query-parameter name='n'><value>@(context.Request.Headers[\"H\"][0])</value></set-query-parameter>");
  headers = {{"H", "1&admin=true#"}};
  url = "http://gateway.test/x";
  run();
  EXPECT_EQ(sent.at(0).url, "http://backend.test/base/x?n=1%26admin%3Dtrue%23");
}

TEST_F(SetQueryParameterTest, NeedsAValueUnlessItDeletes) {
  inbound("<set-query-parameter name='n'/>");
  EXPECT_NE(mistakes().find("<set-query-parameter> needs an element <value> in it"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
