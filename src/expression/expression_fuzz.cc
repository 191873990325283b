// Fuzzes lexer, parser, binder and evaluator: whatever the text, it compiles to mistakes or evaluates to an end within
// tight limits.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "expression/cases.h"
#include "expression/expression.h"

namespace {

constexpr std::string_view kFixture = R"({
  "requestId": "0f8fad5b-d9cb-469f-a165-70867728950e", "timestamp": "2024-05-06T07:08:09Z", "elapsed": "00:00:00.25",
  "api": {"id": "a", "name": "b"}, "product": {"id": "p", "state": "Published"},
  "request": {"method": "POST", "url": "https://a.example/x?y=1", "originalUrl": "https://a.example/x?y=1",
              "headers": {"Accept": ["a", "b"]}, "body": "{\"model\": \"m\", \"n\": [1, 2]}"},
  "response": {"statusCode": 200, "statusReason": "OK", "headers": {}, "body": "{\"usage\": {\"total_tokens\": 5}}"},
  "variables": {"model": {"type": "string", "value": "gpt"}, "n": {"type": "int", "value": 3}}
})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  if (size > 4096) return 0;
  std::string source(reinterpret_cast<const char*>(data), size);
  if (!expression::Expression::looksLike(source)) source = "@(" + source + ")";
  Diagnostics diagnostics;
  const SourceText where("fuzz", source);
  const auto compiled = expression::Expression::compile(source, where, diagnostics);
  if (compiled == nullptr) {
    if (!diagnostics.hasErrors()) __builtin_trap();
    return 0;
  }
  const auto context = expression::fixtureContext(kFixture);
  Arena arena;
  expression::Limits limits;
  limits.steps = 20'000;
  limits.memory = 4 * 1024 * 1024;
  limits.regex_matches = 10'000;
  const expression::Outcome outcome = compiled->evaluate(*context, arena, limits);
  if (outcome.ok()) {
    expression::toText(outcome.value, arena);
    Arena keeper;
    expression::copyTo(outcome.value, keeper);
  }
  return 0;
}
