// HashSet<T> and ISet<T>.
#include "expression/collection.h"
#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

MapObject* self(Call& c) {
  return c.object<MapObject>(0);
}

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
    case Relation::Equal:
      return Value::boolean(same_size && isSubset(c, self(c), other));
    case Relation::Subset:
      return Value::boolean(isSubset(c, self(c), other));
    case Relation::Superset:
      return Value::boolean(isSubset(c, other, self(c)));
    case Relation::ProperSubset:
      return Value::boolean(!same_size && isSubset(c, self(c), other));
    case Relation::ProperSuperset:
      return Value::boolean(!same_size && isSubset(c, other, self(c)));
    case Relation::Overlaps:
      break;
  }
  uint32_t at = 0;
  while (const MapObject::Entry* entry = mapNext(other, at))
    if (mapFind(c.eval, self(c), entry->key) != nullptr) return Value::boolean(true);
  return Value::boolean(false);
}

Value newSet(Call& c, const Value& sequence, const Value& comparer) {
  MapObject* set = newMap(c.eval, c.type, comparisonOf(comparer));
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
  if (c.isNull(1)) return c.eval.raiseArgumentNull("match");
  uint32_t at = 0;
  int32_t removed = 0;
  while (const MapObject::Entry* entry = mapNext(self(c), at)) {
    const bool remove = c.eval.invoke(c[1], {entry->key}).asBool();
    if (c.eval.failed()) return {};
    if (remove && mapRemove(c.eval, self(c), entry->key)) ++removed;
  }
  return Value::int32(removed);
}

// CopyTo(array [, arrayIndex [, count]])
Value copyTo(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("array");
  const int64_t from = c.count > 2 ? c.int32(2) : 0;
  int64_t left = c.count > 3 ? c.int32(3) : self(c)->size();
  if (from < 0 || left < 0) return c.eval.raiseOutOfRange(from < 0 ? "arrayIndex" : "count");
  const bool bytes = isKind(c[1], ObjectKind::Bytes);
  const int64_t length = bytes ? c.object<BytesObject>(1)->length : c.object<ArrayObject>(1)->length;
  if (from > length - left) {
    return c.raise("System.ArgumentException",
                   "Destination array is not long enough to copy all the items in the collection. Check array index "
                   "and length.");
  }
  uint32_t at = 0;
  auto to = static_cast<size_t>(from);
  for (; left > 0; --left, ++to) {
    const MapObject::Entry* entry = mapNext(self(c), at);
    if (entry == nullptr || !c.eval.step()) break;
    if (bytes) {
      c.object<BytesObject>(1)->data[to] = static_cast<uint8_t>(entry->key.asInt64());
    } else {
      c.object<ArrayObject>(1)->items[to] = entry->key;
    }
  }
  return {};
}

constexpr MemberRow kSet[] = {
    {"HashSet()", [](Call& c) { return newSet(c, Value(), Value()); }},
    {"HashSet(int capacity)",
     [](Call& c) { return c.int32(0) < 0 ? c.eval.raiseOutOfRange("capacity") : newSet(c, Value(), Value()); }},
    {"HashSet(int capacity, IEqualityComparer<T> comparer)",
     [](Call& c) { return c.int32(0) < 0 ? c.eval.raiseOutOfRange("capacity") : newSet(c, Value(), c[1]); }},
    {"HashSet(IEqualityComparer<T> comparer)", [](Call& c) { return newSet(c, Value(), c[0]); }},
    {"HashSet(IEnumerable<T> collection)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("collection") : newSet(c, c[0], Value()); }},
    {"HashSet(IEnumerable<T> collection, IEqualityComparer<T> comparer)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("collection") : newSet(c, c[0], c[1]); }},
    {"int Count { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(self(c)->size())); }},
    {"bool Contains(T item)", [](Call& c) { return Value::boolean(mapFind(c.eval, self(c), c[1]) != nullptr); }},
    {"bool Remove(T item)", [](Call& c) { return Value::boolean(mapRemove(c.eval, self(c), c[1])); }},
    {"bool TryGetValue(T equalValue, out T actualValue)",
     [](Call& c) {
       const MapObject::Entry* entry = mapFind(c.eval, self(c), c[1]);
       c[2] = entry != nullptr ? entry->key : defaultValue(c.arena(), c.receiver->args[0]);
       return Value::boolean(entry != nullptr);
     }},
    {"int RemoveWhere(Predicate<T> match)", removeWhere},
    {"void Clear()", [](Call& c) { return mapClear(self(c)), Value(); }},
    {"void CopyTo(T[] array)", copyTo},
    {"void CopyTo(T[] array, int arrayIndex)", copyTo},
    {"void CopyTo(T[] array, int arrayIndex, int count)", copyTo},
    {"void TrimExcess()", [](Call&) { return Value(); }},
};

// What ISet has too.
constexpr MemberRow kSetInterface[] = {
    {"bool Add(T item)", addToSet},
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

}  // namespace

void declareHashSet(Library& library) {
  library.add("interface System.Collections.Generic.ISet<T> : ICollection<T>", kSetInterface);
  library.add("class System.Collections.Generic.HashSet<T> : ISet<T>, IReadOnlyCollection<T>", kSet)
      .rows.emplace_back(kSetInterface);
}

}  // namespace sluice::expression
