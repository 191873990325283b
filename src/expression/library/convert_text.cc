// System.Convert: numbers in bases 2, 8, 10 and 16, base 64, hexadecimal text.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "expression/library/base64.h"
#include "expression/library/convert.h"
#include "expression/library/numeric.h"

namespace sluice::expression {
namespace {

bool isBase(int32_t base) {
  return base == 2 || base == 8 || base == 10 || base == 16;
}
Value badBase(Call& c) {
  return c.raise("System.ArgumentException", "Invalid Base.");
}

int digitOf(char16_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char16_t lower = c | 0x20;
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

int bitsOf(Tag tag) {
  switch (tag) {
    case Tag::SByte:
    case Tag::Byte:
      return 8;
    case Tag::Int16:
    case Tag::UInt16:
      return 16;
    case Tag::Int32:
    case Tag::UInt32:
      return 32;
    default:
      return 64;
  }
}
bool isUnsigned(Tag tag) {
  return tag == Tag::Byte || tag == Tag::UInt16 || tag == Tag::UInt32 || tag == Tag::UInt64;
}

// The digits' number into `tag`: a decimal one must fit, another's bits are the two's complement.
Value numberOf(Eval& eval, uint64_t number, bool negative, bool decimal, Tag tag) {
  const int bits = bitsOf(tag);
  const uint64_t mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  if (isUnsigned(tag)) return number > mask ? raiseTooLarge(eval, tag) : Value::tagged(tag, number);
  if (decimal) {
    const uint64_t most = (mask >> 1) + (negative ? 1 : 0);
    if (number > most) return raiseTooLarge(eval, tag);
    return Value::integer(tag, static_cast<int64_t>(negative ? ~number + 1 : number));
  }
  if (number > mask) return raiseTooLarge(eval, tag);
  const uint64_t sign = uint64_t{1} << (bits - 1);
  return Value::integer(tag, static_cast<int64_t>((number & sign) != 0 ? number | ~mask : number));
}

// Convert.ToInt32("ff", 16): nothing around the digits but a sign (base 10) or 0x (base 16).
Value parseBase(Call& c) {
  const int32_t base = c.int32(1);
  const Tag tag = c.type->tag;
  if (!isBase(base)) return badBase(c);
  if (c.isNull(0)) return defaultValue(c.arena(), c.type);
  const Chars text = c.chars(0);
  uint32_t at = 0;
  if (text.size == 0) {
    return c.eval.raiseOutOfRange(
        "startIndex", "Index was out of range. Must be non-negative and less than the size of the collection.");
  }
  const bool negative = text[0] == '-';
  if (negative && base != 10)
    return c.raise("System.ArgumentException", "String cannot contain a minus sign if the base is not 10.");
  if (negative && isUnsigned(tag)) {
    return c.raise("System.OverflowException",
                   "The string was being parsed as an unsigned number and could not have a negative sign.");
  }
  if (negative || text[0] == '+') ++at;
  if (base == 16 && at + 1 < text.size && text[at] == '0' && (text[at + 1] | 0x20) == 'x') at += 2;
  const uint32_t first = at;
  uint64_t number = 0;
  for (; at < text.size && digitOf(text[at]) < base; ++at) {
    const auto digit = static_cast<uint64_t>(digitOf(text[at]));
    const auto radix = static_cast<uint64_t>(base);
    if (number > (std::numeric_limits<uint64_t>::max() - digit) / radix) return raiseTooLarge(c.eval, tag);
    number = number * radix + digit;
  }
  if (at == first) return c.eval.raiseFormat("Could not find any recognizable digits.");
  if (at < text.size) return c.eval.raiseFormat("Additional non-parsable characters are at the end of the string.");
  return numberOf(c.eval, number, negative, base == 10, tag);
}

Value formatBase(Call& c) {
  const int32_t base = c.int32(1);
  if (!isBase(base)) return badBase(c);
  if (base == 10) return valueToString(c.eval, c[0]);
  const int bits = bitsOf(c[0].tag());
  const uint64_t number = bits == 64 ? c[0].bits() : c[0].bits() & ((uint64_t{1} << bits) - 1);
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, base);
  return c.text({text, static_cast<size_t>(end - text)});
}

// ---- base 64 -------------------------------------------------------------------------------------------------------

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int kLineLength = 76;

// Base64FormattingOptions: 1 breaks lines.
Value toBase64(Call& c, int64_t from, int64_t count, bool lines) {
  const auto* bytes = c.object<BytesObject>(0);
  const auto groups = static_cast<uint64_t>(count + 2) / 3;
  const uint64_t breaks = lines && groups > 0 ? (groups * 4 - 1) / kLineLength : 0;
  const uint64_t size = groups * 4 + breaks * 2;
  if (!c.eval.reserve(size) || !c.eval.step(1 + size / 64)) return {};
  auto* text = static_cast<char*>(c.arena().allocateBytes(size, 1));
  char* to = text;
  const uint8_t* in = bytes->data + from;
  int column = 0;
  for (; count > 0; count -= 3, in += 3) {
    if (lines && column == kLineLength) {
      *to++ = '\r';
      *to++ = '\n';
      column = 0;
    }
    const uint32_t bits = static_cast<uint32_t>(in[0]) << 16 | (count > 1 ? static_cast<uint32_t>(in[1]) << 8 : 0) |
                          (count > 2 ? in[2] : 0u);
    *to++ = kAlphabet[bits >> 18];
    *to++ = kAlphabet[(bits >> 12) & 63];
    *to++ = count > 1 ? kAlphabet[(bits >> 6) & 63] : '=';
    *to++ = count > 2 ? kAlphabet[bits & 63] : '=';
    column += 4;
  }
  return Value::ascii({text, size});
}

Value toBase64Range(Call& c, bool lines) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("inArray");
  const int64_t offset = c.int32(1), length = c.int32(2);
  if (length < 0) {
    return c.eval.raiseOutOfRange(
        "length", "Index was out of range. Must be non-negative and less than the size of the collection.");
  }
  if (offset < 0) return c.eval.raiseOutOfRange("offset", "Value must be positive.");
  if (offset > int64_t{c.object<BytesObject>(0)->length} - length)
    return c.eval.raiseOutOfRange("offset", "Offset and length must refer to a position in the string.");
  return toBase64(c, offset, length, lines);
}

Value badBase64(Call& c) {
  return c.eval.raiseFormat(
      "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding "
      "characters, or an illegal character among the padding characters.");
}

int base64Digit(char16_t c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool isSpace(char16_t c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// White space may stand anywhere; without it the length is a multiple of four, padded at the end.
template <class Text>
Value fromBase64(Call& c, const Text& text, uint32_t size, std::string_view ascii = {}) {
  if (!c.eval.reserve(uint64_t{size} / 4 * 3 + 3) || !c.eval.step(1 + size / 32)) return {};
  auto* bytes = static_cast<uint8_t*>(c.arena().allocateBytes(size / 4 * 3 + 3, 1));
  const auto plain = static_cast<uint32_t>(decodeGroups(ascii, kBase64Digits, bytes));
  uint32_t made = plain / 4 * 3, bits = 0, digits = plain, padding = 0;
  for (uint32_t i = plain; i < size; ++i) {
    const char16_t unit = text(i);
    if (isSpace(unit)) continue;
    const int digit = base64Digit(unit);
    if (unit == '=') {
      if (++padding > 2) return badBase64(c);
    } else if (digit < 0 || padding > 0) {
      return badBase64(c);
    }
    bits = bits << 6 | static_cast<uint32_t>(digit < 0 ? 0 : digit);
    if (++digits % 4 != 0) continue;
    bytes[made++] = static_cast<uint8_t>(bits >> 16);
    if (padding < 2) bytes[made++] = static_cast<uint8_t>(bits >> 8);
    if (padding < 1) bytes[made++] = static_cast<uint8_t>(bits);
    bits = 0;
  }
  if (digits % 4 != 0) return badBase64(c);
  auto* object = newObject<BytesObject>(c.eval, core().byte_array, ObjectKind::Bytes);
  object->length = made;
  object->data = bytes;
  return Value::object(object);
}

Value fromBase64Text(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
  const Chars text = c.chars(0);
  return fromBase64(
      c, [&](uint32_t i) { return text[i]; }, text.size, text.isAscii() ? text.ascii() : std::string_view{});
}

Value fromBase64Array(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("inArray");
  const auto* units = c.object<ArrayObject>(0);
  const int64_t offset = c.int32(1), length = c.int32(2);
  if (length < 0 || offset < 0) return c.eval.raiseOutOfRange(length < 0 ? "length" : "offset");
  if (offset > int64_t{units->length} - length)
    return c.eval.raiseOutOfRange("offset", "Offset and length must refer to a position in the string.");
  return fromBase64(
      c, [&](uint32_t i) { return units->items[static_cast<size_t>(offset) + i].asChar(); },
      static_cast<uint32_t>(length));
}

int64_t lengthOf(Call& c) {
  return c.object<BytesObject>(0)->length;
}

// ---- hexadecimal ---------------------------------------------------------------------------------------------------

Value toHex(Call& c, int64_t from, int64_t count) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  const auto size = static_cast<uint64_t>(count) * 2;
  if (!c.eval.reserve(size) || !c.eval.step(1 + size / 64)) return {};
  auto* text = static_cast<char*>(c.arena().allocateBytes(size, 1));
  const uint8_t* in = c.object<BytesObject>(0)->data + from;
  for (int64_t i = 0; i < count; ++i) {
    text[2 * i] = kDigits[in[i] >> 4];
    text[2 * i + 1] = kDigits[in[i] & 15];
  }
  return Value::ascii({text, size});
}

Value fromHex(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
  const Chars text = c.chars(0);
  if (text.size % 2 != 0)
    return c.eval.raiseFormat("The input is not a valid hex string as its length is not a multiple of 2.");
  const Value made = newBytesOfSize(c.eval, text.size / 2);
  if (c.eval.failed() || !c.eval.step(1 + text.size / 32)) return {};
  for (uint32_t i = 0; i < text.size; i += 2) {
    const int high = digitOf(text[i]), low = digitOf(text[i + 1]);
    if (high > 15 || low > 15)
      return c.eval.raiseFormat("The input is not a valid hex string as it contains a non-hex character.");
    as<BytesObject>(made)->data[i / 2] = static_cast<uint8_t>(high * 16 + low);
  }
  return made;
}

constexpr MemberRow kText[] = {
    {"static sbyte ToSByte(string value, int fromBase)", parseBase},
    {"static byte ToByte(string value, int fromBase)", parseBase},
    {"static short ToInt16(string value, int fromBase)", parseBase},
    {"static ushort ToUInt16(string value, int fromBase)", parseBase},
    {"static int ToInt32(string value, int fromBase)", parseBase},
    {"static uint ToUInt32(string value, int fromBase)", parseBase},
    {"static long ToInt64(string value, int fromBase)", parseBase},
    {"static ulong ToUInt64(string value, int fromBase)", parseBase},
    {"static string ToString(byte value, int toBase)", formatBase},
    {"static string ToString(short value, int toBase)", formatBase},
    {"static string ToString(int value, int toBase)", formatBase},
    {"static string ToString(long value, int toBase)", formatBase},
    {"static string ToBase64String(byte[] inArray)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("inArray") : toBase64(c, 0, lengthOf(c), false); }},
    {"static string ToBase64String(byte[] inArray, Base64FormattingOptions options)",
     [](Call& c) {
       return c.isNull(0) ? c.eval.raiseArgumentNull("inArray") : toBase64(c, 0, lengthOf(c), c.int64(1) == 1);
     }},
    {"static string ToBase64String(byte[] inArray, int offset, int length)",
     [](Call& c) { return toBase64Range(c, false); }},
    {"static string ToBase64String(byte[] inArray, int offset, int length, Base64FormattingOptions options)",
     [](Call& c) { return toBase64Range(c, c.int64(3) == 1); }},
    {"static byte[] FromBase64String(string s)", fromBase64Text},
    {"static byte[] FromBase64CharArray(char[] inArray, int offset, int length)", fromBase64Array},
    {"static string ToHexString(byte[] inArray)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("inArray") : toHex(c, 0, lengthOf(c)); }},
    {"static string ToHexString(byte[] inArray, int offset, int length)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("inArray");
       const int64_t offset = c.int32(1), length = c.int32(2);
       if (length < 0 || offset < 0 || offset > lengthOf(c) - length)
         return c.eval.raiseOutOfRange(length < 0 ? "length" : "offset");
       return toHex(c, offset, length);
     }},
    {"static byte[] FromHexString(string s)", fromHex},
};

}  // namespace

std::span<const MemberRow> convertTextRows() {
  return kText;
}

}  // namespace sluice::expression
