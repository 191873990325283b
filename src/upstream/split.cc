#include "upstream/split.h"

#include <algorithm>
#include <array>

namespace sluice::upstream {
namespace {

// Sets of classes as bits.
constexpr unsigned bit(CharClass kind) {
  return 1u << static_cast<unsigned>(kind);
}
constexpr unsigned kLetters = bit(CharClass::Upper) | bit(CharClass::Lower) | bit(CharClass::Letter);
constexpr unsigned kPunctuation = bit(CharClass::Other) | bit(CharClass::Mark);  // [^\s\p{L}\p{N}]
constexpr unsigned kHeads = bit(CharClass::Upper) | bit(CharClass::Letter) | bit(CharClass::Mark);
constexpr unsigned kTails = bit(CharClass::Lower) | bit(CharClass::Letter) | bit(CharClass::Mark);
constexpr unsigned kBoth = kHeads & kTails;

constexpr bool in(unsigned set, CharClass kind) {
  return (set >> static_cast<unsigned>(kind) & 1) != 0;
}

constexpr std::array<CharClass, 128> makeAscii() {
  std::array<CharClass, 128> table{};
  for (size_t c = 0; c < 128; ++c) {
    const bool space = (c >= 9 && c <= 13) || c == ' ';
    table[c] = space                  ? CharClass::Space
               : c >= '0' && c <= '9' ? CharClass::Number
               : c >= 'A' && c <= 'Z' ? CharClass::Upper
               : c >= 'a' && c <= 'z' ? CharClass::Lower
                                      : CharClass::Other;
  }
  return table;
}
constexpr auto kAscii = makeAscii();

constexpr bool isNewline(char c) {
  return c == '\r' || c == '\n';
}
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

Splitter::Splitter(Encoding encoding, std::string_view text)
    : classes_(UnicodeClasses::instance()), text_(text), encoding_(encoding) {}

Splitter::Char Splitter::at(size_t position) const {
  const auto byte = static_cast<unsigned char>(text_[position]);
  if (byte < 0x80) return {kAscii[byte], 1, static_cast<char>(byte)};
  return decode(position);
}

Splitter::Char Splitter::decode(size_t position) const {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text_[position + i])); };
  const char32_t lead = byte(0);
  if (lead < 0xe0) return {classes_.of((lead & 0x1f) << 6 | (byte(1) & 0x3f)), 2, 0};
  if (lead < 0xf0) return {classes_.of((lead & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f)), 3, 0};
  const char32_t point = (lead & 7) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
  return {classes_.of(point), 4, 0};
}

bool Splitter::next(std::string_view& piece) {
  if (position_ >= text_.size()) return false;
  const size_t end = encoding_ == Encoding::Cl100k ? endCl100k(position_) : endO200k(position_);
  piece = text_.substr(position_, end - position_);
  position_ = end;
  return true;
}

template <class Belongs>
size_t Splitter::runEnd(size_t from, Belongs belongs) const {
  while (from < text_.size()) {
    const Char c = at(from);
    if (!belongs(c)) break;
    from += c.size;
  }
  return from;
}

// '(?i:[sdmt]|ll|ve|re): its end, or `from` when there is none. Without regard to case, s is also U+017F.
size_t Splitter::contraction(size_t from) const {
  const std::string_view rest = text_.substr(from, 3);
  if (rest.size() < 2 || rest[0] != '\'') return from;
  const char first = lower(rest[1]);
  if (first == 's' || first == 'd' || first == 'm' || first == 't') return from + 2;
  if (rest.size() < 3) return from;
  const char second = lower(rest[2]);
  const bool known = (first == 'l' && second == 'l') || ((first == 'v' || first == 'r') && second == 'e') ||
                     (rest[1] == '\xc5' && rest[2] == '\xbf');
  return known ? from + 3 : from;
}

// \p{N}{1,3}
size_t Splitter::numberEnd(size_t from) const {
  int digits = 0;
  return runEnd(from, [&](Char c) { return c.kind == CharClass::Number && ++digits <= 3; });
}

