#include "upstream/json_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <charconv>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::upstream {
namespace {

constexpr uint64_t kMostInteger = uint64_t{1} << 53;

// A set of bytes to look for. Brackets and braces differ by one bit, so that folding them makes three sets of five.
struct Structural {
  static bool has(char c) { return c == '"' || (c | 0x20) == '{' || (c | 0x20) == '}'; }
#if defined(__SSE2__)
  static __m128i in(__m128i bytes) {
    const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    return _mm_or_si128(
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
        _mm_or_si128(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')), _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))));
  }
#endif
};
struct QuoteOrEscape {
  static bool has(char c) { return c == '"' || c == '\\'; }
#if defined(__SSE2__)
  static __m128i in(__m128i bytes) {
    return _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
  }
#endif
};

// The next byte of the set at or after `at`; `end` when there is none.
template <class Set>
const char* next(const char* at, const char* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto found = static_cast<uint32_t>(_mm_movemask_epi8(Set::in(bytes)));
    if (found != 0) return at + std::countr_zero(found);
  }
#endif
  while (at < end && !Set::has(*at)) ++at;
  return at;
}

bool isDelimiter(char c) {
  return c == ',' || c == ']' || c == '}' || c == ':' || c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '"' ||
         c == '{' || c == '[';
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Four hex digits at the beginning of `text`, or -1.
int32_t hexWord(std::string_view text) {
  if (text.size() < 4) return -1;
  int32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int digit = hexDigit(text[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

char simpleEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

// One decoded escape and how much of the text it takes. At most four bytes.
struct Decoded {
  std::array<char, 4> bytes;
  size_t size;
  size_t taken;
};

Decoded encoded(int32_t point, size_t taken) {
  const auto byte = [](int32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {{byte(point)}, 1, taken};
  if (point < 0x800) return {{byte(0xc0 | point >> 6), byte(0x80 | (point & 63))}, 2, taken};
  if (point < 0x10000) {
    return {{byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))}, 3, taken};
  }
  return {{byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
           byte(0x80 | (point & 63))},
          4,
          taken};
}

// `text` begins with a backslash.
Decoded decodeEscape(std::string_view text) {
  constexpr int32_t kReplacement = 0xfffd;
  if (text.size() < 2) return encoded(kReplacement, 1);
  if (text[1] != 'u') {
    const char c = simpleEscape(text[1]);
    return c != 0 ? encoded(c, 2) : encoded(kReplacement, 2);
  }
  const int32_t high = hexWord(text.substr(2));
  if (high < 0) return encoded(kReplacement, 2);
  if (high < 0xd800 || high > 0xdfff) return encoded(high, 6);
  const std::string_view rest = text.substr(6);
  const int32_t low = rest.starts_with("\\u") ? hexWord(rest.substr(2)) : -1;
  if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) return encoded(kReplacement, 6);
  return encoded(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12);
}

// Gives the string's text in pieces: stretches without escapes and decoded escapes. Stops when `take` says false.
template <class Take>
bool decode(std::string_view raw, Take take) {
  while (!raw.empty()) {
    const size_t escape = std::min(raw.find('\\'), raw.size());
    if (escape > 0 && !take(raw.substr(0, escape))) return false;
    raw.remove_prefix(escape);
    if (raw.empty()) break;
    const Decoded decoded = decodeEscape(raw);
    if (!take(std::string_view(decoded.bytes.data(), decoded.size))) return false;
    raw.remove_prefix(decoded.taken);
  }
  return true;
}

}  // namespace

bool JsonString::equalsDecoded(std::string_view text) const {
  const bool same = decode(raw, [&](std::string_view piece) {
    if (!text.starts_with(piece)) return false;
    text.remove_prefix(piece.size());
    return true;
  });
  return same && text.empty();
}

void JsonString::appendTo(std::string& out) const {
  if (!has_escapes) {
    out.append(raw);
    return;
  }
  decode(raw, [&](std::string_view piece) {
    out.append(piece);
    return true;
  });
}

std::string_view JsonString::text(Arena& arena) const {
  if (!has_escapes) return raw;
  // Decoding never lengthens: a broken escape of two bytes or one becomes three, hence the room.
  const size_t room = raw.size() * 3;
  auto* to = static_cast<char*>(arena.allocateBytes(room, 1));
  size_t size = 0;
  decode(raw, [&](std::string_view piece) {
    std::memcpy(to + size, piece.data(), piece.size());
    size += piece.size();
    return true;
  });
  arena.shrink(to, room, size);
  return {to, size};
}

JsonKind JsonScan::kind() const {
  if (at_ >= end_) return JsonKind::Broken;
  switch (*at_) {
    case '{':
      return JsonKind::Object;
    case '[':
      return JsonKind::Array;
    case '"':
      return JsonKind::String;
    case 't':
      return JsonKind::True;
    case 'f':
      return JsonKind::False;
    case 'n':
      return JsonKind::Null;
    default:
      return (*at_ >= '0' && *at_ <= '9') || *at_ == '-' ? JsonKind::Number : JsonKind::Broken;
  }
}

bool JsonScan::enter(char bracket) {
  if (at_ >= end_ || *at_ != bracket) return false;
  ++at_;
  after_value_ = false;
  skipSpace();
  return true;
}

// Stands before the next member or item when true; the container was left, or the scan failed, when false.
bool JsonScan::separator(char closing) {
  if (at_ >= end_) {
    fail();
    return false;
  }
  if (*at_ == closing) {
    ++at_;
    taken();
    return false;
  }
  if (!after_value_) return true;
  if (*at_ != ',') {
    fail();
    return false;
  }
  ++at_;
  skipSpace();
  after_value_ = false;
  return true;
}

bool JsonScan::nextMember(JsonString& name) {
  if (!separator('}')) return false;
  if (!takeString(name)) {
    fail();
    return false;
  }
  skipSpace();
  if (at_ >= end_ || *at_ != ':') {
    fail();
    return false;
  }
  ++at_;
  skipSpace();
  return true;
}

bool JsonScan::nextItem() {
  if (!separator(']')) return false;
  // A comma must be followed by a value.
  if (at_ < end_ && *at_ == ']') {
    fail();
    return false;
  }
  return true;
}

// To behind the closing quote; `at_` stands on the opening one.
bool JsonScan::skipString(bool& plain) {
  plain = true;
  const char* from = at_ + 1;
  while ((from = next<QuoteOrEscape>(from, end_)) < end_) {
    if (*from == '"') {
      at_ = from + 1;
      return true;
    }
    plain = false;
    if (end_ - from < 2) break;
    from += 2;
  }
  fail();
  return false;
}

bool JsonScan::takeString(JsonString& value) {
  if (at_ >= end_ || *at_ != '"') return false;
  const char* const start = at_ + 1;
  bool plain = false;
  if (!skipString(plain)) return false;
  value.raw = {start, static_cast<size_t>(at_ - 1 - start)};
  value.has_escapes = !plain;
  return true;
}

bool JsonScan::string(JsonString& value) {
  if (!takeString(value)) return false;
  taken();
  return true;
}

bool JsonScan::literal(std::string_view word) {
  if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(word)) return false;
  const char* const after = at_ + word.size();
  if (after < end_ && !isDelimiter(*after)) return false;
  at_ = after;
  taken();
  return true;
}

bool JsonScan::boolean(bool& value) {
  if (literal("true")) {
    value = true;
    return true;
  }
  if (!literal("false")) return false;
  value = false;
  return true;
}

bool JsonScan::null() {
  return literal("null");
}

bool JsonScan::integer(uint64_t& value) {
  uint64_t read = 0;
  const auto [after, error] = std::from_chars(at_, end_, read);
  if (error != std::errc() || read > kMostInteger || (after < end_ && !isDelimiter(*after))) return false;
  value = read;
  at_ = after;
  taken();
  return true;
}

void JsonScan::skipScalar() {
  const char* const start = at_;
  while (at_ < end_ && !isDelimiter(*at_)) ++at_;
  if (at_ == start) fail();
}

void JsonScan::skipContainer() {
  std::bitset<kDepth> braces;
  size_t depth = 0;
  while ((at_ = next<Structural>(at_, end_)) < end_) {
    const char c = *at_;
    if (c == '"') {
      if (bool plain = false; !skipString(plain)) return;
      continue;
    }
    ++at_;
    if (c == '{' || c == '[') {
      if (depth == kDepth) return fail();
      braces[depth++] = c == '{';
      continue;
    }
    if (braces[--depth] != (c == '}')) return fail();
    if (depth == 0) return;
  }
  fail();
}

void JsonScan::skip() {
  raw();
}

std::string_view JsonScan::raw() {
  const char* const start = at_;
  if (at_ < end_ && *at_ == '"') {
    bool plain = false;
    skipString(plain);
  } else if (at_ < end_ && (*at_ == '{' || *at_ == '[')) {
    skipContainer();
  } else {
    skipScalar();
  }
  if (failed_) return {};
  const std::string_view text(start, static_cast<size_t>(at_ - start));
  taken();
  return text;
}

bool JsonScan::complete() {
  skipSpace();
  return !failed_ && at_ == end_;
}

}  // namespace sluice::upstream
