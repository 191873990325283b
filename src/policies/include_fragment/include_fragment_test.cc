#include "policies/include_fragment/include_fragment.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class IncludeFragmentTest : public policy::fixtures::PolicyFixture {
 protected:
  IncludeFragmentTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(IncludeFragmentTest, RunsTheFragmentsPoliciesInPlace) {
  fragment("f", "<fragment><set-header name='B' exists-action='append'><value>2</value></set-header></fragment>");
  inbound(
      "<set-header name='B'><value>1</value></set-header><include-fragment fragment-id='f'/>"
      "<choose><when condition='true'><include-fragment fragment-id='F'/></when></choose>");
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "B"), "1,2,2") << "names of resources are compared without case";
}

TEST_F(IncludeFragmentTest, WhatAFragmentHoldsMustBeAllowedWhereItIsIncluded) {
  fragment("f", "<fragment><rewrite-uri template='/x'/></fragment>");
  outbound("<include-fragment fragment-id='f'/>");
  EXPECT_NE(mistakes().find("f/policy.xml:1:11: error: <rewrite-uri> is not allowed in <outbound>"), std::string::npos);
}

TEST_F(IncludeFragmentTest, FragmentsHoldNoFragmentsAndNoBase) {
  fragment("f", "<fragment><include-fragment fragment-id='g'/></fragment>");
  fragment("g", "<fragment><base/></fragment>");
  inbound("<include-fragment fragment-id='f'/><include-fragment fragment-id='g'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("a policy fragment cannot include another"), std::string::npos) << told;
  EXPECT_NE(told.find("<base> is not allowed here"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
