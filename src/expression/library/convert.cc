// System.Convert and System.BitConverter.
#include "expression/date.h"
#include "expression/format.h"
#include "expression/library.h"
#include "expression/library/convert.h"
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
    {"static object ChangeType(object value, Type conversionType)", changeType},
    {"static object ChangeType(object value, Type conversionType, IFormatProvider provider)", changeType},
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
  }
  return *rows;
}

}  // namespace

Value raiseTooLarge(Eval& eval, Tag to) {
  const std::string name(typeNameOf(to));
  return eval.raise("System.OverflowException", "Value was either too large or too small for " +
                                                    std::string(name[0] == 'I' ? "an " : "a ") + name + ".");
}

Value convertSimple(Eval& eval, const Value& value, const Type* to) {
  Value args[] = {value};
  Call call{eval, args, 1, to, {}, nullptr};
  if (to->isNumeric()) return to->tag == Tag::Char ? toChar(call) : toNumber(call, value, to->tag);
  if (to->isBool()) return toBoolean(call);
  return valueToString(eval, value);
}

void declareConvert(Library& library) {
  TypeDef& def = library.add("static class System.Convert", kConvert);
  def.rows.push_back(conversionRows());
  def.rows.push_back(convertTextRows());
}

}  // namespace sluice::expression
