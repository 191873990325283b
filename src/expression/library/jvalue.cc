// Newtonsoft.Json.Linq: JValue and JRaw.
#include "expression/format.h"
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

JValue* scalar(Call& c) {
  return static_cast<JValue*>(token(c[0]));
}

// Of a C# value of a known type: text is a String even when it is null.
Value newText(Call& c) {
  return wrap(newJValue(c.arena(), c[0], JType::String));
}

Value newPlain(Call& c) {
  return wrap(newJValue(c.arena(), c[0], jtypeOf(c[0])));
}

// Of any object.
Value newFromObject(Call& c) {
  if (!isToken(c[0])) return wrap(contentToken(c.eval, c[0]));
  return c.raise("System.ArgumentException",
                 "Could not determine JSON object type for type " + typeOf(c[0])->fullName() + ".");
}

Value copyOf(Call& c) {
  return c.isNull(0) ? c.eval.raiseArgumentNull("other") : wrap(cloneToken(c.eval, token(c[0])));
}

Value setValue(Call& c) {
  JValue* one = scalar(c);
  const JType type = jtypeOf(c[1]);
  if (type == JType::None || c[1].tag() == Tag::Char) return contentToken(c.eval, c[1]), Value();
  const bool text = type == JType::String && (one->jtype() == JType::Comment || one->jtype() == JType::Raw);
  touch(c.eval, one);
  one->value = c[1];
  if (!text) one->detail = static_cast<uint8_t>(type);
  one->flags &= static_cast<uint16_t>(~(kPlainText | kNumberText));
  return {};
}

Value toText(Call& c, const Value& format) {
  const Value& inner = scalar(c)->value;
  return inner.isNull() ? Value::ascii({}) : formatValue(c.eval, inner, format);
}

Value compareWith(Call& c) {
  if (c.isNull(1)) return Value::int32(1);
  if (isKind(c[1], ObjectKind::JValue)) return Value::int32(compareJson(c.eval, scalar(c), as<JValue>(c[1])));
  JToken* other = contentToken(c.eval, c[1]);
  if (other == nullptr || other->kind != ObjectKind::JValue) return {};
  return Value::int32(compareJson(c.eval, scalar(c), static_cast<JValue*>(other)));
}

Value fixed(Call& c, const Value& value, JType type) {
  return wrap(newJValue(c.arena(), value, type));
}

constexpr MemberRow kValue[] = {
    {"JValue(JValue other)", copyOf},
    {"JValue(object value)", newFromObject},
    {"JValue(long value)", newPlain},
    {"JValue(ulong value)", newPlain},
    {"JValue(decimal value)", newPlain},
    {"JValue(double value)", newPlain},
    {"JValue(float value)", newPlain},
    {"JValue(char value)", newPlain},
    {"JValue(bool value)", newPlain},
    {"JValue(DateTime value)", newPlain},
    {"JValue(DateTimeOffset value)", newPlain},
    {"JValue(TimeSpan value)", newPlain},
    {"JValue(Guid value)", newPlain},
    {"JValue(Uri value)", newPlain},
    {"JValue(string value)", newText},
    {"object Value { get; set; }", [](Call& c) { return scalar(c)->value; }, setValue},
    {"static JValue CreateNull()", [](Call& c) { return fixed(c, {}, JType::Null); }},
    {"static JValue CreateUndefined()", [](Call& c) { return fixed(c, {}, JType::Undefined); }},
    {"static JValue CreateString(string value)", [](Call& c) { return fixed(c, c[0], JType::String); }},
    {"static JValue CreateComment(string value)", [](Call& c) { return fixed(c, c[0], JType::Comment); }},
    {"string ToString(string format)", [](Call& c) { return toText(c, c[1]); }},
    {"string ToString(IFormatProvider formatProvider)", [](Call& c) { return toText(c, {}); }},
    {"string ToString(string format, IFormatProvider formatProvider)", [](Call& c) { return toText(c, c[1]); }},
    {"int CompareTo(JValue obj)", compareWith},
    {"bool Equals(JValue other)",
     [](Call& c) { return Value::boolean(deepEquals(c.eval, self(c), tokenOrNull(c[1]))); }},
};

constexpr MemberRow kRaw[] = {
    {"JRaw(object rawJson)",
     [](Call& c) { return fixed(c, c.isNull(0) ? Value() : valueToString(c.eval, c[0]), JType::Raw); }},
    {"JRaw(JRaw other)", copyOf},
};

}  // namespace

void declareJValue(Library& library) {
  library.add(
      "class Newtonsoft.Json.Linq.JValue : JToken, IComparable, IComparable<JValue>, IConvertible, IFormattable",
      kValue);
  library.add("class Newtonsoft.Json.Linq.JRaw : JValue", kRaw);
}

}  // namespace sluice::expression