// ` ?[^\s\p{L}\p{N}]+[\r\n]*`, for o200k with / among the last: its end, or `from`.
size_t Splitter::punctuationEnd(size_t from) const {
  const size_t start = text_[from] == ' ' ? from + 1 : from;
  const size_t end = runEnd(start, [](Char c) { return in(kPunctuation, c.kind); });
  if (end == start) return from;
  const bool slash = encoding_ == Encoding::O200k;
  return runEnd(end, [&](Char c) { return isNewline(c.ascii) || (slash && c.ascii == '/'); });
}

Splitter::WhiteSpace Splitter::whiteSpace(size_t from) const {
  WhiteSpace run{from, from, 0};
  while (run.end < text_.size()) {
    const Char c = at(run.end);
    if (c.kind != CharClass::Space) break;
    run.last = run.end;
    run.end += c.size;
    if (isNewline(c.ascii)) run.after_newline = run.end;
  }
  return run;
}

size_t Splitter::endCl100k(size_t from) const {
  const Char first = at(from);
  if (first.ascii == '\'') {
    if (const size_t end = contraction(from); end != from) return end;
  }
  // [^\r\n\p{L}\p{N}]?\p{L}+
  const bool is_letter = in(kLetters, first.kind);
  if (is_letter || (first.kind != CharClass::Number && !isNewline(first.ascii))) {
    const size_t start = is_letter ? from : from + first.size;
    const size_t end = runEnd(start, [](Char c) { return in(kLetters, c.kind); });
    if (end != start) return end;
  }
  if (first.kind == CharClass::Number) return numberEnd(from);
  if (const size_t end = punctuationEnd(from); end != from) return end;
  // \s+$ | \s*[\r\n] | \s+(?!\S) | \s
  const WhiteSpace run = whiteSpace(from);
  if (run.end == text_.size()) return run.end;
  if (run.after_newline != 0) return run.after_newline;
  return run.last > from ? run.last : run.end;
}

// [heads]*[tails]+ from `from`: its end, or `from`. The greedy first part takes heads as far as they go; where no tail
// follows, it gives back up to the last character that is of both kinds.
size_t Splitter::mixedWordEnd(size_t from) const {
  size_t after_both = from;
  size_t position = from;
  while (position < text_.size()) {
    const Char c = at(position);
    if (!in(kHeads, c.kind)) break;
    position += c.size;
    if (in(kBoth, c.kind)) after_both = position;
  }
  const size_t end = runEnd(position, [](Char c) { return in(kTails, c.kind); });
  return end != position ? end : after_both;
}

// [heads]+[tails]* from `from`: its end, or `from`.
size_t Splitter::upperWordEnd(size_t from) const {
  const size_t end = runEnd(from, [](Char c) { return in(kHeads, c.kind); });
  return end == from ? from : runEnd(end, [](Char c) { return in(kTails, c.kind); });
}

// o200k's two word rules, each with and without one character before the letters; or `from`.
size_t Splitter::wordEnd(size_t from, Char first) const {
  const bool prefix = !in(kLetters, first.kind) && first.kind != CharClass::Number && !isNewline(first.ascii);
  const size_t start = from + first.size;
  if (prefix) {
    if (const size_t end = mixedWordEnd(start); end != start) return end;
  }
  if (const size_t end = mixedWordEnd(from); end != from) return end;
  if (prefix) {
    if (const size_t end = upperWordEnd(start); end != start) return end;
  }
  return upperWordEnd(from);
}

size_t Splitter::endO200k(size_t from) const {
  const Char first = at(from);
  if (const size_t end = wordEnd(from, first); end != from) return contraction(end);
  if (first.kind == CharClass::Number) return numberEnd(from);
  if (const size_t end = punctuationEnd(from); end != from) return end;
  // \s*[\r\n]+ | \s+(?!\S) | \s+
  const WhiteSpace run = whiteSpace(from);
  if (run.after_newline != 0) return run.after_newline;
  if (run.end == text_.size()) return run.end;
  return run.last > from ? run.last : run.end;
}

}  // namespace sluice::upstream
