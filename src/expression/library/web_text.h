// Percent escapes and HTML entities, shared by WebUtility and Uri.
#pragma once

#include <string>
#include <string_view>

#include "expression/chars.h"

namespace sluice::expression {

// The character of a named entity (without & and ;), 0: there is none.
char16_t htmlEntity(std::string_view name);

inline int hexValue(char16_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto lower = static_cast<char16_t>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
// RFC 3986's unreserved characters.
inline bool isUnreserved(char16_t c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80) || c == '-' || c == '_' ||
         c == '.' || c == '~';
}
inline bool isReserved(char16_t c) {
  return c < 0x80 && std::string_view(":/?#[]@!$&'()*+,;=").find(static_cast<char>(c)) != std::string_view::npos;
}
// "%C3"
inline void addEscaped(std::string& to, unsigned char byte) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  to += '%';
  to += kDigits[byte >> 4];
  to += kDigits[byte & 15];
}

}  // namespace sluice::expression
