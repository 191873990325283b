#include "config/openapi.h"

#include <gtest/gtest.h>

#include "text/yaml_document.h"

namespace sluice::config {
namespace {

class OpenApi : public testing::Test {
 protected:
  Specification read(std::string text) {
    auto document = text::parseYaml("spec.yaml", std::move(text), diagnostics_);
    EXPECT_TRUE(document.has_value()) << diagnostics_.render();
    return document ? readOpenApi(*document, diagnostics_) : Specification{};
  }
  std::string mistakeIn(std::string text) {
    diagnostics_ = {};
    read(std::move(text));
    return diagnostics_.render();
  }

  Diagnostics diagnostics_;
};

constexpr std::string_view kHead = "openapi: 3.0.1\ninfo: {title: T, version: '1'}\npaths:\n";

std::string spec(std::string_view paths) {
  return std::string(kHead) + std::string(paths);
}

TEST_F(OpenApi, RequiredQueryParametersBecomePartOfTheTemplate) {
  const auto result = read(spec(R"(
  /deployments/{id}/chat:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: trace, in: query, schema: {type: boolean}}
    post:
      operationId: Chat_Create
      summary: Chat
      tags: [ai]
      parameters:
        - {name: api-version, in: query, required: true, schema: {type: string, default: '1', enum: ['1', '2']}}
        - {name: mode, in: query, required: true, schema: {type: integer}}
        - {name: x-header, in: header, required: true, schema: {type: string}}
)"));
  EXPECT_EQ(diagnostics_.render(), "");
  ASSERT_EQ(result.operations.size(), 1u);
  const Operation& operation = result.operations[0];
  EXPECT_EQ(operation.id, "Chat_Create");
  EXPECT_EQ(operation.display_name, "Chat");
  EXPECT_EQ(operation.method, "POST");
  EXPECT_EQ(operation.url_template, "/deployments/{id}/chat?api-version={api-version}&mode={mode}");
  EXPECT_EQ(operation.path, "/deployments/{id}/chat");
  ASSERT_EQ(operation.query.size(), 2u);
  EXPECT_EQ(operation.query[0].name, "api-version");
  EXPECT_EQ(operation.query[0].parameter, "api-version");
  ASSERT_EQ(operation.template_parameters.size(), 3u);
  EXPECT_EQ(operation.template_parameters[0].default_value, "1");
  EXPECT_EQ(operation.template_parameters[0].values, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(operation.template_parameters[1].type, "integer");
  EXPECT_EQ(operation.template_parameters[2].name, "id");
  ASSERT_EQ(operation.query_parameters.size(), 1u);
  EXPECT_EQ(operation.query_parameters[0].name, "trace");
  EXPECT_EQ(operation.tags, std::vector<std::string>{"ai"});
}

TEST_F(OpenApi, ReferencesInsideTheFileAreFollowed) {
  const auto result = read(spec(R"(
  /a/{b}:
    $ref: '#/components/pathItems/a'
components:
  pathItems:
    a: {get: {operationId: a, parameters: [{$ref: '#/components/parameters/outer'}, {$ref: '#/components/parameters/x~1y'}]}}
  parameters:
    outer: {$ref: '#/components/parameters/b'}
    b: {name: b, in: path, required: true, schema: {$ref: '#/components/schemas/id'}}
    x/y: {name: q, in: query, required: true}
  schemas:
    id: {type: integer}
)"));
  EXPECT_EQ(diagnostics_.render(), "");
  ASSERT_EQ(result.operations.size(), 1u);
  EXPECT_EQ(result.operations[0].url_template, "/a/{b}?q={q}");
  EXPECT_EQ(result.operations[0].template_parameters[0].type, "integer");
}

TEST_F(OpenApi, ReferencesThatLeadNowhereInCirclesOrOutAreMistakes) {
  EXPECT_EQ(mistakeIn(spec("  /a: {get: {parameters: [{$ref: 'other.yaml#/x'}]}}\n")),
            "spec.yaml:4:34: error: the reference `other.yaml#/x` leads out of this file\n"
            "    /a: {get: {parameters: [{$ref: 'other.yaml#/x'}]}}\n"
            "                                   ^\n"
            "  Bundle the specification into one file; nothing is fetched while loading.\n");
  EXPECT_NE(mistakeIn(spec("  /a: {get: {parameters: [{$ref: 'https://a.example/x'}]}}\n")).find("leads out"),
            std::string::npos);
  EXPECT_NE(
      mistakeIn(spec("  /a: {get: {parameters: [{$ref: '#/no/such'}]}}\n")).find("there is nothing at `#/no/such`"),
      std::string::npos);
  EXPECT_NE(mistakeIn(spec("  /a: {get: {parameters: [{$ref: '#/x'}]}}\nx: {$ref: '#/y'}\ny: {$ref: '#/x'}\n"))
                .find("leads in a circle"),
            std::string::npos);
}

TEST_F(OpenApi, OperationsWithoutAnIdAreNamedAsApimDoes) {
  const auto result = read(spec("  /pets/{petId}/: {get: {}}\n"));
  EXPECT_EQ(result.operations[0].id, "get-pets-petid");
  EXPECT_EQ(result.operations[0].template_parameters[0].name, "petId");
  EXPECT_EQ(normalizedOperationName("ChatCompletions_Create"), "chatcompletions-create");
  EXPECT_EQ(normalizedOperationName("--a  b!"), "a-b");
  EXPECT_EQ(normalizedOperationName(std::string(200, 'x')).size(), 76u);
}

TEST_F(OpenApi, TheFirstServerIsTheServiceUrl) {
  EXPECT_EQ(
      read(
          spec("  /a: {get: {}}\nservers: [{url: 'https://{host}/openai', variables: {host: {default: a.example}}}]\n"))
          .service_url,
      "https://a.example/openai");
  EXPECT_EQ(read(spec("  /a: {get: {}}\nservers: [{url: /relative}]\n")).service_url, "");
  EXPECT_EQ(
      read("swagger: '2.0'\nhost: a.example\nbasePath: /v2\nschemes: [http, https]\npaths: {/a: {get: {parameters: "
           "[{name: q, in: query, type: integer, required: true}]}}}\n")
          .service_url,
      "https://a.example/v2");
  EXPECT_EQ(diagnostics_.render(), "");
}

TEST_F(OpenApi, TemplatesMayHoldQueriesAndWildcards) {
  const auto result = read(spec("  /a/*: {get: {}}\n  /b/{*rest}: {get: {}}\n  '/c?fixed=1&q={q}': {get: {}}\n"));
  EXPECT_EQ(diagnostics_.render(), "");
  EXPECT_EQ(result.operations[1].template_parameters[0].name, "*rest");
  EXPECT_EQ(result.operations[2].path, "/c");
  EXPECT_EQ(result.operations[2].query[0].value, "1");
  EXPECT_EQ(result.operations[2].query[1].parameter, "q");
}

TEST_F(OpenApi, MistakesInTemplates) {
  EXPECT_NE(mistakeIn(spec("  a: {get: {}}\n")).find("the path `a` has to begin with `/`"), std::string::npos);
  EXPECT_NE(mistakeIn(spec("  '/a/{b': {get: {}}\n")).find("braces"), std::string::npos);
  EXPECT_NE(mistakeIn(spec("  '/a/{}': {get: {}}\n")).find("braces"), std::string::npos);
  EXPECT_NE(mistakeIn(spec("  '/a/{{b}}': {get: {}}\n")).find("braces"), std::string::npos);
  EXPECT_NE(mistakeIn(spec("  /{b}/{b}: {get: {}}\n")).find("the parameter `b` stands twice"), std::string::npos);
  EXPECT_NE(
      mistakeIn(spec("  /a: {get: {parameters: [{name: b, in: path, required: true}]}}\n")).find("is not in the path"),
      std::string::npos);
  EXPECT_NE(
      mistakeIn(spec("  /a: {get: {operationId: x}, put: {operationId: X}}\n")).find("stands twice, first in line 4"),
      std::string::npos);
  EXPECT_NE(mistakeIn(spec("  /a/{b}: {get: {operationId: x}}\n  /a/{c}: {get: {operationId: y}}\n"))
                .find("matches the same requests as the operation in line 4"),
            std::string::npos);
  EXPECT_NE(mistakeIn(spec("  /" + std::string(1000, 'x') + ": {get: {}}\n")).find("at most 1000"), std::string::npos);
}

TEST_F(OpenApi, OtherDocumentsAreRefused) {
  EXPECT_EQ(mistakeIn("openapi: 2.5\n"),
            "spec.yaml:1:1: error: not an OpenAPI 3.0, 3.1 or Swagger 2.0 document\n  openapi: 2.5\n  ^\n"
            "  It begins with `openapi: 3.0.1` or `swagger: \"2.0\"`.\n");
  EXPECT_NE(mistakeIn("[1, 2]"), "");
  EXPECT_NE(mistakeIn("openapi: 3.1.0\n").find("has no `paths`"), std::string::npos);
  EXPECT_NE(mistakeIn("openapi: 3.1.0\npaths: [1]\n"), "");
}

}  // namespace
}  // namespace sluice::config
