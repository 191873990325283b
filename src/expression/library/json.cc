// Newtonsoft.Json.Linq: JToken, JContainer, JObject, JArray, JValue, JProperty.
#include <algorithm>

#include "expression/json/token.h"
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

JToken* self(Call& c) { return token(c[0]); }
JContainer* container(Call& c) { return static_cast<JContainer*>(token(c[0])); }
Value wrap(JToken* one) { return one == nullptr ? Value() : Value::object(one); }

Value cannotAccess(Call& c, const JToken* on) {
  return c.raise("System.InvalidOperationException", "Cannot access child value on " + on->type->fullName() + ".");
}

// token[key]
Value item(Call& c) {
  JToken* t = self(c);
  const Value& key = c[1];
  if (t->kind == ObjectKind::JObject) {
    if (!key.isString())
      return c.raise("System.ArgumentException", "Accessed JObject values with invalid key value: " +
                                                     std::string(toUtf8(c.arena(), valueToString(c.eval, key))) +
                                                     ". Object property name expected.");
    const JProperty* found = findProperty(c.eval, container(c), key);
    return found != nullptr ? wrap(found->content) : Value();
  }
  if (t->kind == ObjectKind::JArray) {
    if (key.tag() != Tag::Int32)
      return c.raise("System.ArgumentException", "Accessed JArray values with invalid key value: " +
                                                     std::string(toUtf8(c.arena(), valueToString(c.eval, key))) +
                                                     ". Int32 array index expected.");
    const int32_t at = key.asInt32();
    if (at < 0 || static_cast<uint32_t>(at) >= container(c)->count)
      return c.eval.raiseOutOfRange("index", "Index was out of range. Must be non-negative and less than the size of the collection.");
    return wrap(container(c)->items[at]);
  }
  return cannotAccess(c, t);
}

JToken* newContent(Call& c, const Value& content) {
  if (content.isNull()) return newJValue(c.arena(), Value(), JType::Null);
  return tokenFrom(c.eval, content);
}

Value setItem(Call& c) {
  JToken* t = self(c);
  JToken* content = newContent(c, c[2]);
  if (content == nullptr) return {};
  if (t->kind == ObjectKind::JObject) {
    if (!c[1].isString()) return item(c);
    setProperty(c.eval, container(c), c[1], content);
    return {};
  }
  if (t->kind == ObjectKind::JArray) {
    const Value old = item(c);
    if (!c.eval.failed()) replaceToken(c.eval, token(old), content);
    return {};
  }
  return cannotAccess(c, t);
}

// The children of a token, as Newtonsoft counts them: properties of an object, items of an array, a property's value.
struct ChildEnumerator final : Enumerator {
  JContainer* parent = nullptr;
  JToken* only = nullptr;
  uint32_t at = 0;
  uint32_t seen = 0;
  const Type* pair = nullptr;
  bool contents = false;

  bool next(Eval& eval, Value& out) override {
    if (only != nullptr) {
      out = Value::object(only);
      only = nullptr;
      return true;
    }
    if (parent == nullptr) return false;
    if (parent->version != seen && at < parent->count) {
      eval.raise("System.InvalidOperationException", "Collection was modified; enumeration operation may not execute.");
      return false;
    }
    if (at >= parent->count || !eval.step()) return false;
    JToken* one = parent->items[at++];
    auto* property = one->kind == ObjectKind::JProperty ? static_cast<JProperty*>(one) : nullptr;
    if (pair != nullptr && property != nullptr) {
      out = newRecord(eval, pair, {property->name, Value::object(property->content)});
    } else {
      out = Value::object(contents && property != nullptr ? property->content : one);
    }
    return true;
  }
};

ChildEnumerator* childrenOf(Eval& eval, JToken* t) {
  auto* made = eval.arena.create<ChildEnumerator>();
  made->type = core().object;
  made->kind = ObjectKind::Enumerator;
  if (isContainer(t)) {
    made->parent = static_cast<JContainer*>(t);
    made->seen = made->parent->version;
  } else if (t->kind == ObjectKind::JProperty) {
    made->only = static_cast<JProperty*>(t)->content;
  }
  return made;
}

