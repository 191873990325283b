// Nanoseconds and heap allocations of one evaluation, for the cases of bench/expressions: those of the sample policy,
// and typical ones. bench/expressions.py puts the same compiled by real C# beside them.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "expression/cases.h"
#include "expression/expression.h"

namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace

// Every allocation of the process, operator new's and the libraries' too, comes by here.
extern "C" void* __libc_malloc(size_t size);
extern "C" void* malloc(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}

namespace sluice::expression {
namespace {

struct Case {
  std::string name;
  std::string source;
};

std::string contentOf(const std::string& name) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/bench/expressions/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Case> readCases() {
  std::vector<Case> cases;
  simdjson::dom::parser parser;
  for (const simdjson::dom::element one : parser.parse(contentOf("cases.json")).get_array())
    cases.push_back(
        {std::string(one["group"].get_string().value()) + "/" + std::string(one["name"].get_string().value()),
         std::string(one["source"].get_string().value())});
  return cases;
}

void evaluate(benchmark::State& state, const Case& one) {
  Diagnostics diagnostics;
  const auto compiled = Expression::compile(one.source, SourceText("bench", one.source), diagnostics);
  if (compiled == nullptr) {
    state.SkipWithError(diagnostics.render().c_str());
    return;
  }
  const auto context = fixtureContext(contentOf("fixture.json"));
  Arena arena;
  // As for an exchange: what it takes beyond the first piece of memory is not the evaluation's.
  uint64_t before = 0, turns = 0, blocks = 0;
  for (auto unused : state) {
    (void)unused;
    arena.reset();
    // Each evaluation parses the bodies that it asks for.
    if (Body* body = context->request().body()) body->parsed = nullptr;
    if (Body* body = context->response()->body()) body->parsed = nullptr;
    const Outcome outcome = compiled->evaluate(*context, arena);
    benchmark::DoNotOptimize(outcome);
    // The first turns fill the arena and the caches of the thread.
    if (++turns == 3) before = allocations.load();
    blocks = arena.reserved() > Arena::kFirstBlock ? 1 : 0;
  }
  if (turns <= 3) return;
  const auto made = static_cast<double>(allocations.load() - before) / static_cast<double>(turns - 3);
  state.counters["allocations"] = made;
  state.counters["arena_blocks"] = static_cast<double>(blocks);
}

void compileAll(benchmark::State& state, const std::vector<Case>& cases) {
  for (auto unused : state) {
    (void)unused;
    for (const Case& one : cases) {
      Diagnostics diagnostics;
      benchmark::DoNotOptimize(Expression::compile(one.source, SourceText("bench", one.source), diagnostics));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(cases.size()));
}

}  // namespace
}  // namespace sluice::expression

int main(int argc, char** argv) {
  const auto cases = sluice::expression::readCases();
  for (const auto& one : cases)
    benchmark::RegisterBenchmark(one.name.c_str(),
                                 [&one](benchmark::State& state) { sluice::expression::evaluate(state, one); });
  benchmark::RegisterBenchmark("compile",
                               [&cases](benchmark::State& state) { sluice::expression::compileAll(state, cases); });
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
