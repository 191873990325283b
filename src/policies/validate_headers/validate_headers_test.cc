#include "policies/validate_headers/validate_headers.h"

#include "policies/builtin.h"
#include "policy/specification_fixture.h"

namespace sluice::policies {
namespace {

class ValidateHeadersTest : public policy::fixtures::SpecificationFixture {
 protected:
  ValidateHeadersTest() : SpecificationFixture(builtinCatalogue()) {
    specification(
        "responses: {'200': {description: good, headers: {X-Count: {schema: {type: integer}}, X-Tags: {schema: {type: "
        "array, items: {enum: [a, b]}}}}}, default: {description: other}}");
  }
  policy::fixtures::RunResult answer(policy::fixtures::Fields fields, const std::string& attributes,
                                     const std::string& children = "") {
    outbound("<validate-headers " + attributes + ">" + children + "</validate-headers>");
    replies.assign(1, {});
    replies.front().headers = std::move(fields);
    return run();
  }
  static constexpr auto kStrict = "specified-header-action='prevent' unspecified-header-action='prevent'";
};

TEST_F(ValidateHeadersTest, ValuesAreReadByTheirSchema) {
  EXPECT_EQ(answer({{"x-count", "3"}, {"X-Tags", "a, b"}}, kStrict).reply.status, 200);
  const auto wrong = answer({{"X-Count", "three"}}, kStrict);
  EXPECT_EQ(wrong.reply.status, 502);
  EXPECT_EQ(wrong.error_reason, "Response not allowed");
  EXPECT_EQ(wrong.error_message,
            "Value of the header X-Count cannot be parsed according to the definition.\n\n'three' cannot be read as "
            "Integer.");
  EXPECT_NE(wrong.reply.body.find("Contact the API owner."), std::string::npos);
  EXPECT_EQ(
      answer({{"X-Tags", "a,c"}}, kStrict).error_message,
      "Value of the header X-Tags does not conform to the definition.\n\nValue \"c\" is not defined in enum. Line: 1, "
      "Position: 6");
  EXPECT_EQ(answer({{"X-Count", "3"}, {"X-Count", "4"}}, kStrict).error_message,
            "Response cannot contain multiple values for the header X-Count.");
}

TEST_F(ValidateHeadersTest, UnspecifiedOnes) {
  EXPECT_EQ(answer({{"X-Other", "1"}}, kStrict).error_message, "Unspecified header X-Other is not allowed.");
  EXPECT_EQ(answer({{"X-Other", "1"}}, kStrict, "<header name='x-other' action='ignore'/>").reply.status, 200);
  const auto detected =
      answer({{"X-Other", "1"}}, "specified-header-action='prevent' unspecified-header-action='detect'");
  EXPECT_EQ(detected.reply.status, 200);
  EXPECT_EQ(detected.traces.size(), 1u);
}

TEST_F(ValidateHeadersTest, AHeadersOwnActionIsForSpecifiedOnesToo) {
  EXPECT_EQ(answer({{"X-Count", "x"}}, kStrict, "<header name='X-Count' action='detect'/>").reply.status, 200);
}

TEST_F(ValidateHeadersTest, ActionsMayBeExpressions) {
  EXPECT_EQ(
      answer({{"X-Other", "1"}},
             "specified-header-action='prevent' unspecified-header-action='@(context.Request.Method == \"POST\" ? "
             "\"prevent\" : \"ignore\")'")
          .reply.status,
      502);
}

}  // namespace
}  // namespace sluice::policies
