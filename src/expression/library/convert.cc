// System.Convert and System.BitConverter.
#include <charconv>
#include <cstring>

#include "base/encoding.h"
#include "expression/date.h"
#include "expression/format.h"
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/numeric.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

Value badCast(Call& c, const Value& from, const Type* to) {
  return c.raise("System.InvalidCastException", "Unable to cast object of type '" + typeOf(from)->fullName() +
                                                    "' to type 'System.IConvertible'." + (to == nullptr ? "" : ""));
}

// Calls a static of another type with one argument, such as DateTime.Parse(text).
Value callStatic(Call& c, const Type* type, std::string_view name, const Value& arg) {
  for (const Member& member : type->def->members()) {
    if (member.name != name || member.params.size() != 1 || !member.is_static) continue;
    Value args[] = {arg};
    Call inner{c.eval, args, 1, type, {}, type};
    return member.get(inner);
  }
  return c.eval.raiseFormat();
}

Value toNumber(Call& c, const Value& from, Tag tag) {
  if (from.isNull()) return defaultValue(c.arena(), c.type);
  if (from.isString()) {
    const int32_t styles = tag == Tag::Double || tag == Tag::Single ? int32_t{kFloatThousands}
                           : tag == Tag::Decimal                    ? int32_t{kNumberStyle}
                                                                    : int32_t{kIntegerStyle};
    return parseNumberOrRaise(c.eval, from, styles, tag);
  }
  if (from.tag() == Tag::Bool) return convertNumber(c.eval, Value::int32(from.asBool() ? 1 : 0), tag, true);
  if (from.tag() == Tag::Enum) return convertNumber(c.eval, Value::int64(from.asInt64()), tag, true);
  if (from.tag() >= Tag::Char && from.tag() <= Tag::Decimal) {
    const bool real = tag == Tag::Double || tag == Tag::Single || tag == Tag::Decimal;
    if (from.tag() == Tag::Char && real)
      return c.raise("System.InvalidCastException",
                     "Invalid cast from 'Char' to '" + std::string(typeNameOf(tag)) + "'.");
    return convertRounded(c.eval, from, tag);
  }
  if (from.tag() == Tag::DateTime)
    return c.raise("System.InvalidCastException",
                   "Invalid cast from 'DateTime' to '" + std::string(typeNameOf(tag)) + "'.");
  return badCast(c, from, c.type);
}

Value number(Call& c) {
  return toNumber(c, c[0], c.type->tag);
}

Value fromBase(Call& c) {
  const int base = c.int32(1);
  if (base != 2 && base != 8 && base != 10 && base != 16) return c.raise("System.ArgumentException", "Invalid Base.");
  if (c.isNull(0)) return defaultValue(c.arena(), c.type);
  Chars text = c.chars(0);
  if (base == 10) return parseNumberOrRaise(c.eval, c[0], kLeadingSign, c.type->tag);
  if (text.size == 0)
    return c.eval.raiseOutOfRange(
        "value", "Index was out of range. Must be non-negative and less than the size of the collection.");
  if (base == 16 && text.size >= 2 && text[0] == '0' && (text[1] | 0x20) == 'x') text = text.sub(2, text.size - 2);
  Value out;
  switch (parseInBase(text, base, c.type->tag, out)) {
    case ParseResult::Good:
      return out;
    case ParseResult::Format:
      return c.eval.raiseFormat("Could not find any recognizable digits.");
    case ParseResult::Overflow:
      break;
  }
  return c.raise("System.OverflowException", "Value was either too large or too small for the type.");
}

Value toBoolean(Call& c) {
  const Value& from = c[0];
  if (from.isNull()) return Value::boolean(false);
  if (from.tag() == Tag::Bool) return from;
  if (from.isString()) return callStatic(c, core().boolean, "Parse", from);
  if (from.tag() == Tag::Char) return c.raise("System.InvalidCastException", "Invalid cast from 'Char' to 'Boolean'.");
  if (from.tag() >= Tag::SByte && from.tag() <= Tag::Decimal) return Value::boolean(numberToDouble(from) != 0);
  return badCast(c, from, c.type);
}

Value toChar(Call& c) {
  const Value& from = c[0];
  if (from.tag() == Tag::Char) return from;
  if (from.isNull()) return Value::character(0);
  if (from.isString()) {
    if (c.chars(0).size != 1) return c.eval.raiseFormat("String must be exactly one character long.");
    return Value::character(c.chars(0)[0]);
  }
  if (from.tag() >= Tag::SByte && from.tag() <= Tag::UInt64) return convertNumber(c.eval, from, Tag::Char, true);
  return c.raise("System.InvalidCastException", "Invalid cast to 'Char'.");
}

