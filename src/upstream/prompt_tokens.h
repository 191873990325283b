// Tokens of a request, counted from its JSON body before (or without) the model's own report; always an estimate.
// Messages: 3 tokens each, plus their texts, one more for a name, plus 3 to prime the answer (OpenAI cookbook, "How to
// count tokens with tiktoken"; gpt-3.5-turbo-0301 has 4 and -1). Tools and functions: the tokens of their JSON. Images:
// kImageTokensLowDetail where low detail is asked for, else kImageTokens, as APIM over-counts. Completions: prompt
// texts or token lists. Embeddings: inputs likewise.
//
// Counting takes some 5 ms for a MiB of prose and at most 170 ms for a hostile one: hand large bodies to a worker
// (tokenizer.h). What a body has beyond kCountedBytes of text is estimated.
#pragma once

#include <cstddef>
#include <string_view>

#include "upstream/dialect.h"
#include "upstream/tokenizer.h"

namespace sluice::upstream {

// Reference section 2.1: each image counts as up to 1,200.
constexpr size_t kImageTokens = 1200;
constexpr size_t kImageTokensLowDetail = 85;
constexpr size_t kCountedBytes = 4 * 1024 * 1024;

// `body` may be anything; what cannot be read counts nothing. With a null tokenizer, by estimateTokens().
size_t countPromptTokens(Dialect dialect, std::string_view body, std::string_view model, const Tokenizer* tokenizer);

// Tokens of completion text, as StreamAssembler::completionText() gives it.
size_t countText(std::string_view text, const Tokenizer* tokenizer);
// Of a whole answer's JSON, for services that report no usage.
size_t countCompletionTokens(Dialect dialect, std::string_view response_body, const Tokenizer* tokenizer);

}  // namespace sluice::upstream
