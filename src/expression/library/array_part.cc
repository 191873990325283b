// Members of System.Array that take a part of it, indices, or a second array.
#include <algorithm>
#include <vector>

#include "expression/library/array_items.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

int byDefault(Eval& eval, void*, const Value& a, const Value& b) {
  return valueCompare(eval, a, b);
}
int byComparer(Eval& eval, void* state, const Value& a, const Value& b) {
  return compareBy(eval, comparisonOf(*static_cast<Value*>(state)), a, b);
}

Part wholeOf(const ArrayItems& all) {
  return {0, all.length};
}
Part partAt(Call& c, size_t index) {
  return {c.int32(index), c.int32(index + 1)};
}

// ---- Searching ---------------------------------------------------------------------------------------------------

// BinarySearch(array, [index, length,] value [, comparer])
template <bool part, bool comparer>
Value binary(Call& c) {
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return {};
  const Part of = part ? partAt(c, 1) : wholeOf(all);
  if (!checkPart(c, of, all.length)) return {};
  const size_t value = part ? 3 : 1;
  return binarySearch(c, all.items, of, c[value], comparer ? c[value + 1] : Value());
}

// IndexOf(array, value, startIndex [, count])
Value indexOf(Call& c) {
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return {};
  const int64_t from = c.count > 2 ? c.int32(2) : 0;
  const Part of{from, c.count > 3 ? c.int32(3) : all.length - from};
  return checkSearch(c, of, all.length) ? searchEqual(c, all.items, of, c[1]) : Value();
}

Value lastIndexOf(Call& c) {
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return {};
  const int64_t from = c.count > 2 ? c.int32(2) : int64_t{all.length} - 1;
  const Part of{from, c.count > 3 ? c.int32(3) : all.length == 0 ? 0 : from + 1};
  return checkSearchBack(c, of, all.length) ? searchEqualBack(c, all.items, of, c[1]) : Value();
}

// FindIndex(array, startIndex, [count,] match)
Value findIndex(Call& c) {
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return {};
  const int64_t from = c.int32(1);
  const Part of{from, c.count > 3 ? c.int32(2) : all.length - from};
  if (!checkSearch(c, of, all.length)) return {};
  return searchMatch(c, all.items, of, c[c.count - 1]);
}

Value findLastIndex(Call& c) {
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return {};
  const int64_t from = c.int32(1);
  const Part of{from, c.count > 3 ? c.int32(2) : from + 1};
  if (c.isNull(c.count - 1)) return c.eval.raiseArgumentNull("match");
  if (!checkSearchBack(c, of, all.length)) return {};
  return searchMatchBack(c, all.items, of, c[c.count - 1]);
}

// ---- Changing ----------------------------------------------------------------------------------------------------

Value reverse(Call& c) {
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return {};
  const Part of = partAt(c, 1);
  if (!checkPart(c, of, all.length)) return {};
  std::reverse(all.items + of.from, all.items + of.from + of.count);
  all.store();
  return {};
}

Value fill(Call& c) {
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return {};
  const Part of = c.count > 2 ? partAt(c, 2) : wholeOf(all);
  if (!checkSearch(c, of, all.length) || !c.eval.step(1 + all.length / 16)) return {};
  if (!c.isNull(1) && !isInstance(c[1], c[0].asObject()->type->element()))
    return c.raise("System.ArrayTypeMismatchException");
  std::fill(all.items + of.from, all.items + of.from + of.count, c[1]);
  all.store();
  return {};
}

// Sort(array, index, length [, comparer])
Value sort(Call& c) {
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return {};
  const Part of = partAt(c, 1);
  if (!checkPart(c, of, all.length)) return {};
  sortPart(c, all.items, of, 3);
  if (!c.eval.failed()) all.store();
  return {};
}

// Sort(keys, items [, index, length] [, comparer]): the items follow their keys.
template <bool part, bool comparer>
Value sortPairs(Call& c) {
  ArrayItems keys, items;
  if (!arrayItems(c, 0, keys, "keys")) return {};
  const size_t at = part ? 4 : 2;
  const Part of = part ? partAt(c, 2) : wholeOf(keys);
  if (!checkPart(c, of, keys.length)) return {};
  const bool alone = c.isNull(1);
  if (!alone && !arrayItems(c, 1, items, "items")) return {};
  if (!alone && of.from + of.count > items.length)
    return c.raise("System.ArgumentException", "Keys and items must have the same length.");
  // Pairs are sorted by their keys: each key carries the place that it had.
  struct Pair : Object {
    Value key, item;
  };
  struct Order {
    Value* by;
  } order{comparer && !c.isNull(at) ? &c.args[at] : nullptr};
  const auto count = static_cast<uint32_t>(of.count);
  const std::span<Value> pairs = c.arena().array<Value>(count);
  for (uint32_t i = 0; i < count; ++i) {
    auto* pair = newObject<Pair>(c.eval, core().object);
    pair->key = keys.items[of.from + i];
    pair->item = alone ? Value() : items.items[of.from + i];
    pairs[i] = Value::object(pair);
  }
  const auto compare = [](Eval& eval, void* state, const Value& a, const Value& b) {
    Value* by = static_cast<Order*>(state)->by;
    const Value& x = as<Pair>(a)->key;
    const Value& y = as<Pair>(b)->key;
    return by == nullptr ? valueCompare(eval, x, y) : byComparer(eval, by, x, y);
  };
  if (!sortValues(c.eval, pairs.data(), count, compare, &order)) return {};
  for (uint32_t i = 0; i < count; ++i) {
    keys.items[of.from + i] = as<Pair>(pairs[i])->key;
    if (!alone) items.items[of.from + i] = as<Pair>(pairs[i])->item;
  }
  keys.store();
  items.store();
  return {};
}

