// Text into JSON strings, escaped as Newtonsoft does, a block of sixteen bytes at a time. Functions write at `to` and
// move or return it; whoever calls has made room, with 32 bytes to spare, for whole blocks are copied.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sluice::expression {

// Gives the place behind. Inlined, so that it is a register: written bytes might otherwise be the writer's own members.
[[gnu::always_inline]] inline char* put(char* to, std::string_view bytes) {
  const size_t size = bytes.size();
  const char* from = bytes.data();
  if (size > 64) {
    std::memcpy(to, from, size);
  } else if (size >= 16) {
    // The last block overlaps the one before.
    for (size_t i = 0; i + 16 < size; i += 16) std::memcpy(to + i, from + i, 16);
    std::memcpy(to + size - 16, from + size - 16, 16);
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else if (size > 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
  }
  return to + size;
}
[[gnu::always_inline]] inline char* putQuoted(char* to, std::string_view plain) {
  *to = '"';
  to = put(to + 1, plain);
  *to = '"';
  return to + 1;
}

// The two bytes of a short escape, as they lie in memory; 0: there is none.
inline constexpr auto kEscapes = [] {
  std::array<std::array<char, 2>, 256> table{};
  const auto add = [&table](unsigned char c, char letter) { table[c] = {'\\', letter}; };
  add('"', '"');
  add('\\', '\\');
  add('\n', 'n');
  add('\r', 'r');
  add('\t', 't');
  add('\b', 'b');
  add('\f', 'f');
  return table;
}();

// A control character; U+0085, U+2028 and U+2029; any other character's first byte is written alone.
struct LongEscape {
  char* to;
  size_t bytes;
};
[[gnu::noinline, gnu::cold]] inline LongEscape escapeLong(char* to, const char* p, const char* end) {
  static constexpr char kHex[] = "0123456789abcdef";
  const auto c = static_cast<unsigned char>(*p);
  if (c < 0x20) {
    const char code[] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
    return {put(to, {code, 6}), 1};
  }
  if (c == 0xC2 && end - p >= 2 && p[1] == '\x85') return {put(to, "\\u0085"), 2};
  if (c == 0xE2 && end - p >= 3 && p[1] == '\x80' && (p[2] == '\xA8' || p[2] == '\xA9'))
    return {put(to, p[2] == '\xA8' ? "\\u2028" : "\\u2029"), 3};
  *to = *p;
  return {to + 1, 1};
}

// Writes what is at `p` and may have to be escaped; gives how many bytes that were. REQUIRES: there is room for 6.
[[gnu::always_inline]] inline size_t escape(char*& to, const char* p, const char* end) {
  uint16_t pair;
  std::memcpy(&pair, kEscapes[static_cast<unsigned char>(*p)].data(), 2);
  if (pair == 0) [[unlikely]] {
    const LongEscape made = escapeLong(to, p, end);
    to = made.to;
    return made.bytes;
  }
  std::memcpy(to, &pair, 2);
  to += 2;
  return 1;
}

#ifdef __SSE2__
// A bit for each byte that escape() is to look at.
inline uint64_t specialBytes(__m128i block) {
  const __m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  const __m128i slashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
  // 0xC2 and 0xE2
  const __m128i leads = _mm_cmpeq_epi8(_mm_or_si128(block, _mm_set1_epi8(0x20)), _mm_set1_epi8('\xE2'));
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, slashes), _mm_or_si128(controls, leads))));
}
// Writes [p, stop), at most sixteen bytes; gives the place behind, which is further when a character that is escaped
// reaches over it. REQUIRES: from p on 40 bytes can be read.
[[gnu::always_inline]] inline const char* putBlock(char*& to, const char* p, const char* stop, const char* end) {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
  uint64_t special = specialBytes(block) & ((uint64_t{1} << (stop - p)) - 1);
  const char* from = p;
  while (special != 0) {
    const char* at = p + static_cast<size_t>(__builtin_ctzll(special));
    special &= special - 1;
    // The run before it went with the last block; what follows it goes now, and is overwritten where it is special.
    to += at - from;
    from = at + escape(to, at, end);
    std::memcpy(to, from, 16);
  }
  if (from >= stop) return from;
  to += stop - from;
  return stop;
}

#else
inline const char* putBlock(char*& to, const char* p, const char* stop, const char* end) {
  while (p < stop) {
    p += escape(to, p, end);
  }
  return p;
}
#endif

}  // namespace sluice::expression
