// List<T>, Queue<T>, Stack<T>, LinkedList is not there. Values live in one array; a Queue's begins at `head`.
#include <algorithm>

#include "expression/library/array_items.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

constexpr uint8_t kStack = 2;
constexpr uint8_t kReadOnlyList = 4;

ListObject* self(Call& c) {
  return c.object<ListObject>(0);
}

ListObject* fresh(Call& c, uint8_t detail = 0) {
  ListObject* list = newList(c.eval, c.type);
  list->detail = detail;
  return list;
}

bool appendAll(Call& c, ListObject* list, const Value& sequence) {
  // A list may be added to itself: take its elements first.
  ListObject* all = nullptr;
  if (!collect(c.eval, sequence, all)) return false;
  for (uint32_t i = 0; i < all->count; ++i)
    if (!append(c.eval, list, all->items[i])) return false;
  return true;
}

Value fromSequence(Call& c, uint8_t detail) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("collection");
  ListObject* list = fresh(c, detail);
  return appendAll(c, list, c[0]) ? Value::object(list) : Value();
}

bool inside(Call& c, int32_t index) {
  if (index >= 0 && static_cast<uint32_t>(index) < self(c)->count) return true;
  c.eval.raiseOutOfRange("index",
                         "Index was out of range. Must be non-negative and less than the size of the collection.");
  return false;
}

Value item(Call& c) {
  return inside(c, c.int32(1)) ? self(c)->items[self(c)->head + static_cast<uint32_t>(c.int32(1))] : Value();
}

Value setItem(Call& c) {
  if (!inside(c, c.int32(1))) return {};
  self(c)->items[self(c)->head + static_cast<uint32_t>(c.int32(1))] = c[2];
  ++self(c)->version;
  return {};
}

template <class Matches>
int32_t find(Call& c, bool last, Matches matches) {
  const ListObject* list = self(c);
  for (uint32_t n = 0; n < list->count; ++n) {
    const uint32_t i = last ? list->count - 1 - n : n;
    if (!c.eval.step()) return -1;
    const bool hit = matches(list->items[list->head + i]);
    if (c.eval.failed()) return -1;
    if (hit) return static_cast<int32_t>(i);
  }
  return -1;
}

int32_t findEqual(Call& c, bool last = false) {
  return find(c, last, [&](const Value& value) { return valueEquals(c.eval, value, c[1]); });
}
int32_t findBy(Call& c, bool last = false, bool wanted = true) {
  if (c.isNull(1)) c.eval.raiseArgumentNull("match");
  return find(c, last, [&](const Value& value) { return c.eval.invoke(c[1], {value}).asBool() == wanted; });
}

Value removeAt(Call& c, int32_t at) {
  if (inside(c, at)) listRemoveAt(self(c), static_cast<uint32_t>(at));
  return {};
}

Value removeAll(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("match");
  ListObject* list = self(c);
  uint32_t kept = 0;
  const uint32_t before = list->count;
  for (uint32_t i = 0; i < before; ++i) {
    const Value value = list->items[i];
    const bool remove = c.eval.invoke(c[1], {value}).asBool();
    if (c.eval.failed()) return {};
    if (!remove) list->items[kept++] = value;
  }
  list->count = kept;
  ++list->version;
  return Value::int32(static_cast<int32_t>(before - kept));
}

bool range(Call& c, int64_t from, int64_t count) {
  if (from < 0 || count < 0) {
    c.eval.raiseOutOfRange("index");
    return false;
  }
  if (from + count <= self(c)->count) return true;
  c.raise("System.ArgumentException",
          "Offset and length were out of bounds for the array or count is greater than the "
          "number of elements from index to the end of the source collection.");
  return false;
}

Value getRange(Call& c) {
  if (!range(c, c.int32(1), c.int32(2))) return {};
  ListObject* list = fresh(c);
  for (int32_t i = 0; i < c.int32(2); ++i)
    if (!append(c.eval, list, self(c)->items[c.int32(1) + i])) return {};
  return Value::object(list);
}

Value removeRange(Call& c) {
  if (!range(c, c.int32(1), c.int32(2))) return {};
  ListObject* list = self(c);
  std::copy(list->items + c.int32(1) + c.int32(2), list->items + list->count, list->items + c.int32(1));
  list->count -= static_cast<uint32_t>(c.int32(2));
  ++list->version;
  return {};
}