Value toDateTime(Call& c) {
  if (c[0].tag() == Tag::DateTime) return c[0];
  if (c.isNull(0)) return dateTime(0, DateKind::Unspecified);
  if (c[0].isString()) return callStatic(c, core().date_time, "Parse", c[0]);
  return badCast(c, c[0], c.type);
}

Value toText(Call& c) {
  if (c.isNull(0)) return c[0].isString() || c.receiver == nullptr ? c[0] : Value::ascii({});
  return valueToString(c.eval, c[0]);
}

Value toBase(Call& c) {
  const int base = c.int32(1);
  if (base != 2 && base != 8 && base != 10 && base != 16) return c.raise("System.ArgumentException", "Invalid Base.");
  if (base == 10) return valueToString(c.eval, c[0]);
  uint64_t bits = c[0].bits();
  if (c[0].tag() == Tag::Int32) bits &= 0xFFFFFFFF;
  if (c[0].tag() == Tag::Int16) bits &= 0xFFFF;
  if (c[0].tag() == Tag::Byte) bits &= 0xFF;
  char text[72];
  const auto end = std::to_chars(text, text + sizeof text, bits, base);
  return c.text({text, static_cast<size_t>(end.ptr - text)});
}

Value changeType(Call& c) {
  const Type* to = c.object<TypeObject>(1)->represented;
  const Value& from = c[0];
  if (from.isNull()) {
    if (to->isValue() && !to->isNullable())
      return c.raise("System.InvalidCastException", "Null object cannot be converted to a value type.");
    return {};
  }
  if (isInstance(from, to)) return from;
  Call inner{c.eval, c.args, 1, to, {}, c.receiver};
  if (to->isNumeric()) return to->tag == Tag::Char ? toChar(inner) : toNumber(inner, from, to->tag);
  if (to->isBool()) return toBoolean(inner);
  if (to->kind == TypeKind::String) return valueToString(c.eval, from);
  if (to == core().date_time) return toDateTime(inner);
  return c.raise("System.InvalidCastException",
                 "Invalid cast from '" + typeOf(from)->fullName() + "' to '" + to->fullName() + "'.");
}

Value toBase64(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("inArray");
  std::string_view bytes = *toBytes(c[0]);
  size_t i = 1;
  if (c.count > 2 && c[1].tag() == Tag::Int32) {
    const int64_t from = c.int32(1), count = c.int32(2);
    if (from < 0 || count < 0 || static_cast<size_t>(from + count) > bytes.size())
      return c.eval.raiseOutOfRange("offset");
    bytes = bytes.substr(static_cast<size_t>(from), static_cast<size_t>(count));
    i = 3;
  }
  if (!c.eval.reserve(bytes.size() * 2)) return {};
  std::string text = base64Encode(bytes);
  if (c.count > i && c[i].asInt64() == 1) {  // InsertLineBreaks
    std::string lines;
    for (size_t at = 0; at < text.size(); at += 76) lines += (at > 0 ? "\r\n" : "") + text.substr(at, 76);
    text = std::move(lines);
  }
  return Value::ascii(c.arena().copy(text));
}

