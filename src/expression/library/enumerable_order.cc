// Enumerable: sets, ordering, grouping and joining.
#include <algorithm>

#include "expression/library/enumerable.h"

namespace sluice::expression {
namespace {

// Distinct, Union, Intersect, Except. The set is what was given out or what must not be.
enum class SetHow : uint8_t { Distinct, DistinctBy, Union, Intersect, Except };

template <SetHow kHow>
struct SetQuery final : QueryEnumerator {
  MapObject* seen = nullptr;
  bool second = false;

  // The comparer is the last argument, if any.
  Comparison comparison() const {
    constexpr size_t kPlace = kHow == SetHow::Distinct ? 1 : 2;
    return kHow == SetHow::DistinctBy ? Comparison::Default : comparisonOf(args[kPlace]);
  }
  bool prepare(Eval& eval) {
    seen = newMap(eval, core().object, comparison());
    if (kHow != SetHow::Intersect && kHow != SetHow::Except) return true;
    Enumerator* others = enumerate(eval, args[1]);
    Value item;
    while (others != nullptr && others->next(eval, item))
      if (!mapPut(eval, seen, item, Value())) return false;
    return !eval.failed();
  }
  bool next(Eval& eval, Value& out) override {
    if (seen == nullptr && !prepare(eval)) return false;
    for (;;) {
      if (!source->next(eval, out)) {
        if (kHow != SetHow::Union || second || eval.failed()) return false;
        second = true;
        source = enumerate(eval, args[1]);
        if (source == nullptr) return false;
        continue;
      }
      if (kHow == SetHow::Intersect) {
        if (mapRemove(eval, seen, out)) return true;
        continue;
      }
      Value key = out;
      if (kHow == SetHow::DistinctBy) key = eval.invoke(args[1], {out});
      if (eval.failed()) return false;
      if (mapFind(eval, seen, key) != nullptr) continue;
      return mapPut(eval, seen, key, Value());
    }
  }
};

constexpr MemberRow kSets[] = {
    {"static IEnumerable<T> Distinct<T>(this IEnumerable<T> source)", lazy<SetQuery<SetHow::Distinct>>},
    {"static IEnumerable<T> Distinct<T>(this IEnumerable<T> source, IEqualityComparer<T> comparer)",
     lazy<SetQuery<SetHow::Distinct>>},
    {"static IEnumerable<T> DistinctBy<T,K>(this IEnumerable<T> source, Func<T,K> keySelector)",
     lazy<SetQuery<SetHow::DistinctBy>>},
    {"static IEnumerable<T> Union<T>(this IEnumerable<T> first, IEnumerable<T> second)", lazy<SetQuery<SetHow::Union>>},
    {"static IEnumerable<T> Union<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
     lazy<SetQuery<SetHow::Union>>},
    {"static IEnumerable<T> Intersect<T>(this IEnumerable<T> first, IEnumerable<T> second)",
     lazy<SetQuery<SetHow::Intersect>>},
    {"static IEnumerable<T> Intersect<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> "
     "comparer)",
     lazy<SetQuery<SetHow::Intersect>>},
    {"static IEnumerable<T> Except<T>(this IEnumerable<T> first, IEnumerable<T> second)",
     lazy<SetQuery<SetHow::Except>>},
    {"static IEnumerable<T> Except<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
     lazy<SetQuery<SetHow::Except>>},
};

// OrderBy and ThenBy: a chain of keys, the outermost last.
struct OrderedObject final : SequenceObject {
  Value source;
  OrderedObject* before = nullptr;  // the ordering that this one refines
  Value selector;                   // null: the element itself
  Value comparer;
  bool descending = false;
  uint32_t depth = 1;