Enumerator* enumerateToken(Eval& eval, const Value& value) { return childrenOf(eval, token(value)); }

// As IEnumerable<KeyValuePair<string, JToken>>: what foreach over a JObject gives.
struct PairSequence final : SequenceObject {
  JToken* object = nullptr;
  bool contents = false;
  Enumerator* begin(Eval& eval) override {
    ChildEnumerator* made = childrenOf(eval, object);
    if (contents) {
      made->contents = true;
    } else {
      const Type* two[] = {core().string, jsonTypes().token};
      made->pair = libraryType("System.Collections.Generic.KeyValuePair", two);
    }
    return made;
  }
};

Enumerator* enumerateObject(Eval& eval, const Value& value) {
  PairSequence pairs;
  pairs.object = token(value);
  return pairs.begin(eval);
}

struct ChildSequence final : SequenceObject {
  JToken* parent = nullptr;
  bool contents = false;
  Enumerator* begin(Eval& eval) override {
    ChildEnumerator* made = childrenOf(eval, parent);
    made->contents = contents;
    return made;
  }
};

Value children(Call& c, bool contents) {
  auto* made = c.arena().create<ChildSequence>();
  made->type = c.type;
  made->kind = ObjectKind::Sequence;
  made->parent = self(c);
  made->contents = contents;
  return Value::object(made);
}

bool addDescendants(Eval& eval, JToken* t, ListObject* out) {
  if (!eval.enter()) return false;
  ChildEnumerator* items = childrenOf(eval, t);
  Value child;
  while (items->next(eval, child))
    if (!append(eval, out, child) || !addDescendants(eval, token(child), out)) break;
  eval.leave();
  return !eval.failed();
}

Value descendants(Call& c, bool with_self) {
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
  if (with_self && !append(c.eval, list, c[0])) return {};
  return addDescendants(c.eval, self(c), list) ? Value::object(list) : Value();
}

Value ancestors(Call& c, bool with_self) {
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
  for (JToken* t = with_self ? self(c) : self(c)->parent; t != nullptr; t = t->parent)
    if (!append(c.eval, list, Value::object(t))) return {};
  return Value::object(list);
}

Value edge(Call& c, bool first) {
  JToken* t = self(c);
  if (t->kind == ObjectKind::JProperty) return wrap(static_cast<JProperty*>(t)->content);
  if (t->kind == ObjectKind::JValue) return cannotAccess(c, t);
  return container(c)->count == 0 ? Value() : wrap(container(c)->items[first ? 0 : container(c)->count - 1]);
}

Value sibling(Call& c, int by) {
  JToken* t = self(c);
  if (t->parent == nullptr || !isContainer(t->parent)) return {};
  const auto* parent = static_cast<JContainer*>(t->parent);
  const int64_t at = int64_t{indexInParent(t)} + by;
  return at >= 0 && at < parent->count ? wrap(parent->items[at]) : Value();
}

Value select(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("path");
  ListObject* found = newList(c.eval, core().object);
  const bool error = c.count > 2 && c.boolean(2);
  if (!selectTokens(c.eval, self(c), c.chars(1), found, error)) return {};
  if (found->count > 1) return c.raise("Newtonsoft.Json.JsonException", "Path returned multiple tokens.");
  return found->count == 0 ? Value() : found->items[0];
}

Value selectAll(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("path");
  ListObject* found = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
  return selectTokens(c.eval, self(c), c.chars(1), found, c.count > 2 && c.boolean(2)) ? Value::object(found) : Value();
}

Value toText(Call& c) {
  const bool none = c.count > 1 && c[1].asInt64() == 0;
  if (c.count > 1) return writeToken(c.eval, self(c), none ? Indent::None : Indent::Indented);
  return tokenToString(c.eval, self(c));
}

Value parse(Call& c, Expect expect) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
  return wrap(parseJson(c.eval, c[0], expect));
}

Value fromObject(Call& c, ObjectKind wanted, const char* name) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("o");
  JToken* made = tokenFrom(c.eval, c[0]);
  if (made == nullptr) return {};
  if (isToken(c[0])) made = cloneToken(c.eval, made);
  if (made != nullptr && wanted != ObjectKind::Plain && made->kind != wanted)
    return c.raise("System.ArgumentException", std::string("Object serialized to another type. ") + name + " instance expected.");
  return wrap(made);
}

