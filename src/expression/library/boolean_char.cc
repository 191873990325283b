// System.Boolean and System.Char.
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/unicode.h"

namespace sluice::expression {
namespace {

Chars trimmed(Chars text) {
  while (text.size > 0 && (isWhiteSpace(text[0]) || text[0] == 0)) text = text.sub(1, text.size - 1);
  while (text.size > 0 && (isWhiteSpace(text[text.size - 1]) || text[text.size - 1] == 0))
    text = text.sub(0, text.size - 1);
  return text;
}

// 1, 0, or -1: neither.
int parseBool(Call& c) {
  const Chars text = trimmed(c.chars(0));
  if (compareOrdinalIgnoreCase(text, Chars{"True", nullptr, 4}) == 0) return 1;
  return compareOrdinalIgnoreCase(text, Chars{"False", nullptr, 5}) == 0 ? 0 : -1;
}

constexpr MemberRow kBoolean[] = {
    {"static readonly string TrueString", [](Call&) { return Value::ascii("True"); }},
    {"static readonly string FalseString", [](Call&) { return Value::ascii("False"); }},
    {"static bool Parse(string value)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("value");
       const int parsed = parseBool(c);
       if (parsed < 0)
         return c.eval.raiseFormat("String '" + std::string(c.utf8(0)) + "' was not recognized as a valid Boolean.");
       return Value::boolean(parsed == 1);
     }},
    {"static bool TryParse(string value, out bool result)",
     [](Call& c) {
       const int parsed = c.isNull(0) ? -1 : parseBool(c);
       c[1] = Value::boolean(parsed == 1);
       return Value::boolean(parsed >= 0);
     }},
    {"int CompareTo(object obj)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
    {"int CompareTo(bool value)", [](Call& c) { return Value::int32(int{c.boolean(0)} - int{c.boolean(1)}); }},
    {"string ToString(IFormatProvider provider)", [](Call& c) { return valueToString(c.eval, c[0]); }},
};

char16_t at(Call& c, size_t text, size_t index) {
  const Chars chars = c.chars(text);
  const int32_t i = c.int32(index);
  if (i >= 0 && static_cast<uint32_t>(i) < chars.size) return chars[static_cast<size_t>(i)];
  c.eval.raiseOutOfRange("index");
  return 0;
}

template <bool (*kTest)(char16_t)>
Value test(Call& c) {
  return Value::boolean(kTest(c[0].asChar()));
}
template <bool (*kTest)(char16_t)>
Value testAt(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
  const char16_t unit = at(c, 0, 1);
  return Value::boolean(!c.eval.failed() && kTest(unit));
}

bool isLetterOrDigit(char16_t c) {
  return isLetter(c) || isDigit(c);
}
bool isNumber(char16_t c) {
  return isDigit(c) || charClass(c) == CharClass::OtherNumber;
}
bool isControl(char16_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}
bool isSeparator(char16_t c) {
  return c == ' ' || c == 0xA0 || (c > 0xFF && charClass(c) == CharClass::Space);
}
bool isSurrogate(char16_t c) {
  return c >= 0xD800 && c <= 0xDFFF;
}
bool isHighSurrogate(char16_t c) {
  return c >= 0xD800 && c <= 0xDBFF;
}
bool isLowSurrogate(char16_t c) {
  return c >= 0xDC00 && c <= 0xDFFF;
}

constexpr MemberRow kChar[] = {
    {"const char MaxValue", [](Call&) { return Value::character(0xFFFF); }},
    {"const char MinValue", [](Call&) { return Value::character(0); }},
    {"static bool IsDigit(char c)", test<isDigit>},
    {"static bool IsDigit(string s, int index)", testAt<isDigit>},
    {"static bool IsLetter(char c)", test<isLetter>},
    {"static bool IsLetter(string s, int index)", testAt<isLetter>},
    {"static bool IsLetterOrDigit(char c)", test<isLetterOrDigit>},
    {"static bool IsLetterOrDigit(string s, int index)", testAt<isLetterOrDigit>},
    {"static bool IsNumber(char c)", test<isNumber>},
    {"static bool IsNumber(string s, int index)", testAt<isNumber>},
    {"static bool IsUpper(char c)", test<isUpper>},
    {"static bool IsUpper(string s, int index)", testAt<isUpper>},
    {"static bool IsLower(char c)", test<isLower>},
    {"static bool IsLower(string s, int index)", testAt<isLower>},
    {"static bool IsWhiteSpace(char c)", test<isWhiteSpace>},
    {"static bool IsWhiteSpace(string s, int index)", testAt<isWhiteSpace>},
    {"static bool IsPunctuation(char c)", test<isPunctuation>},
    {"static bool IsPunctuation(string s, int index)", testAt<isPunctuation>},
    {"static bool IsSymbol(char c)", test<isSymbol>},
    {"static bool IsControl(char c)", test<isControl>},
    {"static bool IsSeparator(char c)", test<isSeparator>},
    {"static bool IsSurrogate(char c)", test<isSurrogate>},
    {"static bool IsHighSurrogate(char c)", test<isHighSurrogate>},
    {"static bool IsLowSurrogate(char c)", test<isLowSurrogate>},
    {"static bool IsSymbol(string s, int index)", testAt<isSymbol>},
    {"static bool IsControl(string s, int index)", testAt<isControl>},
    {"static bool IsSeparator(string s, int index)", testAt<isSeparator>},
    {"static bool IsSurrogate(string s, int index)", testAt<isSurrogate>},
    {"static bool IsHighSurrogate(string s, int index)", testAt<isHighSurrogate>},
    {"static bool IsLowSurrogate(string s, int index)", testAt<isLowSurrogate>},
    {"static bool IsSurrogatePair(char highSurrogate, char lowSurrogate)",
     [](Call& c) { return Value::boolean(isHighSurrogate(c[0].asChar()) && isLowSurrogate(c[1].asChar())); }},
    {"static bool IsSurrogatePair(string s, int index)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
       const char16_t high = at(c, 0, 1);
       const auto next = static_cast<uint32_t>(c.int32(1)) + 1;
       return Value::boolean(!c.eval.failed() && next < c.chars(0).size && isHighSurrogate(high) &&
                             isLowSurrogate(c.chars(0)[next]));
     }},
    {"static int ConvertToUtf32(char highSurrogate, char lowSurrogate)",
     [](Call& c) {
       if (!isHighSurrogate(c[0].asChar())) return c.eval.raiseOutOfRange("highSurrogate");
       if (!isLowSurrogate(c[1].asChar())) return c.eval.raiseOutOfRange("lowSurrogate");
       return Value::int32(0x10000 + ((c[0].asChar() - 0xD800) << 10) + (c[1].asChar() - 0xDC00));
     }},
    {"static double GetNumericValue(string s, int index)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
       const char16_t unit = at(c, 0, 1);
       return c.eval.failed() ? Value() : Value::real(unit >= '0' && unit <= '9' ? unit - '0' : -1);
     }},
    {"static char ToUpper(char c)", [](Call& c) { return Value::character(toUpperInvariant(c[0].asChar())); }},
    {"static char ToUpperInvariant(char c)", [](Call& c) { return Value::character(toUpperInvariant(c[0].asChar())); }},
    {"static char ToLower(char c)", [](Call& c) { return Value::character(toLowerInvariant(c[0].asChar())); }},
    {"static char ToLowerInvariant(char c)", [](Call& c) { return Value::character(toLowerInvariant(c[0].asChar())); }},
    {"static double GetNumericValue(char c)",
     [](Call& c) {
       const char16_t unit = c[0].asChar();
       return Value::real(unit >= '0' && unit <= '9' ? unit - '0' : -1);
     }},
    {"static char Parse(string s)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
       if (c.chars(0).size != 1) return c.eval.raiseFormat("String must be exactly one character long.");
       return Value::character(c.chars(0)[0]);
     }},
    {"static bool TryParse(string s, out char result)",
     [](Call& c) {
       const bool good = !c.isNull(0) && c.chars(0).size == 1;
       c[1] = Value::character(good ? c.chars(0)[0] : u'\0');
       return Value::boolean(good);
     }},
    {"static string ConvertFromUtf32(int utf32)",
     [](Call& c) {
       const int32_t code = c.int32(0);
       if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return c.eval.raiseOutOfRange("utf32");
       TextBuilder text(c.eval);
       if (code >= 0x10000) text.unit(static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)));
       text.unit(code >= 0x10000 ? static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF))
                                 : static_cast<char16_t>(code));
       return text.take();
     }},
    {"static int ConvertToUtf32(string s, int index)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
       const char16_t high = at(c, 0, 1);
       if (c.eval.failed() || !isSurrogate(high)) return Value::int32(high);
       const Chars text = c.chars(0);
       const auto next = static_cast<uint32_t>(c.int32(1)) + 1;
       if (!isHighSurrogate(high) || next >= text.size || !isLowSurrogate(text[next]))
         return c.raise("System.ArgumentException", "Found a surrogate char without its partner.");
       return Value::int32(0x10000 + ((high - 0xD800) << 10) + (text[next] - 0xDC00));
     }},
    {"static string ToString(char c)", [](Call& c) { return fromUnit(c.arena(), c[0].asChar()); }},
    {"string ToString(IFormatProvider provider)", [](Call& c) { return valueToString(c.eval, c[0]); }},
    {"int CompareTo(object value)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
    {"int CompareTo(char value)", [](Call& c) { return Value::int32(c.int32(0) - c.int32(1)); }},
};

}  // namespace

void declareBooleanAndChar(Library& library) {
  library.add("sealed struct System.Boolean : IComparable, IComparable<bool>, IEquatable<bool>, IConvertible", kBoolean,
              {}, Tag::Bool);
  library.add("sealed struct System.Char : IComparable, IComparable<char>, IEquatable<char>, IConvertible", kChar, {},
              Tag::Char);
}

}  // namespace sluice::expression
