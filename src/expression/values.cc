// System.Object's virtual methods for every kind of value.
#include <bit>
#include <cmath>

#include "expression/chars.h"
#include "expression/collection.h"
#include "expression/eval.h"
#include "expression/format.h"
#include "expression/library.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

template <class Hook>
Hook findHook(const Type* type, Hook Hooks::*which) {
  for (const Type* t = type; t != nullptr; t = t->base)
    if (t->def != nullptr && t->def->hooks.*which != nullptr) return t->def->hooks.*which;
  return nullptr;
}

bool equalRecords(Eval& eval, const RecordObject* a, const RecordObject* b) {
  if (a->type != b->type) return false;
  for (uint32_t i = 0; i < a->count; ++i)
    if (!valueEquals(eval, a->members[i], b->members[i])) return false;
  return true;
}

uint32_t mix(uint64_t bits) {
  bits ^= bits >> 32;
  bits *= 0x9E3779B97F4A7C15ull;
  return static_cast<uint32_t>(bits >> 32);
}

Value recordToString(Eval& eval, const RecordObject* record) {
  const Type* type = record->type;
  const bool anonymous = type->kind == TypeKind::Anonymous;
  const bool tuple = type->kind == TypeKind::Tuple || (type->def != nullptr && type->def->name == "Tuple");
  TextBuilder text(eval);
  text.ascii(anonymous ? "{ " : tuple ? "(" : "[");
  for (uint32_t i = 0; i < record->count; ++i) {
    if (i > 0) text.ascii(", ");
    if (anonymous) text.add(fromStd(eval.arena, type->names[i] + " = "));
    text.add(valueToString(eval, record->members[i]));
    if (eval.failed()) return {};
  }
  text.ascii(anonymous ? " }" : tuple ? ")" : "]");
  return text.take();
}

Value enumToString(Eval& eval, const Value& value) {
  const TypeDef* def = typeAt(value.extra())->def;
  for (const EnumRow& row : def->enum_rows)
    if (row.value == value.asInt64()) return Value::ascii(row.name);
  std::string text;
  int64_t rest = value.asInt64();
  for (size_t i = def->enum_rows.size(); def->is_flags && i-- > 0;) {
    const EnumRow& row = def->enum_rows[i];
    if (row.value == 0 || (rest & row.value) != row.value) continue;
    rest &= ~row.value;
    text = std::string(row.name) + (text.empty() ? "" : ", " + text);
  }
  if (text.empty() || rest != 0) text = std::to_string(value.asInt64());
  return fromStd(eval.arena, text);
}

// Primary order of ASCII as the invariant culture (ICU's root collation) has it.
int primaryWeight(char16_t c) {
  static constexpr std::string_view kOrder = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";
  if (c < 0x80) {
    const char lower = static_cast<char>(toLowerInvariant(c));
    if (lower >= 'a' && lower <= 'z') return 200 + (lower - 'a') * 4;
    const size_t at = kOrder.find(lower);
    return at == std::string_view::npos ? 0 : static_cast<int>(at) + 1;
  }
  // Accented Latin letters sort with their base letter.
  static constexpr std::string_view kBase = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
  if (c >= 0xC0 && c <= 0xFF && c != 0xD7 && c != 0xF7) return 200 + (kBase[c - 0xC0u] - 'a') * 4;
  return 1000 + toLowerInvariant(c);
}

}  // namespace

bool valueEquals(Eval& eval, const Value& a, const Value& b) {
  if (a.isString() && b.isString()) return sameText(eval, a, b);
  if (a.tag() != b.tag()) return false;
  switch (a.tag()) {
    case Tag::Null:
      return true;
    case Tag::Decimal:
      return compare(decimalOf(a), decimalOf(b)) == 0;
    case Tag::Single:
    case Tag::Double:
      return a.asDouble() == b.asDouble() || (std::isnan(a.asDouble()) && std::isnan(b.asDouble()));
    case Tag::Enum:
      return a.bits() == b.bits() && a.extra() == b.extra();
    case Tag::DateTime:
    case Tag::DateTimeOffset:
    case Tag::Guid: {
      const auto equals = findHook(typeOf(a), &Hooks::equals);
      return equals != nullptr ? equals(eval, a, b) : a.bits() == b.bits();
    }
    case Tag::Object:
      break;
    default:
      return a.bits() == b.bits();
  }
  if (a.asObject() == b.asObject()) return true;
  if (a.asObject()->kind == ObjectKind::Record && b.asObject()->kind == ObjectKind::Record)
    return eval.step() && equalRecords(eval, as<RecordObject>(a), as<RecordObject>(b));
  if (a.asObject()->kind == ObjectKind::TypeObject && b.asObject()->kind == ObjectKind::TypeObject)
    return as<TypeObject>(a)->represented == as<TypeObject>(b)->represented;
  const auto equals = findHook(a.asObject()->type, &Hooks::equals);
  return equals != nullptr && equals(eval, a, b);
}