  Enumerator* begin(Eval& eval) override;
};

// Rows of keys in one array; a row's last value is the element.
struct SortState {
  std::span<OrderedObject*> keys;
};

int compareRows(Eval& eval, void* state, const Value& a, const Value& b) {
  const auto* sort = static_cast<SortState*>(state);
  const auto* x = as<RecordObject>(a);
  const auto* y = as<RecordObject>(b);
  for (size_t i = 0; i < sort->keys.size(); ++i) {
    int order = compareBy(eval, comparisonOf(sort->keys[i]->comparer), x->members[i], y->members[i]);
    if (order != 0) return sort->keys[i]->descending ? (order > 0 ? -1 : 1) : order;
    if (eval.failed()) return 0;
  }
  return 0;
}

struct OrderedEnumerator final : FullEnumerator {
  OrderedObject* ordered = nullptr;
  ListObject* fill(Eval& eval) override {
    std::span<OrderedObject*> keys = eval.arena.array<OrderedObject*>(ordered->depth);
    OrderedObject* one = ordered;
    for (size_t i = keys.size(); i-- > 0; one = one->before) keys[i] = one;
    ListObject* items = nullptr;
    if (!collect(eval, ordered->source, items)) return nullptr;
    for (uint32_t i = 0; i < items->count; ++i) {
      RecordObject* row = newRecordOf(eval, core().object, ordered->depth + 1);
      for (size_t k = 0; k < keys.size(); ++k) {
        row->members[k] =
            keys[k]->selector.isNull() ? items->items[i] : eval.invoke(keys[k]->selector, {items->items[i]});
        if (eval.failed() || !eval.step()) return nullptr;
      }
      row->members[keys.size()] = items->items[i];
      items->items[i] = Value::object(row);
    }
    SortState state{keys};
    if (!sortValues(eval, items->items, items->count, compareRows, &state)) return nullptr;
    for (uint32_t i = 0; i < items->count; ++i)
      items->items[i] = as<RecordObject>(items->items[i])->members[keys.size()];
    return items;
  }
};

Enumerator* OrderedObject::begin(Eval& eval) {
  auto* made = eval.arena.create<OrderedEnumerator>();
  made->kind = ObjectKind::Enumerator;
  made->type = core().object;
  made->ordered = this;
  return made;
}

Value order(Call& c, bool descending, bool refines, bool by_key = true) {
  if (!checkArguments(c)) return {};
  if (by_key && c.isNull(1)) return c.eval.raiseArgumentNull("keySelector");
  auto* made = c.arena().create<OrderedObject>();
  made->type = c.type;
  made->kind = ObjectKind::Sequence;
  made->source = c[0];
  made->descending = descending;
  const size_t comparer = by_key ? 2 : 1;
  if (by_key) made->selector = c[1];
  if (c.count > comparer) made->comparer = c[comparer];
  if (refines) {
    made->before = c.object<OrderedObject>(0);
    made->source = made->before->source;
    made->depth = made->before->depth + 1;
  }
  return Value::object(made);
}

constexpr MemberRow kOrder[] = {
    {"static IOrderedEnumerable<T> OrderBy<T,K>(this IEnumerable<T> source, Func<T,K> keySelector)",
     [](Call& c) { return order(c, false, false); }},
    {"static IOrderedEnumerable<T> OrderBy<T,K>(this IEnumerable<T> source, Func<T,K> keySelector, IComparer<K> "
     "comparer)",
     [](Call& c) { return order(c, false, false); }},
    {"static IOrderedEnumerable<T> OrderByDescending<T,K>(this IEnumerable<T> source, Func<T,K> keySelector)",
     [](Call& c) { return order(c, true, false); }},
    {"static IOrderedEnumerable<T> OrderByDescending<T,K>(this IEnumerable<T> source, Func<T,K> keySelector, "
     "IComparer<K> comparer)",
     [](Call& c) { return order(c, true, false); }},
    {"static IOrderedEnumerable<T> ThenBy<T,K>(this IOrderedEnumerable<T> source, Func<T,K> keySelector)",
     [](Call& c) { return order(c, false, true); }},
    {"static IOrderedEnumerable<T> ThenBy<T,K>(this IOrderedEnumerable<T> source, Func<T,K> keySelector, "
     "IComparer<K> comparer)",
     [](Call& c) { return order(c, false, true); }},
    {"static IOrderedEnumerable<T> ThenByDescending<T,K>(this IOrderedEnumerable<T> source, Func<T,K> keySelector)",
     [](Call& c) { return order(c, true, true); }},
    {"static IOrderedEnumerable<T> ThenByDescending<T,K>(this IOrderedEnumerable<T> source, Func<T,K> keySelector, "
     "IComparer<K> comparer)",
     [](Call& c) { return order(c, true, true); }},
    {"static IOrderedEnumerable<T> Order<T>(this IEnumerable<T> source)",
     [](Call& c) { return order(c, false, false, false); }},
    {"static IOrderedEnumerable<T> OrderDescending<T>(this IEnumerable<T> source)",
     [](Call& c) { return order(c, true, false, false); }},
};

// ---- Groups --------------------------------------------------------------------------------------------------------

// Elements by key, in order of first appearance.
MapObject* groupAll(Eval& eval, const Value& source, const Value& key_of, const Value& element_of,
                    const Value& comparer, const Type* group_type) {
  MapObject* groups = newMap(eval, core().object, comparisonOf(comparer));
  Enumerator* items = enumerate(eval, source);
  Value item;
  while (items != nullptr && items->next(eval, item)) {
    const Value key = eval.invoke(key_of, {item});
    if (eval.failed()) return nullptr;
    const Value element = element_of.isNull() ? item : eval.invoke(element_of, {item});
    if (eval.failed()) return nullptr;
    MapObject::Entry* entry = mapFind(eval, groups, key);
    GroupObject* group = nullptr;
    if (entry != nullptr) {
      group = as<GroupObject>(entry->value);
    } else {
      group = eval.arena.create<GroupObject>();
      group->type = group_type;
      group->kind = ObjectKind::Sequence;
      group->key = key;
      group->items = newObject<ListObject>(eval, core().object, ObjectKind::List);
      if (!mapPut(eval, groups, key, Value::object(group))) return nullptr;
    }
    if (!append(eval, group->items, element)) return nullptr;
  }
  return eval.failed() ? nullptr : groups;
}

const Type* groupingType(const Type* key, const Type* element) {
  const Type* two[] = {key, element};
  return libraryType("System.Linq.IGrouping", two);
}

// args: source, key, element or null, comparer or null; result selector in `map`.
struct GroupQuery final : SequenceObject {
  Value source, key_of, element_of, comparer, select;
  const Type* group_type = nullptr;
  Enumerator* begin(Eval& eval) override;
};

struct GroupEnumerator final : FullEnumerator {
  GroupQuery* query = nullptr;
  ListObject* fill(Eval& eval) override {
    MapObject* groups =
        groupAll(eval, query->source, query->key_of, query->element_of, query->comparer, query->group_type);
    if (groups == nullptr) return nullptr;
    auto* list = newObject<ListObject>(eval, core().object, ObjectKind::List);
    uint32_t index = 0;
    while (const MapObject::Entry* entry = mapNext(groups, index)) {
      const Value shown =
          query->select.isNull() ? entry->value : eval.invoke(query->select, {entry->key, entry->value});
      if (eval.failed() || !append(eval, list, shown)) return nullptr;
    }
    return list;
  }
};

Enumerator* GroupQuery::begin(Eval& eval) {
  auto* made = eval.arena.create<GroupEnumerator>();
  made->kind = ObjectKind::Enumerator;
  made->type = core().object;
  made->query = this;
  return made;
}

// Which argument is what, for each overload.
template <int kElement, int kSelect, int kComparer>
Value groupBy(Call& c) {
  if (!checkArguments(c)) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("keySelector");
  auto* query = c.arena().create<GroupQuery>();
  query->type = c.type;
  query->kind = ObjectKind::Sequence;
  query->source = c[0];
  query->key_of = c[1];
  if (kElement > 0) query->element_of = c[kElement];
  if (kSelect > 0) query->select = c[kSelect];
  if (kComparer > 0) query->comparer = c[kComparer];
  query->group_type = groupingType(c.type_args[1], kElement > 0 ? c.type_args[2] : c.type_args[0]);
  return Value::object(query);
}

struct LookupObject final : SequenceObject {
  MapObject* groups = nullptr;
  Enumerator* begin(Eval& eval) override {
    auto* list = newObject<ListObject>(eval, core().object, ObjectKind::List);
    uint32_t index = 0;
    while (const MapObject::Entry* entry = mapNext(groups, index))
      if (!append(eval, list, entry->value)) return nullptr;
    return enumerate(eval, Value::object(list));
  }
};

template <int kElement, int kComparer>
Value toLookup(Call& c) {
  if (!checkArguments(c)) return {};
  const Value none;
  const Type* group = groupingType(c.type_args[1], kElement > 0 ? c.type_args[2] : c.type_args[0]);
  MapObject* groups = groupAll(c.eval, c[0], c[1], kElement > 0 ? c[kElement > 0 ? kElement : 0] : none,
                               kComparer > 0 ? c[kComparer > 0 ? kComparer : 0] : none, group);
  if (groups == nullptr) return {};
  auto* lookup = c.arena().create<LookupObject>();
  lookup->type = c.type;
  lookup->kind = ObjectKind::Sequence;
  lookup->groups = groups;
  return Value::object(lookup);
}

// Join and GroupJoin: args are outer, inner, outer key, inner key, result.
struct JoinQuery final : SequenceObject {
  Value outer, inner, outer_key, inner_key, result, comparer;
  const Type* element = nullptr;
  bool group = false;
  Enumerator* begin(Eval& eval) override;
};

struct JoinEnumerator final : FullEnumerator {
  JoinQuery* q = nullptr;
  ListObject* fill(Eval& eval) override {
    const Type* group_type = groupingType(core().object, q->element);
    MapObject* groups = groupAll(eval, q->inner, q->inner_key, Value(), q->comparer, group_type);
    Enumerator* outers = groups != nullptr ? enumerate(eval, q->outer) : nullptr;
    if (outers == nullptr) return nullptr;
    auto* list = newObject<ListObject>(eval, core().object, ObjectKind::List);
    Value item;
    while (outers->next(eval, item)) {
      const Value key = eval.invoke(q->outer_key, {item});
      if (eval.failed()) return nullptr;
      const MapObject::Entry* entry = key.isNull() ? nullptr : mapFind(eval, groups, key);
      if (q->group) {
        const Value matches = entry != nullptr ? entry->value : Value::object(newArray(eval, arrayOf(q->element), 0));
        const Value made = eval.invoke(q->result, {item, matches});
        if (eval.failed() || !append(eval, list, made)) return nullptr;
        continue;
      }
      const ListObject* found = entry != nullptr ? as<GroupObject>(entry->value)->items : nullptr;
      for (uint32_t i = 0; found != nullptr && i < found->count; ++i) {
        const Value made = eval.invoke(q->result, {item, found->items[i]});
        if (eval.failed() || !append(eval, list, made)) return nullptr;
      }
    }
    return eval.failed() ? nullptr : list;
  }
};

Enumerator* JoinQuery::begin(Eval& eval) {
  auto* made = eval.arena.create<JoinEnumerator>();
  made->kind = ObjectKind::Enumerator;
  made->type = core().object;
  made->q = this;
  return made;
}

Value join(Call& c, bool group) {
  for (size_t i = 0; i < 5; ++i)
    if (c.isNull(i)) return c.eval.raiseArgumentNull("source");
  auto* query = c.arena().create<JoinQuery>();
  query->type = c.type;
  query->kind = ObjectKind::Sequence;
  query->outer = c[0];
  query->inner = c[1];
  query->outer_key = c[2];
  query->inner_key = c[3];
  query->result = c[4];
  if (c.count > 5) query->comparer = c[5];
  query->element = c.type_args[1];
  query->group = group;
  return Value::object(query);
}

constexpr MemberRow kGroups[] = {
    {"static IEnumerable<IGrouping<K,T>> GroupBy<T,K>(this IEnumerable<T> source, Func<T,K> keySelector)",
     groupBy<0, 0, 0>},
    {"static IEnumerable<IGrouping<K,T>> GroupBy<T,K>(this IEnumerable<T> source, Func<T,K> keySelector, "
     "IEqualityComparer<K> comparer)",
     groupBy<0, 0, 2>},
    {"static IEnumerable<IGrouping<K,E>> GroupBy<T,K,E>(this IEnumerable<T> source, Func<T,K> keySelector, "
     "Func<T,E> elementSelector)",
     groupBy<2, 0, 0>},
    {"static IEnumerable<IGrouping<K,E>> GroupBy<T,K,E>(this IEnumerable<T> source, Func<T,K> keySelector, "
     "Func<T,E> elementSelector, IEqualityComparer<K> comparer)",
     groupBy<2, 0, 3>},
    {"static IEnumerable<R> GroupBy<T,K,R>(this IEnumerable<T> source, Func<T,K> keySelector, "
     "Func<K,IEnumerable<T>,R> resultSelector)",
     groupBy<0, 2, 0>},
    {"static IEnumerable<R> GroupBy<T,K,E,R>(this IEnumerable<T> source, Func<T,K> keySelector, Func<T,E> "
     "elementSelector, "
     "Func<K,IEnumerable<E>,R> resultSelector)",
     groupBy<2, 3, 0>},
    {"static ILookup<K,T> ToLookup<T,K>(this IEnumerable<T> source, Func<T,K> keySelector)", toLookup<0, 0>},
    {"static ILookup<K,T> ToLookup<T,K>(this IEnumerable<T> source, Func<T,K> keySelector, IEqualityComparer<K> "
     "comparer)",
     toLookup<0, 2>},
    {"static ILookup<K,E> ToLookup<T,K,E>(this IEnumerable<T> source, Func<T,K> keySelector, Func<T,E> "
     "elementSelector)",
     toLookup<2, 0>},
    {"static IEnumerable<R> Join<O,I,K,R>(this IEnumerable<O> outer, IEnumerable<I> inner, Func<O,K> outerKeySelector, "
     "Func<I,K> innerKeySelector, Func<O,I,R> resultSelector)",
     [](Call& c) { return join(c, false); }},
    {"static IEnumerable<R> Join<O,I,K,R>(this IEnumerable<O> outer, IEnumerable<I> inner, Func<O,K> outerKeySelector, "
     "Func<I,K> innerKeySelector, Func<O,I,R> resultSelector, IEqualityComparer<K> comparer)",
     [](Call& c) { return join(c, false); }},
    {"static IEnumerable<R> GroupJoin<O,I,K,R>(this IEnumerable<O> outer, IEnumerable<I> inner, Func<O,K> "
     "outerKeySelector, Func<I,K> innerKeySelector, Func<O,IEnumerable<I>,R> resultSelector)",
     [](Call& c) { return join(c, true); }},
};

constexpr MemberRow kGrouping[] = {
    {"TKey Key { get; }", [](Call& c) { return c.object<GroupObject>(0)->key; }},
};
constexpr MemberRow kLookup[] = {
    {"int Count { get; }",
     [](Call& c) { return Value::int32(static_cast<int32_t>(c.object<LookupObject>(0)->groups->size())); }},
    {"bool Contains(TKey key)",
     [](Call& c) { return Value::boolean(mapFind(c.eval, c.object<LookupObject>(0)->groups, c[1]) != nullptr); }},
    {"IEnumerable<TElement> this[TKey key] { get; }",
     [](Call& c) {
       const MapObject::Entry* entry = mapFind(c.eval, c.object<LookupObject>(0)->groups, c[1]);
       if (entry != nullptr || c.eval.failed()) return entry != nullptr ? entry->value : Value();
       return Value::object(newArray(c.eval, arrayOf(c.receiver->args[1]), 0));
     }},
};

}  // namespace

std::span<const MemberRow> enumerableSetRows() {
  return kSets;
}
std::span<const MemberRow> enumerableOrderRows() {
  return kOrder;
}
std::span<const MemberRow> enumerableGroupRows() {
  return kGroups;
}

void declareGroups(Library& library) {
  library.add("interface System.Linq.IGrouping<out TKey, out TElement> : IEnumerable<TElement>", kGrouping);
  library.add("interface System.Linq.ILookup<TKey, TElement> : IEnumerable<IGrouping<TKey,TElement>>", kLookup);
}

void declareOrdered(Library& library) {
  library.add("interface System.Linq.IOrderedEnumerable<out TElement> : IEnumerable<TElement>", {});
}

}  // namespace sluice::expression
