// Newtonsoft.Json: JToken's conversion operators, JsonConvert, and the extension methods on sequences of tokens.
#include "expression/json/token.h"
#include "expression/library.h"
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

Value fromToken(Call& c) { return convertToken(c.eval, c[0], c.type); }

Value toToken(Call& c) {
  if (c.isNull(0)) return Value::object(newJValue(c.arena(), Value(), JType::Null));
  return Value::object(tokenFrom(c.eval, c[0]));
}

Value toStringToken(Call& c) {
  return Value::object(newJValue(c.arena(), c[0], c.isNull(0) ? JType::Null : JType::String));
}

constexpr MemberRow kConversions[] = {
    {"static explicit operator bool(JToken value)", fromToken},
    {"static explicit operator bool?(JToken value)", fromToken},
    {"static explicit operator int(JToken value)", fromToken},
    {"static explicit operator int?(JToken value)", fromToken},
    {"static explicit operator long(JToken value)", fromToken},
    {"static explicit operator long?(JToken value)", fromToken},
    {"static explicit operator short(JToken value)", fromToken},
    {"static explicit operator short?(JToken value)", fromToken},
    {"static explicit operator ushort(JToken value)", fromToken},
    {"static explicit operator ushort?(JToken value)", fromToken},
    {"static explicit operator uint(JToken value)", fromToken},
    {"static explicit operator uint?(JToken value)", fromToken},
    {"static explicit operator ulong(JToken value)", fromToken},
    {"static explicit operator ulong?(JToken value)", fromToken},
    {"static explicit operator byte(JToken value)", fromToken},
    {"static explicit operator byte?(JToken value)", fromToken},
    {"static explicit operator sbyte(JToken value)", fromToken},
    {"static explicit operator sbyte?(JToken value)", fromToken},
    {"static explicit operator char(JToken value)", fromToken},
    {"static explicit operator char?(JToken value)", fromToken},
    {"static explicit operator float(JToken value)", fromToken},
    {"static explicit operator float?(JToken value)", fromToken},
    {"static explicit operator double(JToken value)", fromToken},
    {"static explicit operator double?(JToken value)", fromToken},
    {"static explicit operator decimal(JToken value)", fromToken},
    {"static explicit operator decimal?(JToken value)", fromToken},
    {"static explicit operator string(JToken value)", fromToken},
    {"static explicit operator byte[](JToken value)", fromToken},
    {"static explicit operator Guid(JToken value)", fromToken},
    {"static explicit operator Guid?(JToken value)", fromToken},
    {"static explicit operator DateTime(JToken value)", fromToken},
    {"static explicit operator DateTime?(JToken value)", fromToken},
    {"static explicit operator DateTimeOffset(JToken value)", fromToken},
    {"static explicit operator DateTimeOffset?(JToken value)", fromToken},
    {"static explicit operator TimeSpan(JToken value)", fromToken},
    {"static explicit operator TimeSpan?(JToken value)", fromToken},
    {"static explicit operator Uri(JToken value)", fromToken},
    {"static implicit operator JToken(bool value)", toToken},
    {"static implicit operator JToken(bool? value)", toToken},
    {"static implicit operator JToken(int value)", toToken},
    {"static implicit operator JToken(int? value)", toToken},
    {"static implicit operator JToken(long value)", toToken},
    {"static implicit operator JToken(long? value)", toToken},
    {"static implicit operator JToken(short value)", toToken},
    {"static implicit operator JToken(ushort value)", toToken},
    {"static implicit operator JToken(uint value)", toToken},
    {"static implicit operator JToken(ulong value)", toToken},
    {"static implicit operator JToken(byte value)", toToken},
    {"static implicit operator JToken(sbyte value)", toToken},
    {"static implicit operator JToken(float value)", toToken},
    {"static implicit operator JToken(double value)", toToken},
    {"static implicit operator JToken(double? value)", toToken},
    {"static implicit operator JToken(decimal value)", toToken},
    {"static implicit operator JToken(decimal? value)", toToken},
    {"static implicit operator JToken(string value)", toStringToken},
    {"static implicit operator JToken(byte[] value)", toToken},
    {"static implicit operator JToken(Guid value)", toToken},
    {"static implicit operator JToken(Guid? value)", toToken},
    {"static implicit operator JToken(DateTime value)", toToken},
    {"static implicit operator JToken(DateTime? value)", toToken},
    {"static implicit operator JToken(DateTimeOffset value)", toToken},
    {"static implicit operator JToken(TimeSpan value)", toToken},
    {"static implicit operator JToken(Uri value)", toToken},
};

