#include "upstream/deployment_map.h"

#include <gtest/gtest.h>

namespace sluice::upstream {
namespace {

const config::Named<std::string> kNames = {{"gpt-4o", "gpt4o ptu"}, {"x", "a\"b"}};

TEST(DeploymentMap, TheSegmentOfThePath) {
  Arena arena;
  EXPECT_EQ(mapDeployment("/openai/deployments/gpt-4o/chat/completions", kNames, arena),
            "/openai/deployments/gpt4o%20ptu/chat/completions");
  EXPECT_EQ(mapDeployment("/deployments/gpt%2D4o", kNames, arena), "/deployments/gpt4o%20ptu");
  EXPECT_EQ(mapDeployment("/openai/deployments/other/chat", kNames, arena), "/openai/deployments/other/chat");
  EXPECT_EQ(mapDeployment("/openai/v1/chat", kNames, arena), "/openai/v1/chat");
}

TEST(DeploymentMap, TheApiVersion) {
  Arena arena;
  const auto map = [&](std::string_view path, std::string_view query) {
    return std::string(mapApiVersion(path, query, "2024-10-21", arena));
  };
  EXPECT_EQ(map("/deployments/a/b", "api-version=2023-05-15"), "api-version=2024-10-21");
  EXPECT_EQ(map("/deployments/a/b", "x=1&API-Version=old&y=2"), "x=1&API-Version=2024-10-21&y=2");
  EXPECT_EQ(map("/deployments/a/b", "x=1"), "x=1&api-version=2024-10-21");
  EXPECT_EQ(map("/deployments/a/b", ""), "api-version=2024-10-21");
  EXPECT_EQ(map("/v1/chat/completions", ""), "");
  EXPECT_EQ(mapApiVersion("/deployments/a", "api-version=1", "", arena), "api-version=1");
}

TEST(DeploymentMap, TheModelOfABody) {
  Arena arena;
  EXPECT_EQ(mapModel(R"({"messages":[{"model":"gpt-4o"}],"model" : "gpt-4o","n":1})", kNames, arena),
            R"({"messages":[{"model":"gpt-4o"}],"model" : "gpt4o ptu","n":1})");
  EXPECT_EQ(mapModel(R"({"model":"x"})", kNames, arena), R"({"model":"a\"b"})");
  for (const auto* same : {R"({"model":"other"})", R"({"model":7})", "[1]", "", "{\"model\""})
    EXPECT_EQ(mapModel(same, kNames, arena), same);
}

}  // namespace
}  // namespace sluice::upstream