uint32_t valueHash(Eval& eval, const Value& value) {
  if (value.isString()) {
    const Chars text = chars(eval, value);
    if (text.size >= 256) eval.step(text.size / 16);
    uint64_t hash = 14695981039346656037ull;
    for (uint32_t i = 0; i < text.size; ++i) hash = (hash ^ text[i]) * 1099511628211ull;
    return mix(hash);
  }
  switch (value.tag()) {
    case Tag::Null:
      return 0;
    case Tag::Bool:
    case Tag::SByte:
    case Tag::Byte:
    case Tag::Int32:
    case Tag::UInt32:
    case Tag::Int16:
    case Tag::UInt16:
      return static_cast<uint32_t>(value.bits());
    case Tag::Char:
      return static_cast<uint32_t>(value.bits() | (value.bits() << 16));
    case Tag::Int64:
    case Tag::UInt64:
      return static_cast<uint32_t>(value.bits() ^ (value.bits() >> 32));
    case Tag::Decimal:
      return mix(std::bit_cast<uint64_t>(toDouble(decimalOf(value))));
    case Tag::Object:
      break;
    case Tag::DateTime:
    case Tag::DateTimeOffset:
    case Tag::Guid:
      if (const auto hash = findHook(typeOf(value), &Hooks::hash)) return hash(eval, value);
      return mix(value.bits());
    default:
      return mix(value.bits());
  }
  const Object* object = value.asObject();
  if (object->kind == ObjectKind::Record) {
    uint32_t hash = 17;
    if (!eval.step()) return 0;
    for (uint32_t i = 0; i < as<RecordObject>(value)->count; ++i)
      hash = hash * 31 + valueHash(eval, as<RecordObject>(value)->members[i]);
    return hash;
  }
  const auto hash = findHook(object->type, &Hooks::hash);
  return hash != nullptr ? hash(eval, value) : mix(reinterpret_cast<uintptr_t>(object));
}

Value valueToString(Eval& eval, const Value& value) {
  switch (value.tag()) {
    case Tag::Null:
      return Value::ascii({});
    case Tag::Ascii:
    case Tag::Utf8:
    case Tag::Wide:
      return value;
    case Tag::Bool:
      return Value::ascii(value.asBool() ? "True" : "False");
    case Tag::Char:
      return fromUnit(eval.arena, value.asChar());
    case Tag::Double:
      return fromStd(eval.arena, shortestDouble(value.asDouble()));
    case Tag::Single:
      return fromStd(eval.arena, shortestSingle(static_cast<float>(value.asDouble())));
    case Tag::Decimal:
      return fromStd(eval.arena, toString(decimalOf(value)));
    case Tag::UInt64:
      return fromStd(eval.arena, std::to_string(value.bits()));
    case Tag::Enum:
      return enumToString(eval, value);
    case Tag::DateTime:
    case Tag::TimeSpan:
    case Tag::DateTimeOffset:
    case Tag::Guid:
    case Tag::Object:
      break;
    default:
      return fromStd(eval.arena, std::to_string(value.asInt64()));
  }
  const Type* type = typeOf(value);
  if (const auto to_string = findHook(type, &Hooks::to_string)) return to_string(eval, value);
  if (isKind(value, ObjectKind::Record)) {
    if (!eval.step() || !eval.enter()) return {};
    const Value text = recordToString(eval, as<RecordObject>(value));
    eval.leave();
    return text;
  }
  return fromStd(eval.arena, type->fullName());
}

int valueCompare(Eval& eval, const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return (a.isNull() ? 0 : 1) - (b.isNull() ? 0 : 1);
  if (a.isString() && b.isString()) return compareCulture(chars(eval, a), chars(eval, b), false);
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (a.tag() == b.tag()) {
    switch (a.tag()) {
      case Tag::Decimal:
        return compare(decimalOf(a), decimalOf(b));
      case Tag::Single:
      case Tag::Double: {
        const double x = a.asDouble(), y = b.asDouble();
        if (std::isnan(x) || std::isnan(y)) return (std::isnan(x) ? 0 : 1) - (std::isnan(y) ? 0 : 1);
        return order(x, y);
      }
      case Tag::UInt64:
        return order(a.bits(), b.bits());
      case Tag::DateTime:
      case Tag::DateTimeOffset:
      case Tag::Guid:
      case Tag::Object:
        break;
      default:
        return order(a.asInt64(), b.asInt64());
    }
    if (isKind(a, ObjectKind::Record) && typeOf(a)->kind == TypeKind::Tuple &&
        as<RecordObject>(a)->count == as<RecordObject>(b)->count) {
      for (uint32_t i = 0; i < as<RecordObject>(a)->count; ++i)
        if (const int c = valueCompare(eval, as<RecordObject>(a)->members[i], as<RecordObject>(b)->members[i]); c != 0)
          return c;
      return 0;
    }
    if (const auto hook = findHook(typeOf(a), &Hooks::compare)) return hook(eval, a, b);
    eval.raise("System.ArgumentException", "At least one object must implement IComparable.");
    return 0;
  }
  eval.raise("System.ArgumentException", "Object must be of type " + typeOf(a)->reflectionName() + ".");
  return 0;
}

int compareCulture(const Chars& a, const Chars& b, bool ignore_case) {
  const uint32_t common = a.size < b.size ? a.size : b.size;
  int tie = 0;
  for (uint32_t i = 0; i < common; ++i) {
    const char16_t x = a[i], y = b[i];
    if (x == y) continue;
    const int difference = primaryWeight(x) - primaryWeight(y);
    if (difference != 0) return difference < 0 ? -1 : 1;
    const bool same_letter = toLowerInvariant(x) == toLowerInvariant(y);
    if (tie != 0 || (ignore_case && same_letter)) continue;
    // Lower case first; an accent decides before case does.
    tie = same_letter ? (x > y ? -1 : 1) : (toLowerInvariant(x) < toLowerInvariant(y) ? -2 : 2);
  }
  if (a.size != b.size) return a.size < b.size ? -1 : 1;
  return tie < 0 ? -1 : tie > 0 ? 1 : 0;
}

}  // namespace sluice::expression