Value serialize(Call& c) {
  const bool indented = c.count > 1 && c[1].tag() == Tag::Enum && c[1].asInt64() == 1;
  return writeValue(c.eval, c[0], indented ? Indent::Indented : Indent::None);
}

Value deserialize(Call& c, const Type* type) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("value");
  const Chars text = c.chars(0);
  bool blank = true;
  for (uint32_t i = 0; i < text.size; ++i) blank = blank && isWhiteSpace(text[i]);
  if (blank) {
    if (type != nullptr && type->isValue() && !type->isNullable())
      return c.raise("Newtonsoft.Json.JsonSerializationException", "No JSON content found and type is not nullable.");
    return {};
  }
  JToken* token = parseJson(c.eval, c[0], Expect::Any);
  if (token == nullptr) return {};
  if (type != nullptr && type->kind != TypeKind::Object) return tokenToObject(c.eval, token, type);
  // Without a type simple values come out as .NET values.
  if (token->kind == ObjectKind::JValue) return static_cast<JValue*>(token)->value;
  return Value::object(token);
}

Value convertToString(Call& c) {
  if (c.isNull(0)) return Value::ascii("null");
  return c[0].isString() ? quoted(c.eval, c[0]) : writeValue(c.eval, c[0], Indent::None);
}

constexpr MemberRow kConvert[] = {
    {"static string SerializeObject(object value)", serialize},
    {"static string SerializeObject(object value, Newtonsoft.Json.Formatting formatting)", serialize},
    {"static object DeserializeObject(string value)", [](Call& c) { return deserialize(c, nullptr); }},
    {"static T DeserializeObject<T>(string value)", [](Call& c) { return deserialize(c, c.type_args[0]); }},
    {"static string ToString(object value)", convertToString},
};

// Linq.Extensions: on sequences of tokens.
struct TokenQuery final : SequenceObject {
  Value source;
  Value key;
  enum class How : uint8_t { Values, ValuesOfKey, Children } how = How::Values;
  Enumerator* begin(Eval& eval) override;
};

Enumerator* TokenQuery::begin(Eval& eval) {
  auto* found = newObject<ListObject>(eval, core().object, ObjectKind::List);
  Enumerator* items = enumerate(eval, source);
  Value item;
  while (items != nullptr && items->next(eval, item)) {
    if (item.isNull()) continue;
    JToken* one = token(item);
    if (how == How::ValuesOfKey) {
      if (one->kind == ObjectKind::JObject && key.isString()) {
        const JProperty* property = findProperty(eval, static_cast<JContainer*>(one), key);
        if (property != nullptr && !append(eval, found, Value::object(property->content))) return nullptr;
      }
      continue;
    }
    if (one->kind == ObjectKind::JProperty) {
      if (!append(eval, found, Value::object(static_cast<JProperty*>(one)->content))) return nullptr;
    } else if (isContainer(one)) {
      const auto* container = static_cast<JContainer*>(one);
      for (uint32_t i = 0; i < container->count; ++i) {
        JToken* child = container->items[i];
        if (how == How::Values && child->kind == ObjectKind::JProperty) child = static_cast<JProperty*>(child)->content;
        if (!append(eval, found, Value::object(child))) return nullptr;
      }
    }
  }
  return eval.failed() ? nullptr : enumerate(eval, Value::object(found));
}

