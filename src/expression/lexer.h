// C# 7 tokens of an expression. All of it at once: expressions are short.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "expression/syntax.h"

namespace sluice::expression {

enum class TokenKind : uint8_t { End, Name, Keyword, Literal, Interpolated, Punctuation };

struct Token {
  TokenKind kind = TokenKind::End;
  bool verbatim = false;  // Interpolated: $@"
  uint32_t offset = 0;
  uint32_t end = 0;
  std::string_view text;  // name without @; operator; interpolated: what stands between the quotes
  Value value;            // Literal
};

// Tokens of source[from, to), ended by an End token. A mistake ends the list early.
std::vector<Token> lex(std::string_view source, size_t from, size_t to, Arena& arena, Mistakes& mistakes);
// Where the interpolated string ends whose text starts at `from` (behind the opening quote): the offset of the closing
// quote, or npos.
size_t endOfInterpolated(std::string_view source, size_t from, bool verbatim);
// The end of the hole that starts behind its '{': offset of its '}', or npos. `format` is where a ':' starts a format,
// or the same offset.
size_t endOfHole(std::string_view source, size_t from, size_t& format);
// A literal's escapes, verbatim or not, as a string value.
bool unescape(std::string_view text, bool verbatim, bool interpolated, Arena& arena, Value& out);

}  // namespace sluice::expression
