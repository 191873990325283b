// System.Convert: between simple types, as IConvertible has it. Numbers in other bases and base 64: convert_text.cc.
#include "expression/library/convert.h"

#include <cmath>
#include <string>
#include <vector>

#include "expression/json/token.h"
#include "expression/library/declarations.h"
#include "expression/library/numeric.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

Value invalidCast(Eval& eval, const Value& value, const Type* to) {
  return eval.raise("System.InvalidCastException",
                    "Invalid cast from '" + typeOf(value)->reflectionName() + "' to '" + to->reflectionName() + "'.");
}

bool isReal(Tag tag) {
  return tag == Tag::Single || tag == Tag::Double;
}
bool isInteger(Tag tag) {
  return tag >= Tag::Char && tag <= Tag::UInt64;
}

// A double, rounded half to even, as a whole number of that type.
Value integerFromReal(Eval& eval, double number, Tag to) {
  const double whole = std::nearbyint(number);
  if (to == Tag::UInt64) {
    if (whole >= 0 && whole < 0x1p64) return Value::tagged(to, static_cast<uint64_t>(whole));
  } else if (whole >= -0x1p63 && whole < 0x1p63) {
    const auto integer = static_cast<int64_t>(whole);
    if (to == Tag::Int64 || fitsTag(integer, to)) return Value::integer(to, integer);
  }
  if (to == Tag::UInt64 || to == Tag::Int64)
    return eval.raise("System.OverflowException", "Arithmetic operation resulted in an overflow.");
  return raiseTooLarge(eval, to);
}

Value integerFromDecimal(Eval& eval, const Decimal& number, Tag to) {
  const Decimal whole = round(number, 0, Rounding::HalfEven);
  if (to == Tag::UInt64) {
    const std::optional<uint64_t> integer = toUInt64(whole);
    return integer ? Value::tagged(to, *integer) : raiseTooLarge(eval, to);
  }
  const std::optional<int64_t> integer = toInt64(whole);
  if (!integer || (to != Tag::Int64 && !fitsTag(*integer, to))) return raiseTooLarge(eval, to);
  return Value::integer(to, *integer);
}

Value integerFrom(Eval& eval, const Value& value, Tag to) {
  if (isReal(value.tag())) return integerFromReal(eval, value.asDouble(), to);
  if (value.tag() == Tag::Decimal) return integerFromDecimal(eval, decimalOf(value), to);
  const bool beyond = value.tag() == Tag::UInt64 && value.asInt64() < 0;
  if (to == Tag::UInt64)
    return value.asInt64() < 0 && !beyond ? raiseTooLarge(eval, to) : Value::tagged(to, value.bits());
  if (beyond || (to != Tag::Int64 && !fitsTag(value.asInt64(), to))) return raiseTooLarge(eval, to);
  return Value::integer(to, value.asInt64());
}

bool isZeroNumber(const Value& value) {
  if (value.tag() == Tag::Decimal) return isZero(decimalOf(value));
  return isReal(value.tag()) ? value.asDouble() == 0 : value.bits() == 0;
}

// Type.Parse(text), which another file declares.
Value parseAs(Eval& eval, const Value& text, const Type* type) {
  for (const Member& member : type->def->members()) {
    if (member.name != "Parse" || !member.is_static || member.params.size() != 1) continue;
    Value args[] = {text};
    Call call{eval, args, 1, type, {}, type};
    return member.get(call);
  }
  return eval.raiseFormat();
}

Value fromText(Eval& eval, const Value& text, const Type* to) {
  switch (to->tag) {
    case Tag::Char: {
      const Chars units = chars(eval, text);
      if (units.size != 1) return eval.raiseFormat("String must be exactly one character long.");
      return Value::character(units[0]);
    }
    case Tag::Single:
    case Tag::Double:
      return parseNumberOrRaise(eval, text, kFloatThousands, to->tag);
    case Tag::Decimal:
      return parseNumberOrRaise(eval, text, kNumberStyle, to->tag);
    case Tag::Bool:
    case Tag::DateTime:
      return parseAs(eval, text, to);
    default:
      return parseNumberOrRaise(eval, text, kIntegerStyle, to->tag);
  }
}

Value fromBool(Eval& eval, const Value& value, const Type* to) {
  if (to->tag == Tag::Char || to->tag == Tag::DateTime) return invalidCast(eval, value, to);
  return convertNumber(eval, Value::int32(value.asBool() ? 1 : 0), to->tag, true);
}

bool isConvertible(const Value& value) {
  return (value.tag() >= Tag::Bool && value.tag() <= Tag::DateTime) || value.tag() == Tag::Enum || value.isString();
}

Value fromObject(Call& c) {
  const Value& value = c[0];
  if (value.isNull()) return defaultValue(c.arena(), c.type);
  if (isKind(value, ObjectKind::JValue)) return convertToken(c.eval, value, c.type);
  if (isConvertible(value)) return convertSimple(c.eval, value, c.type);
  return c.raise("System.InvalidCastException",
                 "Unable to cast object of type '" + typeOf(value)->fullName() + "' to type 'System.IConvertible'.");
}

Value fromString(Call& c) {
  if (!c.isNull(0)) return fromText(c.eval, c[0], c.type);
  return c.type->tag == Tag::Char ? c.eval.raiseArgumentNull("value") : defaultValue(c.arena(), c.type);
}

Value fromOther(Call& c) {
  return convertSimple(c.eval, c[0], c.type);
}

