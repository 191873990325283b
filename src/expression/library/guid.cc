// System.Guid: 16 bytes in .NET's order, in which the first three groups are little-endian.
#include <array>
#include <cstring>
#include <optional>

#include "base/encoding.h"
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/web_text.h"

namespace sluice::expression {
namespace {

using Bytes = std::array<uint8_t, 16>;
// Where each byte of the text, left to right, stands in memory.
constexpr std::array<uint8_t, 16> kOrder = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

constexpr std::string_view kUnrecognized = "Unrecognized Guid format.";
constexpr std::string_view kLength =
    "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).";
constexpr std::string_view kDashes = "Dashes are in the wrong position for GUID parsing.";
constexpr std::string_view kCharacter = "Guid string should only contain hexadecimal characters.";
constexpr std::string_view kHexForm =
    "Could not find a brace, or the length between the previous token and the brace was zero (i.e., '0x,'etc.).";
constexpr std::string_view kFormats =
    "Format string can be only \"D\", \"d\", \"N\", \"n\", \"P\", \"p\", \"B\", \"b\", \"X\" or \"x\".";

Value newGuid(Arena& arena, const Bytes& bytes) {
  return Value::boxed(Tag::Guid, arena.create<Bytes>(bytes));
}
const uint8_t* bytesOf(const Value& value) {
  return static_cast<const uint8_t*>(value.pointer());
}

// What is wrong with a text; empty: nothing, and `out` is written.
using Problem = std::string_view;

Problem parseDigits(std::string_view digits, Bytes& out) {
  for (size_t i = 0; i < 16; ++i) {
    const int high = hexValue(static_cast<unsigned char>(digits[2 * i]));
    const int low = hexValue(static_cast<unsigned char>(digits[2 * i + 1]));
    if (high < 0 || low < 0) return kCharacter;
    out[kOrder[i]] = static_cast<uint8_t>(high * 16 + low);
  }
  return {};
}

Problem parseDashed(std::string_view text, Bytes& out) {
  if (text.size() != 36) return kLength;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash && text[i] != '-') return kDashes;
    if (!dash) digits += text[i];
  }
  return parseDigits(digits, out);
}

// {0xdddddddd,0xdddd,0xdddd,{0xdd,...}}, white space anywhere.
Problem parseHex(std::string_view given, Bytes& out) {
  std::string text;
  for (const char c : given)
    if (c != ' ' && (c < 9 || c > 13)) text += c;
  std::string_view rest = text;
  std::string digits;
  for (size_t part = 0; part < 11; ++part) {
    const size_t width = part == 0 ? 8 : part < 3 ? 4 : 2;
    const std::string_view before = part == 0 || part == 3 ? "{0x" : "0x";
    const std::string_view after = part < 10 ? "," : "}}";
    if (rest.size() < before.size() || !equalsIgnoreCase(rest.substr(0, before.size()), before)) return kHexForm;
    rest.remove_prefix(before.size());
    const size_t end = rest.find(after);
    if (end == std::string_view::npos || end == 0 || end > width) return kHexForm;
    digits += std::string(width - end, '0') + std::string(rest.substr(0, end));
    rest.remove_prefix(end + after.size());
  }
  return rest.empty() ? parseDigits(digits, out) : "Additional non-parsable characters are at the end of the string.";
}

// `format` is one of n, d, b, p, x.
Problem parseAs(std::string_view text, char format, Bytes& out) {
  switch (format) {
    case 'n':
      return text.size() == 32 ? parseDigits(text, out) : kLength;
    case 'd':
      return parseDashed(text, out);
    case 'x':
      return parseHex(text, out);
    default:
      break;
  }
  const std::string_view braces = format == 'b' ? "{}" : "()";
  if (text.size() != 38 || text.front() != braces[0] || text.back() != braces[1]) return kLength;
  return parseDashed(text.substr(1, 36), out);
}

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || (c >= 9 && c <= 13); };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

Problem parse(std::string_view text, Bytes& out) {
  text = trimmed(text);
  if (text.empty()) return kUnrecognized;
  const bool dashes = text.find('-') != std::string_view::npos;
  if (text.front() == '(') return parseAs(text, 'p', out);
  if (text.front() == '{') return parseAs(text, dashes ? 'b' : 'x', out);
  return parseAs(text, dashes ? 'd' : 'n', out);
}

