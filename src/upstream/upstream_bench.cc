// What watching costs: usage of a small answer, one event of a stream, counting a prompt.
#include <benchmark/benchmark.h>

#include <string>

#include "upstream/dialect.h"
#include "upstream/prompt_tokens.h"
#include "upstream/stream_assembler.h"
#include "upstream/usage_injection.h"

namespace {

using namespace sluice::upstream;

std::string answer() {
  return R"({"id":"chatcmpl-0123456789","object":"chat.completion","created":1700000000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,)"
         R"("message":{"role":"assistant","content":")" +
         std::string(250, 'x') +
         R"("},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":70,"total_tokens":82,)"
         R"("prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"system_fingerprint":"fp_0123456789"})";
}

const Tokenizer& tokenizer(Encoding encoding) {
  static Tokenizers all(std::string(SLUICE_SOURCE_DIR) + "/.deps/tokenizer");
  return **all.load(encoding);
}

std::string english(size_t size) {
  std::string text;
  while (text.size() < size)
    text += "The gateway checks who calls, picks the backend and limits what they spend, 24 hours a day. ";
  return text;
}

void BM_UsageOfAnAnswer(benchmark::State& state) {
  const std::string body = answer();
  for (auto _ : state) benchmark::DoNotOptimize(readUsage(body));
  state.counters["bytes"] = static_cast<double>(body.size());
}
BENCHMARK(BM_UsageOfAnAnswer);

void BM_InjectUsage(benchmark::State& state) {
  const std::string body =
      R"({"messages":[{"role":"user","content":")" + std::string(300, 'x') + R"("}],"stream":true})";
  for (auto _ : state) benchmark::DoNotOptimize(injectUsage(Dialect::ChatCompletions, "v1", body));
}
BENCHMARK(BM_InjectUsage);

void BM_StreamEvent(benchmark::State& state) {
  const std::string event =
      R"({"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-2024-08-06",)"
      R"("system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]})";
  StreamAssembler stream(Dialect::ChatCompletions);
  for (auto _ : state) benchmark::DoNotOptimize(stream.event(event));
}
BENCHMARK(BM_StreamEvent);

void BM_Count(benchmark::State& state, Encoding encoding, const std::string& text) {
  const Tokenizer& of = tokenizer(encoding);
  for (auto _ : state) benchmark::DoNotOptimize(of.count(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK_CAPTURE(BM_Count, cl100k_english, Encoding::Cl100k, english(10'000));
BENCHMARK_CAPTURE(BM_Count, o200k_english, Encoding::O200k, english(10'000));
BENCHMARK_CAPTURE(BM_Count, o200k_one_letter, Encoding::O200k, std::string(100'000, 'a'));
BENCHMARK_CAPTURE(BM_Count, o200k_spaces, Encoding::O200k, std::string(100'000, ' ') + "x");

void BM_Load(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        Tokenizer::load(Encoding::O200k, std::string(SLUICE_SOURCE_DIR) + "/.deps/tokenizer/o200k_base.tiktoken"));
  }
}
BENCHMARK(BM_Load)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