// ---- By indices --------------------------------------------------------------------------------------------------

// The place of an element by one index a dimension, from argument `first` on; -1 with an exception pending.
int64_t placeOf(Call& c, size_t first, size_t count) {
  const Type* type = c[0].asObject()->type;
  if (count != static_cast<size_t>(type->rank)) {
    c.raise("System.ArgumentException", "Array was not a one-dimensional array of that many dimensions.");
    return -1;
  }
  ArrayItems all;
  if (!arrayItems(c, 0, all)) return -1;
  int64_t place = 0;
  for (size_t i = 0; i < count; ++i) {
    const int64_t index = c.int64(first + i);
    const int64_t length = count == 1 ? all.length : c.object<ArrayObject>(0)->lengths[i];
    if (index < 0 || index >= length) {
      c.raise("System.IndexOutOfRangeException");
      return -1;
    }
    place = place * length + index;
  }
  return place;
}

Value getValue(Call& c) {
  const int64_t place = placeOf(c, 1, c.count - 1);
  ArrayItems all;
  return place < 0 || !arrayItems(c, 0, all) ? Value() : all.items[place];
}

Value setValue(Call& c) {
  const int64_t place = placeOf(c, 2, c.count - 2);
  ArrayItems all;
  if (place < 0 || !arrayItems(c, 0, all)) return {};
  Value value = c[1];
  if (!makeStorable(c.eval, c[0].asObject()->type->element(), value)) return {};
  all.items[place] = value;
  all.store();
  return {};
}

Value createInstance(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("elementType");
  if (c.int32(1) < 0) return c.eval.raiseOutOfRange("length", "Non-negative number required.");
  const Type* type = arrayOf(c.object<TypeObject>(0)->represented);
  if (type == core().byte_array) return newBytesOfSize(c.eval, static_cast<uint32_t>(c.int32(1)));
  ArrayObject* made = newArray(c.eval, type, static_cast<uint32_t>(c.int32(1)));
  return c.eval.failed() ? Value() : Value::object(made);
}

Value bound(Call& c, bool upper) {
  const Type* type = c[0].asObject()->type;
  if (c.int32(1) < 0 || c.int32(1) >= type->rank) return c.raise("System.IndexOutOfRangeException");
  if (!upper) return Value::int32(0);
  if (type->rank > 1) return Value::int32(static_cast<int32_t>(c.object<ArrayObject>(0)->lengths[c.int32(1)]) - 1);
  ArrayItems all;
  return arrayItems(c, 0, all) ? Value::int32(static_cast<int32_t>(all.length) - 1) : Value();
}

Value always(Call&) {
  return Value::boolean(true);
}
Value never(Call&) {
  return Value::boolean(false);
}