bool sameOrNull(Call& c) {
  const JToken* a = c.isNull(0) ? nullptr : token(c[0]);
  const JToken* b = c.isNull(1) ? nullptr : token(c[1]);
  return deepEquals(c.eval, a, b);
}

// Value<T>(): the token itself, or converted.
Value valueAs(Call& c, const Value& from, const Type* type) {
  if (from.isNull()) return defaultValue(c.arena(), type);
  JToken* t = token(from);
  if (isInstance(from, type) && type->kind != TypeKind::Interface && type->kind != TypeKind::Object) return from;
  if (t->kind != ObjectKind::JValue)
    return c.raise("System.InvalidCastException",
                   "Cannot cast " + t->type->fullName() + " to Newtonsoft.Json.Linq.JToken.");
  const Value& inner = static_cast<JValue*>(t)->value;
  if (inner.isNull()) return defaultValue(c.arena(), type);
  if (isInstance(inner, type)) return inner;
  if (type->kind == TypeKind::Object) return inner;
  const Type* target = type->isNullable() ? type->underlying() : type;
  if (target->isReference() && target->kind != TypeKind::String && target != core().byte_array)
    return c.raise("System.InvalidCastException", "Invalid cast from '" + typeOf(inner)->fullName() + "' to '" +
                                                      type->fullName() + "'.");
  return convertToken(c.eval, from, type);
}

Value valueOfKey(Call& c) {
  const Value found = item(c);
  return c.eval.failed() ? Value() : valueAs(c, found, c.type_args[0]);
}

Value valuesAs(Call& c) {
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
  ChildEnumerator* items = childrenOf(c.eval, self(c));
  Value child;
  while (items->next(c.eval, child)) {
    JToken* one = token(child);
    const Value content = wrap(one->kind == ObjectKind::JProperty ? static_cast<JProperty*>(one)->content : one);
    const Value converted = valueAs(c, content, c.type_args[0]);
    if (c.eval.failed() || !append(c.eval, list, converted)) return {};
  }
  return Value::object(list);
}

Value addBeside(Call& c, uint32_t after) {
  JToken* t = self(c);
  if (t->parent == nullptr || !isContainer(t->parent))
    return c.raise("System.InvalidOperationException", "The parent is missing.");
  JToken* added = newContent(c, c[1]);
  if (added != nullptr) insertItem(c.eval, static_cast<JContainer*>(t->parent), indexInParent(t) + after, added);
  return {};
}

