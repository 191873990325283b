// Tokens of a request, counted from its JSON body before (or without) the model's own report; always an estimate.
// Messages: 3 tokens each, plus role, content, name's text, one more for a name, plus 3 to prime the answer (OpenAI
// cookbook, "How to count tokens with tiktoken"; gpt-3.5-turbo-0301 has 4 and -1). Tools and functions: the tokens of
// their JSON. Images: by tiles (85, plus 170 per 512-pixel tile; unknown size: kImageTokens). Completions: prompt texts
// or token lists. Embeddings: inputs likewise.
#pragma once

#include <cstddef>
#include <string_view>

#include "upstream/dialect.h"
#include "upstream/tokenizer.h"

namespace sluice::upstream {

// An image whose size we do not know (reference section 2.1: up to 1,200 per image).
constexpr size_t kImageTokens = 1200;
constexpr size_t kImageTokensLowDetail = 85;

// `body` may be anything; what cannot be read counts nothing. With a null tokenizer, by estimateTokens().
size_t countPromptTokens(Dialect dialect, std::string_view body, std::string_view model, const Tokenizer* tokenizer);

// Tokens of completion text (as a StreamAssembler gathered it, or of a whole answer's JSON).
size_t countText(std::string_view text, const Tokenizer* tokenizer);
size_t countCompletionTokens(Dialect dialect, std::string_view response_body, const Tokenizer* tokenizer);

}  // namespace sluice::upstream
