#include "upstream/prompt_tokens.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::upstream {
namespace {

const Tokenizer& tokenizer() {
  static Tokenizers all(std::string(SLUICE_SOURCE_DIR) + "/.deps/tokenizer");
  static const auto loaded = all.load(Encoding::O200k);
  EXPECT_TRUE(loaded);
  return **loaded;
}

size_t n(std::string_view text) {
  return tokenizer().count(text);
}

size_t prompt(std::string_view body, Dialect dialect = Dialect::ChatCompletions, std::string_view model = "gpt-4o") {
  return countPromptTokens(dialect, body, model, &tokenizer());
}

TEST(PromptTokens, OfChatMessages) {
  const std::string system = "You answer in one short sentence.";
  const std::string user = "Why is the sky blue? \"Rayleigh\"";
  const size_t expected = 3 + n("system") + n(system) + 3 + n("user") + n(user) + 3;
  EXPECT_EQ(prompt(R"({"model":"m","messages":[{"role":"system","content":"You answer in one short sentence."},)"
                   R"({"role":"user","content":"Why is the sky blue? \"Rayleigh\""}],"temperature":0})"),
            expected);
  EXPECT_EQ(prompt(R"({"messages":[{"role":"user","name":"ada","content":"hi"}]})"),
            3 + n("user") + n("ada") + 1 + n("hi") + 3);
  EXPECT_EQ(prompt(R"({"messages":[{"role":"user","name":"ada","content":"hi"}]})", Dialect::ChatCompletions,
                   "gpt-35-turbo-0301"),
            4 + n("user") + n("ada") - 1 + n("hi") + 3);
}

TEST(PromptTokens, OfPartsImagesToolsAndCalls) {
  EXPECT_EQ(prompt(R"({"messages":[{"role":"user","content":[{"type":"text","text":"what is this"},)"
                   R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},)"
                   R"({"type":"image_url","image_url":{"detail":"low","url":"https://x/y.png"}}]}]})"),
            3 + n("user") + n("what is this") + kImageTokens + kImageTokensLowDetail + 3);
  const std::string tools = R"([{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])";
  EXPECT_EQ(prompt(R"({"messages":[{"role":"user","content":"x"}],"tools":)" + tools + "}"),
            3 + n("user") + n("x") + 3 + n(tools));
  EXPECT_EQ(
      prompt(R"({"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":)"
             R"({"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c1","content":"42"}]})"),
      3 + n("assistant") + n("f") + n("{\"a\":1}") + 3 + n("tool") + n("42") + 3);
}

TEST(PromptTokens, OfTheOtherDialects) {
  EXPECT_EQ(prompt(R"({"prompt":"one two"})", Dialect::Completions), n("one two"));
  EXPECT_EQ(prompt(R"({"prompt":["one","two"],"suffix":"end"})", Dialect::Completions), n("one") + n("two") + n("end"));
  EXPECT_EQ(prompt(R"({"prompt":[1,2,3]})", Dialect::Completions), 3u);
  EXPECT_EQ(prompt(R"({"input":[[1,2],[3]]})", Dialect::Embeddings), 3u);
  EXPECT_EQ(prompt(R"({"input":["a text","b"]})", Dialect::Embeddings), n("a text") + n("b"));
  EXPECT_EQ(prompt(R"({"instructions":"be kind","input":"hello there"})", Dialect::Responses),
            n("be kind") + n("hello there"));
  EXPECT_EQ(prompt(R"({"input":[{"role":"user","content":[{"type":"input_text","text":"hello there"}]}]})",
                   Dialect::Responses),
            3 + n("user") + n("hello there") + 3);
  EXPECT_EQ(
      prompt(
          R"({"system":"be kind","messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"deep"}]}]}]})",
          Dialect::AnthropicMessages),
      n("be kind") + 3 + n("user") + n("deep") + 3);
}

TEST(PromptTokens, OfNothing) {
  for (const std::string_view body :
       {"", "[]", "{}", "{", R"({"messages":7})", R"({"messages":[]})", R"({"prompt":{}})"}) {
    EXPECT_EQ(prompt(body), 0u) << body;
  }
  std::string nested = "\"x\"";
  for (int i = 0; i < 100; ++i) nested = "[{\"content\":" + nested + "}]";
  EXPECT_GT(prompt("{\"messages\":[{\"role\":\"user\",\"content\":" + nested + "}]}"), 0u);
}

TEST(PromptTokens, BeyondTheBoundAreEstimated) {
  const std::string half(kCountedBytes / 2, ' ');
  const std::string rest(kCountedBytes, 'y');
  const size_t counted = prompt("{\"prompt\":[\"" + half + "\"]}", Dialect::Completions);
  EXPECT_EQ(prompt("{\"prompt\":[\"" + half + "\",\"" + rest + "\"]}", Dialect::Completions),
            counted + kCountedBytes / 4);
}

TEST(PromptTokens, WithoutATokenizerByBytes) {
  EXPECT_EQ(countPromptTokens(Dialect::Completions, R"({"prompt":"12345678"})", "m", nullptr), 2u);
  EXPECT_EQ(countText("12345", nullptr), 2u);
}

TEST(CompletionTokens, OfWholeAnswers) {
  const auto count = [](Dialect dialect, std::string_view body) {
    return countCompletionTokens(dialect, body, &tokenizer());
  };
  EXPECT_EQ(
      count(
          Dialect::ChatCompletions,
          R"({"choices":[{"index":0,"message":{"role":"assistant","content":"blue light scatters"}},{"message":{"content":"x"}}]})"),
      n("blue light scatters") + n("x"));
  EXPECT_EQ(
      count(
          Dialect::ChatCompletions,
          R"({"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function","function":{"name":"go","arguments":"{}"}}]}}]})"),
      n("go") + n("{}"));
  EXPECT_EQ(count(Dialect::Completions, R"({"choices":[{"text":"abc def"}]})"), n("abc def"));
  EXPECT_EQ(count(Dialect::AnthropicMessages, R"({"role":"assistant","content":[{"type":"text","text":"abc def"}]})"),
            n("abc def"));
  EXPECT_EQ(
      count(
          Dialect::Responses,
          R"({"output":[{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"abc def"}]}]})"),
      n("abc def"));
  EXPECT_EQ(count(Dialect::Embeddings, R"({"data":[{"embedding":[1,2]}]})"), 0u);
  EXPECT_EQ(count(Dialect::ChatCompletions, "{\"choices\":7"), 0u);
}

}  // namespace
}  // namespace sluice::upstream
