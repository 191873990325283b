// No evaluation takes anything from the heap on its common path: its memory is the exchange's arena. The cases are
// those of the benchmark.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <new>
#include <sstream>

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
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace sluice::expression {
namespace {

std::string contentOf(const std::string& name) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/bench/expressions/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Of ten evaluations, after some that fill what threads keep.
uint64_t allocationsOf(const Expression& expression, Context& context) {
  Arena arena;
  uint64_t before = 0;
  for (int turn = 0; turn < 15; ++turn) {
    if (turn == 5) before = allocations.load();
    arena.reset();
    // Bodies are parsed anew each time.
    if (Body* body = context.request().body()) body->parsed = nullptr;
    if (Body* body = context.response()->body()) body->parsed = nullptr;
    if (!expression.evaluate(context, arena).ok()) return UINT64_MAX;
  }
  return allocations.load() - before;
}

TEST(Allocations, NoneInTypicalExpressions) {
  const auto context = fixtureContext(contentOf("fixture.json"));
  simdjson::dom::parser parser;
  size_t count = 0;
  for (const simdjson::dom::element one : parser.parse(contentOf("cases.json")).get_array()) {
    const std::string source(one["source"].get_string().value());
    Diagnostics diagnostics;
    const auto compiled = Expression::compile(source, SourceText("case", source), diagnostics);
    ASSERT_NE(compiled, nullptr) << diagnostics.render();
    EXPECT_EQ(allocationsOf(*compiled, *context), 0u) << source;
    ++count;
  }
  EXPECT_GE(count, 28u);
}

}  // namespace
}  // namespace sluice::expression
