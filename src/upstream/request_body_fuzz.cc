// Request bodies and texts from any client: reading, editing and counting them.
#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "upstream/json_check.h"
#include "upstream/json_scan.h"
#include "upstream/prompt_tokens.h"
#include "upstream/split.h"
#include "upstream/usage_injection.h"

namespace {

using namespace sluice::upstream;

void checkInjection(std::string_view body) {
  const auto edited = injectUsage(Dialect::ChatCompletions, "v1", body);
  if (!edited) return;
  sluice::Arena arena;
  CHECK(readRequest(*edited, arena).include_usage == true);
  CHECK(!isJson(body) || isJson(*edited));
  CHECK(!injectUsage(Dialect::ChatCompletions, "v1", *edited));
}

void checkSplit(Encoding encoding, std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) return;
  Splitter splitter(encoding, text);
  std::string_view piece;
  size_t size = 0;
  while (splitter.next(piece)) {
    CHECK(!piece.empty() && piece.data() == text.data() + size);
    size += piece.size();
  }
  CHECK(size == text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  sluice::Arena arena;
  readRequest(body, arena);
  readResponse(body, arena);
  readUsage(body);
  checkInjection(body);
  for (int dialect = 0; dialect < 6; ++dialect) {
    countPromptTokens(static_cast<Dialect>(dialect), body, "m", nullptr);
    countCompletionTokens(static_cast<Dialect>(dialect), body, nullptr);
  }
  checkSplit(Encoding::Cl100k, body);
  checkSplit(Encoding::O200k, body);
  JsonScan scan(body);
  scan.skip();
  CHECK(!isJson(body) || scan.complete());
  return 0;
}
