// Nanoseconds and heap allocations of one evaluation: the article's expressions, and typical ones from public policies.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "expression/cases.h"
#include "expression/expression.h"

namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace

// GCC takes the pair below for mismatched once it is inlined; both sides are malloc's.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace sluice::expression {
namespace {

constexpr std::string_view kFixture = R"json({
  "requestId": "0f8fad5b-d9cb-469f-a165-70867728950e", "timestamp": "2024-05-06T07:08:09Z", "elapsed": "00:00:00.25",
  "api": {"id": "openai"}, "subscription": {"id": "sub-001"},
  "request": {"method": "POST", "url": "https://gw.example/instance1/chatbot/openai/deployments/gpt-4/chat/completions?api-version=2023-05-15",
    "originalUrl": "https://gw.example/instance1/chatbot/openai/deployments/gpt-4/chat/completions?api-version=2023-05-15",
    "headers": {"Content-Type": ["application/json"], "Authorization": ["Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6InRlc3Qta2V5LTEifQ.eyJhdWQiOiJodHRwczovL2NvZ25pdGl2ZXNlcnZpY2VzLmF6dXJlLmNvbSIsImlzcyI6Imh0dHBzOi8vc3RzLndpbmRvd3MubmV0LzExMTExMTExLTIyMjItMzMzMy00NDQ0LTU1NTU1NTU1NTU1NS8iLCJpYXQiOjE3MTQ5Nzg4MDAsIm5iZiI6MTcxNDk3ODgwMCwiZXhwIjoxNzE0OTgyNDAwLCJuYW1lIjoiQWRhIEV4YW1wbGUiLCJvaWQiOiJhYWFhYWFhYS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMGEiLCJhcHBpZCI6Ijk5OTk5OTk5LTg4ODgtNzc3Ny02NjY2LTU1NTU1NTU1NTU1NSJ9.bm90LWEtcmVhbC1zaWduYXR1cmU"]},
    "matchedParameters": {"deployment-id": "gpt-4"},
    "body": "{\"messages\": [{\"role\": \"system\", \"content\": \"You are a helpful assistant that answers questions about the weather in short sentences.\"}, {\"role\": \"user\", \"content\": \"What is the weather like in Zurich today, and should I take an umbrella with me when I go for a walk?\"}], \"temperature\": 0.7, \"max_tokens\": 128, \"stream\": false, \"n\": 1, \"user\": \"ada\"}"},
  "response": {"statusCode": 200, "statusReason": "OK", "headers": {"Content-Type": ["application/json"]},
    "body": "{\"id\": \"chatcmpl-9LtW2f6PpPqk8yqZ0yD4s3oXGf1aB\", \"object\": \"chat.completion\", \"created\": 1714979000, \"model\": \"gpt-4\", \"choices\": [{\"index\": 0, \"finish_reason\": \"stop\", \"message\": {\"role\": \"assistant\", \"content\": \"It is sunny in Zurich today with a light breeze from the lake. You will not need an umbrella; a light jacket is enough for the evening.\"}, \"content_filter_results\": {\"hate\": {\"filtered\": false, \"severity\": \"safe\"}}}], \"usage\": {\"prompt_tokens\": 25, \"completion_tokens\": 31, \"total_tokens\": 56}}"},
  "variables": {"workloadIdentifier": {"type": "string", "value": "chatbot"}, "targetBackend": {"type": "string", "value": "instance1"},
    "user": {"type": "string", "value": "Ada Example"},
    "requestBody": {"type": "json", "value": "{\"messages\": [{\"role\": \"system\", \"content\": \"You are a helpful assistant that answers questions about the weather in short sentences.\"}, {\"role\": \"user\", \"content\": \"What is the weather like in Zurich today, and should I take an umbrella with me when I go for a walk?\"}], \"temperature\": 0.7, \"max_tokens\": 128, \"stream\": false, \"n\": 1, \"user\": \"ada\"}"},
    "responseBody": {"type": "json", "value": "{\"id\": \"chatcmpl-9LtW2f6PpPqk8yqZ0yD4s3oXGf1aB\", \"object\": \"chat.completion\", \"created\": 1714979000, \"model\": \"gpt-4\", \"choices\": [{\"index\": 0, \"finish_reason\": \"stop\", \"message\": {\"role\": \"assistant\", \"content\": \"It is sunny in Zurich today with a light breeze from the lake. You will not need an umbrella; a light jacket is enough for the evening.\"}, \"content_filter_results\": {\"hate\": {\"filtered\": false, \"severity\": \"safe\"}}}], \"usage\": {\"prompt_tokens\": 25, \"completion_tokens\": 31, \"total_tokens\": 56}}"}}
})json";

struct Case {
  const char* name;
  const char* source;
};

