// JToken's conversion operators and Value<T>(): which kinds of token convert to which types, and how.
#include "base/encoding.h"
#include "expression/date.h"
#include "expression/expression.h"
#include "expression/json/token.h"
#include "expression/library.h"
#include "expression/library/numeric.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

constexpr uint32_t bit(JType type) {
  return 1u << static_cast<unsigned>(type);
}
constexpr uint32_t kText = bit(JType::String) | bit(JType::Comment) | bit(JType::Raw);
constexpr uint32_t kNumbers = kText | bit(JType::Integer) | bit(JType::Float) | bit(JType::Boolean);
constexpr uint32_t kChars = kText | bit(JType::Integer) | bit(JType::Float);
constexpr uint32_t kStrings =
    kNumbers | bit(JType::Date) | bit(JType::Bytes) | bit(JType::Guid) | bit(JType::TimeSpan) | bit(JType::Uri);
constexpr uint32_t kDates = kText | bit(JType::Date);
constexpr uint32_t kGuids = kText | bit(JType::Guid) | bit(JType::Bytes);
constexpr uint32_t kBytes = kText | bit(JType::Bytes) | bit(JType::Integer);

bool isUri(const Type* type) {
  static const TypeDef* const kUri = Library::instance().findFull("System.Uri", 0);
  return type->def != nullptr && type->def == kUri;
}

// Which tokens convert to the type; 0: the type is none that tokens convert to.
uint32_t sourcesOf(const Type* type) {
  if (type->kind == TypeKind::String) return kStrings;
  if (type == core().byte_array) return kBytes;
  if (isUri(type)) return kText | bit(JType::Uri);
  if (type->kind != TypeKind::Primitive) return 0;
  switch (type->tag) {
    case Tag::Char:
      return kChars;
    case Tag::DateTime:
    case Tag::DateTimeOffset:
      return kDates;
    case Tag::TimeSpan:
      return kText | bit(JType::TimeSpan);
    case Tag::Guid:
      return kGuids;
    default:
      return kNumbers;
  }
}

Value cannotConvert(Eval& eval, const JToken* token, const Type* type) {
  const std::string name = type == core().byte_array ? "byte array" : type->reflectionName();
  return eval.raise("System.ArgumentException",
                    "Can not convert " + std::string(jtypeName(token->jtype())) + " to " + name + ".");
}

// Calls a static method or constructor of a library type that takes one string.
Value callWithText(Eval& eval, const Type* type, MemberKind kind, std::string_view name, const Value& text) {
  for (const Member& member : type->def->members()) {
    if (member.kind != kind || (kind == MemberKind::Method && member.name != name)) continue;
    if (member.params.size() != 1 || member.params[0].type->kind != TypeKind::String) continue;
    Value args[] = {text};
    Call call{eval, args, 1, type, {}, type};
    return member.get(call);
  }
  return eval.raiseFormat();
}

Value parseAs(Eval& eval, const Type* type, const Value& text) {
  return callWithText(eval, type, MemberKind::Method, "Parse", text);
}

Value numberFromText(Eval& eval, const Value& text, Tag tag) {
  const bool real = tag == Tag::Double || tag == Tag::Single;
  const int32_t styles = real                  ? int32_t{kFloatThousands}
                         : tag == Tag::Decimal ? int32_t{kNumberStyle}
                                               : int32_t{kIntegerStyle};
  return parseNumberOrRaise(eval, text, styles, tag);
}

Value toCharacter(Eval& eval, const Value& value) {
  if (value.tag() == Tag::Char) return value;
  if (!value.isString()) return convertRounded(eval, value, Tag::Char);
  const Chars text = chars(eval, value);
  return text.size == 1 ? Value::character(text[0]) : eval.raiseFormat("String must be exactly one character long.");
}

Value toBoolean(Eval& eval, const Value& value) {
  if (value.tag() == Tag::Bool) return value;
  if (!value.isString()) return Value::boolean(numberToDouble(value) != 0);
  if (const std::optional<bool> parsed = toBool(value)) return Value::boolean(*parsed);
  return eval.raiseFormat("String '" + std::string(toUtf8(eval.arena, value)) +
                          "' was not recognized as a valid Boolean.");
}

Value toDate(Eval& eval, const Value& value, const Type* type) {
  if (value.tag() == type->tag) return value;
  if (value.isString()) return parseAs(eval, type, value);
  if (type->tag == Tag::DateTime) return dateTime(value.asInt64(), DateKind::Unspecified);
  return dateTimeOffset(ticksOf(value), 0);
}

Value toByteArray(Eval& eval, const JValue* from) {
  if (isKind(from->value, ObjectKind::Bytes)) return from->value;
  if (!from->value.isString() || from->jtype() == JType::Integer) return cannotConvert(eval, from, core().byte_array);
  const std::optional<std::string> bytes = base64Decode(toUtf8(eval.arena, from->value));
  if (bytes) return newBytes(eval, *bytes);
  return eval.raiseFormat(
      "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding "
      "characters, or an illegal character among the padding characters.");
}

Value toGuid(Eval& eval, const JValue* from, const Type* type) {
  if (from->value.tag() == Tag::Guid) return from->value;
  if (from->value.isString()) return parseAs(eval, type, from->value);
  for (const Member& member : type->def->members()) {
    if (member.kind != MemberKind::Constructor || member.params.size() != 1 ||
        member.params[0].type != core().byte_array)
      continue;
    Value args[] = {from->value};
    Call call{eval, args, 1, type, {}, type};
    return member.get(call);
  }
  return cannotConvert(eval, from, type);
}

