// Dictionary<TKey,TValue> and KeyValuePair.
#include "expression/collection.h"
#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

MapObject* self(Call& c) {
  return c.object<MapObject>(0);
}

MapObject* fresh(Call& c, const Value& comparer) {
  return newMap(c.eval, c.type, comparisonOf(comparer));
}

std::string shown(Call& c, const Value& key) {
  return std::string(toUtf8(c.arena(), valueToString(c.eval, key)));
}

Value duplicate(Call& c, const Value& key) {
  return c.raise("System.ArgumentException", "An item with the same key has already been added. Key: " + shown(c, key));
}

bool addNew(Call& c, MapObject* map, const Value& key, const Value& value) {
  if (key.isNull()) {
    c.eval.raiseArgumentNull("key");
    return false;
  }
  const bool known = mapFind(c.eval, map, key) != nullptr;
  if (known) duplicate(c, key);
  return !c.eval.failed() && mapPut(c.eval, map, key, value);
}

Value fromPairs(Call& c, const Value& comparer) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("dictionary");
  MapObject* map = fresh(c, comparer);
  Enumerator* items = enumerate(c.eval, c[0]);
  Value item;
  while (items != nullptr && items->next(c.eval, item)) {
    const auto* pair = as<RecordObject>(item);
    if (!addNew(c, map, pair->members[0], pair->members[1])) return {};
  }
  return c.eval.failed() ? Value() : Value::object(map);
}

Value item(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  const MapObject::Entry* entry = mapFind(c.eval, self(c), c[1]);
  if (entry != nullptr || c.eval.failed()) return entry != nullptr ? entry->value : Value();
  return c.raise("System.Collections.Generic.KeyNotFoundException",
                 "The given key '" + shown(c, c[1]) + "' was not present in the dictionary.");
}

Value setItem(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  mapPut(c.eval, self(c), c[1], c[2]);
  return {};
}

Value keysOrValues(Call& c, bool keys) {
  const Type* one[] = {c.receiver->args[keys ? 0 : 1]};
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", one), self(c)->size());
  uint32_t at = 0;
  while (const MapObject::Entry* entry = mapNext(self(c), at))
    if (!append(c.eval, list, keys ? entry->key : entry->value)) return {};
  return Value::object(list);
}

Value tryGet(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  const MapObject::Entry* entry = mapFind(c.eval, self(c), c[1]);
  c[2] = entry != nullptr ? entry->value : defaultValue(c.arena(), c.receiver->args[1]);
  return Value::boolean(entry != nullptr);
}

Value containsValue(Call& c) {
  uint32_t at = 0;
  while (const MapObject::Entry* entry = mapNext(self(c), at))
    if (c.eval.step() && valueEquals(c.eval, entry->value, c[1])) return Value::boolean(true);
  return Value::boolean(false);
}

Value removeKey(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  if (c.count > 2) {
    const MapObject::Entry* entry = mapFind(c.eval, self(c), c[1]);
    c[2] = entry != nullptr ? entry->value : defaultValue(c.arena(), c.receiver->args[1]);
  }
  return Value::boolean(mapRemove(c.eval, self(c), c[1]));
}

