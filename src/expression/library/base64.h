// Reading base64 into the arena: what base/encoding.h does into strings of its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"

namespace sluice::expression {

// Each byte's six bits, or 64 for what is no digit.
constexpr std::array<uint8_t, 256> base64Digits(char last_but_one, char last) {
  std::array<uint8_t, 256> table{};
  table.fill(64);
  for (int i = 0; i < 26; ++i) {
    table[static_cast<size_t>('A' + i)] = static_cast<uint8_t>(i);
    table[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(i + 26);
  }
  for (int i = 0; i < 10; ++i) table[static_cast<size_t>('0' + i)] = static_cast<uint8_t>(i + 52);
  table[static_cast<unsigned char>(last_but_one)] = 62;
  table[static_cast<unsigned char>(last)] = 63;
  return table;
}
inline constexpr std::array<uint8_t, 256> kBase64Digits = base64Digits('+', '/');
inline constexpr std::array<uint8_t, 256> kBase64UrlDigits = base64Digits('-', '_');

// Whole groups of four digits from the front, without spaces or padding: how many characters they were. What they say
// goes to `bytes`, which has room for it.
inline size_t decodeGroups(std::string_view text, const std::array<uint8_t, 256>& digits, uint8_t* bytes) {
  const auto* in = reinterpret_cast<const uint8_t*>(text.data());
  size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    const uint32_t a = digits[in[at]], b = digits[in[at + 1]], c = digits[in[at + 2]], d = digits[in[at + 3]];
    if (((a | b | c | d) & 64) != 0) break;
    const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    *bytes++ = static_cast<uint8_t>(bits >> 16);
    *bytes++ = static_cast<uint8_t>(bits >> 8);
    *bytes++ = static_cast<uint8_t>(bits);
  }
  return at;
}

// As in tokens (RFC 7515): without padding, nothing foreign.
inline std::optional<std::string_view> decodeBase64Url(Arena& arena, std::string_view text) {
  const size_t rest = text.size() % 4;
  if (rest == 1) return std::nullopt;
  const size_t size = text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1);
  auto* bytes = static_cast<uint8_t*>(arena.allocateBytes(size + 3, 1));
  const size_t whole = decodeGroups(text, kBase64UrlDigits, bytes);
  if (whole + rest != text.size()) return std::nullopt;
  if (rest > 0) {
    // The last characters as a group of their own, filled up with zeros.
    char last[4] = {'A', 'A', 'A', 'A'};
    for (size_t i = 0; i < rest; ++i) last[i] = text[whole + i];
    if (decodeGroups({last, 4}, kBase64UrlDigits, bytes + whole / 4 * 3) == 0) return std::nullopt;
  }
  return std::string_view(reinterpret_cast<const char*>(bytes), size);
}

}  // namespace sluice::expression
