// Chars: a C# string's UTF-16 code units, however the Value holds them; and TextBuilder, which makes new strings in the
// arena. ASCII stays one byte a character throughout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "expression/eval.h"
#include "expression/value.h"

namespace sluice::expression {

struct Chars {
  const char* narrow = nullptr;  // ASCII when wide is null
  const char16_t* wide = nullptr;
  uint32_t size = 0;

  char16_t operator[](size_t i) const { return wide != nullptr ? wide[i] : static_cast<unsigned char>(narrow[i]); }
  bool isAscii() const { return wide == nullptr; }
  std::string_view ascii() const { return {narrow, size}; }   // REQUIRES: isAscii()
  std::u16string_view units() const { return {wide, size}; }  // REQUIRES: !isAscii()
  Chars sub(uint32_t from, uint32_t count) const {
    return wide != nullptr ? Chars{nullptr, wide + from, count} : Chars{narrow + from, nullptr, count};
  }
};

// REQUIRES: value is a string (not null).
Chars chars(Eval& eval, const Value& value);
Value fromChars(const Chars& text);  // a view
Value fromUnits(std::u16string_view text);
// Any bytes: valid UTF-8 becomes a view, the rest is repaired with U+FFFD as .NET decodes it.
Value fromUtf8(Arena& arena, std::string_view bytes);
Value fromStd(Arena& arena, std::string_view utf8);  // copies
// A one-character string.
Value fromUnit(Arena& arena, char16_t unit);
// UTF-8 of a string value (lone surrogates become U+FFFD); "" for null.
std::string_view toUtf8(Arena& arena, const Value& value);
std::u16string_view widen(Arena& arena, std::string_view utf8);

bool sameText(Eval& eval, const Value& a, const Value& b);  // ordinal; null only equals null
int compareOrdinal(const Chars& a, const Chars& b);
int compareOrdinalIgnoreCase(const Chars& a, const Chars& b);
// Invariant culture: what string.Compare, CompareTo and sorting use.
int compareCulture(const Chars& a, const Chars& b, bool ignore_case);
int64_t indexOf(const Chars& in, const Chars& what, uint32_t from, bool ignore_case);
int64_t lastIndexOf(const Chars& in, const Chars& what, bool ignore_case);

// Character classes of .NET's char, for the basic plane.
char16_t toUpperInvariant(char16_t c);
char16_t toLowerInvariant(char16_t c);
bool isWhiteSpace(char16_t c);
bool isLetter(char16_t c);
bool isDigit(char16_t c);
bool isUpper(char16_t c);
bool isLower(char16_t c);
bool isPunctuation(char16_t c);
bool isSymbol(char16_t c);

class TextBuilder {
 public:
  explicit TextBuilder(Eval& eval, uint32_t expected = 64);
  void add(const Value& string);  // null adds nothing
  void add(const Chars& text);
  void ascii(std::string_view text);
  void unit(char16_t c);
  void fill(char16_t c, uint32_t count);
  // Removes everything after `size` units.
  void truncate(uint32_t size) { size_ = size < size_ ? size : size_; }
  uint32_t size() const { return size_; }
  // A string over the builder's memory; the builder must not be used afterwards.
  Value take();

 private:
  bool room(uint32_t more);
  bool toWide();

  Eval& eval_;
  char* narrow_;
  char16_t* wide_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_;
};

}  // namespace sluice::expression
