// The numeric types: SByte to UInt64, Single, Double, Decimal.
#include "expression/library/numeric.h"

#include <cfloat>
#include <cmath>
#include <limits>
#include <list>

#include "expression/format.h"
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

int32_t defaultStyles(Tag tag) {
  if (tag == Tag::Double || tag == Tag::Single) return kFloatThousands;
  return tag == Tag::Decimal ? kNumberStyle : kIntegerStyle;
}

// False after raising: styles that this type does not know.
bool goodStyles(Call& c, int32_t styles) {
  if ((styles & kHexSpecifier) == 0) return true;
  const Tag tag = c.receiver->tag;
  const bool real = tag == Tag::Double || tag == Tag::Single || tag == Tag::Decimal;
  if (!real && (styles & ~(kHexSpecifier | kLeadingWhite | kTrailingWhite)) == 0) return true;
  c.eval.raise("System.ArgumentException",
               real ? "The number style AllowHexSpecifier is not supported on floating point data types."
                    : "With the AllowHexSpecifier bit set in the enum bit field, the only other valid bits that can be "
                      "combined into the enum value must be a subset of those in HexNumber.",
               "style");
  return false;
}

Value parse(Call& c, int32_t styles) {
  if (!goodStyles(c, styles)) return {};
  return parseNumberOrRaise(c.eval, c[0], styles, c.receiver->tag);
}

Value tryParse(Call& c, int32_t styles) {
  if (!goodStyles(c, styles) || !c.eval.step(c[0].extra() / 16)) return {};
  const size_t out = c.count - 1;
  const Tag tag = c.receiver->tag;
  Value parsed;
  const bool good = !c.isNull(0) && parseNumber(c.arena(), c.chars(0), styles, tag, parsed) == ParseResult::Good;
  c[out] = good ? parsed : defaultValue(c.arena(), c.receiver);
  return Value::boolean(good);
}

template <bool kLargest>
Value limit(Call& c) {
  switch (c.type->tag) {
    case Tag::SByte:
      return Value::integer(Tag::SByte, kLargest ? INT8_MAX : INT8_MIN);
    case Tag::Byte:
      return Value::integer(Tag::Byte, kLargest ? UINT8_MAX : 0);
    case Tag::Int16:
      return Value::integer(Tag::Int16, kLargest ? INT16_MAX : INT16_MIN);
    case Tag::UInt16:
      return Value::integer(Tag::UInt16, kLargest ? UINT16_MAX : 0);
    case Tag::Int32:
      return Value::int32(kLargest ? INT32_MAX : INT32_MIN);
    case Tag::UInt32:
      return Value::integer(Tag::UInt32, kLargest ? UINT32_MAX : 0);
    case Tag::Int64:
      return Value::int64(kLargest ? INT64_MAX : INT64_MIN);
    case Tag::UInt64:
      return Value::tagged(Tag::UInt64, kLargest ? UINT64_MAX : 0);
    case Tag::Single:
      return Value::single(kLargest ? FLT_MAX : -FLT_MAX);
    case Tag::Double:
      return Value::real(kLargest ? DBL_MAX : -DBL_MAX);
    default: {
      Decimal d;
      d.low = ~uint64_t{0};
      d.high = ~uint32_t{0};
      d.negative = !kLargest;
      return newDecimal(c.arena(), d);
    }
  }
}

