// System.Enum. The enums themselves are declared beside the types that use them.
#include <algorithm>
#include <charconv>
#include <vector>

#include "base/encoding.h"
#include "expression/format.h"
#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

enum class EnumProblem : uint8_t { None, Empty, NotFound, Overflow };

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || (c >= 9 && c <= 13); };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

// A number of the underlying type, which is int for all enums here. NotFound: the text is no number.
EnumProblem parseNumber(std::string_view text, int64_t& out) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  if (digits.size() < text.size() && digits.starts_with('-')) return EnumProblem::NotFound;
  int32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (end != digits.data() + digits.size()) return EnumProblem::NotFound;
  if (error == std::errc::result_out_of_range) return EnumProblem::Overflow;
  if (error != std::errc{}) return EnumProblem::NotFound;
  out = number;
  return EnumProblem::None;
}

bool findName(const TypeDef& def, std::string_view name, bool ignore_case, int64_t& out) {
  for (const EnumRow& row : def.enum_rows) {
    if (ignore_case ? !equalsIgnoreCase(row.name, name) : name != row.name) continue;
    out |= row.value;
    return true;
  }
  return false;
}

// A number, or names with commas between them.
EnumProblem parse(const TypeDef& def, std::string_view text, bool ignore_case, int64_t& out) {
  text = trimmed(text);
  out = 0;
  if (text.empty()) return EnumProblem::Empty;
  const bool number = (text[0] >= '0' && text[0] <= '9') || text[0] == '-' || text[0] == '+';
  if (number)
    if (const EnumProblem problem = parseNumber(text, out); problem != EnumProblem::NotFound) return problem;
  for (;;) {
    const size_t comma = std::min(text.find(','), text.size());
    if (!findName(def, trimmed(text.substr(0, comma)), ignore_case, out)) return EnumProblem::NotFound;
    if (comma == text.size()) return EnumProblem::None;
    text.remove_prefix(comma + 1);
  }
}

Value notAnEnum(Call& c) {
  return c.eval.raise("System.ArgumentException", "Type provided must be an Enum.", "enumType");
}

Value parseOrRaise(Call& c, const Type* type, size_t text, bool ignore_case) {
  if (type->kind != TypeKind::Enum) return notAnEnum(c);
  if (c.isNull(text)) return c.eval.raiseArgumentNull("value");
  const std::string_view given = c.utf8(text);
  if (!c.eval.step(1 + given.size() / 4)) return {};
  int64_t number = 0;
  switch (parse(*type->def, given, ignore_case, number)) {
    case EnumProblem::None:
      return newEnum(type, number);
    case EnumProblem::Empty:
      return c.eval.raise("System.ArgumentException", "Must specify valid information for parsing in the string.",
                          "value");
    case EnumProblem::NotFound:
      return c.raise("System.ArgumentException", "Requested value '" + std::string(given) + "' was not found.");
    case EnumProblem::Overflow:
      break;
  }
  return c.raise("System.OverflowException", "Value was either too large or too small for an Int32.");
}

// Parse(enumType, value [, ignoreCase])
Value parseOfType(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("enumType");
  return parseOrRaise(c, c.object<TypeObject>(0)->represented, 1, c.count > 2 && c.boolean(2));
}

// TryParse<TEnum>(value [, ignoreCase], out result)
Value tryParse(Call& c) {
  const Type* type = c.type_args[0];
  if (type->kind != TypeKind::Enum) return notAnEnum(c);
  const bool ignore_case = c.count > 2 && c.boolean(1);
  int64_t number = 0;
  bool good = false;
  if (!c.isNull(0)) {
    const std::string_view given = c.utf8(0);
    if (!c.eval.step(1 + given.size() / 4)) return {};
    good = parse(*type->def, given, ignore_case, number) == EnumProblem::None;
  }
  c[c.count - 1] = newEnum(type, good ? number : 0);
  return Value::boolean(good);
}

// Format "F": names of bits, whether the enum is of flags or not; a number when bits are left over.
Value flagNames(Eval& eval, const Value& value) {
  const TypeDef& def = *typeAt(value.extra())->def;
  std::string text;
  int64_t rest = value.asInt64();
  for (size_t i = def.enum_rows.size(); rest != 0 && i-- > 0;) {
    const EnumRow& row = def.enum_rows[i];
    if (row.value == 0 || (rest & row.value) != row.value) continue;
    rest &= ~row.value;
    text = std::string(row.name) + (text.empty() ? "" : ", " + text);
  }
  return text.empty() || rest != 0 ? valueToString(eval, value) : fromStd(eval.arena, text);
}

Value format(Eval& eval, const Value& value, const Chars& how) {
  const char16_t letter = how.size == 0 ? u'g' : static_cast<char16_t>(how[0] | 0x20);
  if (how.size > 1 || std::u16string_view(u"gdxf").find(letter) == std::u16string_view::npos) {
    return eval.raiseFormat("Format string can be only \"G\", \"g\", \"X\", \"x\", \"F\", \"f\", \"D\" or \"d\".");
  }
  if (letter == 'd') return fromStd(eval.arena, std::to_string(value.asInt64()));
  if (letter == 'f') return flagNames(eval, value);
  if (letter == 'g') return valueToString(eval, value);
  char text[16];
  std::snprintf(text, sizeof text, "%08X", static_cast<unsigned>(value.asInt64()));
  return fromStd(eval.arena, text);
}

Value toText(Call& c) {
  return formatValue(c.eval, c[0], c[1]);
}

// ---- By type -----------------------------------------------------------------------------------------------------