// n, d, b, p or x; 0: no such format.
char formatLetter(const Chars& format) {
  if (format.size != 1 || format[0] >= 0x80) return 0;
  const char letter = static_cast<char>(format[0] | 0x20);
  return std::string_view("ndbpx").find(letter) != std::string_view::npos ? letter : '\0';
}

std::string format(const Value& value, char how) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string digits;
  for (size_t i = 0; i < 16; ++i) {
    digits += kHex[bytesOf(value)[kOrder[i]] >> 4];
    digits += kHex[bytesOf(value)[kOrder[i]] & 15];
  }
  if (how == 'n') return digits;
  if (how == 'x') {
    std::string text = "{0x" + digits.substr(0, 8) + ",0x" + digits.substr(8, 4) + ",0x" + digits.substr(12, 4) + ",{";
    for (size_t i = 16; i < 32; i += 2) text += (i > 16 ? ",0x" : "0x") + digits.substr(i, 2);
    return text + "}}";
  }
  const std::string dashed = digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
                             digits.substr(16, 4) + "-" + digits.substr(20);
  return how == 'b' ? "{" + dashed + "}" : how == 'p' ? "(" + dashed + ")" : dashed;
}

Value formatGuid(Eval& eval, const Value& value, const Chars& how) {
  if (how.size == 0) return fromStd(eval.arena, format(value, 'd'));
  const char letter = formatLetter(how);
  return letter == 0 ? eval.raiseFormat(kFormats) : fromStd(eval.arena, format(value, letter));
}

Value toText(Call& c) {
  return formatGuid(c.eval, c[0], c.isNull(1) ? Chars{"", nullptr, 0} : c.chars(1));
}

bool equal(Eval&, const Value& a, const Value& b) {
  return std::memcmp(bytesOf(a), bytesOf(b), 16) == 0;
}

uint32_t hash(Eval&, const Value& value) {
  uint32_t parts[4];
  std::memcpy(parts, bytesOf(value), 16);
  return parts[0] ^ parts[1] ^ parts[2] ^ parts[3];
}

int order(Eval&, const Value& a, const Value& b) {
  for (const uint8_t at : kOrder)
    if (bytesOf(a)[at] != bytesOf(b)[at]) return bytesOf(a)[at] < bytesOf(b)[at] ? -1 : 1;
  return 0;
}

Value parsed(Call& c, const char* parameter) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull(parameter);
  Bytes bytes{};
  const Problem problem = parse(c.utf8(0), bytes);
  return problem.empty() ? newGuid(c.arena(), bytes) : c.eval.raiseFormat(problem);
}

Value parseExact(Call& c) {
  if (c.isNull(0) || c.isNull(1)) return c.eval.raiseArgumentNull(c.isNull(0) ? "input" : "format");
  const char letter = formatLetter(c.chars(1));
  if (letter == 0) return c.eval.raiseFormat(kFormats);
  Bytes bytes{};
  const Problem problem = parseAs(trimmed(c.utf8(0)), letter, bytes);
  return problem.empty() ? newGuid(c.arena(), bytes) : c.eval.raiseFormat(problem);
}

// TryParse(input, out result) and TryParseExact(input, format, out result)
Value tryParse(Call& c) {
  const bool exact = c.count > 2;
  const char letter = exact && !c.isNull(1) ? formatLetter(c.chars(1)) : '\0';
  Bytes bytes{};
  const bool good = !c.isNull(0) && (exact ? letter != 0 && parseAs(trimmed(c.utf8(0)), letter, bytes).empty()
                                           : parse(c.utf8(0), bytes).empty());
  c[c.count - 1] = newGuid(c.arena(), good ? bytes : Bytes{});
  return Value::boolean(good);
}

Value fromBytes(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("b");
  const auto* given = c.object<BytesObject>(0);
  if (given->length != 16)
    return c.eval.raise("System.ArgumentException", "Byte array for Guid must be exactly 16 bytes long.", "b");
  Bytes bytes{};
  std::memcpy(bytes.data(), given->data, 16);
  return newGuid(c.arena(), bytes);
}