constexpr MemberRow kToken[] = {
    {"JToken this[object key] { get; set; }", item, setItem},
    {"JTokenType Type { get; }",
     [](Call& c) {
       static const Type* const kType = libraryType("Newtonsoft.Json.Linq.JTokenType");
       return newEnum(kType, self(c)->detail);
     }},
    {"JContainer Parent { get; }", [](Call& c) { return wrap(self(c)->parent); }},
    {"JToken Root { get; }",
     [](Call& c) {
       JToken* t = self(c);
       while (t->parent != nullptr) t = t->parent;
       return wrap(t);
     }},
    {"string Path { get; }", [](Call& c) { return pathOf(c.eval, self(c)); }},
    {"bool HasValues { get; }",
     [](Call& c) {
       const JToken* t = self(c);
       return Value::boolean(t->kind == ObjectKind::JProperty || (isContainer(t) && container(c)->count > 0));
     }},
    {"JToken First { get; }", [](Call& c) { return edge(c, true); }},
    {"JToken Last { get; }", [](Call& c) { return edge(c, false); }},
    {"JToken Next { get; }", [](Call& c) { return sibling(c, 1); }},
    {"JToken Previous { get; }", [](Call& c) { return sibling(c, -1); }},
    {"JEnumerable<JToken> Children()", [](Call& c) { return children(c, false); }},
    {"JEnumerable<T> Children<T>()",
     [](Call& c) {
       ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type_args));
       ChildEnumerator* items = childrenOf(c.eval, self(c));
       Value child;
       while (items->next(c.eval, child))
         if (isInstance(child, c.type_args[0]) && !append(c.eval, list, child)) return Value();
       return Value::object(list);
     }},
    {"IEnumerable<T> Values<T>()", valuesAs},
    {"T Value<T>(object key)", valueOfKey},
    {"JToken SelectToken(string path)", select},
    {"JToken SelectToken(string path, bool errorWhenNoMatch)", select},
    {"IEnumerable<JToken> SelectTokens(string path)", selectAll},
    {"IEnumerable<JToken> SelectTokens(string path, bool errorWhenNoMatch)", selectAll},
    {"JToken DeepClone()", [](Call& c) { return wrap(cloneToken(c.eval, self(c))); }},
    {"T ToObject<T>()", [](Call& c) { return tokenToObject(c.eval, self(c), c.type_args[0]); }},
    {"void Remove()", [](Call& c) { return removeToken(c.eval, self(c)), Value(); }, nullptr, kMutates},
    {"void Replace(JToken value)",
     [](Call& c) {
       JToken* with = newContent(c, c[1]);
       if (with != nullptr) replaceToken(c.eval, self(c), with);
       return Value();
     },
     nullptr, kMutates},
    {"void AddAfterSelf(object content)", [](Call& c) { return addBeside(c, 1); }, nullptr, kMutates},
    {"void AddBeforeSelf(object content)", [](Call& c) { return addBeside(c, 0); }, nullptr, kMutates},
    {"IEnumerable<JToken> Ancestors()", [](Call& c) { return ancestors(c, false); }},
    {"IEnumerable<JToken> AncestorsAndSelf()", [](Call& c) { return ancestors(c, true); }},
    {"string ToString()", toText},
    {"string ToString(Newtonsoft.Json.Formatting formatting)", toText},
    {"static JToken Parse(string json)", [](Call& c) { return parse(c, Expect::Any); }},
    {"static JToken FromObject(object o)", [](Call& c) { return fromObject(c, ObjectKind::Plain, ""); }},
    {"static bool DeepEquals(JToken t1, JToken t2)", [](Call& c) { return Value::boolean(sameOrNull(c)); }},
};

Value newObjectFrom(Call& c) {
  JContainer* made = newJObject(c.arena());
  for (uint32_t i = 0; i < c.count; ++i)
    if (!addContent(c.eval, made, c[i])) return {};
  return Value::object(made);
}

Value newObjectFromMany(Call& c) {
  JContainer* made = newJObject(c.arena());
  const auto* items = c.object<ArrayObject>(0);
  for (uint32_t i = 0; i < items->length; ++i)
    if (!addContent(c.eval, made, items->items[i])) return {};
  return Value::object(made);
}

Value addProperty(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("name");
  JToken* content = newContent(c, c[2]);
  if (content == nullptr) return {};
  if (content->parent != nullptr) content = cloneToken(c.eval, content);
  if (content != nullptr) {
    touch(content);
    insertItem(c.eval, container(c), container(c)->count, newJProperty(c.arena(), c[1], content));
  }
  return {};
}

const JProperty* findWith(Call& c, int64_t comparison) {
  if (const JProperty* exact = findProperty(c.eval, container(c), c[1])) return exact;
  if ((comparison & 1) == 0) return nullptr;
  for (uint32_t i = 0; i < container(c)->count; ++i) {
    const auto* property = static_cast<const JProperty*>(container(c)->items[i]);
    if (compareOrdinalIgnoreCase(chars(c.eval, property->name), c.chars(1)) == 0) return property;
  }
  return nullptr;
}

Value getValue(Call& c) {
  if (c.isNull(1)) return {};
  const JProperty* found = findWith(c, c.count > 2 ? c[2].asInt64() : 4);
  return found != nullptr ? wrap(found->content) : Value();
}

Value tryGet(Call& c) {
  const bool compared = c.count > 3;
  const JProperty* found = c.isNull(1) ? nullptr : findWith(c, compared ? c[2].asInt64() : 4);
  c[compared ? 3 : 2] = found != nullptr ? wrap(found->content) : Value();
  return Value::boolean(found != nullptr);
}

