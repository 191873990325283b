#include "policies/validate_status_code/validate_status_code.h"

#include "policies/builtin.h"
#include "policy/specification_fixture.h"

namespace sluice::policies {
namespace {

class ValidateStatusCodeTest : public policy::fixtures::SpecificationFixture {
 protected:
  ValidateStatusCodeTest() : SpecificationFixture(builtinCatalogue()) {
    specification("responses: {'200': {description: good}, 5XX: {description: bad}}");
  }
  int statusAfter(int backend_status, const std::string& children, const std::string& action = "prevent") {
    outbound(
        "<validate-status-code unspecified-status-code-action='" + action + "' errors-variable-name='e'>" + children +
        "</validate-status-code><set-header name='E' exists-action='override'><value>@(context.Variables.ContainsKey("
        "\"e\") ? ((JArray)context.Variables[\"e\"]).ToString(Newtonsoft.Json.Formatting.None) : "
        "\"none\")</value></set-header>");
    replies.assign(1, {});
    replies.front().status = backend_status;
    result = run();
    return result.reply.status;
  }
  policy::fixtures::RunResult result;
};

TEST_F(ValidateStatusCodeTest, DescribedStatusesPass) {
  EXPECT_EQ(statusAfter(200, ""), 200);
  EXPECT_EQ(policy::fixtures::fieldOf(result.reply.headers, "E"), "none");
  EXPECT_EQ(statusAfter(503, ""), 503);
}

TEST_F(ValidateStatusCodeTest, OthersArePreventedDetectedOrIgnored) {
  EXPECT_EQ(statusAfter(201, ""), 502);
  EXPECT_EQ(result.error_source, "validate-status-code");
  EXPECT_EQ(result.error_reason, "Response not allowed");
  EXPECT_EQ(result.error_message, "Response status code 201 is not allowed.");
  EXPECT_EQ(result.reply.body.find("201"), std::string::npos);
  EXPECT_EQ(statusAfter(201, "", "detect"), 201);
  EXPECT_EQ(
      policy::fixtures::fieldOf(result.reply.headers, "E"),
      R"([{"Name":"201","Type":"StatusCode","ValidationRule":"Unspecified","Details":"Response status code 201 is not allowed.","Action":"detect"}])");
  EXPECT_EQ(statusAfter(201, "", "ignore"), 201);
  EXPECT_EQ(policy::fixtures::fieldOf(result.reply.headers, "E"), "none");
}

TEST_F(ValidateStatusCodeTest, AStatusMayHaveItsOwnAction) {
  EXPECT_EQ(statusAfter(201, "<status-code code='201' action='ignore'/>"), 201);
  EXPECT_EQ(statusAfter(201, "<status-code code='201' action='prevent'/>", "ignore"), 502);
  EXPECT_EQ(statusAfter(200, "<status-code code='200' action='prevent'/>", "ignore"), 200);
}

TEST_F(ValidateStatusCodeTest, WithoutASpecificationNothingIsKnown) {
  api().specification.reset();
  EXPECT_EQ(statusAfter(200, ""), 502);
  EXPECT_EQ(result.error_message, "API's schema doesn't exist or it couldn't be resolved.");
}

TEST_F(ValidateStatusCodeTest, TellsWhatIsWrong) {
  inbound("<validate-status-code unspecified-status-code-action='prevent'/>");
  EXPECT_NE(mistakes().find("not allowed in <inbound>"), std::string::npos);
  outbound(
      "<validate-status-code unspecified-status-code-action='stop'><status-code code='20'/></validate-status-code>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("stop"), std::string::npos) << told;
  EXPECT_NE(told.find("action"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
