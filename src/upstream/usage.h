// Usage: what a call cost in tokens, as the model reported it, in one form for all dialects. Chat completions,
// completions and embeddings say prompt_tokens and completion_tokens, the Responses API input_tokens and output_tokens,
// Anthropic the same but with cached input beside, not within (it is added here).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "upstream/json_scan.h"

namespace sluice::upstream {

struct Usage {
  std::optional<uint64_t> prompt, completion, total, cached, reasoning;

  bool any() const { return prompt || completion || total; }
  // `total`, or the sum of what there is.
  uint64_t sum() const { return total.value_or(prompt.value_or(0) + completion.value_or(0)); }
};

// Takes the value here, whatever it is, and sets what it tells; the rest of `usage` stays.
void readUsageObject(JsonScan& scan, Usage& usage);

// {"prompt_tokens":..,"completion_tokens":..,"total_tokens":..}
void appendUsage(const Usage& usage, std::string& out);

}  // namespace sluice::upstream
