// Dictionary<TKey,TValue>, HashSet<T>, KeyValuePair, Tuple and ValueTuple.
#include "expression/collection.h"
#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

MapObject* self(Call& c) { return c.object<MapObject>(0); }

MapObject* fresh(Call& c, const Value& comparer) { return newMap(c.eval, c.type, comparisonOf(comparer)); }

std::string shown(Call& c, const Value& key) { return std::string(toUtf8(c.arena(), valueToString(c.eval, key))); }

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
    {"Dictionary(int capacity)", [](Call& c) { return Value::object(fresh(c, Value())); }},
    {"Dictionary(IEqualityComparer<TKey> comparer)", [](Call& c) { return Value::object(fresh(c, c[0])); }},
    {"Dictionary(int capacity, IEqualityComparer<TKey> comparer)", [](Call& c) { return Value::object(fresh(c, c[1])); }},
    {"Dictionary(IDictionary<TKey,TValue> dictionary)", [](Call& c) { return fromPairs(c, Value()); }},
    {"Dictionary(IDictionary<TKey,TValue> dictionary, IEqualityComparer<TKey> comparer)",
     [](Call& c) { return fromPairs(c, c[1]); }},
    {"Dictionary(IEnumerable<KeyValuePair<TKey,TValue>> collection)", [](Call& c) { return fromPairs(c, Value()); }},
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
};

// Elements of a sequence as a set with the comparer of this one.
MapObject* asSet(Call& c, size_t i) {
  if (c.isNull(i)) {
    c.eval.raiseArgumentNull("other");
    return nullptr;
  }
  MapObject* set = newMap(c.eval, self(c)->type, self(c)->comparison);
  Enumerator* items = enumerate(c.eval, c[i]);
  Value item_value;
  while (items != nullptr && items->next(c.eval, item_value))
    if (!mapPut(c.eval, set, item_value, Value())) return nullptr;
  return c.eval.failed() ? nullptr : set;
}

bool isSubset(Call& c, MapObject* small, MapObject* large) {
  uint32_t at = 0;
  while (const MapObject::Entry* entry = mapNext(small, at))
    if (mapFind(c.eval, large, entry->key) == nullptr) return false;
  return true;
}

enum class Change : uint8_t { Union, Intersect, Except, Symmetric };

Value change(Call& c, Change how) {
  MapObject* other = asSet(c, 1);
  if (other == nullptr) return {};
  uint32_t at = 0;
  if (how == Change::Intersect) {
    while (const MapObject::Entry* entry = mapNext(self(c), at))
      if (mapFind(c.eval, other, entry->key) == nullptr) mapRemove(c.eval, self(c), entry->key);
    return {};
  }
  while (const MapObject::Entry* entry = mapNext(other, at)) {
    const bool known = mapFind(c.eval, self(c), entry->key) != nullptr;
    if (c.eval.failed()) return {};
    if (known && how != Change::Union) mapRemove(c.eval, self(c), entry->key);
    if (!known && how != Change::Except) mapPut(c.eval, self(c), entry->key, Value());
  }
  return {};
}

enum class Relation : uint8_t { Equal, Subset, Superset, ProperSubset, ProperSuperset, Overlaps };

Value related(Call& c, Relation how) {
  MapObject* other = asSet(c, 1);
  if (other == nullptr) return {};
  const bool same_size = other->size() == self(c)->size();
  switch (how) {
    case Relation::Equal: return Value::boolean(same_size && isSubset(c, self(c), other));
    case Relation::Subset: return Value::boolean(isSubset(c, self(c), other));
    case Relation::Superset: return Value::boolean(isSubset(c, other, self(c)));
    case Relation::ProperSubset: return Value::boolean(!same_size && isSubset(c, self(c), other));
    case Relation::ProperSuperset: return Value::boolean(!same_size && isSubset(c, other, self(c)));
    case Relation::Overlaps: break;
  }
  uint32_t at = 0;
  while (const MapObject::Entry* entry = mapNext(other, at))
    if (mapFind(c.eval, self(c), entry->key) != nullptr) return Value::boolean(true);
  return Value::boolean(false);
}

