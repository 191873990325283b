// Unicode general categories of UTF-16 units, and the names that \p{...} knows: .NET's numbers and names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::expression::regex {

// .NET's UnicodeCategory: 0 Lu, 1 Ll, 2 Lt, 3 Lm, 4 Lo, 5 Mn, 6 Mc, 7 Me, 8 Nd, 9 Nl, 10 No, 11 Zs, 12 Zl, 13 Zp,
// 14 Cc, 15 Cf, 16 Cs, 17 Co, 18 Pc, 19 Pd, 20 Ps, 21 Pe, 22 Pi, 23 Pf, 24 Po, 25 Sm, 26 Sc, 27 Sk, 28 So, 29 Cn.
uint8_t categoryOf(char16_t c);

constexpr uint32_t kAllCategories = (1u << 30) - 1;
constexpr uint32_t kCaseCategories = 0b111;
constexpr uint32_t kDigitCategories = 1u << 8;
// \w: letters, non-spacing marks, decimal digits, connector punctuation.
constexpr uint32_t kWordCategories = 0b11111 | (1u << 5) | (1u << 8) | (1u << 18);

inline bool isWordChar(char16_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  return ((kWordCategories >> categoryOf(c)) & 1) != 0;
}
// \b also takes the zero width joiners for parts of words.
inline bool isBoundaryWordChar(char16_t c) {
  return isWordChar(c) || c == 0x200C || c == 0x200D;
}

// What a name in \p{...} stands for: categories as bits, or a block of characters.
struct Property {
  uint32_t categories = 0;
  char16_t first = 1;  // empty when above last
  char16_t last = 0;
};
std::optional<Property> findProperty(std::string_view name);

}  // namespace sluice::expression::regex
