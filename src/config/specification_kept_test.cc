#include <gtest/gtest.h>

#include "config/loader.h"
#include "config/test_folder.h"
#include "text/node.h"

namespace sluice::config {
namespace {

class SpecificationKept : public testing::Test {
 protected:
  SpecificationKept() {
    for (const auto* api : {"a", "b"}) {
      const std::string folder = std::string("apis/") + api;
      folder_.write(folder + "/apiInformation.json", std::string(R"({"properties": {"path": ")") + api + "\"}}");
      folder_.write(folder + "/specification.yaml",
                    "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths:\n  /x: {get: {operationId: x}}\n");
    }
  }
  // The APIs whose specification stays in memory.
  std::string kept() {
    const auto result = load(folder_.path(), [](std::string_view) { return std::nullopt; }, {});
    EXPECT_NE(result.configuration, nullptr) << result.diagnostics.render();
    std::string names;
    if (result.configuration != nullptr)
      for (const auto& api : result.configuration->apis)
        if (api.specification != nullptr) names += api.name;
    return names;
  }

  TestFolder folder_;
};

constexpr auto kValidating =
    "<policies><outbound><validate-status-code unspecified-status-code-action='ignore'/></outbound></policies>";

TEST_F(SpecificationKept, NowhereWhereNothingValidates) {
  folder_.write("apis/a/policy.xml", "<policies/>");
  EXPECT_EQ(kept(), "");
}

TEST_F(SpecificationKept, OfTheApiThatValidates) {
  folder_.write("apis/a/operations/x/policy.xml", kValidating);
  EXPECT_EQ(kept(), "a");
  folder_.write("apis/b/policy.xml", kValidating);
  EXPECT_EQ(kept(), "ab");
}

TEST_F(SpecificationKept, OfAllWhereASharedDocumentValidates) {
  folder_.write("policy fragments/f/policyFragmentInformation.json", R"({"properties": {}})");
  folder_.write("policy fragments/f/policy.xml", "<fragment><validate-headers/></fragment>");
  EXPECT_EQ(kept(), "ab");
}

TEST_F(SpecificationKept, OfAllWhereTheGlobalDocumentValidates) {
  folder_.write("policy.xml", kValidating);
  EXPECT_EQ(kept(), "ab");
}

}  // namespace
}  // namespace sluice::config