constexpr MemberRow kDictionary[] = {
    {"Dictionary()", [](Call& c) { return Value::object(fresh(c, Value())); }},
    {"Dictionary(int capacity)",
     [](Call& c) { return c.int32(0) < 0 ? c.eval.raiseOutOfRange("capacity") : Value::object(fresh(c, Value())); }},
    {"Dictionary(IEqualityComparer<TKey> comparer)", [](Call& c) { return Value::object(fresh(c, c[0])); }},
    {"Dictionary(int capacity, IEqualityComparer<TKey> comparer)",
     [](Call& c) { return c.int32(0) < 0 ? c.eval.raiseOutOfRange("capacity") : Value::object(fresh(c, c[1])); }},
    {"Dictionary(IDictionary<TKey,TValue> dictionary)", [](Call& c) { return fromPairs(c, Value()); }},
    {"Dictionary(IDictionary<TKey,TValue> dictionary, IEqualityComparer<TKey> comparer)",
     [](Call& c) { return fromPairs(c, c[1]); }},
    {"Dictionary(IEnumerable<KeyValuePair<TKey,TValue>> collection)", [](Call& c) { return fromPairs(c, Value()); }},
    {"Dictionary(IEnumerable<KeyValuePair<TKey,TValue>> collection, IEqualityComparer<TKey> comparer)",
     [](Call& c) { return fromPairs(c, c[1]); }},
    {"int Count { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(self(c)->size())); }},
    {"TValue this[TKey key] { get; set; }", item, setItem},
    {"ICollection<TKey> Keys { get; }", [](Call& c) { return keysOrValues(c, true); }},
    {"ICollection<TValue> Values { get; }", [](Call& c) { return keysOrValues(c, false); }},
    {"void Add(TKey key, TValue value)", [](Call& c) { return addNew(c, self(c), c[1], c[2]), Value(); }},
    {"bool TryAdd(TKey key, TValue value)",
     [](Call& c) {
       if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
       const bool known = mapFind(c.eval, self(c), c[1]) != nullptr;
       return Value::boolean(!known && mapPut(c.eval, self(c), c[1], c[2]));
     }},
    {"bool ContainsKey(TKey key)",
     [](Call& c) {
       if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
       return Value::boolean(mapFind(c.eval, self(c), c[1]) != nullptr);
     }},
    {"bool ContainsValue(TValue value)", containsValue},
    {"bool TryGetValue(TKey key, out TValue value)", tryGet},
    {"bool Remove(TKey key)", removeKey},
    {"bool Remove(TKey key, out TValue value)", removeKey},
    {"void Clear()", [](Call& c) { return mapClear(self(c)), Value(); }},
    {"int EnsureCapacity(int capacity)",
     [](Call& c) { return c.int32(1) < 0 ? c.eval.raiseOutOfRange("capacity") : Value::int32(c.int32(1)); }},
    {"void TrimExcess()", [](Call&) { return Value(); }},
};

// Any read-only dictionary answers through its own TryGetValue.
Value valueOrDefault(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("dictionary");
  for (const Type* t = c[0].asObject()->type; t != nullptr && t->def != nullptr; t = t->base)
    for (const Member& member : t->def->members()) {
      if (member.name != "TryGetValue" || member.params.size() != 2) continue;
      Value args[] = {c[0], c[1], Value()};
      Call call{c.eval, args, 3, core().boolean, {}, t};
      const Value found = member.get(call);
      if (c.eval.failed()) return {};
      if (found.asBool()) return args[2];
      return c.count > 2 ? c[2] : defaultValue(c.arena(), c.type);
    }
  return c.raise("System.NotSupportedException", "This is no dictionary that the engine made.");
}

constexpr MemberRow kCollectionExtensions[] = {
    {"static TValue GetValueOrDefault<TKey,TValue>(this IReadOnlyDictionary<TKey,TValue> dictionary, TKey key)",
     valueOrDefault},
    {"static TValue GetValueOrDefault<TKey,TValue>(this IReadOnlyDictionary<TKey,TValue> dictionary, TKey key, "
     "TValue defaultValue)",
     valueOrDefault},
};

template <uint32_t kIndex>
Value part(Call& c) {
  return c.object<RecordObject>(0)->members[kIndex];
}

constexpr MemberRow kPair[] = {
    {"KeyValuePair(TKey key, TValue value)",
     [](Call& c) {
       return newRecord(c.eval, c.type, {c[0], c[1]});
     }},
    {"TKey Key { get; }", part<0>},
    {"TValue Value { get; }", part<1>},
};
constexpr MemberRow kPairStatic[] = {
    {"static KeyValuePair<TKey,TValue> Create<TKey,TValue>(TKey key, TValue value)",
     [](Call& c) {
       return newRecord(c.eval, c.type, {c[0], c[1]});
     }},
};

}  // namespace

void declareDictionary(Library& library) {
  library.add(
      "class System.Collections.Generic.Dictionary<TKey,TValue> : IDictionary<TKey,TValue>, "
      "IReadOnlyDictionary<TKey,TValue>, System.Collections.ICollection",
      kDictionary);
  library.add("struct System.Collections.Generic.KeyValuePair<TKey,TValue>", kPair);
  library.add("static class System.Collections.Generic.CollectionExtensions", kCollectionExtensions);
  library.add("static class System.Collections.Generic.KeyValuePair", kPairStatic);
}

}  // namespace sluice::expression
