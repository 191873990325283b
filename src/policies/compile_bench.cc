// What loading costs: the pipelines of an API with a thousand operations (a reload is to take less than 200 ms in all).
#include <benchmark/benchmark.h>

#include <string>

#include "config/model.h"
#include "policies/builtin.h"
#include "policy/compiler.h"

namespace sluice {
namespace {

constexpr int kOperations = 1000;

config::PolicyDocument document(std::string text) {
  config::PolicyDocument result;
  result.file = "policy.xml";
  result.source = text;
  result.expanded.text = std::move(text);
  return result;
}

// An API policy of about forty elements, like that of the article's sample.
std::string apiPolicy() {
  std::string text = "<policies><inbound><base/>";
  for (int i = 0; i < 10; ++i) {
    const std::string n = std::to_string(i);
    text += "<set-variable name=\"v" + n + "\" value=\"@(context.Request.Headers.GetValueOrDefault(&quot;h" + n +
            "&quot;, &quot;&quot;))\" /><choose><when condition=\"@(context.Variables.ContainsKey(&quot;v" + n +
            "&quot;))\"><set-header name=\"X-" + n + "\"><value>@((string)context.Variables[\"v" + n +
            "\"])</value></set-header></when></choose>";
  }
  return text + "</inbound><outbound><base/></outbound></policies>";
}

enum class Own { None, Each };

config::Configuration configuration(Own own) {
  config::Configuration result;
  result.apis.resize(1);
  result.apis[0].name = "a";
  result.apis[0].policy = document(apiPolicy());
  for (int i = 0; i < kOperations; ++i) {
    config::Operation& operation = result.apis[0].operations.emplace_back();
    operation.id = "o" + std::to_string(i);
    if (own == Own::Each)
      operation.policy = document("<policies><inbound><base/><set-header name=\"Op\"><value>" + operation.id +
                                  "</value></set-header></inbound></policies>");
  }
  return result;
}

void compileAll(benchmark::State& state, Own own) {
  const config::Configuration loaded = configuration(own);
  for (auto _ : state) {
    Diagnostics diagnostics;
    policy::Compiler compiler(loaded, policies::builtinCatalogue(), diagnostics);
    compiler.compileAll();
    if (diagnostics.hasErrors()) state.SkipWithError(diagnostics.render().c_str());
  }
}

void operationsThatShareTheirScopes(benchmark::State& state) {
  compileAll(state, Own::None);
}
void operationsWithPoliciesOfTheirOwn(benchmark::State& state) {
  compileAll(state, Own::Each);
}
BENCHMARK(operationsThatShareTheirScopes)->Unit(benchmark::kMillisecond);
BENCHMARK(operationsWithPoliciesOfTheirOwn)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice

BENCHMARK_MAIN();
