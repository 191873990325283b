#include "policies/validate_parameters/validate_parameters.h"

#include "policies/builtin.h"
#include "policy/specification_fixture.h"

namespace sluice::policies {
namespace {

constexpr auto kParameters =
    "parameters: [{name: id, in: path, required: true, schema: {type: string, maxLength: 3}}, "
    "{name: n, in: query, schema: {type: integer}}, {name: any, in: query}, "
    "{name: flag, in: query, schema: {type: boolean}}, {name: either, in: query, schema: {oneOf: [{type: integer}, "
    "{enum: "
    "[auto]}]}}, {name: list, in: query, schema: {type: array, items: {type: integer}, maxItems: 2}}, "
    "{name: pipes, in: query, style: pipeDelimited, schema: {type: array, items: {enum: [a, b]}}}, "
    "{name: filter, in: query, style: deepObject, schema: {type: object, required: [from], properties: {from: {type: "
    "integer}}, additionalProperties: false}}, "
    "{name: json, in: query, content: {application/json: {schema: {type: object, required: [a]}}}}, "
    "{name: X-Id, in: header, schema: {type: string, format: uuid}}]";

class ValidateParametersTest : public policy::fixtures::SpecificationFixture {
 protected:
  ValidateParametersTest() : SpecificationFixture(builtinCatalogue()) {
    specification(std::string(kParameters) + "\n      responses: {}", "{}", "/x/{id}");
    matched = {{"id", "1"}};
  }
  // The error message of a request, "" when it went on.
  std::string send(const std::string& query, const std::string& children = "",
                   const std::string& unspecified = "prevent") {
    inbound("<validate-parameters specified-parameter-action='prevent' unspecified-parameter-action='" + unspecified +
            "' errors-variable-name='e'>" + children + "</validate-parameters>");
    url = "http://gateway.test/x/1?" + query;
    sent.clear();
    result = run();
    EXPECT_EQ(sent.size(), result.error_message.empty() ? 1u : 0u);
    EXPECT_EQ(result.reply.status, result.error_message.empty() ? 200 : 400);
    return result.error_message;
  }
  policy::fixtures::RunResult result;
};

TEST_F(ValidateParametersTest, GoodOnesPass) {
  headers = {{"x-id", "00000000-0000-4000-8000-000000000001"}};
  EXPECT_EQ(
      send("n=-5&any=%C3%A9&flag=true&either=auto&list=1&list=2&pipes=a%7Cb&filter[from]=3&json=%7B%22a%22%3A1%7D"),
      "");
  EXPECT_EQ(send("either=5&N=7"), "");
  EXPECT_EQ(send(""), "");
}

TEST_F(ValidateParametersTest, BadValuesAreTold) {
  EXPECT_EQ(send("n=x"),
            "Value of the query parameter n cannot be parsed according to the definition.\n\n'x' cannot be read "
            "as Integer.");
  EXPECT_EQ(result.error_reason, "Bad request");
  EXPECT_NE(result.reply.body.find("couldn't be parsed"), std::string::npos);
  EXPECT_EQ(send("n=1.5"),
            "Value of the query parameter n does not conform to the definition.\n\nInvalid type. Expected "
            "Integer but got Number. Line: 1, Position: 1");
  EXPECT_NE(send("n=1&n=2").find("Request cannot contain multiple values for the query parameter n."),
            std::string::npos);
  EXPECT_NE(send("flag=yes").find("cannot be parsed"), std::string::npos);
  EXPECT_NE(send("either=manual").find("oneOf"), std::string::npos);
  EXPECT_NE(send("list=1&list=2&list=3").find("exceeds maximum count of 2"), std::string::npos);
  EXPECT_NE(send("list=1&list=b").find("Expected Integer but got String"), std::string::npos);
  EXPECT_NE(send("pipes=a%7Cc").find("not defined in enum"), std::string::npos);
  EXPECT_NE(send("filter[from]=3&filter[to]=4").find("Property 'to'"), std::string::npos);
  EXPECT_NE(send("json=%7B%7D").find("Required properties are missing from object: a."), std::string::npos);
  EXPECT_NE(send("json=x").find("Query parameter json cannot be validated."), std::string::npos);
  headers = {{"X-Id", "7"}};
  EXPECT_NE(send("").find("Value of the header X-Id does not conform"), std::string::npos);
}

TEST_F(ValidateParametersTest, ManyNamesHideNothing) {
  std::string query;
  for (int i = 0; i < 5000; ++i) query += "p" + std::to_string(i) + "=1&";
  EXPECT_NE(send(query + "n=x", "", "ignore"), "");
}

TEST_F(ValidateParametersTest, PathParameters) {
  matched = {{"id", "12345"}};
  EXPECT_NE(send("").find("Value of the path parameter id does not conform"), std::string::npos);
  EXPECT_EQ(send("", "<path><parameter name='id' action='ignore'/></path>"), "");
  EXPECT_EQ(send("", "<path specified-parameter-action='detect'/>"), "");
  EXPECT_FALSE(result.traces.empty());
}

TEST_F(ValidateParametersTest, UnspecifiedOnesAndOverrides) {
  EXPECT_EQ(send("color=red"), "Unspecified query parameter color is not allowed.");
  EXPECT_EQ(send("color=red", "", "ignore"), "");
  EXPECT_EQ(send("color=red", "<query unspecified-parameter-action='detect'/>"), "");
  EXPECT_EQ(send("color=red", "<query><parameter name='COLOR' action='ignore'/></query>"), "");
  EXPECT_EQ(send("color=red", "<query><parameter name='color' action='prevent'/></query>", "ignore"),
            "Unspecified query parameter color is not allowed.");
  headers = {{"User-Agent", "x"}};
  EXPECT_EQ(send(""), "Unspecified header User-Agent is not allowed.");
  EXPECT_EQ(send("", "<headers unspecified-parameter-action='ignore'/>"), "");
}

TEST_F(ValidateParametersTest, TheSubscriptionKeyIsTheGateways) {
  headers = {{"Ocp-Apim-Subscription-Key", "k"}};
  EXPECT_EQ(send("subscription-key=k"), "");
}

TEST_F(ValidateParametersTest, RequiredOnes) {
  specification("parameters: [{name: X-A, in: header, required: true, schema: {type: string}}]\n      responses: {}");
  EXPECT_EQ(send(""), "Required header X-A is missing.");
  EXPECT_EQ(send("", "<headers specified-parameter-action='ignore'/>"), "");
}

TEST_F(ValidateParametersTest, OncePerSectionAndOnlyInbound) {
  outbound("<validate-parameters specified-parameter-action='prevent' unspecified-parameter-action='ignore'/>");
  EXPECT_NE(mistakes().find("not allowed in <outbound>"), std::string::npos);
  inbound("<validate-parameters/>");
  EXPECT_NE(mistakes().find("specified-parameter-action"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