// White space anywhere is ignored; everything else must be right.
Value fromBase64(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
  std::string text(c.utf8(0));
  std::erase_if(text, [](char ch) { return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n'; });
  const std::optional<std::string> bytes = base64Decode(text);
  if (bytes) return newBytes(c.eval, *bytes);
  return c.eval.raiseFormat(
      "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two "
      "padding characters, or an illegal character among the padding characters.");
}

constexpr EnumRow kBase64Options[] = {{"None", 0}, {"InsertLineBreaks", 1}};

// $T and $N: the type's keyword and name; one set for every target.
constexpr const char* kSources[] = {"object", "string", "bool", "char",  "sbyte", "byte",   "short",  "ushort",
                                    "int",    "uint",   "long", "ulong", "float", "double", "decimal"};
struct Target {
  const char* name;
  const char* keyword;
  Native native;
};
constexpr Target kTargets[] = {
    {"SByte", "sbyte", number},   {"Byte", "byte", number},       {"Int16", "short", number},
    {"UInt16", "ushort", number}, {"Int32", "int", number},       {"UInt32", "uint", number},
    {"Int64", "long", number},    {"UInt64", "ulong", number},    {"Single", "float", number},
    {"Double", "double", number}, {"Decimal", "decimal", number}, {"Boolean", "bool", toBoolean},
};

constexpr MemberRow kConvert[] = {
    {"static char ToChar(object value)", toChar},
    {"static char ToChar(string value)", toChar},
    {"static char ToChar(int value)", toChar},
    {"static DateTime ToDateTime(object value)", toDateTime},
    {"static DateTime ToDateTime(string value)", toDateTime},
    {"static DateTime ToDateTime(string value, IFormatProvider provider)", toDateTime},
    {"static string ToString(object value)", toText},
    {"static string ToString(object value, IFormatProvider provider)", toText},
    {"static string ToString(string value)", [](Call& c) { return c[0]; }},
    {"static string ToString(bool value)", toText},
    {"static string ToString(char value)", toText},
    {"static string ToString(byte value)", toText},
    {"static string ToString(int value)", toText},
    {"static string ToString(uint value)", toText},
    {"static string ToString(long value)", toText},
    {"static string ToString(ulong value)", toText},
    {"static string ToString(float value)", toText},
    {"static string ToString(double value)", toText},
    {"static string ToString(decimal value)", toText},
    {"static string ToString(DateTime value)", toText},
    {"static string ToString(int value, IFormatProvider provider)", toText},
    {"static string ToString(double value, IFormatProvider provider)", toText},
    {"static string ToString(byte value, int toBase)", toBase},
    {"static string ToString(short value, int toBase)", toBase},
    {"static string ToString(int value, int toBase)", toBase},
    {"static string ToString(long value, int toBase)", toBase},
    {"static object ChangeType(object value, Type conversionType)", changeType},
    {"static object ChangeType(object value, Type conversionType, IFormatProvider provider)", changeType},
    {"static string ToBase64String(byte[] inArray)", toBase64},
    {"static string ToBase64String(byte[] inArray, Base64FormattingOptions options)", toBase64},
    {"static string ToBase64String(byte[] inArray, int offset, int length)", toBase64},
    {"static byte[] FromBase64String(string s)", fromBase64},
    {"static string ToHexString(byte[] inArray)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("inArray");
       std::string hex = hexEncode(*toBytes(c[0]));
       for (char& ch : hex) ch = static_cast<char>(ch >= 'a' ? ch - 32 : ch);
       return Value::ascii(c.arena().copy(hex));
     }},
};

// ToInt32(string), ToInt32(object), ToInt32(string, int fromBase), ... for every target.
std::span<const MemberRow> conversionRows() {
  static auto* const signatures = new std::vector<std::string>;
  static auto* const rows = new std::vector<MemberRow>;
  if (!rows->empty()) return *rows;
  signatures->reserve(std::size(kTargets) * (std::size(kSources) + 3));
  const auto add = [&](const Target& target, const std::string& params, Native native) {
    signatures->push_back(std::string("static ") + target.keyword + " To" + target.name + "(" + params + ")");
    rows->push_back({signatures->back().c_str(), native});
  };
  for (const Target& target : kTargets) {
    for (const char* source : kSources) add(target, std::string(source) + " value", target.native);
    add(target, "string value, IFormatProvider provider", target.native);
    add(target, "object value, IFormatProvider provider", target.native);
    const std::string_view keyword = target.keyword;
    if (target.native == number && keyword != "float" && keyword != "double" && keyword != "decimal")
      add(target, "string value, int fromBase", fromBase);
  }
  return *rows;
}

// ---- BitConverter --------------------------------------------------------------------------------------------------

template <class T>
Value bytesOf(Call& c, T number_value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &number_value, sizeof(T));
  return newBytes(c.eval, {bytes, sizeof(T)});
}

template <class T>
bool readAt(Call& c, T& out) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("value"), false;
  const auto* bytes = c.object<BytesObject>(0);
  const int64_t at = c.int32(1);
  if (at < 0 || at >= bytes->length) return c.eval.raiseOutOfRange("startIndex"), false;
  if (at + static_cast<int64_t>(sizeof(T)) > bytes->length)
    return c.raise("System.ArgumentException",
                   "Destination array is not long enough to copy all the items in the collection."),
           false;
  std::memcpy(&out, bytes->data + at, sizeof(T));
  return true;
}

template <class T>
Value integerAt(Call& c) {
  T out{};
  return readAt(c, out) ? Value::integer(c.type->tag, static_cast<int64_t>(out)) : Value();
}

