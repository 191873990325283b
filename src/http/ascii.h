// Scanning and comparing bytes of HTTP messages, sixteen at a time where the machine can. Internal to this folder.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::http::ascii {

// RFC 9110 5.6.2.
inline constexpr auto kToken = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<size_t>(c)] = table[static_cast<size_t>(c + 32)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

inline bool isTokenChar(char c) {
  return kToken[static_cast<unsigned char>(c)];
}
inline char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
inline bool isSpace(char c) {
  return c == ' ' || c == '\t';
}
// May stand in a field value: visible, space, tab, or obs-text.
inline bool isValueChar(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}
// May stand in a request target: visible ASCII but '#', which never leaves a client that knows the standard.
inline bool isTargetChar(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

// `expected` is in lower case.
inline bool equals(std::string_view text, std::string_view expected) {
  if (text.size() != expected.size()) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if (lower(text[i]) != expected[i]) return false;
  return true;
}

inline std::string_view trim(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

#if defined(__SSE2__)
inline __m128i load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline int notValue(__m128i bytes) {
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  return _mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, control), del));
}
inline int notTarget(__m128i bytes) {
  const __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x21));  // signed: bytes from 0x80 on are low, too
  const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  const __m128i hash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
  return _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, del), hash));
}
// Bytes outside letters, digits, '-' and '_': most field names have none.
inline int notPlainName(__m128i bytes) {
  const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const auto within = [](__m128i x, char first, char last) {
    return _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8(static_cast<char>(first - 1))),
                         _mm_cmplt_epi8(x, _mm_set1_epi8(static_cast<char>(last + 1))));
  };
  const __m128i good =
      _mm_or_si128(_mm_or_si128(within(folded, 'a', 'z'), within(bytes, '0', '9')),
                   _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'))));
  return ~_mm_movemask_epi8(good) & 0xffff;
}
#endif

// The first byte in [at, end) that may not stand in a field value, or end.
inline const char* skipValue(const char* at, const char* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    if (const int bad = notValue(load(at)); bad != 0) return at + std::countr_zero(static_cast<unsigned>(bad));
  }
#endif
  while (at != end && isValueChar(*at)) ++at;
  return at;
}

inline const char* skipTarget(const char* at, const char* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    if (const int bad = notTarget(load(at)); bad != 0) return at + std::countr_zero(static_cast<unsigned>(bad));
  }
#endif
  while (at != end && isTargetChar(*at)) ++at;
  return at;
}

inline const char* skipToken(const char* at, const char* end) {
#if defined(__SSE2__)
  if (end - at >= 16) {
    const int other = notPlainName(load(at));
    at += other == 0 ? 16 : std::countr_zero(static_cast<unsigned>(other));
  }
#endif
  while (at != end && isTokenChar(*at)) ++at;
  return at;
}

// Whether `size` bytes at `at` are a token, or may stand in a field value. REQUIRES: kSlack bytes after them are
// readable.
inline constexpr size_t kSlack = 16;
inline bool isTokenWithSlack(const char* at, size_t size) {
  if (size == 0) return false;
#if defined(__SSE2__)
  if (size <= 16) {
    const unsigned mask = 0xffffu >> (16 - size);
    if ((static_cast<unsigned>(notPlainName(load(at))) & mask) == 0) return true;
  }
#endif
  return skipToken(at, at + size) == at + size;
}
inline bool isValueWithSlack(const char* at, size_t size) {
#if defined(__SSE2__)
  const char* const end = at + size;
  for (; end - at >= 16; at += 16) {
    if (notValue(load(at)) != 0) return false;
  }
  if (at == end) return true;
  const unsigned mask = 0xffffu >> (16 - (end - at));
  return (static_cast<unsigned>(notValue(load(at))) & mask) == 0;
#else
  return skipValue(at, at + size) == at + size;
#endif
}

// The first CR or LF in [at, end), or end.
inline const char* findLineEnd(const char* at, const char* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = load(at);
    const __m128i ends =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
    if (const int found = _mm_movemask_epi8(ends); found != 0)
      return at + std::countr_zero(static_cast<unsigned>(found));
  }
#endif
  while (at != end && *at != '\r' && *at != '\n') ++at;
  return at;
}

}  // namespace sluice::http::ascii
