// The interfaces and delegate types of System and System.Collections(.Generic). Their members work on whatever
// implements them: arrays, byte[], lists, maps, lazy queries.
#include "expression/library/array_items.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

// A List or HashSet; not an array, and no ReadOnlyCollection.
bool isChangeable(const Value& value) {
  constexpr uint8_t kReadOnlyList = 4;
  return (isKind(value, ObjectKind::List) && value.asObject()->detail != kReadOnlyList) ||
         isKind(value, ObjectKind::Map);
}

// How many elements: counted where it is known, walked otherwise.
Value countOf(Call& c) {
  const Value& value = c[0];
  if (isKind(value, ObjectKind::Array)) return Value::int32(static_cast<int32_t>(as<ArrayObject>(value)->length));
  if (isKind(value, ObjectKind::Bytes)) return Value::int32(static_cast<int32_t>(as<BytesObject>(value)->length));
  if (isKind(value, ObjectKind::List)) return Value::int32(static_cast<int32_t>(as<ListObject>(value)->count));
  if (isKind(value, ObjectKind::Map)) return Value::int32(static_cast<int32_t>(as<MapObject>(value)->size()));
  ListObject* all = nullptr;
  return collect(c.eval, value, all) ? Value::int32(static_cast<int32_t>(all->count)) : Value();
}

Value itemAt(Call& c) {
  const int32_t index = c.int32(1);
  if (isKind(c[0], ObjectKind::Bytes)) {
    const auto* bytes = c.object<BytesObject>(0);
    if (index < 0 || static_cast<uint32_t>(index) >= bytes->length) return c.eval.raiseOutOfRange("index");
    return Value::integer(Tag::Byte, bytes->data[index]);
  }
  ListObject* all = nullptr;
  if (!collect(c.eval, c[0], all)) return {};
  if (index < 0 || static_cast<uint32_t>(index) >= all->count) return c.eval.raiseOutOfRange("index");
  return all->items[index];
}

Value setItemAt(Call& c) {
  const int32_t index = c.int32(1);
  if (isKind(c[0], ObjectKind::Array)) {
    auto* array = c.object<ArrayObject>(0);
    if (index < 0 || static_cast<uint32_t>(index) >= array->length) return c.eval.raiseOutOfRange("index");
    if (!c.isNull(2) && !isInstance(c[2], array->type->element())) return c.raise("System.ArrayTypeMismatchException");
    array->items[index] = c[2];
    return {};
  }
  if (isKind(c[0], ObjectKind::List) && isChangeable(c[0])) {
    auto* list = c.object<ListObject>(0);
    if (index < 0 || static_cast<uint32_t>(index) >= list->count) return c.eval.raiseOutOfRange("index");
    list->items[list->head + static_cast<uint32_t>(index)] = c[2];
    ++list->version;
    return {};
  }
  return c.raise("System.NotSupportedException", "Collection is read-only.");
}

Value isReadOnly(Call& c) {
  return Value::boolean(!isChangeable(c[0]));
}

Value addTo(Call& c) {
  if (!isChangeable(c[0])) return c.raise("System.NotSupportedException", "Collection was of a fixed size.");
  if (isKind(c[0], ObjectKind::List)) return append(c.eval, c.object<ListObject>(0), c[1]), Value();
  if (isKind(c[0], ObjectKind::Map) && c.object<MapObject>(0)->type->args.size() == 1)
    return mapPut(c.eval, c.object<MapObject>(0), c[1], Value()), Value();
  return c.raise("System.NotSupportedException", "Collection was of a fixed size.");
}

Value containsIn(Call& c) {
  if (isKind(c[0], ObjectKind::Map) && c.object<MapObject>(0)->type->args.size() == 1)
    return Value::boolean(mapFind(c.eval, c.object<MapObject>(0), c[1]) != nullptr);
  Enumerator* items = enumerate(c.eval, c[0]);
  Value item;
  while (items != nullptr && items->next(c.eval, item))
    if (valueEquals(c.eval, item, c[1])) return Value::boolean(true);
  return Value::boolean(false);
}

