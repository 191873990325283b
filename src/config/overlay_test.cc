// configuration.NAME.yaml over an extract, as a user asks for it: through the loader.
#include "config/overlay.h"

#include <gtest/gtest.h>

#include "config/loader.h"
#include "config/test_folder.h"

namespace sluice::config {
namespace {

class OverlayTest : public testing::Test {
 protected:
  OverlayTest() {
    folder_.write("extract/apis/chat/apiInformation.json",
                  R"({"properties": {"path": "chat", "displayName": "Chat", "serviceUrl": "https://dev.example",)"
                  R"( "apiRevision": "3", "subscriptionKeyParameterNames": {"header": "api-key", "query": "q"}}})");
    folder_.write("extract/apis/chat/specification.yaml",
                  "openapi: 3.0.1\ninfo: {title: Chat, version: '1'}\npaths:\n  /chat: {post: {operationId: chat}}\n");
    folder_.write(
        "extract/apis/chat/diagnostics/azuremonitor/diagnosticInformation.json",
        R"({"properties": {"loggerId": "/loggers/l", "sampling": {"samplingType": "fixed", "percentage": 100}}})");
    folder_.write("extract/loggers/l/loggerInformation.json", R"({"properties": {"loggerType": "azureMonitor"}})");
    folder_.write("extract/named values/host/namedValueInformation.json",
                  R"({"properties": {"displayName": "host", "value": "dev.example"}})");
    folder_.write("extract/backends/b/backendInformation.json",
                  R"({"properties": {"url": "https://{{host}}/", "title": "B"}})");
  }

  LoadResult load(std::string variant) {
    Overrides overrides;
    overrides.variant = std::move(variant);
    return config::load(
        folder_ / "extract", [](std::string_view) { return std::nullopt; }, overrides);
  }
  std::string said(const LoadResult& result) { return folder_.plain(result.diagnostics.render()); }

  TestFolder folder_;
};

TEST_F(OverlayTest, MappingsAreMergedAndTheRestReplaced) {
  folder_.write(
      "configuration.prod.yaml",
      "apimServiceName: prod\nnamedValues:\n  - name: host\n    properties: {value: prod.example}\n"
      "backends:\n  - name: B\n    properties: {title: New}\n"
      "apis:\n  - name: chat\n    properties:\n      serviceUrl: https://prod.example\n      apiRevision: '9'\n"
      "      isCurrent: false\n      subscriptionKeyParameterNames: {header: x-key}\n"
      "    diagnostics:\n      - name: azuremonitor\n        properties: {sampling: {percentage: 25}}\n"
      "    policies:\n      - name: policy\n        properties: {format: rawxml}\n");
  const auto result = load("prod");
  ASSERT_NE(result.configuration, nullptr) << said(result);
  EXPECT_EQ(result.configuration->findBackend("b")->url, "https://prod.example/");
  EXPECT_EQ(result.configuration->findBackend("b")->title, "New");
  const Api* api = result.configuration->findApi("chat");
  ASSERT_NE(api, nullptr);
  EXPECT_EQ(api->service_url, "https://prod.example");
  EXPECT_EQ(api->display_name, "Chat");
  EXPECT_EQ(api->key_header, "x-key");
  EXPECT_EQ(api->key_query, "q");
  EXPECT_EQ(api->revision, "3") << "the publisher leaves revisions alone";
  EXPECT_EQ(api->diagnostics.at(0).sampling_percentage, 25);
  EXPECT_EQ(api->diagnostics.at(0).logger, "l");
  const auto plain = load("");
  ASSERT_NE(plain.configuration, nullptr);
  EXPECT_EQ(plain.configuration->findBackend("b")->url, "https://dev.example/");
  EXPECT_NE(plain.configuration->fingerprint, result.configuration->fingerprint);
}

TEST_F(OverlayTest, APipelinesTokenIsNoValue) {
  folder_.write("extract/configuration.test.yaml",
                "namedValues:\n  - name: host\n    properties: {value: '{#host#}'}\n");
  const auto result = load("test");
  EXPECT_EQ(result.configuration, nullptr);
  ASSERT_EQ(result.lacks.size(), 1u);
  EXPECT_EQ(result.lacks[0].name, "host");
}

TEST_F(OverlayTest, MistakesSayWhere) {
  folder_.write("configuration.bad.yaml",
                "backend:\n  - name: b\nloggers:\n  - properties: {}\n"
                "apis:\n  - name: other\n    properties: {path: x}\n  - name: chat\n    properties: {protocols: 1}\n"
                "    policies:\n      - name: policy\n        properties: {value: <policies/>}\n");
  const auto text = said(load("bad"));
  for (const std::string_view expected :
       {"DIR/extract/../configuration.bad.yaml:1:1: error: `backend` is no kind of resource here",
        "Did you mean `backends`?", "an entry of `loggers` needs the resource's `name`",
        "policies are not replaced by this file",
        "DIR/extract/apis/chat/apiInformation.json with configuration.bad.yaml:",
        "warning: `other` of `apis` changes nothing: no such resource is read"})
    EXPECT_NE(text.find(expected), std::string::npos) << expected << "\n" << text;
}

TEST_F(OverlayTest, AnEnvironmentWithoutAFile) {
  EXPECT_NE(said(load("none")).find("there is no configuration.none.yaml for the environment `none`"),
            std::string::npos);
  EXPECT_NE(said(load("../x")).find("`../x` is no environment's name"), std::string::npos);
}

}  // namespace
}  // namespace sluice::config