constexpr MemberRow kRows[] = {
    {"static int BinarySearch(Array array, object value)", binary<false, false>},
    {"static int BinarySearch(Array array, object value, System.Collections.IComparer comparer)", binary<false, true>},
    {"static int BinarySearch(Array array, int index, int length, object value)", binary<true, false>},
    {"static int BinarySearch<T>(T[] array, T value)", binary<false, false>},
    {"static int BinarySearch<T>(T[] array, T value, IComparer<T> comparer)", binary<false, true>},
    {"static int BinarySearch<T>(T[] array, int index, int length, T value)", binary<true, false>},
    {"static int BinarySearch<T>(T[] array, int index, int length, T value, IComparer<T> comparer)",
     binary<true, true>},
    {"static int IndexOf(Array array, object value)", indexOf},
    {"static int IndexOf(Array array, object value, int startIndex)", indexOf},
    {"static int IndexOf(Array array, object value, int startIndex, int count)", indexOf},
    {"static int IndexOf<T>(T[] array, T value, int startIndex)", indexOf},
    {"static int IndexOf<T>(T[] array, T value, int startIndex, int count)", indexOf},
    {"static int LastIndexOf(Array array, object value)", lastIndexOf},
    {"static int LastIndexOf(Array array, object value, int startIndex)", lastIndexOf},
    {"static int LastIndexOf(Array array, object value, int startIndex, int count)", lastIndexOf},
    {"static int LastIndexOf<T>(T[] array, T value, int startIndex)", lastIndexOf},
    {"static int LastIndexOf<T>(T[] array, T value, int startIndex, int count)", lastIndexOf},
    {"static int FindIndex<T>(T[] array, int startIndex, Predicate<T> match)", findIndex},
    {"static int FindIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)", findIndex},
    {"static int FindLastIndex<T>(T[] array, int startIndex, Predicate<T> match)", findLastIndex},
    {"static int FindLastIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)", findLastIndex},
    {"static void Reverse(Array array, int index, int length)", reverse},
    {"static void Reverse<T>(T[] array, int index, int length)", reverse},
    {"static void Fill<T>(T[] array, T value)", fill},
    {"static void Fill<T>(T[] array, T value, int startIndex, int count)", fill},
    {"static void Sort<T>(T[] array, int index, int length)", sort},
    {"static void Sort<T>(T[] array, int index, int length, IComparer<T> comparer)", sort},
    {"static void Sort<TKey,TValue>(TKey[] keys, TValue[] items)", sortPairs<false, false>},
    {"static void Sort<TKey,TValue>(TKey[] keys, TValue[] items, IComparer<TKey> comparer)", sortPairs<false, true>},
    {"static void Sort<TKey,TValue>(TKey[] keys, TValue[] items, int index, int length)", sortPairs<true, false>},
    {"static void Sort<TKey,TValue>(TKey[] keys, TValue[] items, int index, int length, IComparer<TKey> comparer)",
     sortPairs<true, true>},
    {"object GetValue(long index)", getValue},
    {"object GetValue(int index1, int index2)", getValue},
    {"object GetValue(int index1, int index2, int index3)", getValue},
    {"void SetValue(object value, int index)", setValue},
    {"void SetValue(object value, long index)", setValue},
    {"void SetValue(object value, int index1, int index2)", setValue},
    {"void SetValue(object value, int index1, int index2, int index3)", setValue},
    {"static Array CreateInstance(Type elementType, int length)", createInstance},
    {"int GetLowerBound(int dimension)", [](Call& c) { return bound(c, false); }},
    {"int GetUpperBound(int dimension)", [](Call& c) { return bound(c, true); }},
    {"static IReadOnlyList<T> AsReadOnly<T>(T[] array)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("array") : c[0]; }},
    {"void Initialize()", [](Call&) { return Value(); }},
    {"bool IsFixedSize { get; }", always},
    {"bool IsReadOnly { get; }", never},
    {"bool IsSynchronized { get; }", never},
    {"object SyncRoot { get; }", [](Call& c) { return c[0]; }},
};

}  // namespace

std::span<const MemberRow> arrayPartRows() {
  return kRows;
}

bool widens(Tag from, Tag to) {
  constexpr auto bits = [](std::initializer_list<Tag> tags) {
    uint32_t set = 0;
    for (const Tag tag : tags) set |= 1u << static_cast<uint32_t>(tag);
    return set;
  };
  const auto into = [&](uint32_t set) { return (set >> static_cast<uint32_t>(to) & 1) != 0; };
  constexpr uint32_t kReal = bits({Tag::Single, Tag::Double});
  switch (from) {
    case Tag::Char:
    case Tag::UInt16:
      return into(kReal | bits({Tag::Char, Tag::UInt16, Tag::Int32, Tag::UInt32, Tag::Int64, Tag::UInt64}));
    case Tag::SByte:
      return into(kReal | bits({Tag::Int16, Tag::Int32, Tag::Int64}));
    case Tag::Byte:
      return into(kReal | bits({Tag::Char, Tag::Int16, Tag::UInt16, Tag::Int32, Tag::UInt32, Tag::Int64, Tag::UInt64}));
    case Tag::Int16:
      return into(kReal | bits({Tag::Int32, Tag::Int64}));
    case Tag::Int32:
      return into(kReal | bits({Tag::Int64}));
    case Tag::UInt32:
      return into(kReal | bits({Tag::Int64, Tag::UInt64}));
    case Tag::Int64:
    case Tag::UInt64:
      return into(kReal);
    default:
      return to == Tag::Double;
  }
}

