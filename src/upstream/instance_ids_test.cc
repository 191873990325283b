#include "upstream/instance_ids.h"

#include <gtest/gtest.h>

namespace sluice::upstream {
namespace {

using Ids = std::vector<std::string_view>;

TEST(InstanceIds, PathsThatMakeOrNameThem) {
  for (const auto* path : {"/openai/v1/responses", "/openai/responses/resp_0123456789/input_items", "/v1/files",
                           "/openai/batches?api-version=1", "/openai/threads/thread_0123456789/runs"})
    EXPECT_TRUE(usesInstanceIds(path)) << path;
  for (const auto* path : {"/openai/deployments/gpt-4o/chat/completions", "/v1/embeddings", "/filesystem", ""})
    EXPECT_FALSE(usesInstanceIds(path)) << path;
}

TEST(InstanceIds, AreFoundInPathsAndBodies) {
  EXPECT_EQ(instanceIds("/openai/v1/responses/resp_0123456789abcdef/cancel"), (Ids{"resp_0123456789abcdef"}));
  EXPECT_EQ(
      instanceIds(R"({"previous_response_id":"resp_abcdef01","input":[{"file_id":"file-XYZabc123"}],"x":"respite"})"),
      (Ids{"resp_abcdef01", "file-XYZabc123"}));
  EXPECT_EQ(instanceIds(R"({"a":"resp_1","b":"xresp_12345678"})"), Ids{}) << "too short; not at a beginning";
  EXPECT_EQ(instanceIds("\"" + std::string("resp_") + std::string(5000, 'a') + "\""), Ids{}) << "too long";
  EXPECT_EQ(instanceIds("\"resp_aaaaaa\"\"resp_bbbbbb\"\"resp_cccccc\"", 2).size(), 2u);
}

TEST(InstanceIds, WhatAnAnswerMade) {
  EXPECT_EQ(madeId(R"({"object":"response","id":"resp_0123456789"})"), "resp_0123456789");
  for (const auto* none : {R"({"id":"x"})", R"({"id":7})", "[]", "", R"({"object":"list"})"})
    EXPECT_EQ(madeId(none), "");
}

TEST(InstanceIds, OwnersAreRememberedAndTheOldestForgotten) {
  InstanceIds owners(2);
  owners.learn("resp_a", "east");
  owners.learn("resp_b", "west");
  EXPECT_EQ(owners.ownerOf({"resp_x", "resp_a"}), "east");
  owners.learn("resp_c", "north");  // resp_b was used longest ago
  EXPECT_EQ(owners.ownerOf({"resp_b"}), std::nullopt);
  EXPECT_EQ(owners.ownerOf({"resp_a"}), "east");
  owners.learn("resp_a", "south");
  EXPECT_EQ(owners.ownerOf({"resp_a"}), "south");
}

}  // namespace
}  // namespace sluice::upstream
