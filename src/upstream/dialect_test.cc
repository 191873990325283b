#include "upstream/dialect.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::upstream {
namespace {

TEST(Dialect, IsFoundByTheEndOfThePath) {
  EXPECT_EQ(dialectOfPath("/openai/deployments/d/chat/completions?api-version=2023-05-15"), Dialect::ChatCompletions);
  EXPECT_EQ(dialectOfPath("/openai/deployments/d/completions"), Dialect::Completions);
  EXPECT_EQ(dialectOfPath("/v1/embeddings/"), Dialect::Embeddings);
  EXPECT_EQ(dialectOfPath("/openai/v1/responses"), Dialect::Responses);
  EXPECT_EQ(dialectOfPath("/anthropic/v1/messages"), Dialect::AnthropicMessages);
  EXPECT_EQ(dialectOfPath("/v1/models"), Dialect::Unknown);
  EXPECT_EQ(dialectOfPath("/chat/completions/x"), Dialect::Unknown);
  EXPECT_EQ(dialectOfPath(""), Dialect::Unknown);
  EXPECT_EQ(dialectName(Dialect::ChatCompletions), "chat-completions");
}

TEST(Dialect, TheDeploymentIsAPathSegment) {
  EXPECT_EQ(deploymentOfPath("/a/b/openai/deployments/gpt-4o/chat/completions?x=/deployments/y"), "gpt-4o");
  EXPECT_EQ(deploymentOfPath("/openai/deployments/d"), "d");
  EXPECT_EQ(deploymentOfPath("/openai/deployments//chat"), "");
  EXPECT_EQ(deploymentOfPath("/v1/chat/completions"), "");
}

TEST(RequestFacts, AreReadFromTheBody) {
  Arena arena;
  const auto facts = readRequest(
      R"({"messages":[{"role":"user","content":"\"model\":\"no\""}],"model":"gpt-\u0034o","user":"ada","stream":true,)"
      R"("stream_options":{"x":[1],"include_usage":false},"max_tokens":50})",
      arena);
  EXPECT_TRUE(facts.is_object);
  EXPECT_EQ(facts.model, "gpt-4o");
  EXPECT_EQ(facts.user, "ada");
  EXPECT_TRUE(facts.stream);
  EXPECT_TRUE(facts.has_stream_options);
  EXPECT_EQ(facts.include_usage, false);
  EXPECT_EQ(facts.max_tokens, 50u);
  EXPECT_EQ(readRequest(R"({"max_completion_tokens":7,"max_tokens":9})", arena).max_tokens, 7u);
  EXPECT_EQ(readRequest(R"({"max_output_tokens":8})", arena).max_tokens, 8u);
}

TEST(RequestFacts, TolerateAnything) {
  Arena arena;
  for (const std::string_view body :
       {"", "[]", "null", "\"x\"", "{", "{\"stream\":true", "{\"stream\":true]", "\xff\xfe"}) {
    EXPECT_FALSE(readRequest(body, arena).is_object) << body;
  }
  const auto odd = readRequest(
      R"({"model":7,"user":{},"stream":"true","stream_options":null,"max_tokens":-1,"max_completion_tokens":1.5})",
      arena);
  EXPECT_TRUE(odd.is_object);
  EXPECT_EQ(odd.model, "");
  EXPECT_FALSE(odd.stream);
  EXPECT_FALSE(odd.has_stream_options);
  EXPECT_FALSE(odd.max_tokens);
  EXPECT_EQ(readRequest("{\"model\":\"" + std::string(600, 'm') + "\"}", arena).model, "") << "not a name";
  // As most parsers do, the last of two counts.
  EXPECT_FALSE(readRequest(R"({"stream":true,"stream":false})", arena).stream);
}

TEST(ResponseFacts, OfAnAzureChatCompletion) {
  Arena arena;
  const auto facts = readResponse(
      R"({"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-2024","prompt_filter_results":[{"prompt_index":0,)"
      R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],"choices":[{"index":0,"finish_reason":"stop",)"
      R"("message":{"role":"assistant","content":"\"usage\":{}"},"content_filter_results":{"hate":{"filtered":false}}}],"usage":)"
      R"({"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":4},)"
      R"("completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":0}}})",
      arena);
  EXPECT_TRUE(facts.is_object);
  EXPECT_EQ(facts.id, "chatcmpl-1");
  EXPECT_EQ(facts.model, "gpt-4o-2024");
  EXPECT_EQ(facts.finish_reason, "stop");
  EXPECT_EQ(facts.usage.prompt, 11u);
  EXPECT_EQ(facts.usage.completion, 7u);
  EXPECT_EQ(facts.usage.total, 18u);
  EXPECT_EQ(facts.usage.cached, 4u);
  EXPECT_EQ(facts.usage.reasoning, 2u);
  EXPECT_EQ(facts.content_filter, ContentFilter::Passed);
  EXPECT_EQ(facts.error_code, "");
}

TEST(ResponseFacts, FilteredAnywhereIsFiltered) {
  Arena arena;
  const auto facts = readResponse(
      R"({"choices":[{"finish_reason":"content_filter","content_filter_results":{"violence":{"filtered":true},"hate":{"filtered":false}}},)"
      R"({"content_filter_results":{"hate":{"filtered":false}}}]})",
      arena);
  EXPECT_EQ(facts.content_filter, ContentFilter::Filtered);
  EXPECT_EQ(facts.finish_reason, "content_filter");
}

TEST(ResponseFacts, OfErrors) {
  Arena arena;
  EXPECT_EQ(readResponse(R"({"error":{"code":"429","type":"rate"}})", arena).error_code, "429");
  EXPECT_EQ(readResponse(R"({"error":{"type":"rate","code":null}})", arena).error_code, "rate");
  EXPECT_EQ(readResponse(R"({"error":{"message":"x"}})", arena).error_code, "error");
  EXPECT_EQ(readResponse(R"({"error":"x"})", arena).error_code, "error");
  EXPECT_EQ(readResponse(R"({"error":null,"status":"completed"})", arena).error_code, "");
  EXPECT_EQ(readResponse(R"({"error":null,"status":"completed"})", arena).finish_reason, "completed");
}

TEST(Usage, OfEveryDialect) {
  const Usage embeddings =
      readUsage(R"({"data":[{"embedding":[0.1,-2e-3]}],"usage":{"prompt_tokens":5,"total_tokens":5}})");
  EXPECT_EQ(embeddings.prompt, 5u);
  EXPECT_FALSE(embeddings.completion);
  EXPECT_EQ(embeddings.sum(), 5u);
  const Usage responses = readUsage(
      R"({"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":1},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":13}})");
  EXPECT_EQ(responses.prompt, 9u);
  EXPECT_EQ(responses.cached, 1u);
  EXPECT_EQ(responses.reasoning, 3u);
  const Usage anthropic = readUsage(
      R"({"usage":{"cache_read_input_tokens":100,"input_tokens":10,"cache_creation_input_tokens":5,"output_tokens":2}})");
  EXPECT_EQ(anthropic.prompt, 115u);
  EXPECT_EQ(anthropic.cached, 100u);
  EXPECT_EQ(anthropic.sum(), 117u);
}

TEST(Usage, OfNothing) {
  for (const std::string_view body :
       {"", "{}", "[]", R"({"usage":null})", R"({"usage":[1]})", R"({"usage":{"prompt_tokens":"5"}})",
        R"({"choices":[{"usage":{"prompt_tokens":5}}]})", R"({"usage":{"prompt_tokens":-5}})"}) {
    EXPECT_FALSE(readUsage(body).any()) << body;
  }
}

}  // namespace
}  // namespace sluice::upstream