Value changeType(Call& c) {
  const Value& value = c[0];
  if (c.isNull(1)) return c.eval.raiseArgumentNull("conversionType");
  const Type* to = c.object<TypeObject>(1)->represented;
  if (value.isNull()) {
    if (!to->isValue()) return {};
    return c.raise("System.InvalidCastException", "Null object cannot be converted to a value type.");
  }
  const bool same = typeOf(value) == to->canonical || to->kind == TypeKind::Object;
  if (same && (isConvertible(value) || isKind(value, ObjectKind::JValue))) return value;
  if (isKind(value, ObjectKind::JValue)) return convertToken(c.eval, value, to);
  if (!isConvertible(value)) {
    if (typeOf(value) == to->canonical) return value;
    return c.raise("System.InvalidCastException", "Object must implement IConvertible.");
  }
  if (to->kind == TypeKind::String) return valueToString(c.eval, value);
  const bool simple = to->kind == TypeKind::Primitive && to->tag >= Tag::Bool && to->tag <= Tag::DateTime;
  if (simple) return convertSimple(c.eval, value, to);
  return c.raise("System.InvalidCastException",
                 "Invalid cast from '" + typeOf(value)->fullName() + "' to '" + to->fullName() + "'.");
}

Value toText(Call& c) {
  return valueToString(c.eval, c[0]);
}

constexpr MemberRow kAny[] = {
    {"static object ChangeType(object value, Type conversionType)", changeType},
    {"static object ChangeType(object value, Type conversionType, IFormatProvider provider)", changeType},
    {"static string ToString(object value)", toText},
    {"static string ToString(object value, IFormatProvider provider)", toText},
    {"static string ToString(string value)", [](Call& c) { return c[0]; }},
    {"static string ToString(string value, IFormatProvider provider)", [](Call& c) { return c[0]; }},
};

struct Target {
  const char* type;
  const char* method;
};
constexpr Target kTargets[] = {
    {"bool", "ToBoolean"},    {"char", "ToChar"},         {"sbyte", "ToSByte"},  {"byte", "ToByte"},
    {"short", "ToInt16"},     {"ushort", "ToUInt16"},     {"int", "ToInt32"},    {"uint", "ToUInt32"},
    {"long", "ToInt64"},      {"ulong", "ToUInt64"},      {"float", "ToSingle"}, {"double", "ToDouble"},
    {"decimal", "ToDecimal"}, {"DateTime", "ToDateTime"},
};

struct Rows {
  std::vector<std::string> signatures;
  std::vector<MemberRow> rows;

  void add(std::string signature, Native native) {
    signatures.push_back(std::move(signature));
    rows.push_back({nullptr, native});
  }
};

// Every target from every source, as .NET lists them; made once and kept with the library.
std::span<const MemberRow> conversionRows() {
  static auto* const kept = [] {
    auto* made = new Rows;
    for (const Target& to : kTargets) {
      const std::string head = "static " + std::string(to.type) + " " + to.method + "(";
      made->add(head + "object value)", fromObject);
      made->add(head + "object value, IFormatProvider provider)", fromObject);
      made->add(head + "string value)", fromString);
      made->add(head + "string value, IFormatProvider provider)", fromString);
      for (const Target& from : kTargets) made->add(head + from.type + " value)", fromOther);
    }
    for (const Target& from : kTargets) {
      const std::string head = "static string ToString(" + std::string(from.type) + " value";
      made->add(head + ")", toText);
      made->add(head + ", IFormatProvider provider)", toText);
    }
    for (size_t i = 0; i < made->rows.size(); ++i) made->rows[i].signature = made->signatures[i].c_str();
    return made;
  }();
  return kept->rows;
}

}  // namespace

Value raiseTooLarge(Eval& eval, Tag to) {
  const auto name = [&]() -> std::string {
    switch (to) {
      case Tag::SByte:
        return "a signed byte";
      case Tag::Byte:
        return "an unsigned byte";
      case Tag::Int16:
      case Tag::Int32:
      case Tag::Int64:
        return "an " + std::string(typeNameOf(to));
      default:
        return "a " + std::string(typeNameOf(to));
    }
  };
  return eval.raise("System.OverflowException", "Value was either too large or too small for " + name() + ".");
}

Value convertSimple(Eval& eval, const Value& value, const Type* to) {
  if (to->kind == TypeKind::String) return valueToString(eval, value);
  if (value.isString()) return fromText(eval, value, to);
  if (value.tag() == to->tag) return value;
  if (value.tag() == Tag::Enum) return convertSimple(eval, Value::int32(value.asInt32()), to);
  if (value.tag() == Tag::Bool) return fromBool(eval, value, to);
  const bool from_char = value.tag() == Tag::Char;
  const bool from_fraction = isReal(value.tag()) || value.tag() == Tag::Decimal;
  if (value.tag() == Tag::DateTime || to->tag == Tag::DateTime) return invalidCast(eval, value, to);
  if (from_char && !isInteger(to->tag)) return invalidCast(eval, value, to);
  if (from_fraction && to->tag == Tag::Char) return invalidCast(eval, value, to);
  if (to->tag == Tag::Bool) return Value::boolean(!isZeroNumber(value));
  if (isInteger(to->tag)) return integerFrom(eval, value, to->tag);
  return convertNumber(eval, value, to->tag, true);
}

void declareConvert(Library& library) {
  TypeDef& convert = library.add("static class System.Convert", kAny);
  convert.rows.push_back(conversionRows());
  convert.rows.push_back(convertTextRows());
}

}  // namespace sluice::expression