Value dashed(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("value");
  std::string_view bytes = *toBytes(c[0]);
  const int64_t from = c.count > 1 ? c.int32(1) : 0;
  const int64_t count = c.count > 2 ? c.int32(2) : static_cast<int64_t>(bytes.size()) - from;
  if (from < 0 || count < 0 || static_cast<size_t>(from + count) > bytes.size())
    return c.eval.raiseOutOfRange("startIndex");
  bytes = bytes.substr(static_cast<size_t>(from), static_cast<size_t>(count));
  if (!c.eval.reserve(bytes.size() * 3)) return {};
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char byte : bytes) {
    if (!text.empty()) text += '-';
    text += kHex[static_cast<unsigned char>(byte) >> 4];
    text += kHex[static_cast<unsigned char>(byte) & 15];
  }
  return Value::ascii(c.arena().copy(text));
}

constexpr MemberRow kBits[] = {
    {"static readonly bool IsLittleEndian", [](Call&) { return Value::boolean(true); }},
    {"static byte[] GetBytes(bool value)", [](Call& c) { return bytesOf(c, static_cast<uint8_t>(c.boolean(0))); }},
    {"static byte[] GetBytes(char value)", [](Call& c) { return bytesOf(c, static_cast<uint16_t>(c[0].asChar())); }},
    {"static byte[] GetBytes(short value)", [](Call& c) { return bytesOf(c, static_cast<int16_t>(c.int64(0))); }},
    {"static byte[] GetBytes(ushort value)", [](Call& c) { return bytesOf(c, static_cast<uint16_t>(c.int64(0))); }},
    {"static byte[] GetBytes(int value)", [](Call& c) { return bytesOf(c, c.int32(0)); }},
    {"static byte[] GetBytes(uint value)", [](Call& c) { return bytesOf(c, static_cast<uint32_t>(c.int64(0))); }},
    {"static byte[] GetBytes(long value)", [](Call& c) { return bytesOf(c, c.int64(0)); }},
    {"static byte[] GetBytes(ulong value)", [](Call& c) { return bytesOf(c, c[0].bits()); }},
    {"static byte[] GetBytes(float value)", [](Call& c) { return bytesOf(c, static_cast<float>(c.real(0))); }},
    {"static byte[] GetBytes(double value)", [](Call& c) { return bytesOf(c, c.real(0)); }},
    {"static bool ToBoolean(byte[] value, int startIndex)",
     [](Call& c) {
       uint8_t out = 0;
       return readAt(c, out) ? Value::boolean(out != 0) : Value();
     }},
    {"static char ToChar(byte[] value, int startIndex)", integerAt<uint16_t>},
    {"static short ToInt16(byte[] value, int startIndex)", integerAt<int16_t>},
    {"static ushort ToUInt16(byte[] value, int startIndex)", integerAt<uint16_t>},
    {"static int ToInt32(byte[] value, int startIndex)", integerAt<int32_t>},
    {"static uint ToUInt32(byte[] value, int startIndex)", integerAt<uint32_t>},
    {"static long ToInt64(byte[] value, int startIndex)", integerAt<int64_t>},
    {"static ulong ToUInt64(byte[] value, int startIndex)", integerAt<uint64_t>},
    {"static double ToDouble(byte[] value, int startIndex)",
     [](Call& c) {
       double out = 0;
       return readAt(c, out) ? Value::real(out) : Value();
     }},
    {"static float ToSingle(byte[] value, int startIndex)",
     [](Call& c) {
       float out = 0;
       return readAt(c, out) ? Value::single(out) : Value();
     }},
    {"static long DoubleToInt64Bits(double value)",
     [](Call& c) { return Value::int64(static_cast<int64_t>(c[0].bits())); }},
    {"static double Int64BitsToDouble(long value)", [](Call& c) { return Value::tagged(Tag::Double, c[0].bits()); }},
    {"static string ToString(byte[] value)", dashed},
    {"static string ToString(byte[] value, int startIndex)", dashed},
    {"static string ToString(byte[] value, int startIndex, int length)", dashed},
};

}  // namespace

void declareConvert(Library& library) {
  TypeDef& def = library.add("static class System.Convert", kConvert);
  def.rows.push_back(conversionRows());
  library.add("static class System.BitConverter", kBits);
  library.addEnum("System.Base64FormattingOptions", kBase64Options);
}

}  // namespace sluice::expression
