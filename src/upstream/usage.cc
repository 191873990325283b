#include "upstream/usage.h"

#include <fmt/format.h>

namespace sluice::upstream {
namespace {

// {"cached_tokens": 3, ...}, {"reasoning_tokens": 5, ...}
void readDetails(JsonScan& scan, Usage& usage) {
  if (!scan.enterObject()) return scan.skip();
  JsonString name;
  while (scan.nextMember(name)) {
    uint64_t number = 0;
    if (name == "cached_tokens" && scan.integer(number)) {
      usage.cached = number;
    } else if (name == "reasoning_tokens" && scan.integer(number)) {
      usage.reasoning = number;
    } else {
      scan.skip();
    }
  }
}

}  // namespace

void readUsageObject(JsonScan& scan, Usage& usage) {
  if (!scan.enterObject()) return scan.skip();
  uint64_t beside = 0;  // Anthropic's cached input
  bool is_beside = false;
  JsonString name;
  while (scan.nextMember(name)) {
    uint64_t number = 0;
    if ((name == "prompt_tokens" || name == "input_tokens") && scan.integer(number)) {
      usage.prompt = number;
    } else if ((name == "completion_tokens" || name == "output_tokens") && scan.integer(number)) {
      usage.completion = number;
    } else if (name == "total_tokens" && scan.integer(number)) {
      usage.total = number;
    } else if (name == "prompt_tokens_details" || name == "input_tokens_details" ||
               name == "completion_tokens_details" || name == "output_tokens_details") {
      readDetails(scan, usage);
    } else if (name == "cache_read_input_tokens" && scan.integer(number)) {
      usage.cached = number;
      beside += number;
      is_beside = true;
    } else if (name == "cache_creation_input_tokens" && scan.integer(number)) {
      beside += number;
      is_beside = true;
    } else {
      scan.skip();
    }
  }
  if (is_beside && usage.prompt) usage.prompt = *usage.prompt + beside;
}

void appendUsage(const Usage& usage, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{{\"prompt_tokens\":{},\"completion_tokens\":{},\"total_tokens\":{}}}",
                 usage.prompt.value_or(0), usage.completion.value_or(0), usage.sum());
}

}  // namespace sluice::upstream