Value properties(Call& c) {
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args), container(c)->count);
  for (uint32_t i = 0; i < container(c)->count; ++i)
    if (!append(c.eval, list, Value::object(container(c)->items[i]))) return {};
  return Value::object(list);
}

constexpr MemberRow kObject[] = {
    {"JObject()", [](Call& c) { return Value::object(newJObject(c.arena())); }},
    {"JObject(JObject other)", [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("other") : wrap(cloneToken(c.eval, token(c[0]))); }},
    {"JObject(object content)", newObjectFrom},
    {"JObject(params object[] content)", newObjectFromMany},
    {"JToken this[string propertyName] { get; set; }", item, setItem},
    {"int Count { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(container(c)->count)); }},
    {"IEnumerator<KeyValuePair<string,JToken>> GetEnumerator()",
     [](Call& c) { return Value::object(enumerateObject(c.eval, c[0])); }},
    {"void Add(string propertyName, JToken value)", addProperty, nullptr, kMutates},
    {"bool ContainsKey(string propertyName)",
     [](Call& c) {
       if (c.isNull(1)) return c.eval.raiseArgumentNull("propertyName");
       return Value::boolean(findProperty(c.eval, container(c), c[1]) != nullptr);
     }},
    {"bool Remove(string propertyName)",
     [](Call& c) {
       if (c.isNull(1)) return c.eval.raiseArgumentNull("propertyName");
       JProperty* found = findProperty(c.eval, container(c), c[1]);
       return Value::boolean(found != nullptr && removeToken(c.eval, found));
     },
     nullptr, kMutates},
    {"JProperty Property(string name)",
     [](Call& c) { return c.isNull(1) ? Value() : wrap(findProperty(c.eval, container(c), c[1])); }},
    {"JProperty Property(string name, StringComparison comparison)",
     [](Call& c) { return c.isNull(1) ? Value() : wrap(const_cast<JProperty*>(findWith(c, c[2].asInt64()))); }},
    {"IEnumerable<JProperty> Properties()", properties},
    {"JEnumerable<JToken> PropertyValues()", [](Call& c) { return children(c, true); }},
    {"JToken GetValue(string propertyName)", getValue},
    {"JToken GetValue(string propertyName, StringComparison comparison)", getValue},
    {"bool TryGetValue(string propertyName, out JToken value)", tryGet},
    {"bool TryGetValue(string propertyName, StringComparison comparison, out JToken value)", tryGet},
    {"static JObject Parse(string json)", [](Call& c) { return parse(c, Expect::Object); }},
    {"static JObject FromObject(object o)", [](Call& c) { return fromObject(c, ObjectKind::JObject, "JObject"); }},
};

bool mergeInto(Eval& eval, JContainer* into, const JContainer* from);

bool mergeArray(Eval& eval, JContainer* into, const JContainer* from) {
  for (uint32_t i = 0; i < from->count; ++i) {
    JToken* copy = cloneToken(eval, from->items[i]);
    if (copy == nullptr || !insertItem(eval, into, into->count, copy)) return false;
  }
  return true;
}

bool mergeInto(Eval& eval, JContainer* into, const JContainer* from) {
  if (!eval.step() || !eval.enter()) return false;
  bool good = true;
  for (uint32_t i = 0; good && i < from->count; ++i) {
    const auto* property = static_cast<const JProperty*>(from->items[i]);
    JProperty* known = findProperty(eval, into, property->name);
    JToken* content = property->content;
    if (known == nullptr) {
      JToken* copy = cloneToken(eval, content);
      good = copy != nullptr && setProperty(eval, into, property->name, copy);
    } else if (content->jtype() == JType::Null) {
      continue;  // MergeNullValueHandling.Ignore
    } else if (known->content->kind == content->kind && isContainer(content)) {
      good = content->kind == ObjectKind::JObject
                 ? mergeInto(eval, static_cast<JContainer*>(known->content), static_cast<JContainer*>(content))
                 : mergeArray(eval, static_cast<JContainer*>(known->content), static_cast<JContainer*>(content));
    } else {
      JToken* copy = cloneToken(eval, content);
      good = copy != nullptr && replaceToken(eval, known->content, copy);
    }
  }
  eval.leave();
  return good;
}

Value merge(Call& c) {
  if (c.isNull(1)) return {};
  JToken* from = tokenFrom(c.eval, c[1]);
  if (from == nullptr) return {};
  touch(self(c));
  if (from->kind != self(c)->kind || !isContainer(from)) return {};
  if (from->kind == ObjectKind::JObject) {
    mergeInto(c.eval, container(c), static_cast<JContainer*>(from));
  } else {
    mergeArray(c.eval, container(c), static_cast<JContainer*>(from));
  }
  return {};
}

// A JProperty is a container to C#, but holds exactly one value.
bool holdsMany(Call& c) {
  if (isContainer(self(c))) return true;
  c.raise("Newtonsoft.Json.JsonException", "Newtonsoft.Json.Linq.JProperty cannot have multiple values.");
  return false;
}

Value add(Call& c) {
  if (!holdsMany(c)) return {};
  if (c.isNull(1)) {
    insertItem(c.eval, container(c), container(c)->count, newJValue(c.arena(), Value(), JType::Null));
  } else {
    addContent(c.eval, container(c), c[1]);
  }
  return {};
}

Value removeAll(Call& c) {
  if (!holdsMany(c)) return {};
  touch(self(c));
  for (uint32_t i = 0; i < container(c)->count; ++i) container(c)->items[i]->parent = nullptr;
  container(c)->count = 0;
  ++container(c)->version;
  return {};
}

constexpr MemberRow kContainer[] = {
    {"int Count { get; }",
     [](Call& c) {
       return Value::int32(self(c)->kind == ObjectKind::JProperty ? 1 : static_cast<int32_t>(container(c)->count));
     }},
    {"void Add(object content)", add, nullptr, kMutates},
    {"void AddFirst(object content)",
     [](Call& c) {
       JToken* one = holdsMany(c) ? newContent(c, c[1]) : nullptr;
       if (one != nullptr) insertItem(c.eval, container(c), 0, one);
       return Value();
     },
     nullptr, kMutates},
    {"void RemoveAll()", removeAll, nullptr, kMutates},
    {"void Merge(object content)", merge, nullptr, kMutates},
    {"IEnumerable<JToken> Descendants()", [](Call& c) { return descendants(c, false); }},
    {"IEnumerable<JToken> DescendantsAndSelf()", [](Call& c) { return descendants(c, true); }},
};

// The array's own index of a token that is, or equals by value, `wanted`.
int32_t indexOfToken(Call& c) {
  if (c.isNull(1)) return -1;
  for (uint32_t i = 0; i < container(c)->count; ++i)
    if (container(c)->items[i] == token(c[1])) return static_cast<int32_t>(i);
  return -1;
}

Value newArrayFromMany(Call& c) {
  JContainer* made = newJArray(c.arena());
  const auto* items = c.object<ArrayObject>(0);
  for (uint32_t i = 0; i < items->length; ++i)
    if (!addContent(c.eval, made, items->items[i])) return {};
  return Value::object(made);
}

constexpr MemberRow kArray[] = {
    {"JArray()", [](Call& c) { return Value::object(newJArray(c.arena())); }},
    {"JArray(JArray other)", [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("other") : wrap(cloneToken(c.eval, token(c[0]))); }},
    {"JArray(object content)",
     [](Call& c) {
       JContainer* made = newJArray(c.arena());
       return addContent(c.eval, made, c[0]) ? Value::object(made) : Value();
     }},
    {"JArray(params object[] content)", newArrayFromMany},
    {"JToken this[int index] { get; set; }", item, setItem},
    {"void Add(JToken item)", add, nullptr, kMutates},
    {"void Insert(int index, JToken item)",
     [](Call& c) {
       if (c.int32(1) < 0 || static_cast<uint32_t>(c.int32(1)) > container(c)->count) return c.eval.raiseOutOfRange("index");
       JToken* one = newContent(c, c[2]);
       if (one != nullptr) insertItem(c.eval, container(c), static_cast<uint32_t>(c.int32(1)), one);
       return Value();
     },
     nullptr, kMutates},
    {"void RemoveAt(int index)",
     [](Call& c) {
       if (c.int32(1) < 0 || static_cast<uint32_t>(c.int32(1)) >= container(c)->count) return c.eval.raiseOutOfRange("index");
       removeToken(c.eval, container(c)->items[c.int32(1)]);
       return Value();
     },
     nullptr, kMutates},
    {"bool Remove(JToken item)",
     [](Call& c) {
       const int32_t at = indexOfToken(c);
       return Value::boolean(at >= 0 && removeToken(c.eval, container(c)->items[at]));
     },
     nullptr, kMutates},
    {"bool Contains(JToken item)", [](Call& c) { return Value::boolean(indexOfToken(c) >= 0); }},
    {"int IndexOf(JToken item)", [](Call& c) { return Value::int32(indexOfToken(c)); }},
    {"void Clear()", removeAll, nullptr, kMutates},
    {"static JArray Parse(string json)", [](Call& c) { return parse(c, Expect::Array); }},
    {"static JArray FromObject(object o)", [](Call& c) { return fromObject(c, ObjectKind::JArray, "JArray"); }},
};

Value newProperty(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("name");
  const Value& content = c[1];
  JToken* value = nullptr;
  const bool spread = content.isObject() && !isToken(content) && elementOfSequence(content.asObject()->type) != nullptr &&
                      content.asObject()->kind != ObjectKind::Bytes && content.asObject()->kind != ObjectKind::Map;
  if (spread) {
    JContainer* array = newJArray(c.arena());
    if (!addContent(c.eval, array, content)) return {};
    value = array;
  } else {
    value = newContent(c, content);
  }
  if (value == nullptr) return {};
  if (value->parent != nullptr) value = cloneToken(c.eval, value);
  if (value == nullptr) return {};
  touch(value);
  return Value::object(newJProperty(c.arena(), c[0], value));
}

Value newPropertyOfMany(Call& c) {
  JContainer* array = newJArray(c.arena());
  const auto* items = c.object<ArrayObject>(1);
  for (uint32_t i = 0; i < items->length; ++i)
    if (!addContent(c.eval, array, items->items[i])) return {};
  return Value::object(newJProperty(c.arena(), c[0], array));
}

constexpr MemberRow kProperty[] = {
    {"JProperty(string name, object content)", newProperty},
    {"JProperty(string name, params object[] content)", newPropertyOfMany},
    {"string Name { get; }", [](Call& c) { return static_cast<JProperty*>(self(c))->name; }},
    {"JToken Value { get; set; }", [](Call& c) { return wrap(static_cast<JProperty*>(self(c))->content); },
     [](Call& c) {
       JToken* with = newContent(c, c[1]);
       if (with != nullptr) replaceToken(c.eval, static_cast<JProperty*>(self(c))->content, with);
       return Value();
     }},
};

Value newValue(Call& c) {
  if (c.isNull(0)) return Value::object(newJValue(c.arena(), Value(), JType::Null));
  JToken* made = tokenFrom(c.eval, c[0]);
  if (made == nullptr) return {};
  if (made->kind != ObjectKind::JValue)
    return c.raise("System.ArgumentException",
                   "Could not determine JSON object type for type " + typeOf(c[0])->fullName() + ".");
  return Value::object(newJValue(c.arena(), static_cast<JValue*>(made)->value, made->jtype()));
}

constexpr MemberRow kValue[] = {
    {"JValue(object value)", newValue},
    {"JValue(JValue other)", newValue},
    {"object Value { get; set; }", [](Call& c) { return static_cast<JValue*>(self(c))->value; },
     [](Call& c) {
       touch(self(c));
       static_cast<JValue*>(self(c))->value = c[1];
       self(c)->detail = static_cast<uint8_t>(jtypeOf(c[1]));
       self(c)->flags &= static_cast<uint16_t>(~kPlainText);
       return Value();
     }},
    {"static JValue CreateNull()", [](Call& c) { return Value::object(newJValue(c.arena(), Value(), JType::Null)); }},
    {"static JValue CreateUndefined()",
     [](Call& c) { return Value::object(newJValue(c.arena(), Value(), JType::Undefined)); }},
    {"static JValue CreateString(string value)",
     [](Call& c) { return Value::object(newJValue(c.arena(), c[0], JType::String)); }},
    {"int CompareTo(JValue obj)",
     [](Call& c) {
       if (c.isNull(1)) return Value::int32(1);
       return Value::int32(compareJson(c.eval, static_cast<JValue*>(self(c)), static_cast<JValue*>(token(c[1]))));
     }},
    {"string ToString(string format)", [](Call& c) { return formatValue(c.eval, static_cast<JValue*>(self(c))->value, c[1]); }},
    {"bool Equals(JValue other)",
     [](Call& c) {
       return Value::boolean(!c.isNull(1) && deepEquals(c.eval, self(c), token(c[1])));
     }},
};

constexpr EnumRow kTypes[] = {
    {"None", 0},   {"Object", 1}, {"Array", 2}, {"Constructor", 3}, {"Property", 4}, {"Comment", 5},
    {"Integer", 6}, {"Float", 7},  {"String", 8}, {"Boolean", 9},    {"Null", 10},    {"Undefined", 11},
    {"Date", 12},  {"Raw", 13},   {"Bytes", 14}, {"Guid", 15},       {"Uri", 16},     {"TimeSpan", 17},
};
constexpr EnumRow kFormatting[] = {{"None", 0}, {"Indented", 1}};

bool equalTokens(Eval& eval, const Value& a, const Value& b) {
  // Only JValue compares by content.
  return isKind(a, ObjectKind::JValue) && isKind(b, ObjectKind::JValue) && deepEquals(eval, token(a), token(b));
}

uint32_t hashToken(Eval& eval, const Value& a) {
  if (!isKind(a, ObjectKind::JValue)) return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(a.pointer()) >> 4);
  return valueHash(eval, as<JValue>(a)->value);
}

