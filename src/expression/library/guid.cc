// System.Guid: 16 bytes in .NET's order, in which the first three groups are little-endian.
#include <array>
#include <cstring>

#include "base/encoding.h"
#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

using Bytes = std::array<uint8_t, 16>;
// Where each byte of the text, left to right, stands in memory.
constexpr std::array<uint8_t, 16> kOrder = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

Value newGuid(Arena& arena, const Bytes& bytes) { return Value::boxed(Tag::Guid, arena.create<Bytes>(bytes)); }
const uint8_t* bytesOf(const Value& value) { return static_cast<const uint8_t*>(value.pointer()); }

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Formats N, D, B and P; X is {0x...}.
bool parse(std::string_view text, Bytes& out) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const bool wrapped = text.size() == 38 && ((text.front() == '{' && text.back() == '}') ||
                                             (text.front() == '(' && text.back() == ')'));
  if (wrapped) text = text.substr(1, 36);
  std::string digits;
  if (text.size() == 36) {
    for (size_t i = 0; i < text.size(); ++i) {
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash != (text[i] == '-')) return false;
      if (!dash) digits += text[i];
    }
  } else if (text.size() == 32 && !wrapped) {
    digits = text;
  } else if (text.starts_with("{0x")) {
    for (size_t at = text.find("0x"); at != std::string_view::npos; at = text.find("0x", at + 2)) {
      const size_t end = std::min(text.find_first_of(",}", at), text.size());
      const std::string_view part = text.substr(at + 2, end - at - 2);
      const size_t width = digits.empty() ? 8 : digits.size() < 16 ? 4 : 2;
      if (part.empty() || part.size() > width) return false;
      digits += std::string(width - part.size(), '0') + std::string(part);
    }
  }
  if (digits.size() != 32) return false;
  for (size_t i = 0; i < 16; ++i) {
    const int high = hexDigit(digits[2 * i]), low = hexDigit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[kOrder[i]] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
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
  const char16_t letter = toLowerInvariant(how[0]);
  const bool known = letter == 'n' || letter == 'd' || letter == 'b' || letter == 'p' || letter == 'x';
  if (how.size != 1 || !known)
    return eval.raiseFormat("Format string can be only \"D\", \"d\", \"N\", \"n\", \"P\", \"p\", \"B\", \"b\", \"X\" or \"x\".");
  return fromStd(eval.arena, format(value, static_cast<char>(letter)));
}

bool equal(Eval&, const Value& a, const Value& b) { return std::memcmp(bytesOf(a), bytesOf(b), 16) == 0; }

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

Value parseOrRaise(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("input");
  Bytes bytes{};
  if (!parse(c.utf8(0), bytes))
    return c.eval.raiseFormat("Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).");
  return newGuid(c.arena(), bytes);
}

Value tryParse(Call& c) {
  Bytes bytes{};
  const bool good = !c.isNull(0) && parse(c.utf8(0), bytes);
  c[1] = newGuid(c.arena(), good ? bytes : Bytes{});
  return Value::boolean(good);
}

Value fromBytes(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("b");
  const auto* given = c.object<BytesObject>(0);
  if (given->length != 16) return c.raise("System.ArgumentException", "Byte array for Guid must be exactly 16 bytes long.");
  Bytes bytes{};
  std::memcpy(bytes.data(), given->data, 16);
  return newGuid(c.arena(), bytes);
}

constexpr MemberRow kGuid[] = {
    {"Guid(string g)", parseOrRaise},
    {"Guid(byte[] b)", fromBytes},
    {"static readonly Guid Empty", [](Call& c) { return newGuid(c.arena(), {}); }},
    {"static Guid NewGuid()",
     [](Call& c) {
       Bytes bytes{};
       parse(randomGuid(), bytes);
       return newGuid(c.arena(), bytes);
     }},
    {"static Guid Parse(string input)", parseOrRaise},
    {"static bool TryParse(string input, out Guid result)", tryParse},
    {"static Guid ParseExact(string input, string format)", parseOrRaise},
    {"static bool TryParseExact(string input, string format, out Guid result)",
     [](Call& c) {
       Value args[] = {c[0], Value()};
       Call inner{c.eval, args, 2, c.type, c.type_args, c.receiver};
       const Value good = tryParse(inner);
       c[2] = args[1];
       return good;
     }},
    {"byte[] ToByteArray()",
     [](Call& c) { return newBytes(c.eval, {static_cast<const char*>(c[0].pointer()), 16}); }},
    {"string ToString(string format)",
     [](Call& c) { return formatGuid(c.eval, c[0], c.isNull(1) ? Chars{"", nullptr, 0} : c.chars(1)); }},
    {"int CompareTo(Guid value)", [](Call& c) { return Value::int32(order(c.eval, c[0], c[1])); }},
    {"bool Equals(Guid g)", [](Call& c) { return Value::boolean(equal(c.eval, c[0], c[1])); }},
    {"static bool operator ==(Guid a, Guid b)", [](Call& c) { return Value::boolean(equal(c.eval, c[0], c[1])); }},
    {"static bool operator !=(Guid a, Guid b)", [](Call& c) { return Value::boolean(!equal(c.eval, c[0], c[1])); }},
};

}  // namespace

std::optional<Value> makeGuid(std::string_view text, Arena& arena) {
  Bytes bytes{};
  if (!parse(text, bytes)) return std::nullopt;
  return newGuid(arena, bytes);
}

void declareGuid(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& value) { return fromStd(eval.arena, format(value, 'd')); };
  hooks.equals = equal;
  hooks.hash = hash;
  hooks.compare = order;
  hooks.format = formatGuid;
  library.add("sealed struct System.Guid : IComparable, IComparable<Guid>, IEquatable<Guid>, IFormattable", kGuid, hooks,
              Tag::Guid);
}

}  // namespace sluice::expression
