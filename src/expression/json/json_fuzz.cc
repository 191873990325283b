// Fuzzes the JSON reader, the writer and JSONPath: the first line is a path, the rest a text. What can be read is
// written the same way again after a second reading, and nothing outside the text is touched.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "expression/json/token.h"

namespace {

using namespace sluice;
using namespace sluice::expression;

std::string_view compact(Eval& eval, const JToken* tree) {
  return toUtf8(eval.arena, writeToken(eval, tree, Indent::None));
}

void checkRoundTrip(Eval& eval, const JToken* tree) {
  const std::string_view first = compact(eval, tree);
  if (eval.failed()) return;
  const JToken* again = parseJsonBytes(eval, first, Expect::Typed);
  if (again == nullptr) {
    CHECK(eval.pendingIsBudget());
    return;
  }
  CHECK(compact(eval, again) == first || eval.failed());
  const Value indented = writeToken(eval, again, Indent::Indented);
  const JToken* third = eval.failed() ? nullptr : parseJson(eval, indented, Expect::Typed);
  CHECK(eval.failed() || (third != nullptr && compact(eval, third) == first));
  const JToken* copy = eval.failed() ? nullptr : cloneToken(eval, tree);
  CHECK(eval.failed() || compact(eval, copy) == first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  const std::string_view path = input.substr(0, line == std::string_view::npos ? 0 : line);
  const std::string_view text = line == std::string_view::npos ? input : input.substr(line + 1);
  Arena arena;
  Limits limits;
  limits.steps = 200'000;
  limits.memory = 16u * 1024 * 1024;
  limits.regex_matches = 10'000;
  Eval eval(nullptr, arena, limits);
  JToken* tree = parseJsonBytes(eval, text, Expect::Any);
  if (tree == nullptr) {
    CHECK(eval.failed());
    return 0;
  }
  if (tree->jtype() != JType::Comment) checkRoundTrip(eval, tree);
  if (eval.failed()) return 0;
  ListObject* found = newList(eval, core().object);
  const bool good = selectTokens(eval, tree, chars(eval, fromUtf8(arena, path)), found, false);
  CHECK(good != eval.failed());
  for (uint32_t i = 0; good && i < found->count; ++i) pathOf(eval, token(found->items[i]));
  return 0;
}