Value insertRange(Call& c) {
  if (c.int32(1) < 0 || static_cast<uint32_t>(c.int32(1)) > self(c)->count) return c.eval.raiseOutOfRange("index");
  if (c.isNull(2)) return c.eval.raiseArgumentNull("collection");
  const uint32_t before = self(c)->count;
  if (!appendAll(c, self(c), c[2])) return {};
  Value* items = self(c)->items;
  std::rotate(items + c.int32(1), items + before, items + self(c)->count);
  return {};
}

Value findAll(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("match");
  ListObject* list = fresh(c);
  for (uint32_t i = 0; i < self(c)->count; ++i) {
    const Value value = self(c)->items[i];
    const bool keep = c.eval.invoke(c[1], {value}).asBool();
    if (c.eval.failed() || (keep && !append(c.eval, list, value))) return {};
  }
  return Value::object(list);
}

Value convertAll(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("converter");
  ListObject* list = fresh(c);
  for (uint32_t i = 0; i < self(c)->count; ++i) {
    const Value converted = c.eval.invoke(c[1], {self(c)->items[i]});
    if (c.eval.failed() || !append(c.eval, list, converted)) return {};
  }
  return Value::object(list);
}

Value forEach(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("action");
  const uint32_t seen = self(c)->version;
  for (uint32_t i = 0; i < self(c)->count; ++i) {
    c.eval.invoke(c[1], {self(c)->items[i]});
    if (c.eval.failed()) return {};
    if (self(c)->version != seen)
      return c.raise("System.InvalidOperationException",
                     "Collection was modified; enumeration operation may not execute.");
  }
  return {};
}

Value toArray(Call& c) {
  const ListObject* list = self(c);
  const Type* element = c.type->element();
  const auto at = [&](uint32_t i) {
    return list->items[list->head + (list->detail == kStack ? list->count - 1 - i : i)];
  };
  if (element == core().byte) {
    const Value bytes = newBytesOfSize(c.eval, list->count);
    for (uint32_t i = 0; !c.eval.failed() && i < list->count; ++i)
      as<BytesObject>(bytes)->data[i] = static_cast<uint8_t>(at(i).asInt64());
    return bytes;
  }
  ArrayObject* array = newArray(c.eval, c.type, list->count);
  for (uint32_t i = 0; i < array->length; ++i) array->items[i] = at(i);
  return Value::object(array);
}

int byDefault(Eval& eval, void*, const Value& a, const Value& b) {
  return valueCompare(eval, a, b);
}
int byComparison(Eval& eval, void* state, const Value& a, const Value& b) {
  return eval.invoke(*static_cast<Value*>(state), {a, b}).asInt32();
}
int byComparer(Eval& eval, void* state, const Value& a, const Value& b) {
  return compareBy(eval, comparisonOf(*static_cast<Value*>(state)), a, b);
}

Value sort(Call& c, CompareFunction compare) {
  sortValues(c.eval, self(c)->items, self(c)->count, compare, c.count > 1 ? &c.args[1] : nullptr);
  ++self(c)->version;
  return {};
}

Value reverse(Call& c) {
  if (!c.eval.step(self(c)->count / 16)) return {};
  std::reverse(self(c)->items, self(c)->items + self(c)->count);
  ++self(c)->version;
  return {};
}

Value foundOrDefault(Call& c, bool last) {
  const int32_t at = findBy(c, last);
  if (c.eval.failed()) return {};
  return at >= 0 ? self(c)->items[at] : defaultValue(c.arena(), c.type);
}

Value add(Call& c) {
  return append(c.eval, self(c), c[1]), Value();
}
Value count(Call& c) {
  return Value::int32(static_cast<int32_t>(self(c)->count));
}
Value clear(Call& c) {
  return self(c)->count = 0, self(c)->head = 0, ++self(c)->version, Value();
}

// A copy: nothing shows whether it is the list itself, unless that is changed afterwards.
Value asReadOnly(Call& c) {
  ListObject* list = fresh(c, kReadOnlyList);
  for (uint32_t i = 0; i < self(c)->count; ++i)
    if (!append(c.eval, list, self(c)->items[self(c)->head + i])) return {};
  return Value::object(list);
}

constexpr MemberRow kReadOnly[] = {
    {"int Count { get; }", count},
    {"T this[int index] { get; }", item},
    {"bool Contains(T value)", [](Call& c) { return Value::boolean(findEqual(c) >= 0); }},
    {"int IndexOf(T value)", [](Call& c) { return Value::int32(findEqual(c)); }},
};