Value indexIn(Call& c) {
  Enumerator* items = enumerate(c.eval, c[0]);
  Value item;
  for (int32_t i = 0; items != nullptr && items->next(c.eval, item); ++i)
    if (valueEquals(c.eval, item, c[1])) return Value::int32(i);
  return Value::int32(-1);
}

Value clearAll(Call& c) {
  if (!isChangeable(c[0])) return c.raise("System.NotSupportedException", "Collection is read-only.");
  if (isKind(c[0], ObjectKind::Map)) return mapClear(c.object<MapObject>(0)), Value();
  if (!isKind(c[0], ObjectKind::List)) return c.raise("System.NotSupportedException", "Collection is read-only.");
  c.object<ListObject>(0)->count = 0;
  ++c.object<ListObject>(0)->version;
  return {};
}

Value removeFrom(Call& c) {
  if (!isChangeable(c[0])) return c.raise("System.NotSupportedException", "Collection was of a fixed size.");
  if (isKind(c[0], ObjectKind::Map)) return Value::boolean(mapRemove(c.eval, c.object<MapObject>(0), c[1]));
  if (!isKind(c[0], ObjectKind::List))
    return c.raise("System.NotSupportedException", "Collection was of a fixed size.");
  const Value at = indexIn(c);
  if (at.asInt32() < 0) return Value::boolean(false);
  listRemoveAt(c.object<ListObject>(0), static_cast<uint32_t>(at.asInt32()));
  return Value::boolean(true);
}

// An enumerator held by the expression: MoveNext and Current.
struct Cursor : Object {
  Enumerator* items;
  Value current;
};

Value getEnumerator(Call& c) {
  Enumerator* items = enumerate(c.eval, c[0]);
  if (items == nullptr) return {};
  auto* cursor = newObject<Cursor>(c.eval, c.type);
  cursor->items = items;
  return Value::object(cursor);
}

Value moveNext(Call& c) {
  auto* cursor = c.object<Cursor>(0);
  return Value::boolean(cursor->items->next(c.eval, cursor->current));
}

MapObject* mapOf(Call& c) {
  if (isKind(c[0], ObjectKind::Map)) return c.object<MapObject>(0);
  c.raise("System.NotSupportedException", "This is no dictionary that the engine made.");
  return nullptr;
}

Value mapItem(Call& c) {
  MapObject* map = mapOf(c);
  if (map == nullptr) return {};
  const MapObject::Entry* entry = mapFind(c.eval, map, c[1]);
  if (entry != nullptr || c.eval.failed()) return entry != nullptr ? entry->value : Value();
  return c.raise("System.Collections.Generic.KeyNotFoundException",
                 "The given key '" + std::string(toUtf8(c.arena(), valueToString(c.eval, c[1]))) +
                     "' was not present in the dictionary.");
}

Value mapSetItem(Call& c) {
  MapObject* map = mapOf(c);
  if (map != nullptr) mapPut(c.eval, map, c[1], c[2]);
  return {};
}

Value mapContains(Call& c) {
  MapObject* map = mapOf(c);
  return Value::boolean(map != nullptr && mapFind(c.eval, map, c[1]) != nullptr);
}

Value mapTryGet(Call& c) {
  MapObject* map = mapOf(c);
  if (map == nullptr) return {};
  const MapObject::Entry* entry = mapFind(c.eval, map, c[1]);
  c[2] = entry != nullptr ? entry->value : defaultValue(c.arena(), map->type->args[1]);
  return Value::boolean(entry != nullptr);
}

Value mapPart(Call& c, bool keys) {
  MapObject* map = mapOf(c);
  if (map == nullptr) return {};
  const Type* one[] = {map->type->args[keys ? 0 : 1]};
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", one), map->size());
  uint32_t at = 0;
  while (const MapObject::Entry* entry = mapNext(map, at))
    if (!append(c.eval, list, keys ? entry->key : entry->value)) return {};
  return Value::object(list);
}