int compareTokens(Eval& eval, const Value& a, const Value& b) {
  if (isKind(a, ObjectKind::JValue) && isKind(b, ObjectKind::JValue)) return compareJson(eval, as<JValue>(a), as<JValue>(b));
  eval.raise("System.ArgumentException", "At least one object must implement IComparable.");
  return 0;
}

Value formatToken(Eval& eval, const Value& value, const Chars& format) {
  if (!isKind(value, ObjectKind::JValue)) return tokenToString(eval, token(value));
  return formatValue(eval, as<JValue>(value)->value, fromChars(format));
}

Value copyHook(Arena& arena, const Value& value) { return wrap(copyToken(arena, token(value))); }

}  // namespace

void declareJson(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& value) { return tokenToString(eval, token(value)); };
  hooks.equals = equalTokens;
  hooks.hash = hashToken;
  hooks.compare = compareTokens;
  hooks.enumerate = enumerateToken;
  hooks.format = formatToken;
  hooks.copy = copyHook;
  library.add("interface Newtonsoft.Json.Linq.JEnumerable<out T> : IEnumerable<T>", {});
  TypeDef& token_def = library.add("abstract class Newtonsoft.Json.Linq.JToken : IEnumerable<JToken>", kToken, hooks);
  token_def.rows.push_back(jsonConversionRows());
  library.add("abstract class Newtonsoft.Json.Linq.JContainer : JToken", kContainer);
  library.add("class Newtonsoft.Json.Linq.JObject : JContainer, IEnumerable<KeyValuePair<string,JToken>>", kObject);
  library.add("class Newtonsoft.Json.Linq.JArray : JContainer, IList<JToken>", kArray);
  library.add("class Newtonsoft.Json.Linq.JValue : JToken, IComparable, IComparable<JValue>", kValue);
  library.add("class Newtonsoft.Json.Linq.JProperty : JContainer", kProperty);
  library.addEnum("Newtonsoft.Json.Linq.JTokenType", kTypes);
  library.addEnum("Newtonsoft.Json.Formatting", kFormatting);
  // Ambiguous with Newtonsoft's, as in policies: the whole name must be written.
  library.addEnum("System.Xml.Formatting", kFormatting);
  declareJsonConvert(library);
}

}  // namespace sluice::expression
