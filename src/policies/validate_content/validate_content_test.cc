#include "policies/validate_content/validate_content.h"

#include <zlib.h>

#include "policies/builtin.h"
#include "policy/specification_fixture.h"

namespace sluice::policies {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  std::string out(text.size() + 128, '\0');
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class ValidateContentTest : public policy::fixtures::SpecificationFixture {
 protected:
  ValidateContentTest() : SpecificationFixture(builtinCatalogue()) {
    specification(
        "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}, 'text/*': {}, "
        "application/broken+json: {schema: {$ref: '#/components/schemas/Gone'}}}}\n"
        "      responses: {'200': {description: d, content: {application/json: {schema: {type: array}}}}}",
        "{schemas: {Pet: {type: object, required: [name], properties: {name: {type: string}, age: {type: integer}}}}}");
    headers = {{"Content-Type", "application/json"}};
  }
  static std::string element(const std::string& children, const std::string& size = "1000") {
    return "<validate-content unspecified-content-type-action='prevent' max-size='" + size +
           "' size-exceeded-action='prevent' errors-variable-name='e'>" + children + "</validate-content>";
  }
  std::string send(const std::string& text, const std::string& children, const std::string& size = "1000") {
    body = text;
    inbound(element(children, size));
    sent.clear();
    result = run();
    EXPECT_EQ(sent.size(), result.error_message.empty() ? 1u : 0u);
    return result.error_message;
  }
  policy::fixtures::RunResult result;
  static constexpr auto kJson = "<content type='application/json' validate-as='json' action='prevent'/>";
};

TEST_F(ValidateContentTest, BodiesAgainstTheSpecification) {
  EXPECT_EQ(send(R"({"name":"Rex","x":1})", kJson), "");
  EXPECT_EQ(sent.front().body, R"({"name":"Rex","x":1})");
  EXPECT_EQ(send(R"({"name":5})", kJson),
            "Body of the request does not conform to the definition Pet, which is associated with the content type "
            "application/json.\n\nInvalid type. Expected String but got Integer. Line: 1, Position: 9");
  EXPECT_EQ(result.error_source, "validate-content");
  EXPECT_EQ(result.error_reason, "Bad request");
  EXPECT_EQ(result.reply.status, 400);
  EXPECT_NE(result.reply.body.find("Expected String but got Integer"), std::string::npos);
}

TEST_F(ValidateContentTest, WhatIsNotJsonIsAnExceptionThatTellsTheClientNothing) {
  EXPECT_EQ(
      send("{", kJson).find("Body of the request cannot be validated for the content type application/json.\n\nit is"),
      0u);
  EXPECT_EQ(result.reply.status, 400);
  EXPECT_NE(result.reply.body.find("Contact the API owner."), std::string::npos);
}

TEST_F(ValidateContentTest, AllMistakesOfABodyGoToTheVariable) {
  body = R"({"name":5,"age":"x"})";
  policies(
      "<policies><inbound>" + element(kJson) +
      "</inbound><on-error><set-header name='E' exists-action='override'><value>@(((JArray)context.Variables[\"e\"])"
      ".Count + \" \" + ((string)((JArray)context.Variables[\"e\"])[1][\"Details\"]).Substring(0, "
      "21))</value></set-header></on-error>"
      "</policies>");
  EXPECT_EQ(policy::fixtures::fieldOf(run().reply.headers, "E").substr(0, 21), "2 Body of the request");
}

TEST_F(ValidateContentTest, AdditionalPropertiesAndCaseAreOptions) {
  EXPECT_NE(send(R"({"name":"R","x":1})",
                 "<content validate-as='json' action='prevent' allow-additional-properties='false'/>"),
            "");
  EXPECT_NE(send(R"({"Name":"R"})", kJson), "");
  EXPECT_EQ(
      send(R"({"Name":"R"})", "<content validate-as='json' action='prevent' case-insensitive-property-names='true'/>"),
      "");
}

TEST_F(ValidateContentTest, DetectAndIgnoreLetItPass) {
  EXPECT_EQ(send("{}", "<content validate-as='json' action='detect'/>"), "");
  EXPECT_EQ(result.traces.size(), 1u);
  EXPECT_EQ(send("{}", "<content validate-as='json' action='ignore'/>"), "");
  EXPECT_TRUE(result.traces.empty());
  // What was only detected is not the reason of what is prevented after it.
  EXPECT_NE(send("{}", "<content validate-as='json' action='detect' case-insensitive-property-names='true'/>" +
                           std::string(kJson))
                .find("Required properties"),
            std::string::npos);
}

TEST_F(ValidateContentTest, Size) {
  EXPECT_EQ(send(R"({"name":"Rex"})", kJson, "14"), "");
  EXPECT_EQ(send(R"({"name":"Rex!"})", kJson, "14"),
            "Request's body is 15 bytes long and it exceeds the configured limit of 14 bytes.");
  EXPECT_NE(result.reply.body.find("exceeds the limit of 14 bytes."), std::string::npos);
  EXPECT_EQ(send(R"({"name":"Rex!"})", kJson, "@(10 + 4)").empty(), false);
}

TEST_F(ValidateContentTest, CompressedBodiesAreLookedAtInside) {
  headers.emplace_back("Content-Encoding", "gzip");
  EXPECT_EQ(send(gzip(R"({"name":"Rex"})"), kJson), "");
  EXPECT_NE(send(gzip(R"({"name":1})"), kJson).find("Expected String"), std::string::npos);
  EXPECT_NE(send(gzip(std::string(100'000, ' ')), kJson).find("exceeds the configured limit of 1000 bytes"),
            std::string::npos);
  EXPECT_NE(send("not gzip", kJson).find("its Content-Encoding cannot be undone"), std::string::npos);
}

TEST_F(ValidateContentTest, UnspecifiedAndMappedTypes) {
  headers = {{"Content-Type", "image/png"}};
  EXPECT_EQ(send("x", kJson), "Unspecified content type image/png is not allowed.");
  EXPECT_NE(send("{}", "<content-type-map any-content-type-value='application/json'/>" + std::string(kJson))
                .find("definition Pet"),
            std::string::npos);
  const std::string map =
      "<content-type-map missing-content-type-value='application/json'><type from='Application/HAL+json' "
      "to='application/json'/><type when='@(context.Request.Headers.ContainsKey(\"X\"))' "
      "to='text/plain'/></content-type-map>";
  headers = {{"Content-Type", "application/hal+json; v=1"}};
  EXPECT_NE(send("{}", map + kJson).find("content type application/json"), std::string::npos);
  headers = {{"X", "1"}};
  EXPECT_EQ(send("{}", map + kJson), "");
  headers = {};
  EXPECT_NE(send("{}", map + kJson).find("definition Pet"), std::string::npos);
  EXPECT_EQ(send("{}", kJson), "Unspecified content type  is not allowed.");
}

TEST_F(ValidateContentTest, EmptyBodiesPassUnlessOneIsRequired) {
  EXPECT_EQ(send("", kJson), "");
  specification(
      "requestBody: {required: true, content: {application/json: {schema: {type: object}}}}\n      responses: {}");
  EXPECT_NE(send("", kJson).find("cannot be validated"), std::string::npos);
}

TEST_F(ValidateContentTest, DefinitionsThatAreMissing) {
  headers = {{"Content-Type", "application/broken+json"}};
  EXPECT_EQ(send("{}", "<content validate-as='json' action='prevent'/>"),
            "API's schema does not contain definition Gone, which is associated with the content type "
            "application/broken+json.");
  EXPECT_NE(diagnostics.render().find("nothing at `#/components/schemas/Gone`"), std::string::npos);
  api().specification.reset();
  EXPECT_EQ(send("{}", "<content validate-as='json' action='prevent'/>"),
            "API's schema does not exist or it could not be resolved.");
}

TEST_F(ValidateContentTest, Responses) {
  outbound(element("<content validate-as='json' action='prevent'/>"));
  for (const auto& [text, status] : {std::pair("[1]", 200), std::pair("{}", 502)}) {
    replies.assign(1, {});
    replies.front().headers = {{"Content-Type", "application/json"}};
    replies.front().body = text;
    EXPECT_EQ(run().reply.status, status) << text;
  }
  replies.assign(1, {});
  replies.front().status = 404;
  replies.front().headers = {{"Content-Type", "application/json"}};
  replies.front().body = "{}";
  const auto unspecified = run();
  EXPECT_EQ(unspecified.error_message, "Unspecified content type application/json is not allowed.");
  EXPECT_EQ(unspecified.error_reason, "Response not allowed");
  EXPECT_EQ(unspecified.reply.body.find("application/json"), std::string::npos);
}

TEST_F(ValidateContentTest, OneSpecificationIsCompiledOnceForAllPolicies) {
  policies("<policies><inbound>" + element(kJson) + element(kJson) + "</inbound></policies>");
  EXPECT_NE(compile(), nullptr);
  EXPECT_EQ(diagnostics.all().size(), 1u) << diagnostics.render();  // the broken reference is told once
}

TEST_F(ValidateContentTest, RefusesAtLoadWhatCannotBeDone) {
  inbound(element("<content validate-as='soap' action='prevent'/>"));
  EXPECT_NE(mistakes().find("needs an XML schema, and no API has one"), std::string::npos);
  inbound(element("<content validate-as='json' schema-id='s' action='prevent'/>"));
  EXPECT_NE(mistakes().find("there is no schema `s`"), std::string::npos);
  inbound(element("<content validate-as='json' schema-ref='#/a' action='prevent'/>"));
  EXPECT_NE(mistakes().find("goes with the `schema-id`"), std::string::npos);
  using Kind = config::SchemaResource::Kind;
  configuration.schemas = {{"order", Kind::Json, R"({"type":"object"})", {}}, {"x", Kind::Xml, "<x/>", {}}};
  inbound(element("<content validate-as='json' schema-id='ordr' action='prevent'/>"));
  EXPECT_NE(mistakes().find("Did you mean `order`?"), std::string::npos);
  inbound(element("<content validate-as='json' schema-id='order' schema-ref='#/a' action='prevent'/>"));
  EXPECT_NE(mistakes().find("`#/a` leads nowhere"), std::string::npos);
  inbound(element("<content validate-as='json' schema-id='x' action='prevent'/>"));
  EXPECT_NE(mistakes().find("it is not JSON"), std::string::npos);
  inbound(element("<content validate-as='xml' schema-id='order' action='prevent'/>"));
  EXPECT_NE(mistakes().find("it is not XML"), std::string::npos);
  inbound(element("<content validate-as='xml' schema-id='x' action='prevent'/>"));
  EXPECT_NE(mistakes().find("its root is <x>"), std::string::npos);
  api().schemas = {{"y", Kind::Xml, "<y/>", {}}};
  inbound(element("<content validate-as='xml' action='prevent'/>"));
  EXPECT_NE(mistakes().find("the XML schemas of the API `a` cannot be used: `y`"), std::string::npos);
  inbound(element("<content-type-map><type to='a/b'/></content-type-map>"));
  EXPECT_NE(mistakes().find("needs `from` or `when`"), std::string::npos);
  inbound(element("", "5000000"));
  EXPECT_NE(mistakes().find("4194304"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
