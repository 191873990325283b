// Reading numbers as .NET's Parse methods do, shared by the numeric types, Convert and JSON.
#pragma once

#include <cstdint>
#include <string>

#include "expression/chars.h"
#include "expression/eval.h"

namespace sluice::expression {

// System.Globalization.NumberStyles
enum NumberStyle : int32_t {
  kLeadingWhite = 1,
  kTrailingWhite = 2,
  kLeadingSign = 4,
  kTrailingSign = 8,
  kParentheses = 16,
  kDecimalPoint = 32,
  kThousands = 64,
  kExponent = 128,
  kCurrencySymbol = 256,
  kHexSpecifier = 512,
  kIntegerStyle = 7,
  kNumberStyle = 111,
  kFloatStyle = 167,
  kFloatThousands = 231,
};

enum class ParseResult : uint8_t { Good, Format, Overflow };
// A number of that type; Good sets `out`.
ParseResult parseNumber(Arena& arena, const Chars& text, int32_t styles, Tag tag, Value& out);
// The same, raising FormatException or OverflowException as Parse does.
Value parseNumberOrRaise(Eval& eval, const Value& text, int32_t styles, Tag tag, std::string_view param_name = "s");
// "Int32" and so on, for messages.
std::string_view typeNameOf(Tag tag);
// The digits of an integer in base 2, 8 or 16, which is read as two's complement of the type.
ParseResult parseInBase(const Chars& text, int base, Tag tag, Value& out);

}  // namespace sluice::expression