Value insertIn(Call& c) {
  if (!isKind(c[0], ObjectKind::List) || !isChangeable(c[0]))
    return c.raise("System.NotSupportedException", "Collection was of a fixed size.");
  auto* list = c.object<ListObject>(0);
  if (c.int32(1) < 0 || static_cast<uint32_t>(c.int32(1)) > list->count) return c.eval.raiseOutOfRange("index");
  listInsert(c.eval, list, static_cast<uint32_t>(c.int32(1)), c[2]);
  return {};
}

Value removeAtIn(Call& c) {
  if (!isKind(c[0], ObjectKind::List) || !isChangeable(c[0]))
    return c.raise("System.NotSupportedException", "Collection was of a fixed size.");
  auto* list = c.object<ListObject>(0);
  if (c.int32(1) < 0 || static_cast<uint32_t>(c.int32(1)) >= list->count) return c.eval.raiseOutOfRange("index");
  listRemoveAt(list, static_cast<uint32_t>(c.int32(1)));
  return {};
}

Value copyAll(Call& c) {
  ArrayItems out;
  ListObject* all = nullptr;
  if (!arrayItems(c, 1, out) || !collect(c.eval, c[0], all)) return {};
  if (c.int32(2) < 0) return c.eval.raiseOutOfRange("arrayIndex", "Non-negative number required.");
  if (int64_t{c.int32(2)} + all->count > out.length)
    return c.raise("System.ArgumentException", "Destination array was not long enough.");
  for (uint32_t i = 0; i < all->count; ++i)
    out.items[static_cast<uint32_t>(c.int32(2)) + i] = all->items[all->head + i];
  out.store();
  return {};
}

