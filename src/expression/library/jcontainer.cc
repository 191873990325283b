// Newtonsoft.Json.Linq: JContainer, JProperty, JConstructor, and the settings of Merge.
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

Value add(Call& c) {
  return addContent(c.eval, self(c), c[1]), Value();
}

bool isFixed(Call& c) {
  if (self(c)->kind != ObjectKind::JProperty) return false;
  c.raise("Newtonsoft.Json.JsonException", "Cannot add or remove items from Newtonsoft.Json.Linq.JProperty.");
  return true;
}

Value removeAll(Call& c) {
  if (!isFixed(c)) clearChildren(c.eval, container(c));
  return {};
}

Value replaceAll(Call& c) {
  if (isFixed(c)) return {};
  clearChildren(c.eval, container(c));
  return add(c);
}

struct MergeSettings : Object {
  MergeOptions options;
};

Value merge(Call& c) {
  MergeOptions options;
  if (c.count > 2 && !c.isNull(2)) options = c.object<MergeSettings>(2)->options;
  mergeContent(c.eval, self(c), c[1], options);
  return {};
}

constexpr MemberRow kContainer[] = {
    {"int Count { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(self(c)->count)); }},
    {"void Add(object content)", add, nullptr, kMutates},
    {"void AddFirst(object content)", [](Call& c) { return addContentAt(c.eval, self(c), 0, c[1]), Value(); }, nullptr,
     kMutates},
    {"void RemoveAll()", removeAll, nullptr, kMutates},
    {"void ReplaceAll(object content)", replaceAll, nullptr, kMutates},
    {"void Merge(object content)", merge, nullptr, kMutates},
    {"void Merge(object content, JsonMergeSettings settings)", merge, nullptr, kMutates},
    {"IEnumerable<JToken> Descendants()", [](Call& c) { return treeSequence(c, false); }},
    {"IEnumerable<JToken> DescendantsAndSelf()", [](Call& c) { return treeSequence(c, true); }},
};

// ---- JProperty -----------------------------------------------------------------------------------------------------

// Content of one value as it is; of a sequence, in an array.
Value newProperty(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("name");
  const JType simple = c[1].isObject() ? JType::None : jtypeOf(c[1]);
  if (simple != JType::None && c[1].tag() != Tag::Char)
    return wrap(newJProperty(c.arena(), c[0], newJValue(c.arena(), c[1], simple)));
  JProperty* made = newJProperty(c.arena(), c[0], nullptr);
  if (isManyContents(c[1])) {
    JContainer* array = newJArray(c.arena());
    if (!addContent(c.eval, array, c[1]) || !insertItem(c.eval, made, 0, array)) return {};
    return wrap(made);
  }
  JToken* content = contentToken(c.eval, c[1]);
  return content != nullptr && giveContent(c.eval, made, content) ? wrap(made) : Value();
}

Value copyProperty(Call& c) {
  return c.isNull(0) ? c.eval.raiseArgumentNull("other") : wrap(cloneToken(c.eval, token(c[0])));
}

JProperty* property(Call& c) {
  return static_cast<JProperty*>(token(c[0]));
}

constexpr MemberRow kProperty[] = {
    {"JProperty(string name, object content)", newProperty},
    {"JProperty(string name, params object[] content)", newProperty},
    {"JProperty(JProperty other)", copyProperty},
    {"string Name { get; }", [](Call& c) { return property(c)->name; }},
    {"JToken Value { get; set; }", [](Call& c) { return wrap(property(c)->content); },
     [](Call& c) { return replaceChild(c.eval, self(c), 0, tokenOrNull(c[1])), Value(); }},
};

// ---- JConstructor --------------------------------------------------------------------------------------------------

Value newConstructor(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("name");
  if (c[0].extra() == 0)
    return c.raise("System.ArgumentException", "Constructor name cannot be empty. (Parameter 'name')");
  JContainer* made = newJConstructor(c.arena(), c[0]);
  return c.count < 2 || addContent(c.eval, made, c[1]) ? wrap(made) : Value();
}

constexpr MemberRow kConstructor[] = {
    {"JConstructor(string name)", newConstructor},
    {"JConstructor(string name, object content)", newConstructor},
    {"JConstructor(string name, params object[] content)", newConstructor},
    {"string Name { get; }", [](Call& c) { return container(c)->constructor_name; }},
};

// ---- JsonMergeSettings ---------------------------------------------------------------------------------------------

MergeOptions& options(Call& c) {
  return c.object<MergeSettings>(0)->options;
}

constexpr MemberRow kMergeSettings[] = {
    {"JsonMergeSettings()", [](Call& c) { return Value::object(newObject<MergeSettings>(c.eval, c.type)); }},
    {"MergeArrayHandling MergeArrayHandling { get; set; }",
     [](Call& c) { return newEnum(c.type, static_cast<int64_t>(options(c).arrays)); },
     [](Call& c) { return options(c).arrays = static_cast<ArrayMerge>(c[1].asInt64() & 3), Value(); }},
    {"MergeNullValueHandling MergeNullValueHandling { get; set; }",
     [](Call& c) { return newEnum(c.type, options(c).nulls_too ? 1 : 0); },
     [](Call& c) { return options(c).nulls_too = c[1].asInt64() == 1, Value(); }},
    {"StringComparison PropertyNameComparison { get; set; }",
     [](Call& c) { return newEnum(c.type, options(c).ignore_case ? 5 : 4); },
     [](Call& c) { return options(c).ignore_case = (c[1].asInt64() & 1) != 0, Value(); }},
};

}  // namespace

void declareJContainer(Library& library) {
  library.add("class Newtonsoft.Json.Linq.JsonMergeSettings", kMergeSettings);
  library.add("abstract class Newtonsoft.Json.Linq.JContainer : JToken, IList<JToken>", kContainer);
  library.add("class Newtonsoft.Json.Linq.JProperty : JContainer", kProperty);
  library.add("class Newtonsoft.Json.Linq.JConstructor : JContainer", kConstructor);
}

}  // namespace sluice::expression