// Guid(a, b, c, d), d an array of eight, or Guid(a, b, c, d, e, f, g, h, i, j, k)
Value fromParts(Call& c) {
  Bytes bytes{};
  const auto a = static_cast<uint32_t>(c[0].bits());
  std::memcpy(bytes.data(), &a, 4);
  for (size_t i = 1; i < 3; ++i) {
    const auto part = static_cast<uint16_t>(c[i].bits());
    std::memcpy(bytes.data() + 2 + 2 * i, &part, 2);
  }
  if (c.count > 4) {
    for (size_t i = 0; i < 8; ++i) bytes[8 + i] = static_cast<uint8_t>(c[3 + i].bits());
    return newGuid(c.arena(), bytes);
  }
  if (c.isNull(3)) return c.eval.raiseArgumentNull("d");
  const auto* rest = c.object<BytesObject>(3);
  if (rest->length != 8)
    return c.eval.raise("System.ArgumentException", "Byte array for Guid must be exactly 8 bytes long.", "d");
  std::memcpy(bytes.data() + 8, rest->data, 8);
  return newGuid(c.arena(), bytes);
}

Value newRandom(Call& c) {
  Bytes bytes{};
  parse(randomGuid(), bytes);
  return newGuid(c.arena(), bytes);
}

Value compareToObject(Call& c) {
  if (c.isNull(1)) return Value::int32(1);
  if (c[1].tag() == Tag::Guid) return Value::int32(order(c.eval, c[0], c[1]));
  return c.eval.raise("System.ArgumentException", "Object must be of type GUID.", "value");
}

constexpr MemberRow kGuid[] = {
    {"Guid(string g)", [](Call& c) { return parsed(c, "g"); }},
    {"Guid(byte[] b)", fromBytes},
    {"Guid(int a, short b, short c, byte[] d)", fromParts},
    {"Guid(int a, short b, short c, byte d, byte e, byte f, byte g, byte h, byte i, byte j, byte k)", fromParts},
    {"Guid(uint a, ushort b, ushort c, byte d, byte e, byte f, byte g, byte h, byte i, byte j, byte k)", fromParts},
    {"static readonly Guid Empty", [](Call& c) { return newGuid(c.arena(), {}); }},
    {"static Guid NewGuid()", newRandom},
    {"static Guid Parse(string input)", [](Call& c) { return parsed(c, "input"); }},
    {"static bool TryParse(string input, out Guid result)", tryParse},
    {"static Guid ParseExact(string input, string format)", parseExact},
    {"static bool TryParseExact(string input, string format, out Guid result)", tryParse},
    {"byte[] ToByteArray()",
     [](Call& c) {
       return newBytes(c.eval, {static_cast<const char*>(c[0].pointer()), 16});
     }},
    {"string ToString(string format)", toText},
    {"string ToString(string format, IFormatProvider provider)", toText},
    {"int CompareTo(Guid value)", [](Call& c) { return Value::int32(order(c.eval, c[0], c[1])); }},
    {"int CompareTo(object value)", compareToObject},
    {"bool Equals(Guid g)", [](Call& c) { return Value::boolean(equal(c.eval, c[0], c[1])); }},
    {"static bool operator ==(Guid a, Guid b)", [](Call& c) { return Value::boolean(equal(c.eval, c[0], c[1])); }},
    {"static bool operator !=(Guid a, Guid b)", [](Call& c) { return Value::boolean(!equal(c.eval, c[0], c[1])); }},
};

}  // namespace

std::optional<Value> makeGuid(std::string_view text, Arena& arena) {
  Bytes bytes{};
  if (!parse(text, bytes).empty()) return std::nullopt;
  return newGuid(arena, bytes);
}

void declareGuid(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& value) { return fromStd(eval.arena, format(value, 'd')); };
  hooks.equals = equal;
  hooks.hash = hash;
  hooks.compare = order;
  hooks.format = formatGuid;
  library.add("sealed struct System.Guid : IComparable, IComparable<Guid>, IEquatable<Guid>, IFormattable", kGuid,
              hooks, Tag::Guid);
}

}  // namespace sluice::expression