Value textOf(Eval& eval, const Value& value) {
  return isKind(value, ObjectKind::Bytes) ? fromStd(eval.arena, base64Encode(*toBytes(value)))
                                          : valueToString(eval, value);
}

// REQUIRES: the token's kind converts to the type, and its value is not null.
Value convertValue(Eval& eval, const JValue* from, const Type* type) {
  const Value value = from->value.tag() == Tag::Enum ? Value::int64(from->value.asInt64()) : from->value;
  if (type->kind == TypeKind::String) return textOf(eval, from->value);
  if (type == core().byte_array) return toByteArray(eval, from);
  if (isUri(type)) return value.isString() ? callWithText(eval, type, MemberKind::Constructor, {}, value) : value;
  switch (type->tag) {
    case Tag::Bool:
      return toBoolean(eval, value);
    case Tag::Char:
      return toCharacter(eval, value);
    case Tag::DateTime:
    case Tag::DateTimeOffset:
      return toDate(eval, value, type);
    case Tag::TimeSpan:
      return value.tag() == Tag::TimeSpan ? value : parseAs(eval, type, value);
    case Tag::Guid:
      return toGuid(eval, from, type);
    default:
      break;
  }
  if (value.tag() == Tag::Bool) return convertNumber(eval, Value::int32(value.asBool() ? 1 : 0), type->tag, true);
  return value.isString() ? numberFromText(eval, value, type->tag) : convertRounded(eval, value, type->tag);
}

}  // namespace

Value convertToken(Eval& eval, const Value& value, const Type* type) {
  const Type* target = type->isNullable() ? type->underlying() : type;
  const bool nulls = type->isNullable() || type->kind == TypeKind::String || isUri(type);
  if (value.isNull()) return nulls || type->isReference() ? Value() : eval.raiseArgumentNull("value");
  const JToken* from = token(value);
  if (from->kind == ObjectKind::JProperty) from = static_cast<const JProperty*>(from)->content;
  const auto* scalar = static_cast<const JValue*>(from);
  // The common cases first.
  if (from->jtype() == JType::Integer && scalar->value.tag() == Tag::Int64) {
    const int64_t number = scalar->value.asInt64();
    if (target->tag == Tag::Int32 && target->kind == TypeKind::Primitive && number == static_cast<int32_t>(number))
      return Value::int32(static_cast<int32_t>(number));
    if (target->tag == Tag::Int64 && target->kind == TypeKind::Primitive) return scalar->value;
  }
  if (from->jtype() == JType::String && target->kind == TypeKind::String)
    return scalar->value.isString() || scalar->value.isNull() ? scalar->value : textOf(eval, scalar->value);
  if (nulls && (from->jtype() == JType::Null || from->jtype() == JType::Undefined)) return {};
  if (from->kind != ObjectKind::JValue || (sourcesOf(target) & bit(from->jtype())) == 0)
    return cannotConvert(eval, from, target);
  if (!scalar->value.isNull()) return convertValue(eval, scalar, target);
  return nulls || target->isReference() ? Value() : defaultValue(eval.arena, target);
}

Value changeJsonType(Eval& eval, const Value& inner, const Type* type) {
  const Type* target = type->isNullable() ? type->underlying() : type;
  const auto invalid = [&] {
    return eval.raise("System.InvalidCastException",
                      "Invalid cast from '" + typeOf(inner)->fullName() + "' to '" + target->fullName() + "'.");
  };
  if (target->kind == TypeKind::Enum) return invalid();
  const bool convertible =
      target->kind == TypeKind::String || target->isNumeric() || target->isBool() || target->tag == Tag::DateTime;
  if (!convertible || (target->kind != TypeKind::String && target->kind != TypeKind::Primitive)) return invalid();
  if (target->kind == TypeKind::String)
    return isKind(inner, ObjectKind::Bytes) ? invalid() : valueToString(eval, inner);
  const JType from = jtypeOf(inner);
  if ((sourcesOf(target) & bit(from)) == 0 || (target->tag == Tag::Char && from == JType::Float)) return invalid();
  JValue scalar;
  scalar.kind = ObjectKind::JValue;
  scalar.detail = static_cast<uint8_t>(from);
  scalar.value = inner;
  return convertValue(eval, &scalar, target);
}

Value tokenValueAs(Eval& eval, const Value& from, const Type* type) {
  if (from.isNull()) return defaultValue(eval.arena, type);
  const bool by_value = type->kind == TypeKind::Interface && type->def != nullptr &&
                        (type->def->name == "IComparable" || type->def->name == "IFormattable");
  if (!by_value && isInstance(from, type)) return from;
  const JToken* one = token(from);
  if (one->kind != ObjectKind::JValue)
    return eval.raise("System.InvalidCastException",
                      "Cannot cast " + one->type->fullName() + " to Newtonsoft.Json.Linq.JToken.");
  const Value& inner = static_cast<const JValue*>(one)->value;
  if (!inner.isNull() && isInstance(inner, type)) return inner;
  if (inner.isNull()) {
    if (type->isNullable() || type->isReference()) return {};
    return eval.raise("System.InvalidCastException", "Null object cannot be converted to a value type.");
  }
  return changeJsonType(eval, inner, type);
}

}  // namespace sluice::expression
