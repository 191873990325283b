// System.Object, Nullable<T> and Type.
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

const Type* represented(Call& c) {
  return c.object<TypeObject>(0)->represented;
}

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
constexpr MemberRow kNullableStatic[] = {
    {"static int Compare<T>(T? n1, T? n2)",
     [](Call& c) {
       if (c.isNull(0) || c.isNull(1))
         return Value::int32(static_cast<int>(c.isNull(1)) - static_cast<int>(c.isNull(0)));
       return Value::int32(valueCompare(c.eval, c[0], c[1]));
     }},
    {"static bool Equals<T>(T? n1, T? n2)", [](Call& c) { return Value::boolean(valueEquals(c.eval, c[0], c[1])); }},
    {"static Type GetUnderlyingType(Type nullableType)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("nullableType");
       const Type* type = c.object<TypeObject>(0)->represented;
       return type->isNullable() ? newTypeObject(c, type->underlying()) : Value();
     }},
};

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

}  // namespace

void declareObject(Library& library) {
  library.add("class System.Object", kObject);
  Hooks type_hooks;
  type_hooks.to_string = typeToString;
  library.add("sealed class System.Type", kType, type_hooks);
  library.add("sealed class System.Nullable<T>", kNullable);
  library.add("static class System.Nullable", kNullableStatic);
}

}  // namespace sluice::expression
