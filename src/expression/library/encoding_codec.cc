#include "expression/library/encoding_codec.h"

#include <cstring>

namespace sluice::expression {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// Windows-1252 differs from Latin 1 here; 0: the byte stands for itself.
constexpr char16_t kWindows1252[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                       0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                       0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                       0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool isHigh(char16_t c) {
  return c >= 0xD800 && c <= 0xDBFF;
}
bool isLow(char16_t c) {
  return c >= 0xDC00 && c <= 0xDFFF;
}

// The code point at text[at], which moves behind it; a lone surrogate gives U+FFFD.
uint32_t codePoint(const Chars& text, uint32_t& at) {
  const char16_t c = text[at++];
  if (isHigh(c) && at < text.size && isLow(text[at])) return 0x10000 + ((c - 0xD800u) << 10) + (text[at++] - 0xDC00u);
  return isHigh(c) || isLow(c) ? kReplacement : c;
}

uint32_t utf8Size(uint32_t code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

uint8_t* putUtf8(uint32_t code, uint8_t* to) {
  static constexpr uint8_t kFirst[] = {0, 0, 0xC0, 0xE0, 0xF0};
  const uint32_t size = utf8Size(code);
  if (size == 1) {
    *to = static_cast<uint8_t>(code);
    return to + 1;
  }
  for (uint32_t i = size - 1; i > 0; --i, code >>= 6) to[i] = static_cast<uint8_t>(0x80 | (code & 0x3F));
  to[0] = static_cast<uint8_t>(kFirst[size] | code);
  return to + size;
}

uint8_t* putUnit(Codec codec, char16_t unit, uint8_t* to) {
  const bool big = codec == Codec::Utf16Big;
  to[big ? 1 : 0] = static_cast<uint8_t>(unit);
  to[big ? 0 : 1] = static_cast<uint8_t>(unit >> 8);
  return to + 2;
}

uint8_t* putUtf16(Codec codec, uint32_t code, uint8_t* to) {
  if (code < 0x10000) return putUnit(codec, static_cast<char16_t>(code), to);
  to = putUnit(codec, static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)), to);
  return putUnit(codec, static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF)), to);
}

uint8_t* putUtf32(Codec codec, uint32_t code, uint8_t* to) {
  for (uint32_t i = 0; i < 4; ++i) to[codec == Codec::Utf32Big ? 3 - i : i] = static_cast<uint8_t>(code >> (8 * i));
  return to + 4;
}

// A byte for a unit; each half of a surrogate pair gives its own question mark.
uint8_t singleByte(Codec codec, char16_t unit) {
  if (codec == Codec::Windows1252) {
    for (size_t i = 0; i < 32; ++i)
      if (kWindows1252[i] == unit && unit != 0) return static_cast<uint8_t>(0x80 + i);
    if (unit >= 0x80 && unit < 0xA0 && kWindows1252[unit - 0x80u] != 0) return '?';
  }
  return unit < (codec == Codec::Ascii ? 0x80 : 0x100) ? static_cast<uint8_t>(unit) : '?';
}

bool isSingleByte(Codec codec) {
  return codec <= Codec::Windows1252;
}

Value decodeSingle(Eval& eval, Codec codec, std::string_view bytes) {
  TextBuilder text(eval, static_cast<uint32_t>(bytes.size()) + 1);
  for (const char byte : bytes) {
    const auto unit = static_cast<unsigned char>(byte);
    if (codec == Codec::Ascii && unit >= 0x80) {
      text.unit('?');
    } else if (codec == Codec::Windows1252 && unit >= 0x80 && unit < 0xA0 && kWindows1252[unit - 0x80u] != 0) {
      text.unit(kWindows1252[unit - 0x80u]);
    } else {
      text.unit(unit);
    }
  }
  return text.take();
}

Value decodeUtf16(Eval& eval, Codec codec, std::string_view bytes) {
  const bool big = codec == Codec::Utf16Big;
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto unitAt = [&](size_t i) {
    return static_cast<char16_t>(big ? at(i) << 8 | at(i + 1) : at(i + 1) << 8 | at(i));
  };
  TextBuilder text(eval, static_cast<uint32_t>(bytes.size() / 2) + 1);
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    const char16_t unit = unitAt(i);
    if (isHigh(unit) && i + 3 < bytes.size() && isLow(unitAt(i + 2))) {
      text.unit(unit);
      text.unit(unitAt(i + 2));
      i += 2;
    } else {
      text.unit(isHigh(unit) || isLow(unit) ? kReplacement : unit);
    }
  }
  if (i < bytes.size()) text.unit(kReplacement);
  return text.take();
}

Value decodeUtf32(Eval& eval, Codec codec, std::string_view bytes) {
  TextBuilder text(eval, static_cast<uint32_t>(bytes.size() / 4) + 1);
  size_t i = 0;
  for (; i + 3 < bytes.size(); i += 4) {
    uint32_t code = 0;
    for (size_t k = 0; k < 4; ++k)
      code = code << 8 | static_cast<unsigned char>(bytes[i + (codec == Codec::Utf32Big ? k : 3 - k)]);
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = kReplacement;
    if (code >= 0x10000) {
      text.unit(static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)));
      code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    text.unit(static_cast<char16_t>(code));
  }
  if (i < bytes.size()) text.unit(kReplacement);
  return text.take();
}

}  // namespace

uint64_t encodedSize(Codec codec, const Chars& text) {
  if (isSingleByte(codec) || (codec == Codec::Utf8 && text.isAscii())) return text.size;
  if (codec == Codec::Utf16 || codec == Codec::Utf16Big) return uint64_t{text.size} * 2;
  uint64_t size = 0;
  for (uint32_t at = 0; at < text.size;)
    size += codec == Codec::Utf8 ? utf8Size(codePoint(text, at)) : (codePoint(text, at), 4u);
  return size;
}

void encode(Codec codec, const Chars& text, uint8_t* to) {
  if (text.isAscii() && (isSingleByte(codec) || codec == Codec::Utf8)) {
    if (text.size > 0) std::memcpy(to, text.narrow, text.size);
    return;
  }
  if (isSingleByte(codec)) {
    for (uint32_t i = 0; i < text.size; ++i) to[i] = singleByte(codec, text[i]);
    return;
  }
  for (uint32_t at = 0; at < text.size;) {
    const uint32_t code = codePoint(text, at);
    if (codec == Codec::Utf8) {
      to = putUtf8(code, to);
    } else if (codec == Codec::Utf16 || codec == Codec::Utf16Big) {
      to = putUtf16(codec, code, to);
    } else {
      to = putUtf32(codec, code, to);
    }
  }
}

Value decode(Eval& eval, Codec codec, std::string_view bytes) {
  if (!eval.step(1 + bytes.size() / 16) || !eval.reserve(bytes.size())) return {};
  if (codec == Codec::Utf8) return fromUtf8(eval.arena, bytes);
  if (isSingleByte(codec)) return decodeSingle(eval, codec, bytes);
  return codec == Codec::Utf16 || codec == Codec::Utf16Big ? decodeUtf16(eval, codec, bytes)
                                                           : decodeUtf32(eval, codec, bytes);
}

}  // namespace sluice::expression