Value tokenQuery(Call& c, TokenQuery::How how) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("source");
  auto* made = c.arena().create<TokenQuery>();
  made->type = c.type;
  made->kind = ObjectKind::Sequence;
  made->source = c[0];
  made->how = how;
  if (c.count > 1) made->key = c[1];
  return Value::object(made);
}

Value convertAll(Call& c, const Value& sequence) {
  const Type* type = c.type_args[c.type_args.size() - 1];
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
  Enumerator* items = enumerate(c.eval, sequence);
  Value item;
  while (items != nullptr && items->next(c.eval, item)) {
    if (!item.isNull() && isKind(item, ObjectKind::JProperty)) item = Value::object(as<JProperty>(item)->content);
    const Value converted = isInstance(item, type) ? item : convertToken(c.eval, item, type);
    if (c.eval.failed() || !append(c.eval, list, converted)) return {};
  }
  return c.eval.failed() ? Value() : Value::object(list);
}

Value valueOf(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("value");
  const Type* type = c.type_args[0];
  if (!isToken(c[0])) return c.raise("System.ArgumentException", "Source value must be a JToken.");
  JToken* from = token(c[0]);
  if (from->kind == ObjectKind::JValue) {
    const Value& inner = static_cast<JValue*>(from)->value;
    if (isInstance(c[0], type) && type->kind != TypeKind::Object && type->kind != TypeKind::Interface) return c[0];
    if (inner.isNull()) return defaultValue(c.arena(), type);
    if (isInstance(inner, type)) return inner;
    const Type* target = type->isNullable() ? type->underlying() : type;
    if (target->isReference() && target->kind != TypeKind::String && target != core().byte_array)
      return c.raise("System.InvalidCastException",
                     "Invalid cast from '" + typeOf(inner)->fullName() + "' to '" + type->fullName() + "'.");
    return convertToken(c.eval, c[0], type);
  }
  if (isInstance(c[0], type)) return c[0];
  return c.raise("System.InvalidCastException", "Cannot cast " + from->type->fullName() + " to " + type->fullName() + ".");
}

constexpr MemberRow kExtensions[] = {
    {"static IEnumerable<JToken> Values(this IEnumerable<JToken> source)",
     [](Call& c) { return tokenQuery(c, TokenQuery::How::Values); }},
    {"static IEnumerable<JToken> Values(this IEnumerable<JToken> source, object key)",
     [](Call& c) { return tokenQuery(c, TokenQuery::How::ValuesOfKey); }},
    {"static IEnumerable<U> Values<U>(this IEnumerable<JToken> source)",
     [](Call& c) {
       Call inner{c.eval, c.args, 1, c.type, c.type_args, c.receiver};
       const Value query = tokenQuery(inner, TokenQuery::How::Values);
       return c.eval.failed() ? Value() : convertAll(c, query);
     }},
    {"static IEnumerable<U> Values<U>(this IEnumerable<JToken> source, object key)",
     [](Call& c) {
       const Value query = tokenQuery(c, TokenQuery::How::ValuesOfKey);
       return c.eval.failed() ? Value() : convertAll(c, query);
     }},
    {"static JEnumerable<JToken> Children(this IEnumerable<JToken> source)",
     [](Call& c) { return tokenQuery(c, TokenQuery::How::Children); }},
    {"static U Value<U>(this IEnumerable<JToken> value)", valueOf},
    {"static IEnumerable<JProperty> Properties(this IEnumerable<JObject> source)",
     [](Call& c) { return tokenQuery(c, TokenQuery::How::Children); }},
};

}  // namespace

std::span<const MemberRow> jsonConversionRows() { return kConversions; }

void declareJsonConvert(Library& library) {
  library.add("static class Newtonsoft.Json.JsonConvert", kConvert);
  library.add("static class Newtonsoft.Json.Linq.Extensions", kExtensions);
}

}  // namespace sluice::expression
