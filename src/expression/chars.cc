#include "expression/chars.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "expression/unicode.h"

namespace sluice::expression {
namespace {

bool isAsciiText(std::string_view text) {
  size_t i = 0;
#ifdef __SSE2__
  for (; i + 16 <= text.size(); i += 16)
    if (_mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i))) != 0) return false;
#endif
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080ull) != 0) return false;
  }
  for (; i < text.size(); ++i)
    if (static_cast<unsigned char>(text[i]) >= 0x80) return false;
  return true;
}

// One code point at text[at]; -1 with `at` behind the broken part when it is not UTF-8 (as .NET replaces it).
int32_t decodeOne(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  int more = 0;
  unsigned char low = 0x80, high = 0xBF;
  int32_t code = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    more = 1;
    code = first & 0x1F;
  } else if (first >= 0xE0 && first <= 0xEF) {
    more = 2;
    code = first & 0x0F;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    more = 3;
    code = first & 0x07;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return -1;
  }
  for (; more > 0; --more) {
    if (at >= text.size() || byte(at) < low || byte(at) > high) return -1;
    code = (code << 6) | (byte(at++) & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return code;
}

bool isValidText(std::string_view text) {
  for (size_t at = 0; at < text.size();)
    if (decodeOne(text, at) < 0) return false;
  return true;
}

size_t encodeOne(uint32_t code, char* to) {
  if (code < 0x80) {
    to[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    to[0] = static_cast<char>(0xC0 | (code >> 6));
    to[1] = static_cast<char>(0x80 | (code & 0x3F));
    return 2;
  }
  if (code < 0x10000) {
    to[0] = static_cast<char>(0xE0 | (code >> 12));
    to[1] = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    to[2] = static_cast<char>(0x80 | (code & 0x3F));
    return 3;
  }
  to[0] = static_cast<char>(0xF0 | (code >> 18));
  to[1] = static_cast<char>(0x80 | ((code >> 12) & 0x3F));
  to[2] = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
  to[3] = static_cast<char>(0x80 | (code & 0x3F));
  return 4;
}

char16_t foldCase(char16_t c) {
  return c < 0x80 ? (c >= 'a' && c <= 'z' ? c - 32 : c) : toUpperInvariant(c);
}

template <class Fold>
int compareWith(const Chars& a, const Chars& b, Fold fold) {
  const uint32_t common = std::min(a.size, b.size);
  for (uint32_t i = 0; i < common; ++i) {
    const int difference = int{fold(a[i])} - int{fold(b[i])};
    if (difference != 0) return difference;
  }
  return static_cast<int>(a.size) - static_cast<int>(b.size);
}

}  // namespace

Chars chars(Eval& eval, const Value& value) {
  if (value.tag() == Tag::Ascii) return {static_cast<const char*>(value.pointer()), nullptr, value.extra()};
  if (value.tag() == Tag::Wide) return {nullptr, static_cast<const char16_t*>(value.pointer()), value.extra()};
  if (value.tag() != Tag::Utf8) return {"", nullptr, 0};
  // Widened once per view: the last few are remembered.
  const auto at = (reinterpret_cast<uintptr_t>(value.pointer()) >> 4) % 8;
  auto& slot = eval.widened[at];
  if ((eval.widened_known >> at & 1) == 0 || slot.from != value.pointer() || slot.bytes != value.extra()) {
    const std::u16string_view wide = widen(eval.arena, value.bytes());
    slot = {value.pointer(), value.extra(), static_cast<uint32_t>(wide.size()), wide.data()};
    eval.widened_known |= static_cast<uint8_t>(1u << at);
  }
  return {nullptr, slot.to, slot.units};
}

Value fromChars(const Chars& text) {
  return text.isAscii() ? Value::ascii(text.ascii()) : fromUnits(text.units());
}

Value fromUnits(std::u16string_view text) {
  return text.empty() ? Value::ascii({}) : Value::wide(text);
}

Value fromUtf8(Arena& arena, std::string_view bytes) {
  if (isAsciiText(bytes)) return Value::ascii(bytes);
  if (isValidText(bytes)) return Value::utf8(bytes);
  return Value::wide(widen(arena, bytes));
}

Value fromStd(Arena& arena, std::string_view utf8) {
  return fromUtf8(arena, arena.copy(utf8));
}

Value fromUnit(Arena& arena, char16_t unit) {
  if (unit < 0x80) {
    auto* byte = static_cast<char*>(arena.allocateBytes(1, 1));
    *byte = static_cast<char>(unit);
    return Value::ascii({byte, 1});
  }
  auto* wide = static_cast<char16_t*>(arena.allocateBytes(2, 2));
  *wide = unit;
  return Value::wide({wide, 1});
}

std::u16string_view widen(Arena& arena, std::string_view utf8) {
  auto* units = static_cast<char16_t*>(arena.allocateBytes(utf8.size() * 2 + 2, 2));
  size_t count = 0;
  for (size_t at = 0; at < utf8.size();) {
    const int32_t code = decodeOne(utf8, at);
    if (code < 0) {
      units[count++] = 0xFFFD;
    } else if (code >= 0x10000) {
      units[count++] = static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
      units[count++] = static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      units[count++] = static_cast<char16_t>(code);
    }
  }
  arena.shrink(units, utf8.size() * 2 + 2, count * 2);
  return {units, count};
}

std::string_view toUtf8(Arena& arena, const Value& value) {
  if (value.tag() == Tag::Ascii || value.tag() == Tag::Utf8) return value.bytes();
  if (value.tag() != Tag::Wide) return {};
  const std::u16string_view units = value.units();
  const size_t room = units.size() * 3;
  auto* bytes = static_cast<char*>(arena.allocateBytes(room, 1));
  size_t size = 0;
  for (size_t i = 0; i < units.size(); ++i) {
    uint32_t code = units[i];
    if (code >= 0xD800 && code <= 0xDBFF && i + 1 < units.size() && units[i + 1] >= 0xDC00 && units[i + 1] <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (units[++i] - 0xDC00u);
    } else if (code >= 0xD800 && code <= 0xDFFF) {
      code = 0xFFFD;
    }
    size += encodeOne(code, bytes + size);
  }
  arena.shrink(bytes, room, size);
  return {bytes, size};
}

bool sameText(Eval& eval, const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return a.isNull() && b.isNull();
  if (a.extra() >= 1024 && !eval.step(a.extra() / 256)) return false;
  if (a.tag() == b.tag() && a.tag() != Tag::Wide) {
    return a.extra() == b.extra() && (a.extra() == 0 || std::memcmp(a.pointer(), b.pointer(), a.extra()) == 0);
  }
  if (a.tag() == Tag::Ascii && b.tag() == Tag::Utf8) return false;
  if (a.tag() == Tag::Utf8 && b.tag() == Tag::Ascii) return false;
  return compareOrdinal(chars(eval, a), chars(eval, b)) == 0;
}

int compareOrdinal(const Chars& a, const Chars& b) {
  if (a.isAscii() && b.isAscii()) {
    const size_t common = std::min(a.size, b.size);
    const int order = common == 0 ? 0 : std::memcmp(a.narrow, b.narrow, common);
    return order != 0 ? order : static_cast<int>(a.size) - static_cast<int>(b.size);
  }
  return compareWith(a, b, [](char16_t c) { return c; });
}

int compareOrdinalIgnoreCase(const Chars& a, const Chars& b) {
  return compareWith(a, b, foldCase);
}

namespace {

constexpr uint32_t kShortSearch = 16;

// Knuth, Morris and Pratt: no text makes a long search quadratic.
int64_t indexOfLong(const Chars& in, const Chars& what, uint32_t from, bool ignore_case) {
  const auto same = [&](char16_t a, char16_t b) { return ignore_case ? foldCase(a) == foldCase(b) : a == b; };
  std::vector<uint32_t> border(what.size, 0);
  for (uint32_t i = 1, k = 0; i < what.size; ++i) {
    while (k > 0 && !same(what[i], what[k])) k = border[k - 1];
    if (same(what[i], what[k])) ++k;
    border[i] = k;
  }
  for (uint32_t i = from, k = 0; i < in.size; ++i) {
    while (k > 0 && !same(in[i], what[k])) k = border[k - 1];
    if (same(in[i], what[k])) ++k;
    if (k == what.size) return int64_t{i} - what.size + 1;
  }
  return -1;
}

}  // namespace

int64_t indexOf(const Chars& in, const Chars& what, uint32_t from, bool ignore_case) {
  if (what.size == 0) return from;
  if (!ignore_case && in.isAscii() && what.isAscii()) {
    const std::string_view text = in.ascii();
    if (from >= text.size()) return -1;
    // Linear whatever is searched for.
    const void* at = memmem(text.data() + from, text.size() - from, what.ascii().data(), what.size);
    return at == nullptr ? -1 : static_cast<const char*>(at) - text.data();
  }
  if (what.size > kShortSearch) return indexOfLong(in, what, from, ignore_case);
  for (uint32_t i = from; i + what.size <= in.size; ++i) {
    uint32_t k = 0;
    while (k < what.size && (ignore_case ? foldCase(in[i + k]) == foldCase(what[k]) : in[i + k] == what[k])) ++k;
    if (k == what.size) return i;
  }
  return -1;
}

// The text backwards, so that the same search finds the last.
int64_t lastIndexOf(const Chars& in, const Chars& what, bool ignore_case) {
  if (what.size > in.size) return -1;
  if (what.size > kShortSearch) {
    std::u16string text, wanted;
    for (uint32_t i = in.size; i-- > 0;) text += in[i];
    for (uint32_t i = what.size; i-- > 0;) wanted += what[i];
    const int64_t at =
        indexOfLong({nullptr, text.data(), in.size}, {nullptr, wanted.data(), what.size}, 0, ignore_case);
    return at < 0 ? -1 : int64_t{in.size} - at - what.size;
  }
  for (int64_t i = in.size - what.size; i >= 0; --i) {
    const Chars part = in.sub(static_cast<uint32_t>(i), what.size);
    if ((ignore_case ? compareOrdinalIgnoreCase(part, what) : compareOrdinal(part, what)) == 0) return i;
  }
  return -1;
}

// ---- TextBuilder ---------------------------------------------------------------------------------------------------

TextBuilder::TextBuilder(Eval& eval, uint32_t expected)
    : eval_(eval), narrow_(static_cast<char*>(eval.arena.allocateBytes(expected, 2))), capacity_(expected) {}

bool TextBuilder::room(uint32_t more) {
  const uint64_t needed = uint64_t{size_} + more;
  if (needed <= capacity_) return true;
  const uint64_t capacity = std::max<uint64_t>(needed, uint64_t{capacity_} * 2);
  const size_t width = wide_ != nullptr ? 2 : 1;
  if (capacity > 0x3FFFFFDF) {
    eval_.raise("System.OutOfMemoryException", "Insufficient memory to continue the execution of the program.");
    return false;
  }
  if (!eval_.reserve(capacity * width)) return false;
  void* grown = eval_.arena.allocateBytes(capacity * width, 2);
  std::memcpy(grown, wide_ != nullptr ? static_cast<const void*>(wide_) : narrow_, size_ * width);
  if (wide_ != nullptr) {
    wide_ = static_cast<char16_t*>(grown);
  } else {
    narrow_ = static_cast<char*>(grown);
  }
  capacity_ = static_cast<uint32_t>(capacity);
  return true;
}

bool TextBuilder::toWide() {
  if (wide_ != nullptr) return true;
  if (!eval_.reserve(uint64_t{capacity_} * 2)) return false;
  auto* wide = static_cast<char16_t*>(eval_.arena.allocateBytes(uint64_t{capacity_} * 2, 2));
  for (uint32_t i = 0; i < size_; ++i) wide[i] = static_cast<unsigned char>(narrow_[i]);
  wide_ = wide;
  return true;
}

void TextBuilder::add(const Value& string) {
  if (string.tag() == Tag::Ascii) {
    ascii(string.bytes());
  } else if (!string.isNull()) {
    add(chars(eval_, string));
  }
}

void TextBuilder::add(const Chars& text) {
  if (text.isAscii()) {
    ascii(text.ascii());
    return;
  }
  if (!toWide() || !room(text.size)) return;
  std::copy_n(text.wide, text.size, wide_ + size_);
  size_ += text.size;
}

void TextBuilder::ascii(std::string_view text) {
  if (text.empty() || !room(static_cast<uint32_t>(text.size()))) return;
  if (wide_ == nullptr) {
    std::memcpy(narrow_ + size_, text.data(), text.size());
  } else {
    for (size_t i = 0; i < text.size(); ++i) wide_[size_ + i] = static_cast<unsigned char>(text[i]);
  }
  size_ += static_cast<uint32_t>(text.size());
}

void TextBuilder::unit(char16_t c) {
  if (c >= 0x80 && !toWide()) return;
  if (!room(1)) return;
  if (wide_ != nullptr) {
    wide_[size_++] = c;
  } else {
    narrow_[size_++] = static_cast<char>(c);
  }
}

void TextBuilder::fill(char16_t c, uint32_t count) {
  if ((c >= 0x80 && !toWide()) || !room(count)) return;
  for (uint32_t i = 0; i < count; ++i) unit(c);
}

Value TextBuilder::take() {
  if (wide_ == nullptr) {
    eval_.arena.shrink(narrow_, capacity_, size_);
    return Value::ascii({narrow_, size_});
  }
  eval_.arena.shrink(wide_, size_t{capacity_} * 2, size_t{size_} * 2);
  return fromUnits({wide_, size_});
}

}  // namespace sluice::expression
