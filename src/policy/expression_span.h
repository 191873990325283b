// Where a C# expression inside a policy document ends. Documents in APIM's rawxml form carry C# verbatim, with quotes,
// `<` and `&&` that are not XML (reference section 3.2), so an XML scanner alone cannot find the end: this one tracks
// brackets and skips strings, characters and comments as C# does. It judges no C#: the expression compiler does.
// Linear in the length, no allocation but a bounded stack, no recursion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::policy {

enum class Entities : uint8_t { Verbatim, Decode };

struct ExpressionSpan {
  bool closed = false;
  size_t end = 0;  // one past the closing bracket
  // Decode: the author wrote &quot; and the like for the code's own characters, so that the text must be decoded
  // before it is C#. Entities in string literals alone are the author's text and stay (reference section 8, point 21).
  Entities entities = Entities::Verbatim;
  size_t error_at = 0;  // when not closed: where, and what
  std::string error;
};

// True when a value that begins at `begin` is an expression.
inline bool beginsExpression(std::string_view text, size_t begin) {
  return begin + 1 < text.size() && text[begin] == '@' && (text[begin + 1] == '(' || text[begin + 1] == '{');
}

// The expression that begins at `begin`. After it, and white space, `terminator` must follow: the attribute's quote, or
// '<' for element text; '\0' for the end of the text.
ExpressionSpan findExpressionEnd(std::string_view text, size_t begin, char terminator);

// The length of an entity reference at `at` (`&amp;`, `&#10;`), or 0 when there is none.
size_t entityLength(std::string_view text, size_t at);
// All references replaced; the text must have been checked (the scanner did).
std::string decodeEntities(std::string_view text);
// The offset in the undecoded text of an offset in the decoded one.
size_t undecodedOffset(std::string_view text, size_t decoded_offset);

}  // namespace sluice::policy
