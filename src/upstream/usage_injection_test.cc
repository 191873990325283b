#include "upstream/usage_injection.h"

#include <gtest/gtest.h>

#include <string>

#include "upstream/json_check.h"

namespace sluice::upstream {
namespace {

constexpr std::string_view kKnows = "2024-10-21";

std::string injected(std::string_view body, std::string_view version = kKnows,
                     Dialect dialect = Dialect::ChatCompletions) {
  const auto edited = injectUsage(dialect, version, body);
  if (!edited) return "no";
  Arena arena;
  const RequestFacts facts = readRequest(*edited, arena);
  EXPECT_TRUE(isJson(*edited)) << *edited;
  EXPECT_EQ(facts.include_usage, true) << *edited;
  return *edited;
}

TEST(UsageInjection, KnowsWhichVersionsHaveStreamOptions) {
  for (const std::string_view version : {"", "v1", "V1", "preview", "latest", "2024-09-01-preview",
                                         "2024-10-01-preview", "2024-10-21", "2025-04-01-preview", "2031-01-01"}) {
    EXPECT_TRUE(knowsStreamOptions(version)) << version;
  }
  for (const std::string_view version : {"2023-05-15", "2024-02-01", "2024-06-01", "2024-08-01-preview", "2024-08-31",
                                         "v2", "x", "9999", "20240901", "2024-9-1", "beta-2025-01-01"}) {
    EXPECT_FALSE(knowsStreamOptions(version)) << version;
  }
}

TEST(UsageInjection, InsertsAMemberAndLeavesAllElse) {
  EXPECT_EQ(injected(R"({"stream":true,"messages":[]})"),
            R"({"stream_options":{"include_usage":true},"stream":true,"messages":[]})");
  EXPECT_EQ(injected(" \n{ \"stream\" : true ,\t\"x\":\"\\u00e9\" } "),
            " \n{\"stream_options\":{\"include_usage\":true}, \"stream\" : true ,\t\"x\":\"\\u00e9\" } ");
  EXPECT_EQ(injected(R"({"stream":true})", "", Dialect::Completions),
            R"({"stream_options":{"include_usage":true},"stream":true})");
}

TEST(UsageInjection, CompletesOptionsThatAreThere) {
  EXPECT_EQ(injected(R"({"stream":true,"stream_options":{}})"),
            R"({"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(injected(R"({"stream_options":{ "include_obfuscation":false},"stream":true})"),
            R"({"stream_options":{"include_usage":true, "include_obfuscation":false},"stream":true})");
  EXPECT_EQ(injected(R"({"stream_options":null,"stream":true})"),
            R"({"stream_options":{"include_usage":true},"stream":true})");
}

TEST(UsageInjection, LeavesTheClientsChoice) {
  for (const std::string_view value : {"true", "false", "null", "1"}) {
    EXPECT_EQ(injected("{\"stream\":true,\"stream_options\":{\"include_usage\":" + std::string(value) + "}}"), "no");
  }
  EXPECT_EQ(injected(R"({"stream":true,"stream_options":{"include\u005fusage":false}})"), "no");
}

TEST(UsageInjection, OnlyStreamsOfDialectsAndVersionsThatKnowIt) {
  const std::string_view body = R"({"stream":true})";
  EXPECT_EQ(injected(R"({"stream":false})"), "no");
  EXPECT_EQ(injected(R"({"messages":[]})"), "no");
  EXPECT_EQ(injected("{}"), "no");
  EXPECT_EQ(injected(body, "2023-05-15"), "no");
  for (const Dialect dialect :
       {Dialect::Embeddings, Dialect::Responses, Dialect::AnthropicMessages, Dialect::Unknown}) {
    EXPECT_EQ(injected(body, kKnows, dialect), "no");
  }
  EXPECT_EQ(injected(R"({"stream":true,"data_sources":[{}]})"), "no") << "Azure's own data refuses stream_options";
}

TEST(UsageInjection, DoubtLeavesTheBodyAlone) {
  for (const std::string_view body :
       {"", "[]", "{\"stream\":true", "{\"stream\":true,}", R"({"stream":true,"stream":true})",
        R"({"stream":true,"str\u0065am":true})", R"({"stream":true,"stream_options":{},"stream_options":{}})",
        R"({"stream":true,"stream_options":7})", R"({"stream":true,"stream_options":[]})", R"({"stream":"true"})",
        R"({"stream":true} {})", R"({"stream":true,"stream_options":nullx})"}) {
    EXPECT_EQ(injected(body), "no") << body;
  }
}

}  // namespace
}  // namespace sluice::upstream
