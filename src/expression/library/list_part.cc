// Members of List<T> that take a part of it.
#include <algorithm>

#include "expression/library/array_items.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

ListObject* self(Call& c) {
  return c.object<ListObject>(0);
}
Value* itemsOf(Call& c) {
  return self(c)->items + self(c)->head;
}
Part wholeOf(Call& c) {
  return {0, self(c)->count};
}

Value binary(Call& c) {
  if (c.count < 4) return binarySearch(c, itemsOf(c), wholeOf(c), c[1], c.count > 2 ? c[2] : Value());
  const Part of{c.int32(1), c.int32(2)};
  return checkPart(c, of, self(c)->count) ? binarySearch(c, itemsOf(c), of, c[3], c[4]) : Value();
}

Value indexOf(Call& c) {
  const int64_t from = c.int32(2);
  const Part of{from, c.count > 3 ? c.int32(3) : self(c)->count - from};
  return checkSearch(c, of, self(c)->count) ? searchEqual(c, itemsOf(c), of, c[1]) : Value();
}

Value lastIndexOf(Call& c) {
  const int64_t from = c.int32(2);
  const Part of{from, c.count > 3 ? c.int32(3) : from + 1};
  if (self(c)->count == 0) return Value::int32(-1);
  return checkSearchBack(c, of, self(c)->count) ? searchEqualBack(c, itemsOf(c), of, c[1]) : Value();
}

Value findIndex(Call& c) {
  const int64_t from = c.int32(1);
  const Part of{from, c.count > 3 ? c.int32(2) : self(c)->count - from};
  return checkSearch(c, of, self(c)->count) ? searchMatch(c, itemsOf(c), of, c[c.count - 1]) : Value();
}

Value findLastIndex(Call& c) {
  const int64_t from = c.int32(1);
  const Part of{from, c.count > 3 ? c.int32(2) : from + 1};
  if (c.isNull(c.count - 1)) return c.eval.raiseArgumentNull("match");
  return checkSearchBack(c, of, self(c)->count) ? searchMatchBack(c, itemsOf(c), of, c[c.count - 1]) : Value();
}

Value reverse(Call& c) {
  const Part of{c.int32(1), c.int32(2)};
  if (!checkPart(c, of, self(c)->count)) return {};
  if (!c.eval.step(static_cast<uint64_t>(of.count) / 16)) return {};
  std::reverse(itemsOf(c) + of.from, itemsOf(c) + of.from + of.count);
  ++self(c)->version;
  return {};
}

Value sort(Call& c) {
  const Part of{c.int32(1), c.int32(2)};
  if (!checkPart(c, of, self(c)->count)) return {};
  sortPart(c, itemsOf(c), of, 3);
  ++self(c)->version;
  return {};
}

// CopyTo([index,] array, arrayIndex [, count]); a Stack gives its newest first.
Value copyPart(Call& c, const Part& of, size_t target, int64_t to) {
  if (c.isNull(target)) return c.eval.raiseArgumentNull("array");
  if (to < 0) return c.eval.raiseOutOfRange("arrayIndex", "Non-negative number required.");
  ArrayItems out;
  if (!checkPart(c, of, self(c)->count) || !arrayItems(c, target, out)) return {};
  if (to + of.count > out.length) return c.raise("System.ArgumentException", "Destination array was not long enough.");
  constexpr uint8_t kStack = 2;
  for (int64_t i = 0; i < of.count && c.eval.step(); ++i) {
    const int64_t at = of.from + i;
    out.items[to + i] = itemsOf(c)[self(c)->detail == kStack ? self(c)->count - 1 - at : at];
  }
  out.store();
  return {};
}

Value copyTo(Call& c) {
  return copyPart(c, wholeOf(c), 1, c.int32(2));
}

constexpr MemberRow kList[] = {
    {"int BinarySearch(T item)", binary},
    {"int BinarySearch(T item, IComparer<T> comparer)", binary},
    {"int BinarySearch(int index, int count, T item, IComparer<T> comparer)", binary},
    {"int IndexOf(T item, int index)", indexOf},
    {"int IndexOf(T item, int index, int count)", indexOf},
    {"int LastIndexOf(T item, int index)", lastIndexOf},
    {"int LastIndexOf(T item, int index, int count)", lastIndexOf},
    {"int FindIndex(int startIndex, Predicate<T> match)", findIndex},
    {"int FindIndex(int startIndex, int count, Predicate<T> match)", findIndex},
    {"int FindLastIndex(int startIndex, Predicate<T> match)", findLastIndex},
    {"int FindLastIndex(int startIndex, int count, Predicate<T> match)", findLastIndex},
    {"void Reverse(int index, int count)", reverse},
    {"void Sort(int index, int count, IComparer<T> comparer)", sort},
    {"void CopyTo(T[] array, int arrayIndex)", copyTo},
    {"void CopyTo(int index, T[] array, int arrayIndex, int count)",
     [](Call& c) {
       return copyPart(c, {c.int32(1), c.int32(4)}, 2, c.int32(3));
     }},
};
constexpr MemberRow kQueue[] = {
    {"void CopyTo(T[] array, int arrayIndex)", copyTo},
    {"void TrimExcess()", [](Call&) { return Value(); }},
};

}  // namespace

std::span<const MemberRow> listPartRows() {
  return kList;
}
std::span<const MemberRow> queuePartRows() {
  return kQueue;
}

}  // namespace sluice::expression