Value newSet(Call& c, const Value& sequence, const Value& comparer) {
  MapObject* set = fresh(c, comparer);
  if (sequence.isNull()) return Value::object(set);
  Enumerator* items = enumerate(c.eval, sequence);
  Value value;
  while (items != nullptr && items->next(c.eval, value))
    if (mapFind(c.eval, set, value) == nullptr && !mapPut(c.eval, set, value, Value())) return {};
  return c.eval.failed() ? Value() : Value::object(set);
}

Value addToSet(Call& c) {
  const bool known = mapFind(c.eval, self(c), c[1]) != nullptr;
  return Value::boolean(!known && mapPut(c.eval, self(c), c[1], Value()));
}

Value removeWhere(Call& c) {
  uint32_t at = 0;
  int32_t removed = 0;
  while (const MapObject::Entry* entry = mapNext(self(c), at)) {
    const bool remove = c.eval.invoke(c[1], {entry->key}).asBool();
    if (c.eval.failed()) return {};
    if (remove && mapRemove(c.eval, self(c), entry->key)) ++removed;
  }
  return Value::int32(removed);
}

constexpr MemberRow kSet[] = {
    {"HashSet()", [](Call& c) { return newSet(c, Value(), Value()); }},
    {"HashSet(IEqualityComparer<T> comparer)", [](Call& c) { return newSet(c, Value(), c[0]); }},
    {"HashSet(IEnumerable<T> collection)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("collection") : newSet(c, c[0], Value()); }},
    {"HashSet(IEnumerable<T> collection, IEqualityComparer<T> comparer)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("collection") : newSet(c, c[0], c[1]); }},
    {"int Count { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(self(c)->size())); }},
    {"bool Add(T item)", addToSet},
    {"bool Contains(T item)", [](Call& c) { return Value::boolean(mapFind(c.eval, self(c), c[1]) != nullptr); }},
    {"bool Remove(T item)", [](Call& c) { return Value::boolean(mapRemove(c.eval, self(c), c[1])); }},
    {"int RemoveWhere(Predicate<T> match)", removeWhere},
    {"void Clear()", [](Call& c) { return mapClear(self(c)), Value(); }},
    {"void UnionWith(IEnumerable<T> other)", [](Call& c) { return change(c, Change::Union); }},
    {"void IntersectWith(IEnumerable<T> other)", [](Call& c) { return change(c, Change::Intersect); }},
    {"void ExceptWith(IEnumerable<T> other)", [](Call& c) { return change(c, Change::Except); }},
    {"void SymmetricExceptWith(IEnumerable<T> other)", [](Call& c) { return change(c, Change::Symmetric); }},
    {"bool SetEquals(IEnumerable<T> other)", [](Call& c) { return related(c, Relation::Equal); }},
    {"bool IsSubsetOf(IEnumerable<T> other)", [](Call& c) { return related(c, Relation::Subset); }},
    {"bool IsSupersetOf(IEnumerable<T> other)", [](Call& c) { return related(c, Relation::Superset); }},
    {"bool IsProperSubsetOf(IEnumerable<T> other)", [](Call& c) { return related(c, Relation::ProperSubset); }},
    {"bool IsProperSupersetOf(IEnumerable<T> other)", [](Call& c) { return related(c, Relation::ProperSuperset); }},
    {"bool Overlaps(IEnumerable<T> other)", [](Call& c) { return related(c, Relation::Overlaps); }},
};

template <uint32_t kIndex>
Value part(Call& c) {
  return c.object<RecordObject>(0)->members[kIndex];
}

constexpr MemberRow kPair[] = {
    {"KeyValuePair(TKey key, TValue value)", [](Call& c) { return newRecord(c.eval, c.type, {c[0], c[1]}); }},
    {"TKey Key { get; }", part<0>},
    {"TValue Value { get; }", part<1>},
};

Value newTuple(Call& c) {
  RecordObject* record = newRecordOf(c.eval, c.type, c.count);
  for (uint32_t i = 0; i < c.count; ++i) record->members[i] = c[i];
  return Value::object(record);
}

constexpr MemberRow kTupleStatic[] = {
    {"static Tuple<T1> Create<T1>(T1 item1)", newTuple},
    {"static Tuple<T1,T2> Create<T1,T2>(T1 item1, T2 item2)", newTuple},
    {"static Tuple<T1,T2,T3> Create<T1,T2,T3>(T1 item1, T2 item2, T3 item3)", newTuple},
    {"static Tuple<T1,T2,T3,T4> Create<T1,T2,T3,T4>(T1 item1, T2 item2, T3 item3, T4 item4)", newTuple},
    {"static Tuple<T1,T2,T3,T4,T5> Create<T1,T2,T3,T4,T5>(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5)", newTuple},
};
constexpr MemberRow kValueTupleStatic[] = {
    {"static (T1,T2) Create<T1,T2>(T1 item1, T2 item2)", newTuple},
    {"static (T1,T2,T3) Create<T1,T2,T3>(T1 item1, T2 item2, T3 item3)", newTuple},
};

constexpr MemberRow kTuple1[] = {{"Tuple(T1 item1)", newTuple}, {"T1 Item1 { get; }", part<0>}};
constexpr MemberRow kTuple2[] = {
    {"Tuple(T1 item1, T2 item2)", newTuple}, {"T1 Item1 { get; }", part<0>}, {"T2 Item2 { get; }", part<1>}};
constexpr MemberRow kTuple3[] = {{"Tuple(T1 item1, T2 item2, T3 item3)", newTuple},
                                 {"T1 Item1 { get; }", part<0>},
                                 {"T2 Item2 { get; }", part<1>},
                                 {"T3 Item3 { get; }", part<2>}};
constexpr MemberRow kTuple4[] = {{"Tuple(T1 item1, T2 item2, T3 item3, T4 item4)", newTuple},
                                 {"T1 Item1 { get; }", part<0>},
                                 {"T2 Item2 { get; }", part<1>},
                                 {"T3 Item3 { get; }", part<2>},
                                 {"T4 Item4 { get; }", part<3>}};
constexpr MemberRow kTuple5[] = {{"Tuple(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5)", newTuple},
                                 {"T1 Item1 { get; }", part<0>},
                                 {"T2 Item2 { get; }", part<1>},
                                 {"T3 Item3 { get; }", part<2>},
                                 {"T4 Item4 { get; }", part<3>},
                                 {"T5 Item5 { get; }", part<4>}};

}  // namespace

void declareDictionary(Library& library) {
  library.add(
      "class System.Collections.Generic.Dictionary<TKey,TValue> : IDictionary<TKey,TValue>, "
      "IReadOnlyDictionary<TKey,TValue>, System.Collections.ICollection",
      kDictionary);
  library.add("class System.Collections.Generic.HashSet<T> : ISet<T>, IReadOnlyCollection<T>", kSet);
  library.add("struct System.Collections.Generic.KeyValuePair<TKey,TValue>", kPair);
  library.add("static class System.Tuple", kTupleStatic);
  library.add("static class System.ValueTuple", kValueTupleStatic);
  library.add("class System.Tuple<T1>", kTuple1);
  library.add("class System.Tuple<T1,T2>", kTuple2);
  library.add("class System.Tuple<T1,T2,T3>", kTuple3);
  library.add("class System.Tuple<T1,T2,T3,T4>", kTuple4);
  library.add("class System.Tuple<T1,T2,T3,T4,T5>", kTuple5);
}

}  // namespace sluice::expression