bool makeStorable(Eval& eval, const Type* element, Value& value) {
  if (value.isNull()) value = defaultValue(eval.arena, element);
  if (value.isNull() || isInstance(value, element)) return true;
  const auto is_number = [](Tag tag) { return tag >= Tag::Char && tag <= Tag::Double; };
  const bool numbers = is_number(value.tag()) && element->kind == TypeKind::Primitive && is_number(element->tag);
  if (!numbers) {
    eval.raise("System.InvalidCastException", "Object cannot be stored in an array of this type.");
    return false;
  }
  if (!widens(value.tag(), element->tag)) {
    eval.raise("System.ArgumentException", "Cannot widen from source type to target type.");
    return false;
  }
  if (element->tag == Tag::Single || element->tag == Tag::Double) {
    const double number = value.tag() >= Tag::Single   ? value.asDouble()
                          : value.tag() == Tag::UInt64 ? static_cast<double>(value.bits())
                                                       : static_cast<double>(value.asInt64());
    value = element->tag == Tag::Single ? Value::single(static_cast<float>(number)) : Value::real(number);
  } else {
    value = Value::integer(element->tag, value.asInt64());
  }
  return true;
}

bool checkPart(Call& c, const Part& part, int64_t length) {
  if (part.from < 0 || part.count < 0) {
    c.eval.raiseOutOfRange(part.from < 0 ? "index" : "length", "Non-negative number required.");
    return false;
  }
  if (part.from + part.count <= length) return true;
  c.raise("System.ArgumentException",
          "Offset and length were out of bounds for the array or count is greater than the number of elements from "
          "index to the end of the source collection.");
  return false;
}

bool checkSearch(Call& c, const Part& part, int64_t length) {
  if (part.from >= 0 && part.from <= length && part.count >= 0 && part.from + part.count <= length) return true;
  c.eval.raiseOutOfRange(part.from < 0 || part.from > length ? "startIndex" : "count");
  return false;
}

bool checkSearchBack(Call& c, const Part& part, int64_t length) {
  const bool good = length == 0
                        ? (part.from == -1 || part.from == 0) && part.count <= 0
                        : part.from >= 0 && part.from < length && part.count >= 0 && part.from - part.count >= -1;
  if (!good) c.eval.raiseOutOfRange(part.from < 0 || part.from >= length ? "startIndex" : "count");
  return good;
}

Value binarySearch(Call& c, const Value* items, const Part& part, const Value& value, const Value& comparer) {
  int64_t low = part.from, high = part.from + part.count - 1;
  while (low <= high) {
    const int64_t middle = low + (high - low) / 2;
    const int order = comparer.isNull() ? valueCompare(c.eval, items[middle], value)
                                        : compareBy(c.eval, comparisonOf(comparer), items[middle], value);
    if (c.eval.failed() && !c.eval.pendingIsBudget()) {
      c.eval.clearPending();
      return c.raise("System.InvalidOperationException", "Failed to compare two elements in the array.");
    }
    if (c.eval.failed() || !c.eval.step()) return {};
    if (order == 0) return Value::int32(static_cast<int32_t>(middle));
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle - 1;
  }
  return Value::int32(static_cast<int32_t>(~low));
}

Value searchEqual(Call& c, const Value* items, const Part& part, const Value& value) {
  for (int64_t i = part.from; i < part.from + part.count && c.eval.step(); ++i)
    if (valueEquals(c.eval, items[i], value)) return Value::int32(static_cast<int32_t>(i));
  return Value::int32(-1);
}

Value searchEqualBack(Call& c, const Value* items, const Part& part, const Value& value) {
  for (int64_t i = part.from; i > part.from - part.count && c.eval.step(); --i)
    if (valueEquals(c.eval, items[i], value)) return Value::int32(static_cast<int32_t>(i));
  return Value::int32(-1);
}

Value searchMatch(Call& c, const Value* items, const Part& part, const Value& match) {
  if (match.isNull()) return c.eval.raiseArgumentNull("match");
  for (int64_t i = part.from; i < part.from + part.count && c.eval.step(); ++i) {
    const bool found = c.eval.invoke(match, {items[i]}).asBool();
    if (c.eval.failed()) return {};
    if (found) return Value::int32(static_cast<int32_t>(i));
  }
  return Value::int32(-1);
}

Value searchMatchBack(Call& c, const Value* items, const Part& part, const Value& match) {
  if (match.isNull()) return c.eval.raiseArgumentNull("match");
  for (int64_t i = part.from; i > part.from - part.count && c.eval.step(); --i) {
    const bool found = c.eval.invoke(match, {items[i]}).asBool();
    if (c.eval.failed()) return {};
    if (found) return Value::int32(static_cast<int32_t>(i));
  }
  return Value::int32(-1);
}

void sortPart(Call& c, Value* items, const Part& part, size_t comparer) {
  const bool by = c.count > comparer && !c.isNull(comparer);
  sortValues(c.eval, items + part.from, static_cast<uint32_t>(part.count), by ? byComparer : byDefault,
             by ? &c.args[comparer] : nullptr);
}

}  // namespace sluice::expression