// The enum type of an argument; null with an exception pending.
const Type* enumType(Call& c) {
  if (c.isNull(0)) {
    c.eval.raiseArgumentNull("enumType");
    return nullptr;
  }
  const Type* type = c.object<TypeObject>(0)->represented;
  if (type->kind == TypeKind::Enum) return type;
  notAnEnum(c);
  return nullptr;
}

// Names and values in the order of their unsigned values, as .NET keeps them.
std::vector<const EnumRow*> sortedRows(const Type* type) {
  std::vector<const EnumRow*> rows;
  for (const EnumRow& row : type->def->enum_rows) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const EnumRow* a, const EnumRow* b) {
    return static_cast<uint32_t>(a->value) < static_cast<uint32_t>(b->value);
  });
  return rows;
}

Value getNames(Call& c) {
  const Type* type = enumType(c);
  if (type == nullptr) return {};
  const auto rows = sortedRows(type);
  ArrayObject* names = newArray(c.eval, c.type, static_cast<uint32_t>(rows.size()));
  for (size_t i = 0; i < rows.size(); ++i) names->items[i] = Value::ascii(rows[i]->name);
  return Value::object(names);
}

Value getValues(Call& c) {
  const Type* type = enumType(c);
  if (type == nullptr) return {};
  const auto rows = sortedRows(type);
  ArrayObject* values = newArray(c.eval, arrayOf(type), static_cast<uint32_t>(rows.size()));
  for (size_t i = 0; i < rows.size(); ++i) values->items[i] = newEnum(type, rows[i]->value);
  return Value::object(values);
}

bool isNumber(const Value& value) {
  return value.tag() == Tag::Enum || (value.tag() >= Tag::SByte && value.tag() <= Tag::UInt64);
}

Value nameOfNumber(const Type* type, int64_t number) {
  for (const EnumRow& row : type->def->enum_rows)
    if (row.value == number) return Value::ascii(row.name);
  return {};
}

Value getName(Call& c) {
  const Type* type = enumType(c);
  if (type == nullptr) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  if (!isNumber(c[1]))
    return c.raise("System.ArgumentException", "The value passed in must be an enum base or an underlying type.");
  return nameOfNumber(type, c.int64(1));
}

Value isDefined(Call& c) {
  const Type* type = enumType(c);
  if (type == nullptr) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  if (c[1].isString()) {
    int64_t number = 0;
    return Value::boolean(findName(*type->def, c.utf8(1), false, number));
  }
  if (!isNumber(c[1])) return c.raise("System.InvalidOperationException", "Unknown enum type.");
  if (c[1].tag() != Tag::Int32 && c[1].tag() != Tag::Enum)
    return c.raise("System.ArgumentException", "Enum underlying type and the object must be same type.");
  return Value::boolean(!nameOfNumber(type, c.int64(1)).isNull());
}

Value toObject(Call& c) {
  const Type* type = enumType(c);
  if (type == nullptr) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  if (!isNumber(c[1]))
    return c.raise("System.ArgumentException", "The value passed in must be an enum base or an underlying type.");
  return newEnum(type, static_cast<int32_t>(c.int64(1)));
}

Value hasFlag(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("flag");
  if (typeOf(c[0]) != typeOf(c[1]))
    return c.raise("System.ArgumentException", "The argument type is not the same as the enum type.");
  return Value::boolean((c.int64(0) & c.int64(1)) == c.int64(1));
}

Value formatOfType(Call& c) {
  const Type* type = enumType(c);
  if (type == nullptr) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  if (c.isNull(2)) return c.eval.raiseArgumentNull("format");
  if (!isNumber(c[1]) || (c[1].tag() == Tag::Enum && typeOf(c[1]) != type))
    return c.raise("System.ArgumentException", "Object must be the same type as the enum.");
  return formatValue(c.eval, newEnum(type, c.int64(1)), c[2]);
}

constexpr MemberRow kEnum[] = {
    {"static string[] GetNames(Type enumType)", getNames},
    {"static Array GetValues(Type enumType)", getValues},
    {"static string GetName(Type enumType, object value)", getName},
    {"static bool IsDefined(Type enumType, object value)", isDefined},
    {"static object ToObject(Type enumType, object value)", toObject},
    {"static object ToObject(Type enumType, int value)", toObject},
    {"static string Format(Type enumType, object value, string format)", formatOfType},
    {"bool HasFlag(Enum flag)", hasFlag},
    {"int CompareTo(object target)",
     [](Call& c) {
       if (c.isNull(1)) return Value::int32(1);
       if (typeOf(c[0]) != typeOf(c[1]))
         return c.raise("System.ArgumentException", "Object must be the same type as the enum.");
       return Value::int32(c.int64(0) < c.int64(1) ? -1 : c.int64(0) > c.int64(1) ? 1 : 0);
     }},
    {"static object Parse(Type enumType, string value)", parseOfType},
    {"static object Parse(Type enumType, string value, bool ignoreCase)", parseOfType},
    {"static TEnum Parse<TEnum>(string value)", [](Call& c) { return parseOrRaise(c, c.type_args[0], 0, false); }},
    {"static TEnum Parse<TEnum>(string value, bool ignoreCase)",
     [](Call& c) { return parseOrRaise(c, c.type_args[0], 0, c.boolean(1)); }},
    {"static bool TryParse<TEnum>(string value, out TEnum result)", tryParse},
    {"static bool TryParse<TEnum>(string value, bool ignoreCase, out TEnum result)", tryParse},
    {"string ToString(string format)", toText},
    {"string ToString(string format, IFormatProvider provider)", toText},
};

}  // namespace

void declareEnum(Library& library) {
  Hooks hooks;
  hooks.format = format;
  library.add("abstract class System.Enum : IComparable, IFormattable, IConvertible", kEnum, hooks);
}

}  // namespace sluice::expression