constexpr MemberRow kList[] = {
    {"List()", [](Call& c) { return Value::object(fresh(c)); }},
    {"List(int capacity)",
     [](Call& c) {
       if (c.int32(0) < 0) return c.eval.raiseOutOfRange("capacity");
       return Value::object(newList(c.eval, c.type, static_cast<uint32_t>(c.int32(0))));
     }},
    {"List(IEnumerable<T> collection)", [](Call& c) { return fromSequence(c, 0); }},
    {"int Count { get; }", count},
    {"int Capacity { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(self(c)->capacity)); }},
    {"T this[int index] { get; set; }", item, setItem},
    {"void Add(T item)", add},
    {"void AddRange(IEnumerable<T> collection)",
     [](Call& c) {
       return c.isNull(1) ? c.eval.raiseArgumentNull("collection") : (appendAll(c, self(c), c[1]), Value());
     }},
    {"void Insert(int index, T item)",
     [](Call& c) {
       if (c.int32(1) < 0 || static_cast<uint32_t>(c.int32(1)) > self(c)->count)
         return c.eval.raiseOutOfRange("index", "Index must be within the bounds of the List.");
       listInsert(c.eval, self(c), static_cast<uint32_t>(c.int32(1)), c[2]);
       return Value();
     }},
    {"void InsertRange(int index, IEnumerable<T> collection)", insertRange},
    {"bool Remove(T item)",
     [](Call& c) {
       const int32_t at = findEqual(c);
       if (at >= 0) listRemoveAt(self(c), static_cast<uint32_t>(at));
       return Value::boolean(at >= 0);
     }},
    {"void RemoveAt(int index)", [](Call& c) { return removeAt(c, c.int32(1)); }},
    {"int RemoveAll(Predicate<T> match)", removeAll},
    {"void RemoveRange(int index, int count)", removeRange},
    {"void Clear()", clear},
    {"bool Contains(T item)", [](Call& c) { return Value::boolean(findEqual(c) >= 0); }},
    {"int IndexOf(T item)", [](Call& c) { return Value::int32(findEqual(c)); }},
    {"int LastIndexOf(T item)", [](Call& c) { return Value::int32(findEqual(c, true)); }},
    {"bool Exists(Predicate<T> match)", [](Call& c) { return Value::boolean(findBy(c) >= 0); }},
    {"bool TrueForAll(Predicate<T> match)", [](Call& c) { return Value::boolean(findBy(c, false, false) < 0); }},
    {"T Find(Predicate<T> match)", [](Call& c) { return foundOrDefault(c, false); }},
    {"T FindLast(Predicate<T> match)", [](Call& c) { return foundOrDefault(c, true); }},
    {"List<T> FindAll(Predicate<T> match)", findAll},
    {"int FindIndex(Predicate<T> match)", [](Call& c) { return Value::int32(findBy(c)); }},
    {"int FindLastIndex(Predicate<T> match)", [](Call& c) { return Value::int32(findBy(c, true)); }},
    {"List<TOutput> ConvertAll<TOutput>(Converter<T,TOutput> converter)", convertAll},
    {"void ForEach(Action<T> action)", forEach},
    {"List<T> GetRange(int index, int count)", getRange},
    {"void Sort()", [](Call& c) { return sort(c, byDefault); }},
    {"void Sort(Comparison<T> comparison)",
     [](Call& c) { return c.isNull(1) ? c.eval.raiseArgumentNull("comparison") : sort(c, byComparison); }},
    {"void Sort(IComparer<T> comparer)", [](Call& c) { return sort(c, c.isNull(1) ? byDefault : byComparer); }},
    {"void Reverse()", reverse},
    {"T[] ToArray()", toArray},
    {"System.Collections.ObjectModel.ReadOnlyCollection<T> AsReadOnly()", asReadOnly},
    {"void TrimExcess()", [](Call&) { return Value(); }},
    {"void CopyTo(T[] array)",
     [](Call& c) {
       if (c.isNull(1)) return c.eval.raiseArgumentNull("array");
       if (isKind(c[1], ObjectKind::Bytes) || c.object<ArrayObject>(1)->length < self(c)->count)
         return c.raise("System.ArgumentException", "Destination array was not long enough.");
       std::copy(self(c)->items, self(c)->items + self(c)->count, c.object<ArrayObject>(1)->items);
       return Value();
     }},
};

Value empty(Call& c, const char* what) {
  return c.raise("System.InvalidOperationException", what);
}

Value dequeue(Call& c) {
  ListObject* queue = self(c);
  if (queue->count == 0) return empty(c, "Queue empty.");
  const Value first = queue->items[queue->head++];
  --queue->count;
  ++queue->version;
  return first;
}

Value pop(Call& c) {
  ListObject* stack = self(c);
  if (stack->count == 0) return empty(c, "Stack empty.");
  ++stack->version;
  return stack->items[--stack->count];
}

constexpr MemberRow kQueue[] = {
    {"Queue()", [](Call& c) { return Value::object(fresh(c)); }},
    {"Queue(int capacity)",
     [](Call& c) { return c.int32(0) < 0 ? c.eval.raiseOutOfRange("capacity") : Value::object(fresh(c)); }},
    {"Queue(IEnumerable<T> collection)", [](Call& c) { return fromSequence(c, 0); }},
    {"int Count { get; }", count},
    {"void Enqueue(T item)", add},
    {"T Dequeue()", dequeue},
    {"T Peek()",
     [](Call& c) { return self(c)->count == 0 ? empty(c, "Queue empty.") : self(c)->items[self(c)->head]; }},
    {"bool TryPeek(out T result)",
     [](Call& c) {
       const bool any = self(c)->count > 0;
       c[1] = any ? self(c)->items[self(c)->head] : defaultValue(c.arena(), c.receiver->args[0]);
       return Value::boolean(any);
     }},
    {"bool TryDequeue(out T result)",
     [](Call& c) {
       const bool any = self(c)->count > 0;
       c[1] = any ? dequeue(c) : defaultValue(c.arena(), c.receiver->args[0]);
       return Value::boolean(any);
     }},
    {"bool Contains(T item)", [](Call& c) { return Value::boolean(findEqual(c) >= 0); }},
    {"void Clear()", clear},
    {"T[] ToArray()", toArray},
};

constexpr MemberRow kStackRows[] = {
    {"Stack()", [](Call& c) { return Value::object(fresh(c, kStack)); }},
    {"Stack(int capacity)",
     [](Call& c) { return c.int32(0) < 0 ? c.eval.raiseOutOfRange("capacity") : Value::object(fresh(c, kStack)); }},
    {"Stack(IEnumerable<T> collection)", [](Call& c) { return fromSequence(c, kStack); }},
    {"int Count { get; }", count},
    {"void Push(T item)", add},
    {"T Pop()", pop},
    {"T Peek()",
     [](Call& c) { return self(c)->count == 0 ? empty(c, "Stack empty.") : self(c)->items[self(c)->count - 1]; }},
    {"bool TryPeek(out T result)",
     [](Call& c) {
       const bool any = self(c)->count > 0;
       c[1] = any ? self(c)->items[self(c)->count - 1] : defaultValue(c.arena(), c.receiver->args[0]);
       return Value::boolean(any);
     }},
    {"bool TryPop(out T result)",
     [](Call& c) {
       const bool any = self(c)->count > 0;
       c[1] = any ? pop(c) : defaultValue(c.arena(), c.receiver->args[0]);
       return Value::boolean(any);
     }},
    {"bool Contains(T item)", [](Call& c) { return Value::boolean(findEqual(c) >= 0); }},
    {"void Clear()", clear},
    {"T[] ToArray()", toArray},
};

}  // namespace

void declareList(Library& library) {
  library.add("class System.Collections.ObjectModel.ReadOnlyCollection<T> : IList<T>, IReadOnlyList<T>", kReadOnly)
      .rows.push_back(queuePartRows());
  library
      .add("class System.Collections.Generic.List<T> : IList<T>, IReadOnlyList<T>, System.Collections.ICollection",
           kList)
      .rows.push_back(listPartRows());
  library
      .add("class System.Collections.Generic.Queue<T> : IReadOnlyCollection<T>, System.Collections.ICollection", kQueue)
      .rows.push_back(queuePartRows());
  library
      .add("class System.Collections.Generic.Stack<T> : IReadOnlyCollection<T>, System.Collections.ICollection",
           kStackRows)
      .rows.push_back(queuePartRows());
}

}  // namespace sluice::expression
