#include "config/openapi_responses.h"

#include <gtest/gtest.h>

#include "config/openapi.h"
#include "text/yaml_document.h"

namespace sluice::config {
namespace {

class OpenApiResponses : public testing::Test {
 protected:
  // The answers of the only operation.
  std::vector<ResponseDescription> read(const std::string& responses, const std::string& more = "") {
    auto document = text::parseYaml("spec.yaml",
                                    "openapi: 3.0.1\ninfo: {title: T, version: '1'}\npaths:\n  /x:\n    get:\n"
                                    "      responses:\n" +
                                        responses + more,
                                    diagnostics_);
    EXPECT_TRUE(document.has_value()) << diagnostics_.render();
    if (!document) return {};
    auto specification = readOpenApi(*document, diagnostics_);
    EXPECT_EQ(diagnostics_.render(), "");
    EXPECT_EQ(specification.operations.size(), 1u);
    return specification.operations.at(0).responses;
  }
  std::string sample(const std::string& schema, const std::string& more = "",
                     const std::string& type = "application/json") {
    const auto responses = read("        '200': {content: {" + type + ": {schema: " + schema + "}}}\n", more);
    return responses.at(0).representations.at(0).sample;
  }

  Diagnostics diagnostics_;
};

TEST_F(OpenApiResponses, ExamplesAreKeptAsTheyAreSent) {
  const auto responses = read(R"(
        '200':
          content:
            application/json:
              examples:
                a: {value: {n: 1.50, t: "x\ny", ok: true, none: null, list: [1, '2']}}
                b: {value: '{"already": "json"}'}
                c: {value: plain}
                d: {externalValue: 'https://example.com/d'}
                e: {$ref: '#/components/examples/e'}
            text/plain: {example: plain}
        4XX: {description: theirs}
        default: {description: else}
)",
                              "components: {examples: {e: {value: [3]}}}\n");
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_EQ(responses[0].status, 200);
  EXPECT_EQ(responses[1].status, 4);
  EXPECT_EQ(responses[2].status, 0);
  const auto& json = responses[0].representations.at(0);
  EXPECT_EQ(json.content_type, "application/json");
  EXPECT_EQ(json.examples, (std::vector<std::string>{R"({"n":1.50,"t":"x\ny","ok":true,"none":null,"list":[1,"2"]})",
                                                     R"({"already": "json"})", R"("plain")", "[3]"}));
  EXPECT_EQ(responses[0].representations.at(1).examples, std::vector<std::string>{"plain"});
}

TEST_F(OpenApiResponses, SamplesComeFromSchemas) {
  EXPECT_EQ(sample("{type: object, properties: {id: {type: integer, minimum: 7}, name: {type: string}, at: {type: "
                   "string, format: date-time}, kind: {enum: [b, a]}, gone: {type: string, writeOnly: true}, tags: "
                   "{type: array, items: {type: boolean}}}}"),
            R"({"id":7,"name":"string","at":"2000-01-23T04:56:07Z","kind":"b","tags":[true]})");
  EXPECT_EQ(sample("{type: number, example: 1.5}"), "1.5");
  EXPECT_EQ(sample("{allOf: [{properties: {a: {type: integer}}}, {properties: {b: {default: 2}}}], properties: {c: "
                   "{const: x}}}"),
            R"({"a":0,"b":2,"c":"x"})");
  EXPECT_EQ(sample("{oneOf: [{}, {type: [null, string]}]}"), R"("string")");
  EXPECT_EQ(sample("{description: anything}"), "");
}

TEST_F(OpenApiResponses, SchemasInsideThemselvesEnd) {
  const std::string more =
      "components: {schemas: {Tree: {properties: {name: {type: string}, left: {$ref: '#/components/schemas/Tree'}, "
      "all: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}}}\n";
  EXPECT_EQ(sample("{$ref: '#/components/schemas/Tree'}", more), R"({"name":"string","all":[]})");
}

TEST_F(OpenApiResponses, ReferencesThatLeadNowhereLeaveOut) {
  EXPECT_EQ(sample("{properties: {a: {$ref: 'other.yaml#/A'}, b: {$ref: '#/gone'}, c: {type: integer}}}"),
            R"({"c":0})");
  EXPECT_EQ(diagnostics_.render(), "");
}

TEST_F(OpenApiResponses, SamplesAreBounded) {
  // Every level has the level below it ten times: ten to the seventh in all.
  std::string more = "components:\n  schemas:\n    S0: {type: string}\n";
  for (int level = 1; level <= 7; ++level) {
    more += "    S" + std::to_string(level) + ": {properties: {";
    for (int i = 0; i < 10; ++i)
      more += "p" + std::to_string(i) + ": {$ref: '#/components/schemas/S" + std::to_string(level - 1) + "'}, ";
    more += "}}\n";
  }
  const std::string made = sample("{$ref: '#/components/schemas/S7'}", more);
  EXPECT_LT(made.size(), 256u * 1024);
  EXPECT_TRUE(made.starts_with("{"));
}

TEST_F(OpenApiResponses, XmlSamplesAreElements) {
  EXPECT_EQ(sample("{$ref: '#/components/schemas/Order'}",
                   "components: {schemas: {Order: {properties: {id: {type: integer}, line: {type: array, items: "
                   "{type: string, example: a<b}}}}}}\n",
                   "application/xml"),
            "<Order><id>0</id><line>a&lt;b</line></Order>");
}

TEST_F(OpenApiResponses, Swagger2) {
  auto document = text::parseYaml("spec.yaml", R"(
swagger: '2.0'
info: {title: T, version: '1'}
produces: [application/json]
paths:
  /x:
    get:
      responses:
        '200': {schema: {type: object, properties: {a: {type: integer}}}, examples: {text/plain: hello}}
)",
                                  diagnostics_);
  ASSERT_TRUE(document.has_value());
  const auto responses = readOpenApi(*document, diagnostics_).operations.at(0).responses;
  ASSERT_EQ(responses.at(0).representations.size(), 2u);
  EXPECT_EQ(responses[0].representations[0].sample, R"({"a":0})");
  EXPECT_EQ(responses[0].representations[1].examples, std::vector<std::string>{"hello"});
}

}  // namespace
}  // namespace sluice::config
