// Newtonsoft.Json.JsonConvert and JsonSerializerSettings.
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

struct Settings : Object {
  int64_t nulls = 0;
  int64_t formatting = 0;
  int64_t dates = 1;
};

Value serialize(Call& c) {
  int64_t formatting = 0;
  const Settings* settings = nullptr;
  for (uint32_t i = 1; i < c.count; ++i) {
    if (c[i].tag() == Tag::Enum) formatting = c[i].asInt64();
    if (c[i].isObject()) settings = c.object<Settings>(i);
  }
  if (settings != nullptr && c[1].tag() != Tag::Enum) formatting = settings->formatting;
  const Indent indent = formatting == 1 ? Indent::Indented : Indent::None;
  if (settings == nullptr || settings->nulls == 0) return writeValue(c.eval, c[0], indent);
  const JToken* tree = tokenFrom(c.eval, c[0], {true});
  return tree != nullptr ? writeToken(c.eval, tree, indent) : Value();
}

ReadDates datesOf(Call& c, uint32_t at) {
  const bool strings = c.count > at && c[at].isObject() && c.object<Settings>(at)->dates == 0;
  return strings ? ReadDates::Strings : ReadDates::Dates;
}

Value deserialize(Call& c) {
  return deserializeJson(c.eval, c[0], core().object, datesOf(c, 1));
}

Value deserializeAs(Call& c) {
  return deserializeJson(c.eval, c[0], c.type_args[0], datesOf(c, 1));
}

Value deserializeType(Call& c) {
  const Type* type = c.isNull(1) ? core().object : c.object<TypeObject>(1)->represented;
  return deserializeJson(c.eval, c[0], type);
}

// JsonConvert.ToString: simple values only.
Value toText(Call& c) {
  if (c[0].isString()) return quoted(c.eval, c[0]);
  if (isToken(c[0]) || (jtypeOf(c[0]) == JType::None))
    return c.raise("System.ArgumentException",
                   "Unsupported type: " + typeOf(c[0])->fullName() +
                       ". Use the JsonSerializer class to get the object's JSON representation.");
  return writeValue(c.eval, c[0], Indent::None);
}

constexpr MemberRow kConvert[] = {
    {"static string SerializeObject(object value)", serialize},
    {"static string SerializeObject(object value, Newtonsoft.Json.Formatting formatting)", serialize},
    {"static string SerializeObject(object value, JsonSerializerSettings settings)", serialize},
    {"static string SerializeObject(object value, Newtonsoft.Json.Formatting formatting, JsonSerializerSettings "
     "settings)",
     serialize},
    {"static object DeserializeObject(string value)", deserialize},
    {"static object DeserializeObject(string value, JsonSerializerSettings settings)", deserialize},
    {"static object DeserializeObject(string value, Type type)", deserializeType},
    {"static T DeserializeObject<T>(string value)", deserializeAs},
    {"static T DeserializeObject<T>(string value, JsonSerializerSettings settings)", deserializeAs},
    {"static T DeserializeAnonymousType<T>(string value, T anonymousTypeObject)",
     [](Call& c) { return deserializeJson(c.eval, c[0], c.type_args[0]); }},
    {"static string ToString(object value)", toText},
    {"static readonly string True", [](Call&) { return Value::ascii("true"); }},
    {"static readonly string False", [](Call&) { return Value::ascii("false"); }},
    {"static readonly string Null", [](Call&) { return Value::ascii("null"); }},
    {"static readonly string Undefined", [](Call&) { return Value::ascii("undefined"); }},
    {"static readonly string NaN", [](Call&) { return Value::ascii("NaN"); }},
    {"static readonly string PositiveInfinity", [](Call&) { return Value::ascii("Infinity"); }},
    {"static readonly string NegativeInfinity", [](Call&) { return Value::ascii("-Infinity"); }},
};

Settings* settings(Call& c) {
  return c.object<Settings>(0);
}

constexpr MemberRow kSettings[] = {
    {"JsonSerializerSettings()", [](Call& c) { return Value::object(newObject<Settings>(c.eval, c.type)); }},
    {"NullValueHandling NullValueHandling { get; set; }", [](Call& c) { return newEnum(c.type, settings(c)->nulls); },
     [](Call& c) { return settings(c)->nulls = c[1].asInt64(), Value(); }},
    {"Newtonsoft.Json.Formatting Formatting { get; set; }",
     [](Call& c) { return newEnum(c.type, settings(c)->formatting); },
     [](Call& c) { return settings(c)->formatting = c[1].asInt64(), Value(); }},
    {"DateParseHandling DateParseHandling { get; set; }", [](Call& c) { return newEnum(c.type, settings(c)->dates); },
     [](Call& c) { return settings(c)->dates = c[1].asInt64(), Value(); }},
};

}  // namespace

void declareJsonConvert(Library& library) {
  library.add("class Newtonsoft.Json.JsonSerializerSettings", kSettings);
  library.add("static class Newtonsoft.Json.JsonConvert", kConvert).rows.push_back(jsonXmlRows());
}

}  // namespace sluice::expression