constexpr MemberRow kEnumerable[] = {{"IEnumerator<T> GetEnumerator()", getEnumerator}};
constexpr MemberRow kPlainEnumerable[] = {{"IEnumerator GetEnumerator()", getEnumerator}};
constexpr MemberRow kEnumerator[] = {
    {"T Current { get; }", [](Call& c) { return c.object<Cursor>(0)->current; }},
};
constexpr MemberRow kPlainEnumerator[] = {
    {"object Current { get; }", [](Call& c) { return c.object<Cursor>(0)->current; }},
    {"bool MoveNext()", moveNext},
};
constexpr MemberRow kCount[] = {{"int Count { get; }", countOf}};
constexpr MemberRow kReadOnlyList[] = {{"T this[int index] { get; }", itemAt}};
constexpr MemberRow kCollection[] = {
    {"int Count { get; }", countOf},
    {"bool IsReadOnly { get; }", isReadOnly},
    {"void Add(T item)", addTo},
    {"bool Contains(T item)", containsIn},
    {"void Clear()", clearAll},
    {"bool Remove(T item)", removeFrom},
    {"void CopyTo(T[] array, int arrayIndex)", copyAll},
};
constexpr MemberRow kList[] = {
    {"T this[int index] { get; set; }", itemAt, setItemAt},
    {"int IndexOf(T item)", indexIn},
    {"void Insert(int index, T item)", insertIn},
    {"void RemoveAt(int index)", removeAtIn},
};
constexpr MemberRow kDictionary[] = {
    {"TValue this[TKey key] { get; set; }", mapItem, mapSetItem},
    {"ICollection<TKey> Keys { get; }", [](Call& c) { return mapPart(c, true); }},
    {"ICollection<TValue> Values { get; }", [](Call& c) { return mapPart(c, false); }},
    {"bool ContainsKey(TKey key)", mapContains},
    {"bool TryGetValue(TKey key, out TValue value)", mapTryGet},
    {"void Add(TKey key, TValue value)",
     [](Call& c) {
       return mapContains(c).asBool()
                  ? c.raise("System.ArgumentException", "An item with the same key has already been added.")
                  : mapSetItem(c);
     }},
    {"bool Remove(TKey key)", removeFrom},
};
constexpr MemberRow kReadOnlyDictionary[] = {
    {"TValue this[TKey key] { get; }", mapItem},
    {"IEnumerable<TKey> Keys { get; }", [](Call& c) { return mapPart(c, true); }},
    {"IEnumerable<TValue> Values { get; }", [](Call& c) { return mapPart(c, false); }},
    {"bool ContainsKey(TKey key)", mapContains},
    {"bool TryGetValue(TKey key, out TValue value)", mapTryGet},
};
constexpr MemberRow kComparable[] = {
    {"int CompareTo(object obj)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
};
constexpr MemberRow kComparableOf[] = {
    {"int CompareTo(T other)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
};
constexpr MemberRow kEqualityComparer[] = {
    {"bool Equals(T x, T y)", [](Call& c) { return Value::boolean(equalBy(c.eval, comparisonOf(c[0]), c[1], c[2])); }},
    {"int GetHashCode(T obj)",
     [](Call& c) { return Value::int32(static_cast<int32_t>(hashBy(c.eval, comparisonOf(c[0]), c[1]))); }},
};
constexpr MemberRow kComparer[] = {
    {"int Compare(T x, T y)", [](Call& c) { return Value::int32(compareBy(c.eval, comparisonOf(c[0]), c[1], c[2])); }},
};
constexpr MemberRow kDisposable[] = {{"void Dispose()", [](Call&) { return Value(); }}};

void declareDelegates(Library& library) {
  static const char* const kDelegates[] = {
      "delegate System.Action",
      "delegate System.Action<in T>",
      "delegate System.Action<in T1, in T2>",
      "delegate System.Action<in T1, in T2, in T3>",
      "delegate System.Action<in T1, in T2, in T3, in T4>",
      "delegate System.Func<out TResult>",
      "delegate System.Func<in T, out TResult>",
      "delegate System.Func<in T1, in T2, out TResult>",
      "delegate System.Func<in T1, in T2, in T3, out TResult>",
      "delegate System.Func<in T1, in T2, in T3, in T4, out TResult>",
      "delegate System.Func<in T1, in T2, in T3, in T4, in T5, out TResult>",
      "delegate System.Predicate<in T>",
      "delegate System.Comparison<in T>",
      "delegate System.Converter<in TInput, out TOutput>",
  };
  for (const char* declaration : kDelegates) library.add(declaration, {});
}

}  // namespace

void declareInterfaces(Library& library) {
  library.add("interface System.IDisposable", kDisposable);
  library.add("interface System.IFormatProvider", {});
  library.add("interface System.IComparable", kComparable);
  library.add("interface System.IComparable<in T>", kComparableOf);
  library.add("interface System.IEquatable<T>", {});
  library.add("interface System.IFormattable", {});
  library.add("interface System.IConvertible", {});
  library.add("interface System.Collections.IEnumerable", kPlainEnumerable);
  library.add("interface System.Collections.IEnumerator", kPlainEnumerator);
  library.add("interface System.Collections.ICollection : System.Collections.IEnumerable", kCount);
  library.add("interface System.Collections.IEqualityComparer", {});
  library.add("interface System.Collections.IComparer", {});
  library.add("interface System.Collections.Generic.IEnumerable<out T> : System.Collections.IEnumerable", kEnumerable);
  library.add("interface System.Collections.Generic.IEnumerator<out T> : System.Collections.IEnumerator, IDisposable",
              kEnumerator);
  library.add("interface System.Collections.Generic.ICollection<T> : IEnumerable<T>", kCollection);
  library.add("interface System.Collections.Generic.IReadOnlyCollection<out T> : IEnumerable<T>", kCount);
  library.add("interface System.Collections.Generic.IList<T> : ICollection<T>", kList);
  library.add("interface System.Collections.Generic.IReadOnlyList<out T> : IReadOnlyCollection<T>", kReadOnlyList);
  library.add("interface System.Collections.Generic.IDictionary<TKey,TValue> : ICollection<KeyValuePair<TKey,TValue>>",
              kDictionary);
  library.add(
      "interface System.Collections.Generic.IReadOnlyDictionary<TKey,TValue> : "
      "IReadOnlyCollection<KeyValuePair<TKey,TValue>>",
      kReadOnlyDictionary);
  library.add("interface System.Collections.Generic.IEqualityComparer<in T>", kEqualityComparer);
  library.add("interface System.Collections.Generic.IComparer<in T>", kComparer);
  declareDelegates(library);
}

}  // namespace sluice::expression
