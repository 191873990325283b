// System.Object, ValueType's helpers, Array's and Enum's bases, Nullable<T> and Type.
#include "expression/format.h"
#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

bool sameObject(const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return a.isNull() && b.isNull();
  if (a.isObject() && b.isObject()) return a.asObject() == b.asObject();
  return a.isString() && b.isString() && a.pointer() == b.pointer() && a.extra() == b.extra();
}

Value newTypeObject(Call& c, const Type* type) {
  auto* object = newObject<TypeObject>(c.eval, core().type_type, ObjectKind::TypeObject);
  object->represented = type;
  return Value::object(object);
}

constexpr MemberRow kObject[] = {
    {"Object()", [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
    {"bool Equals(object obj)", [](Call& c) { return Value::boolean(valueEquals(c.eval, c[0], c[1])); }},
    {"static bool Equals(object objA, object objB)",
     [](Call& c) { return Value::boolean(valueEquals(c.eval, c[0], c[1])); }},
    {"static bool ReferenceEquals(object objA, object objB)",
     [](Call& c) { return Value::boolean(sameObject(c[0], c[1])); }},
    {"int GetHashCode()", [](Call& c) { return Value::int32(static_cast<int32_t>(valueHash(c.eval, c[0]))); }},
    {"string ToString()", [](Call& c) { return valueToString(c.eval, c[0]); }},
    {"Type GetType()", [](Call& c) { return newTypeObject(c, typeOf(c[0])); }},
};

const Type* represented(Call& c) { return c.object<TypeObject>(0)->represented; }

constexpr MemberRow kType[] = {
    {"string Name { get; }", [](Call& c) { return c.text(represented(c)->reflectionName()); }},
    {"string FullName { get; }", [](Call& c) { return c.text(represented(c)->fullName()); }},
    {"string Namespace { get; }",
     [](Call& c) {
       const TypeDef* def = represented(c)->def;
       return c.text(def != nullptr ? def->name_space : "System");
     }},
    {"bool IsArray { get; }", [](Call& c) { return Value::boolean(represented(c)->kind == TypeKind::Array); }},
    {"bool IsEnum { get; }", [](Call& c) { return Value::boolean(represented(c)->kind == TypeKind::Enum); }},
    {"bool IsValueType { get; }", [](Call& c) { return Value::boolean(represented(c)->isValue()); }},
    {"bool IsInstanceOfType(object o)", [](Call& c) { return Value::boolean(isInstance(c[1], represented(c))); }},
    {"static bool operator ==(Type left, Type right)",
     [](Call& c) { return Value::boolean(valueEquals(c.eval, c[0], c[1])); }},
    {"static bool operator !=(Type left, Type right)",
     [](Call& c) { return Value::boolean(!valueEquals(c.eval, c[0], c[1])); }},
};

Value typeToString(Eval& eval, const Value& value) {
  return fromStd(eval.arena, as<TypeObject>(value)->represented->fullName());
}

// Its members see the value itself, which may be null.
constexpr MemberRow kNullable[] = {
    {"Nullable(T value)", [](Call& c) { return c[0]; }},
    {"bool HasValue { get; }", [](Call& c) { return Value::boolean(!c.isNull(0)); }},
    {"T Value { get; }",
     [](Call& c) {
       return c.isNull(0) ? c.raise("System.InvalidOperationException", "Nullable object must have a value.") : c[0];
     }},
    {"T GetValueOrDefault()", [](Call& c) { return c.isNull(0) ? defaultValue(c.arena(), c.type) : c[0]; }},
    {"T GetValueOrDefault(T defaultValue)", [](Call& c) { return c.isNull(0) ? c[1] : c[0]; }},
    {"string ToString()", [](Call& c) { return valueToString(c.eval, c[0]); }},
    {"bool Equals(object other)", [](Call& c) { return Value::boolean(valueEquals(c.eval, c[0], c[1])); }},
    {"int GetHashCode()", [](Call& c) { return Value::int32(static_cast<int32_t>(valueHash(c.eval, c[0]))); }},
};

// The named value of an enum, by name or number; false: there is none.
bool parseEnum(Eval& eval, const Type* type, const Value& text, bool ignore_case, int64_t& out) {
  std::string_view rest = toUtf8(eval.arena, text);
  const auto trim = [](std::string_view t) {
    while (!t.empty() && t.front() == ' ') t.remove_prefix(1);
    while (!t.empty() && t.back() == ' ') t.remove_suffix(1);
    return t;
  };
  rest = trim(rest);
  if (rest.empty()) return false;
  if (rest.find_first_not_of("0123456789-") == std::string_view::npos) {
    out = std::strtoll(std::string(rest).c_str(), nullptr, 10);
    return true;
  }
  out = 0;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view one = trim(rest.substr(0, comma));
    bool found = false;
    for (const EnumRow& row : type->def->enum_rows) {
      const std::string_view name = row.name;
      const bool same = ignore_case ? compareOrdinalIgnoreCase(Chars{name.data(), nullptr, static_cast<uint32_t>(name.size())},
                                                               chars(eval, fromUtf8(eval.arena, one))) == 0
                                    : name == one;
      if (!same) continue;
      out |= row.value;
      found = true;
      break;
    }
    if (!found) return false;
    rest = comma < rest.size() ? rest.substr(comma + 1) : std::string_view{};
  }
  return true;
}

Value enumParse(Call& c, const Type* type, size_t text, bool ignore_case) {
  if (c.isNull(text)) return c.eval.raiseArgumentNull("value");
  int64_t number = 0;
  if (!parseEnum(c.eval, type, c[text], ignore_case, number))
    return c.raise("System.ArgumentException", "Requested value '" + std::string(c.utf8(text)) + "' was not found.");
  return newEnum(type, number);
}

Value enumTryParse(Call& c, bool ignore_case) {
  const size_t out = c.count - 1;
  int64_t number = 0;
  const bool good = !c.isNull(0) && parseEnum(c.eval, c.type_args[0], c[0], ignore_case, number);
  c[out] = newEnum(c.type_args[0], good ? number : 0);
  return Value::boolean(good);
}

Value enumFormat(Eval& eval, const Value& value, const Chars& format) {
  if (format.size == 0) return valueToString(eval, value);
  const char16_t letter = toLowerInvariant(format[0]);
  if (letter == 'd') return fromStd(eval.arena, std::to_string(value.asInt64()));
  if (letter == 'x') {
    char text[16];
    std::snprintf(text, sizeof text, "%08X", static_cast<unsigned>(value.asInt64()));
    return fromStd(eval.arena, text);
  }
  if (letter == 'g' || letter == 'f') return valueToString(eval, value);
  return eval.raiseFormat("Format string can be only \"G\", \"g\", \"X\", \"x\", \"F\", \"f\", \"D\" or \"d\".");
}

constexpr MemberRow kEnum[] = {
    {"static object Parse(Type enumType, string value)",
     [](Call& c) { return enumParse(c, c.object<TypeObject>(0)->represented, 1, false); }},
    {"static object Parse(Type enumType, string value, bool ignoreCase)",
     [](Call& c) { return enumParse(c, c.object<TypeObject>(0)->represented, 1, c.boolean(2)); }},
    {"static TEnum Parse<TEnum>(string value)", [](Call& c) { return enumParse(c, c.type_args[0], 0, false); }},
    {"static TEnum Parse<TEnum>(string value, bool ignoreCase)",
     [](Call& c) { return enumParse(c, c.type_args[0], 0, c.boolean(1)); }},
    {"static bool TryParse<TEnum>(string value, out TEnum result)", [](Call& c) { return enumTryParse(c, false); }},
    {"static bool TryParse<TEnum>(string value, bool ignoreCase, out TEnum result)",
     [](Call& c) { return enumTryParse(c, c.boolean(1)); }},
    {"static string GetName(Type enumType, object value)",
     [](Call& c) {
       for (const EnumRow& row : c.object<TypeObject>(0)->represented->def->enum_rows)
         if (row.value == c[1].asInt64()) return Value::ascii(row.name);
       return Value();
     }},
    {"static bool IsDefined(Type enumType, object value)",
     [](Call& c) {
       for (const EnumRow& row : c.object<TypeObject>(0)->represented->def->enum_rows)
         if (c[1].isString() ? c.utf8(1) == row.name : row.value == c[1].asInt64()) return Value::boolean(true);
       return Value::boolean(false);
     }},
    {"string ToString(string format)", [](Call& c) { return formatValue(c.eval, c[0], c[1]); }},
    {"bool HasFlag(Enum flag)",
     [](Call& c) { return Value::boolean((c.int64(0) & c.int64(1)) == c.int64(1)); }},
    {"int CompareTo(object target)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
};

}  // namespace

void declareObject(Library& library) {
  library.add("class System.Object", kObject);
  Hooks type_hooks;
  type_hooks.to_string = typeToString;
  library.add("sealed class System.Type", kType, type_hooks);
  library.add("sealed class System.Nullable<T>", kNullable);
  Hooks enum_hooks;
  enum_hooks.format = enumFormat;
  library.add("abstract class System.Enum : IComparable", kEnum, enum_hooks);
}

}  // namespace sluice::expression