constexpr Case kCases[] = {
    {"article/has_workload", "@(!string.IsNullOrEmpty(context.Request.Url.Path.Trim('/').Split('/')[1]))"},
    {"article/workload", "@{ return context.Request.Url.Path.Trim('/').Split('/')[1]; }"},
    {"article/bearer", "@(\"Bearer \" + context.Request.Headers.GetValueOrDefault(\"api-key\", \"\"))"},
    {"article/is_chat", "@(context.Request.Url.Path.Contains(\"/chat/completions\"))"},
    {"article/user", R"cs(@{
        string jwt = context.Request.Headers.GetValueOrDefault("Authorization", "").Substring("Bearer ".Length);
        string[] jwtParts = jwt.Split('.');
        string payloadBase64 = jwtParts[1];
        int paddingLength = payloadBase64.Length % 4;
        if (paddingLength > 0) { payloadBase64 += new string('=', 4 - paddingLength); }
        string payloadJson = Encoding.UTF8.GetString(Convert.FromBase64String(payloadBase64));
        JObject payload = JObject.Parse(payloadJson);
        string identifier = payload.GetValue("name", StringComparison.OrdinalIgnoreCase)?.ToString();
        if (string.IsNullOrEmpty(identifier)) {
          identifier = payload.GetValue("appid", StringComparison.OrdinalIgnoreCase)?.ToString() ?? "";
        }
        return identifier; })cs"},
    {"article/request_body", "@(context.Request.Body.As<JObject>(preserveContent: true))"},
    {"article/response_body", "@(context.Response.Body.As<JObject>(preserveContent: true))"},
    {"article/allowed", R"cs(@{
        string[] allowedBackends = new [] { "instance1", "instance2" };
        string targetBackend = (string)context.Variables["targetBackend"];
        return allowedBackends.Contains(targetBackend); })cs"},
    {"article/base_url", "@($\"https://{context.Variables[\"targetBackend\"]}.openai.azure.com/\")"},
    {"article/event", R"cs(@{
        JObject responseBody = (JObject)context.Variables["responseBody"];
        JObject requestBody = (JObject)context.Variables["requestBody"];
        return new JObject(
          new JProperty("completion_tokens", (int)responseBody["usage"]["completion_tokens"]),
          new JProperty("prompt_tokens", (int)responseBody["usage"]["prompt_tokens"]),
          new JProperty("total_tokens", (int)responseBody["usage"]["total_tokens"]),
          new JProperty("WorkloadIdentifier", (string)context.Variables["workloadIdentifier"]),
          new JProperty("Backend", (string)context.Variables["targetBackend"]),
          new JProperty("User", (string)context.Variables["user"]),
          new JProperty("FullRequestBody", requestBody.ToString()),
          new JProperty("FullResponseBody", responseBody.ToString())
        ).ToString(); })cs"},
    {"public/status", "@(context.Response.StatusCode == 429 || context.Response.StatusCode >= 500)"},
    {"public/header", "@(context.Request.Headers.GetValueOrDefault(\"X-Forwarded-For\", \"none\"))"},
    {"public/claim",
     "@(context.Request.Headers.GetValueOrDefault(\"Authorization\",\"\").Split(' "
     "').Last().AsJwt()?.Claims.GetValueOrDefault(\"oid\", \"anonymous\"))"},
    {"public/model", "@((string)context.Request.Body.As<JObject>(true)[\"user\"])"},
    {"public/last_message", "@((string)context.Request.Body.As<JObject>(true)[\"messages\"].Last[\"content\"])"},
    {"public/select_token",
     "@(context.Response.Body.As<JObject>(true).SelectToken(\"usage.total_tokens\").Value<int>())"},
    {"public/interpolation", "@($\"{context.Api.Id}:{context.Subscription?.Id ?? \"none\"}\")"},
    {"public/contains_status", "@(new[] { 408, 429, 500, 503 }.Contains(context.Response.StatusCode))"},
    {"public/linq",
     "@(string.Join(\",\", context.Request.Body.As<JObject>(true)[\"messages\"].Select(m => "
     "(string)m[\"role\"]).Distinct()))"},
    {"public/date", "@(context.Timestamp.AddMinutes(5) > context.Timestamp)"},
    {"public/new_guid", "@(Guid.NewGuid().ToString())"},
};

void evaluate(benchmark::State& state, const Case& one) {
  const std::string source = one.source;
  Diagnostics diagnostics;
  const auto compiled = Expression::compile(source, SourceText("bench", source), diagnostics);
  if (compiled == nullptr) {
    state.SkipWithError(diagnostics.render().c_str());
    return;
  }
  const auto context = fixtureContext(kFixture);
  Arena arena;
  uint64_t before = 0, turns = 0;
  for (auto unused : state) {
    (void)unused;
    arena.reset();
    if (Body* body = context->request().body()) body->parsed = nullptr;
    if (Body* body = context->response()->body()) body->parsed = nullptr;
    const Outcome outcome = compiled->evaluate(*context, arena);
    benchmark::DoNotOptimize(outcome);
    // The first turns fill the arena and the caches of the thread.
    if (++turns == 3) before = allocations.load();
  }
  if (turns > 3)
    state.counters["allocations"] = static_cast<double>(allocations.load() - before) / static_cast<double>(turns - 3);
}

void compileAll(benchmark::State& state) {
  for (auto unused : state) {
    (void)unused;
    for (const Case& one : kCases) {
      const std::string source = one.source;
      Diagnostics diagnostics;
      benchmark::DoNotOptimize(Expression::compile(source, SourceText("bench", source), diagnostics));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(std::size(kCases)));
}

const bool kRegistered = [] {
  for (const Case& one : kCases)
    benchmark::RegisterBenchmark(one.name, [&one](benchmark::State& state) { evaluate(state, one); });
  benchmark::RegisterBenchmark("compile", compileAll);
  return true;
}();

}  // namespace
}  // namespace sluice::expression

BENCHMARK_MAIN();
