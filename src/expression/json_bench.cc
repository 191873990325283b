// JSON on the request path: what a policy that reads or rewrites a chat body pays.
#include <benchmark/benchmark.h>

#include "expression/cases.h"
#include "expression/expression.h"
#include "expression/json/token.h"

namespace sluice::expression {
namespace {

constexpr std::string_view kRequest =
    R"({"model":"gpt-4.1-mini","messages":[{"role":"system","content":"You are a helpful assistant that answers in )"
    R"(one short paragraph, politely and without lists."},{"role":"user","content":"What is the capital of France, )"
    R"(and which river flows through it?"},{"role":"assistant","content":"Paris; the Seine."},{"role":"user",)"
    R"("content":"And of Italy?"}],"temperature":0.7,"top_p":1,"max_tokens":128,"stream":true,)"
    R"("stream_options":{"include_usage":true},"n":1,"stop":null,"user":"ada","metadata":{"team":"search",)"
    R"("request":"0f8fad5b-d9cb-469f-a165-70867728950e","trial":false}})";

std::string longRequest(size_t messages) {
  std::string body = "{\"model\":\"gpt-4.1\",\"messages\":[";
  for (size_t i = 0; i < messages; ++i) {
    body += i == 0 ? "" : ",";
    body += "{\"role\":\"user\",\"content\":\"" + std::string(2000, 'x') + "\\n" + std::string(2000, 'y') + "\"}";
  }
  return body + "]}";
}

void parse(benchmark::State& state, std::string_view body) {
  Arena arena;
  for (auto _ : state) {
    Eval eval(nullptr, arena, Limits{});
    benchmark::DoNotOptimize(parseJsonBytes(eval, body, Expect::Object));
    arena.reset();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}

void BM_ParseRequest(benchmark::State& state) {
  parse(state, kRequest);
}
BENCHMARK(BM_ParseRequest);

void BM_ParseLongRequest(benchmark::State& state) {
  const std::string body = longRequest(25);
  parse(state, body);
}
BENCHMARK(BM_ParseLongRequest);

void write(benchmark::State& state, Indent indent) {
  Arena arena, scratch;
  Eval eval(nullptr, arena, Limits{});
  const JToken* tree = parseJsonBytes(eval, kRequest, Expect::Object);
  for (auto _ : state) {
    Eval writing(nullptr, scratch, Limits{});
    benchmark::DoNotOptimize(writeToken(writing, tree, indent));
    scratch.reset();
  }
}

void BM_WriteIndented(benchmark::State& state) {
  write(state, Indent::Indented);
}
BENCHMARK(BM_WriteIndented);
void BM_WriteCompact(benchmark::State& state) {
  write(state, Indent::None);
}
BENCHMARK(BM_WriteCompact);

// Whole expressions, evaluated against a fixture; its body is parsed once.
void evaluate(benchmark::State& state, const std::string& source) {
  const auto context = fixtureContext(
      R"({"request":{"method":"POST","url":"https://a.example/x","originalUrl":"https://a.example/x","headers":{},)"
      R"("body":"{\"model\":\"gpt-4.1-mini\",\"stream\":true,\"max_tokens\":128}"},)"
      R"("response":{"statusCode":200,"statusReason":"OK","headers":{},)"
      R"("body":"{\"usage\":{\"prompt_tokens\":25,\"completion_tokens\":7,\"total_tokens\":32}}"}})");
  Diagnostics diagnostics;
  const SourceText where("policy.xml", source);
  const auto compiled = Expression::compile(source, where, diagnostics);
  if (compiled == nullptr) return state.SkipWithError("does not compile");
  Arena kept, arena;
  compiled->evaluate(*context, kept);  // parses
  for (auto _ : state) {
    benchmark::DoNotOptimize(compiled->evaluate(*context, arena).value);
    arena.reset();
  }
}

void BM_ReadMember(benchmark::State& state) {
  evaluate(state, "@((int)context.Response.Body.As<JObject>(true)[\"usage\"][\"total_tokens\"])");
}
BENCHMARK(BM_ReadMember);

void BM_BuildError(benchmark::State& state) {
  evaluate(state,
           "@(new JObject(new JProperty(\"error\", new JObject(new JProperty(\"code\", \"429\"), "
           "new JProperty(\"message\", \"Rate limit is exceeded. Try again in 10 seconds.\")))).ToString())");
}
BENCHMARK(BM_BuildError);

void BM_BodyToString(benchmark::State& state) {
  evaluate(state, "@(context.Request.Body.As<JObject>(true).ToString())");
}
BENCHMARK(BM_BodyToString);

void BM_SelectToken(benchmark::State& state) {
  evaluate(state, "@(context.Response.Body.As<JObject>(true).SelectToken(\"usage.total_tokens\").Value<int>())");
}
BENCHMARK(BM_SelectToken);

}  // namespace
}  // namespace sluice::expression

BENCHMARK_MAIN();