// $ stands for the type's keyword.
constexpr MemberRow kEvery[] = {
    {"const $ MaxValue", limit<true>},
    {"const $ MinValue", limit<false>},
    {"static $ Parse(string s)", [](Call& c) { return parse(c, defaultStyles(c.receiver->tag)); }},
    {"static $ Parse(string s, IFormatProvider provider)",
     [](Call& c) { return parse(c, defaultStyles(c.receiver->tag)); }},
    {"static $ Parse(string s, System.Globalization.NumberStyles style)", [](Call& c) { return parse(c, c.int32(1)); }},
    {"static $ Parse(string s, System.Globalization.NumberStyles style, IFormatProvider provider)",
     [](Call& c) { return parse(c, c.int32(1)); }},
    {"static bool TryParse(string s, out $ result)",
     [](Call& c) { return tryParse(c, defaultStyles(c.receiver->tag)); }},
    {"static bool TryParse(string s, IFormatProvider provider, out $ result)",
     [](Call& c) { return tryParse(c, defaultStyles(c.receiver->tag)); }},
    {"static bool TryParse(string s, System.Globalization.NumberStyles style, IFormatProvider provider, out $ result)",
     [](Call& c) { return tryParse(c, c.int32(1)); }},
    {"string ToString(string format)", [](Call& c) { return formatValue(c.eval, c[0], c[1]); }},
    {"string ToString(IFormatProvider provider)", [](Call& c) { return valueToString(c.eval, c[0]); }},
    {"string ToString(string format, IFormatProvider provider)",
     [](Call& c) { return formatValue(c.eval, c[0], c[1]); }},
    {"int CompareTo($ value)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
    {"int CompareTo(object value)",
     [](Call& c) { return c.isNull(1) ? Value::int32(1) : Value::int32(valueCompare(c.eval, c[0], c[1])); }},
    {"bool Equals($ obj)", [](Call& c) { return Value::boolean(valueEquals(c.eval, c[0], c[1])); }},
};

template <class Test>
Value ask(Call& c, Test test) {
  return Value::boolean(test(c.real(0)));
}

constexpr MemberRow kReal[] = {
    {"const $ NaN", [](Call& c) { return convertNumber(c.eval, Value::real(std::nan("")), c.type->tag, false); }},
    {"const $ PositiveInfinity",
     [](Call& c) { return convertNumber(c.eval, Value::real(HUGE_VAL), c.type->tag, false); }},
    {"const $ NegativeInfinity",
     [](Call& c) { return convertNumber(c.eval, Value::real(-HUGE_VAL), c.type->tag, false); }},
    {"const $ Epsilon",
     [](Call& c) {
       return c.type->tag == Tag::Double ? Value::real(std::numeric_limits<double>::denorm_min())
                                         : Value::single(std::numeric_limits<float>::denorm_min());
     }},
    {"static bool IsNaN($ d)", [](Call& c) { return ask(c, [](double d) { return std::isnan(d); }); }},
    {"static bool IsFinite($ d)", [](Call& c) { return ask(c, [](double d) { return std::isfinite(d); }); }},
    {"static bool IsNegative($ d)", [](Call& c) { return ask(c, [](double d) { return std::signbit(d); }); }},
    {"static bool IsInfinity($ d)", [](Call& c) { return ask(c, [](double d) { return std::isinf(d); }); }},
    {"static bool IsPositiveInfinity($ d)",
     [](Call& c) { return ask(c, [](double d) { return std::isinf(d) && d > 0; }); }},
    {"static bool IsNegativeInfinity($ d)",
     [](Call& c) { return ask(c, [](double d) { return std::isinf(d) && d < 0; }); }},
};

Value rounded(Call& c, int decimals, Rounding how) {
  if (decimals < 0 || decimals > 28)
    return c.eval.raiseOutOfRange("decimals", "Decimal can only round to between 0 and 28 digits of precision.");
  return newDecimal(c.arena(), round(decimalOf(c[0]), decimals, how));
}

Rounding midpoint(Call& c, size_t i) {
  return c.int32(i) == 1 ? Rounding::HalfAway : Rounding::HalfEven;
}

Value arithmetic(Call& c, const char* op) {
  return binaryFunction(op, Tag::Decimal, true)(c.eval, c[0], c[1]);
}

// The four numbers that GetBits gives.
Value decimalFromBits(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("bits");
  const auto* bits = c.object<ArrayObject>(0);
  const auto part = [&](uint32_t i) { return static_cast<uint32_t>(bits->items[i].asInt32()); };
  const uint32_t flags = bits->length == 4 ? part(3) : ~0u;
  if ((flags & 0x7F00FFFF) != 0 || (flags >> 16 & 0xFF) > 28)
    return c.raise("System.ArgumentException",
                   "Decimal byte array constructor requires an array of length four "
                   "containing valid decimal bytes.");
  Decimal made;
  made.low = part(0) | static_cast<uint64_t>(part(1)) << 32;
  made.high = part(2);
  made.scale = static_cast<uint8_t>(flags >> 16);
  made.negative = (flags >> 31) != 0;
  return newDecimal(c.arena(), made);
}

template <int64_t kNumber>
Value decimalConstant(Call& c) {
  return newDecimal(c.arena(), fromInt64(kNumber));
}

Value toIntegral(Call& c) {
  return convertNumber(c.eval, c[0], c.type->tag, true);
}

constexpr MemberRow kDecimal[] = {
    {"const decimal Zero", decimalConstant<0>},
    {"const decimal One", decimalConstant<1>},
    {"const decimal MinusOne", decimalConstant<-1>},
    {"Decimal(int value)", [](Call& c) { return convertNumber(c.eval, c[0], Tag::Decimal, true); }},
    {"Decimal(double value)", [](Call& c) { return convertNumber(c.eval, c[0], Tag::Decimal, true); }},
    {"Decimal(uint value)", [](Call& c) { return convertNumber(c.eval, c[0], Tag::Decimal, true); }},
    {"Decimal(long value)", [](Call& c) { return convertNumber(c.eval, c[0], Tag::Decimal, true); }},
    {"Decimal(ulong value)", [](Call& c) { return convertNumber(c.eval, c[0], Tag::Decimal, true); }},
    {"Decimal(float value)", [](Call& c) { return convertNumber(c.eval, c[0], Tag::Decimal, true); }},
    {"Decimal(int[] bits)", decimalFromBits},
    {"Decimal(int lo, int mid, int hi, bool isNegative, byte scale)",
     [](Call& c) {
       if (c.int64(4) > 28)
         return c.eval.raiseOutOfRange("scale", "Decimal's scale value must be between 0 and 28, inclusive.");
       Decimal made;
       made.low = static_cast<uint32_t>(c.int32(0)) | static_cast<uint64_t>(static_cast<uint32_t>(c.int32(1))) << 32;
       made.high = static_cast<uint32_t>(c.int32(2));
       made.negative = c.boolean(3);
       made.scale = static_cast<uint8_t>(c.int64(4));
       return newDecimal(c.arena(), made);
     }},
    {"static int[] GetBits(decimal d)",
     [](Call& c) {
       const Decimal& d = decimalOf(c[0]);
       ArrayObject* bits = newArray(c.eval, c.type, 4);
       const uint32_t flags = static_cast<uint32_t>(d.scale) << 16 | (d.negative ? 0x80000000u : 0);
       bits->items[0] = Value::int32(static_cast<int32_t>(d.low));
       bits->items[1] = Value::int32(static_cast<int32_t>(d.low >> 32));
       bits->items[2] = Value::int32(static_cast<int32_t>(d.high));
       bits->items[3] = Value::int32(static_cast<int32_t>(flags));
       return Value::object(bits);
     }},
    {"static sbyte ToSByte(decimal value)", toIntegral},
    {"static ushort ToUInt16(decimal value)", toIntegral},
    {"static float ToSingle(decimal d)",
     [](Call& c) { return Value::single(static_cast<float>(toDouble(decimalOf(c[0])))); }},
    {"static decimal Add(decimal d1, decimal d2)", [](Call& c) { return arithmetic(c, "+"); }},
    {"static decimal Subtract(decimal d1, decimal d2)", [](Call& c) { return arithmetic(c, "-"); }},
    {"static decimal Multiply(decimal d1, decimal d2)", [](Call& c) { return arithmetic(c, "*"); }},
    {"static decimal Divide(decimal d1, decimal d2)", [](Call& c) { return arithmetic(c, "/"); }},
    {"static decimal Remainder(decimal d1, decimal d2)", [](Call& c) { return arithmetic(c, "%"); }},
    {"static decimal Negate(decimal d)", [](Call& c) { return unaryFunction("-", Tag::Decimal, true)(c.eval, c[0]); }},
    {"static int Compare(decimal d1, decimal d2)",
     [](Call& c) { return Value::int32(compare(decimalOf(c[0]), decimalOf(c[1]))); }},
    {"static decimal Round(decimal d)", [](Call& c) { return rounded(c, 0, Rounding::HalfEven); }},
    {"static decimal Round(decimal d, int decimals)",
     [](Call& c) { return rounded(c, c.int32(1), Rounding::HalfEven); }},
    {"static decimal Round(decimal d, MidpointRounding mode)", [](Call& c) { return rounded(c, 0, midpoint(c, 1)); }},
    {"static decimal Round(decimal d, int decimals, MidpointRounding mode)",
     [](Call& c) { return rounded(c, c.int32(1), midpoint(c, 2)); }},
    {"static decimal Truncate(decimal d)", [](Call& c) { return rounded(c, 0, Rounding::Truncate); }},
    {"static decimal Floor(decimal d)", [](Call& c) { return rounded(c, 0, Rounding::Floor); }},
    {"static decimal Ceiling(decimal d)", [](Call& c) { return rounded(c, 0, Rounding::Ceiling); }},
    {"static int ToInt32(decimal d)", toIntegral},
    {"static long ToInt64(decimal d)", toIntegral},
    {"static short ToInt16(decimal value)", toIntegral},
    {"static byte ToByte(decimal value)", toIntegral},
    {"static uint ToUInt32(decimal d)", toIntegral},
    {"static ulong ToUInt64(decimal d)", toIntegral},
    {"static double ToDouble(decimal d)", toIntegral},
};

// Rows with the keyword filled in; they live as long as the library.
std::span<const MemberRow> expand(std::span<const MemberRow> rows, std::string_view keyword) {
  struct Expanded {
    std::vector<std::string> signatures;
    std::vector<MemberRow> rows;
  };
  static auto* const kept = new std::list<Expanded>;
  Expanded& expanded = kept->emplace_back();
  expanded.rows.assign(rows.begin(), rows.end());
  expanded.signatures.reserve(rows.size());
  for (MemberRow& row : expanded.rows) {
    std::string text = row.signature;
    for (size_t at = text.find('$'); at != std::string::npos; at = text.find('$')) text.replace(at, 1, keyword);
    expanded.signatures.push_back(std::move(text));
    row.signature = expanded.signatures.back().c_str();
  }
  return expanded.rows;
}

struct NumericType {
  const char* name;
  const char* keyword;
  Tag tag;
};
constexpr NumericType kTypes[] = {
    {"SByte", "sbyte", Tag::SByte},    {"Byte", "byte", Tag::Byte},          {"Int16", "short", Tag::Int16},
    {"UInt16", "ushort", Tag::UInt16}, {"Int32", "int", Tag::Int32},         {"UInt32", "uint", Tag::UInt32},
    {"Int64", "long", Tag::Int64},     {"UInt64", "ulong", Tag::UInt64},     {"Single", "float", Tag::Single},
    {"Double", "double", Tag::Double}, {"Decimal", "decimal", Tag::Decimal},
};

constexpr EnumRow kStyles[] = {
    {"None", 0},
    {"AllowLeadingWhite", 1},
    {"AllowTrailingWhite", 2},
    {"AllowLeadingSign", 4},
    {"Integer", 7},
    {"AllowTrailingSign", 8},
    {"AllowParentheses", 16},
    {"AllowDecimalPoint", 32},
    {"AllowThousands", 64},
    {"Number", 111},
    {"AllowExponent", 128},
    {"Float", 167},
    {"AllowCurrencySymbol", 256},
    {"Currency", 383},
    {"Any", 511},
    {"AllowHexSpecifier", 512},
    {"HexNumber", 515},
};
constexpr EnumRow kMidpoint[] = {
    {"ToEven", 0}, {"AwayFromZero", 1}, {"ToZero", 2}, {"ToNegativeInfinity", 3}, {"ToPositiveInfinity", 4}};

Value invariantCulture(Call& c) {
  return Value::object(newObject<Object>(c.eval, c.type));
}

constexpr MemberRow kCulture[] = {
    {"static CultureInfo InvariantCulture { get; }", invariantCulture},
    {"static CultureInfo CurrentCulture { get; }", invariantCulture},
    {"string Name { get; }", [](Call&) { return Value::ascii(""); }},
};

}  // namespace

void declareNumeric(Library& library) {
  for (const NumericType& type : kTypes) {
    const std::string keyword = type.keyword;
    TypeDef& def = library.add("sealed struct System." + std::string(type.name) + " : IComparable, IComparable<" +
                                   keyword + ">, IEquatable<" + keyword + ">, IFormattable, IConvertible",
                               expand(kEvery, keyword), {}, type.tag);
    if (type.tag == Tag::Double || type.tag == Tag::Single) def.rows.push_back(expand(kReal, keyword));
    if (type.tag == Tag::Decimal) def.rows.emplace_back(kDecimal);
  }
  library.addEnum("System.Globalization.NumberStyles", kStyles, true);
  library.addEnum("System.MidpointRounding", kMidpoint);
  library.add("sealed class System.Globalization.CultureInfo : IFormatProvider", kCulture);
}

}  // namespace sluice::expression
