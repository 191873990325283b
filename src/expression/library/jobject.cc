// Newtonsoft.Json.Linq.JObject.
#include "expression/library/json_support.h"
#include "expression/library/string_support.h"

namespace sluice::expression {
namespace {

Value newObjectWith(Call& c) {
  JContainer* made = newJObject(c.arena());
  return addContent(c.eval, made, c[0]) ? wrap(made) : Value();
}

Value copyOf(Call& c) {
  return c.isNull(0) ? c.eval.raiseArgumentNull("other") : wrap(cloneToken(c.eval, token(c[0])));
}

// o.Add(name, value)
Value addProperty(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("name");
  JProperty* made = newJProperty(c.arena(), c[1], nullptr);
  JToken* value = c.isNull(2) ? newJValue(c.arena(), {}, JType::Null) : token(c[2]);
  if (insertItem(c.eval, made, 0, value)) insertItem(c.eval, container(c), container(c)->count, made);
  return {};
}

JProperty* find(Call& c, bool ignore_case) {
  if (c.isNull(1)) return nullptr;
  return ignore_case ? findPropertyIgnoreCase(c.eval, container(c), c[1]) : findProperty(c.eval, container(c), c[1]);
}

Value contentOf(const JProperty* property) {
  return property != nullptr ? wrap(property->content) : Value();
}

Value tryGet(Call& c, bool ignore_case, size_t out) {
  const JProperty* found = find(c, ignore_case);
  c[out] = contentOf(found);
  return Value::boolean(found != nullptr);
}

Value containsKey(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("propertyName");
  return Value::boolean(find(c, false) != nullptr);
}

Value removeKey(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("propertyName");
  JProperty* found = find(c, false);
  return Value::boolean(found != nullptr && removeToken(c.eval, found));
}

Value fromObject(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("o");
  JToken* made = tokenFrom(c.eval, c[0]);
  if (made == nullptr || made->kind == ObjectKind::JObject) return wrap(made);
  return c.raise("System.ArgumentException",
                 "Object serialized to " + std::string(jtypeName(made->jtype())) + ". JObject instance expected.");
}

constexpr MemberRow kObject[] = {
    {"JObject()", [](Call& c) { return wrap(newJObject(c.arena())); }},
    {"JObject(JObject other)", copyOf},
    {"JObject(object content)", newObjectWith},
    {"JObject(params object[] content)", newObjectWith},
    {"JToken this[string propertyName] { get; set; }", tokenItem,
     [](Call& c) { return c.isNull(1) ? c.eval.raiseArgumentNull("name") : setTokenItem(c); }},
    // foreach over a JObject gives pairs; as an IEnumerable<JToken> it gives its properties.
    {"IEnumerable<KeyValuePair<string,JToken>> GetEnumerator()",
     [](Call& c) { return childSequence(c, ChildEnumerator::Give::Pairs); }},
    {"void Add(string propertyName, JToken value)", addProperty, nullptr, kMutates},
    {"bool ContainsKey(string propertyName)", containsKey},
    {"bool Remove(string propertyName)", removeKey, nullptr, kMutates},
    {"JProperty Property(string name)", [](Call& c) { return wrap(find(c, false)); }},
    {"JProperty Property(string name, StringComparison comparison)",
     [](Call& c) { return wrap(find(c, ignoresCase(c[2]))); }},
    {"IEnumerable<JProperty> Properties()", [](Call& c) { return childSequence(c, ChildEnumerator::Give::Children); }},
    {"JEnumerable<JToken> PropertyValues()", [](Call& c) { return childSequence(c, ChildEnumerator::Give::Contents); }},
    {"JToken GetValue(string propertyName)", [](Call& c) { return contentOf(find(c, false)); }},
    {"JToken GetValue(string propertyName, StringComparison comparison)",
     [](Call& c) { return contentOf(find(c, ignoresCase(c[2]))); }},
    {"bool TryGetValue(string propertyName, out JToken value)", [](Call& c) { return tryGet(c, false, 2); }},
    {"bool TryGetValue(string propertyName, StringComparison comparison, out JToken value)",
     [](Call& c) { return tryGet(c, ignoresCase(c[2]), 3); }},
    {"static JObject Parse(string json)",
     [](Call& c) {
       return c.isNull(0) ? c.eval.raiseArgumentNull("s") : wrap(parseJson(c.eval, c[0], Expect::Object));
     }},
    {"static JObject FromObject(object o)", fromObject},
};

}  // namespace

void declareJObject(Library& library) {
  library.add("class Newtonsoft.Json.Linq.JObject : JContainer", kObject);
}

}  // namespace sluice::expression
