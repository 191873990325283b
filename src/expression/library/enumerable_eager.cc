// Enumerable's methods that give a value at once.
#include "expression/library/enumerable.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

Value noElements(Call& c) {
  return c.raise("System.InvalidOperationException", "Sequence contains no elements");
}
Value noMatch(Call& c) {
  return c.raise("System.InvalidOperationException", "Sequence contains no matching element");
}

// Walks the source, calling visit(item) until it gives false. False: an exception is pending.
template <class Visit>
bool walk(Call& c, Visit visit) {
  if (!checkArguments(c)) return false;
  Enumerator* items = enumerate(c.eval, c[0]);
  Value item;
  while (items != nullptr && items->next(c.eval, item))
    if (!visit(item)) break;
  return !c.eval.failed();
}

// Does the element pass the predicate at args[1], if the call has one?
bool passes(Call& c, const Value& item, bool has_predicate) {
  if (!has_predicate) return true;
  const Value keep = c.eval.invoke(c[1], {item});
  return !c.eval.failed() && keep.asBool();
}

bool predicateMissing(Call& c, bool has_predicate) {
  if (!has_predicate || !c.isNull(1) || c.isNull(0)) return false;
  c.eval.raiseArgumentNull("predicate");
  return true;
}

enum class Miss : uint8_t { Raise, Default, Given };

template <bool kPredicate, Miss kMiss>
Value missing(Call& c) {
  if (kMiss == Miss::Raise) return kPredicate ? noMatch(c) : noElements(c);
  if (kMiss == Miss::Given) return c[c.count - 1];
  return defaultValue(c.arena(), c.type);
}

template <bool kPredicate, Miss kMiss>
Value first(Call& c) {
  if (predicateMissing(c, kPredicate)) return {};
  Value found;
  bool any = false;
  const bool good = walk(c, [&](const Value& item) {
    if (!passes(c, item, kPredicate)) return !c.eval.failed();
    found = item;
    any = true;
    return false;
  });
  if (!good) return {};
  return any ? found : missing<kPredicate, kMiss>(c);
}

template <bool kPredicate, Miss kMiss>
Value last(Call& c) {
  if (predicateMissing(c, kPredicate)) return {};
  Value found;
  bool any = false;
  const bool good = walk(c, [&](const Value& item) {
    if (passes(c, item, kPredicate)) {
      found = item;
      any = true;
    }
    return !c.eval.failed();
  });
  if (!good) return {};
  return any ? found : missing<kPredicate, kMiss>(c);
}

template <bool kPredicate, Miss kMiss>
Value single(Call& c) {
  if (predicateMissing(c, kPredicate)) return {};
  Value found;
  int count = 0;
  const bool good = walk(c, [&](const Value& item) {
    if (passes(c, item, kPredicate)) {
      found = item;
      ++count;
    }
    return !c.eval.failed() && count < 2;
  });
  if (!good) return {};
  if (count > 1)
    return c.raise("System.InvalidOperationException", kPredicate ? "Sequence contains more than one matching element"
                                                                  : "Sequence contains more than one element");
  return count == 1 ? found : missing<kPredicate, kMiss>(c);
}

template <bool kPredicate>
Value count(Call& c) {
  if (predicateMissing(c, kPredicate)) return {};
  if (!kPredicate && isKind(c[0], ObjectKind::List)) return Value::integer(c.type->tag, c.object<ListObject>(0)->count);
  int64_t counted = 0;
  const bool good = walk(c, [&](const Value& item) {
    if (passes(c, item, kPredicate)) ++counted;
    return !c.eval.failed();
  });
  return good ? Value::integer(c.type->tag, counted) : Value();
}

template <bool kPredicate>
Value any(Call& c) {
  if (predicateMissing(c, kPredicate)) return {};
  bool found = false;
  walk(c, [&](const Value& item) {
    found = passes(c, item, kPredicate);
    return !found && !c.eval.failed();
  });
  return Value::boolean(found);
}

Value all(Call& c) {
  if (predicateMissing(c, true)) return {};
  bool every = true;
  walk(c, [&](const Value& item) {
    every = passes(c, item, true);
    return every && !c.eval.failed();
  });
  return Value::boolean(every);
}

Value contains(Call& c) {
  const Comparison how = c.count > 2 ? comparisonOf(c[2]) : Comparison::Default;
  bool found = false;
  walk(c, [&](const Value& item) {
    found = equalBy(c.eval, how, item, c[1]);
    return !found;
  });
  return Value::boolean(found);
}

Value elementAt(Call& c, bool or_default) {
  const int32_t wanted = c.int32(1);
  int32_t index = 0;
  Value found;
  bool any_found = false;
  if (wanted >= 0 || c.isNull(0)) {
    const bool good = walk(c, [&](const Value& item) {
      if (index++ < wanted) return true;
      found = item;
      any_found = true;
      return false;
    });
    if (!good) return {};
  }
  if (any_found) return found;
  return or_default ? defaultValue(c.arena(), c.type) : c.eval.raiseOutOfRange("index");
}

Value toList(Call& c) {
  if (!checkArguments(c)) return {};
  ListObject* list = nullptr;
  if (!collect(c.eval, c[0], list)) return {};
  list->type = c.type;
  list->version = 0;
  return Value::object(list);
}

Value toArray(Call& c) {
  if (!checkArguments(c)) return {};
  ListObject* list = nullptr;
  if (!collect(c.eval, c[0], list)) return {};
  if (c.type == core().byte_array) {
    const Value bytes = newBytesOfSize(c.eval, list->count);
    for (uint32_t i = 0; !c.eval.failed() && i < list->count; ++i)
      as<BytesObject>(bytes)->data[i] = static_cast<uint8_t>(list->items[i].asInt64());
    return bytes;
  }
  auto* array = newObject<ArrayObject>(c.eval, c.type, ObjectKind::Array);
  array->length = list->count;
  array->items = list->items;
  return Value::object(array);
}

template <int kElement, int kComparer>
Value toDictionary(Call& c) {
  if (!checkArguments(c)) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("keySelector");
  MapObject* map =
      newMap(c.eval, c.type, kComparer > 0 ? comparisonOf(c[kComparer > 0 ? kComparer : 0]) : Comparison::Default);
  const bool good = walk(c, [&](const Value& item) {
    const Value key = c.eval.invoke(c[1], {item});
    if (c.eval.failed()) return false;
    const Value element = kElement > 0 ? c.eval.invoke(c[kElement > 0 ? kElement : 0], {item}) : item;
    if (c.eval.failed()) return false;
    if (key.isNull()) return c.eval.raiseArgumentNull("key"), false;
    if (mapFind(c.eval, map, key) != nullptr) {
      c.raise("System.ArgumentException", "An item with the same key has already been added. Key: " +
                                              std::string(toUtf8(c.arena(), valueToString(c.eval, key))));
      return false;
    }
    return mapPut(c.eval, map, key, element);
  });
  return good ? Value::object(map) : Value();
}

Value toHashSet(Call& c) {
  MapObject* set = newMap(c.eval, c.type, c.count > 1 ? comparisonOf(c[1]) : Comparison::Default);
  const bool good = walk(c, [&](const Value& item) {
    return mapFind(c.eval, set, item) != nullptr || mapPut(c.eval, set, item, Value());
  });
  return good ? Value::object(set) : Value();
}

Value aggregate(Call& c) {
  const bool seeded = c.count > 2;
  Value total = seeded ? c[1] : Value();
  bool any_item = seeded;
  const Value& step = c[seeded ? 2 : 1];
  const bool good = walk(c, [&](const Value& item) {
    total = any_item ? c.eval.invoke(step, {total, item}) : item;
    any_item = true;
    return !c.eval.failed();
  });
  if (!good) return {};
  if (!any_item) return noElements(c);
  return c.count > 3 ? c.eval.invoke(c[3], {total}) : total;
}

Value sequenceEqual(Call& c) {
  if (!checkArguments(c)) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("second");
  Enumerator* a = enumerate(c.eval, c[0]);
  Enumerator* b = a != nullptr ? enumerate(c.eval, c[1]) : nullptr;
  if (b == nullptr) return {};
  const Comparison how = c.count > 2 ? comparisonOf(c[2]) : Comparison::Default;
  Value x, y;
  for (;;) {
    const bool more = a->next(c.eval, x);
    const bool other = b->next(c.eval, y);
    if (more != other || c.eval.failed()) return Value::boolean(false);
    if (!more) return Value::boolean(true);
    if (!equalBy(c.eval, how, x, y)) return Value::boolean(false);
  }
}

// Min and Max, by the element or by what the selector gives.
template <bool kMax, bool kSelector>
Value extreme(Call& c) {
  Value best;
  const bool good = walk(c, [&](const Value& item) {
    const Value key = kSelector ? c.eval.invoke(c[1], {item}) : item;
    if (c.eval.failed()) return false;
    if (key.isNull()) return true;
    if (best.isNull()) {
      best = key;
    } else {
      const int order = valueCompare(c.eval, key, best);
      if (kMax ? order > 0 : order < 0) best = key;
    }
    return !c.eval.failed();
  });
  if (!good) return {};
  if (best.isNull() && c.type->isValue() && !c.type->isNullable()) return noElements(c);
  return best;
}

template <bool kMax>
Value extremeBy(Call& c) {
  Value best, best_key;
  bool any_item = false;
  const bool good = walk(c, [&](const Value& item) {
    const Value key = c.eval.invoke(c[1], {item});
    if (c.eval.failed()) return false;
    const int order = any_item ? valueCompare(c.eval, key, best_key) : 0;
    if (!any_item || (kMax ? order > 0 : order < 0)) {
      best = item;
      best_key = key;
    }
    any_item = true;
    return !c.eval.failed();
  });
  if (!good) return {};
  if (!any_item && c.type->isValue() && !c.type->isNullable()) return noElements(c);
  return best;
}

constexpr MemberRow kEager[] = {
    {"static T First<T>(this IEnumerable<T> source)", first<false, Miss::Raise>},
    {"static T First<T>(this IEnumerable<T> source, Func<T,bool> predicate)", first<true, Miss::Raise>},
    {"static T FirstOrDefault<T>(this IEnumerable<T> source)", first<false, Miss::Default>},
    {"static T FirstOrDefault<T>(this IEnumerable<T> source, Func<T,bool> predicate)", first<true, Miss::Default>},
    {"static T FirstOrDefault<T>(this IEnumerable<T> source, T defaultValue)", first<false, Miss::Given>},
    {"static T FirstOrDefault<T>(this IEnumerable<T> source, Func<T,bool> predicate, T defaultValue)",
     first<true, Miss::Given>},
    {"static T Last<T>(this IEnumerable<T> source)", last<false, Miss::Raise>},
    {"static T Last<T>(this IEnumerable<T> source, Func<T,bool> predicate)", last<true, Miss::Raise>},
    {"static T LastOrDefault<T>(this IEnumerable<T> source)", last<false, Miss::Default>},
    {"static T LastOrDefault<T>(this IEnumerable<T> source, Func<T,bool> predicate)", last<true, Miss::Default>},
    {"static T LastOrDefault<T>(this IEnumerable<T> source, T defaultValue)", last<false, Miss::Given>},
    {"static T Single<T>(this IEnumerable<T> source)", single<false, Miss::Raise>},
    {"static T Single<T>(this IEnumerable<T> source, Func<T,bool> predicate)", single<true, Miss::Raise>},
    {"static T SingleOrDefault<T>(this IEnumerable<T> source)", single<false, Miss::Default>},
    {"static T SingleOrDefault<T>(this IEnumerable<T> source, Func<T,bool> predicate)", single<true, Miss::Default>},
    {"static int Count<T>(this IEnumerable<T> source)", count<false>},
    {"static int Count<T>(this IEnumerable<T> source, Func<T,bool> predicate)", count<true>},
    {"static long LongCount<T>(this IEnumerable<T> source)", count<false>},
    {"static long LongCount<T>(this IEnumerable<T> source, Func<T,bool> predicate)", count<true>},
    {"static bool Any<T>(this IEnumerable<T> source)", any<false>},
    {"static bool Any<T>(this IEnumerable<T> source, Func<T,bool> predicate)", any<true>},
    {"static bool All<T>(this IEnumerable<T> source, Func<T,bool> predicate)", all},
    {"static bool Contains<T>(this IEnumerable<T> source, T value)", contains},
    {"static bool Contains<T>(this IEnumerable<T> source, T value, IEqualityComparer<T> comparer)", contains},
    {"static T ElementAt<T>(this IEnumerable<T> source, int index)", [](Call& c) { return elementAt(c, false); }},
    {"static T ElementAtOrDefault<T>(this IEnumerable<T> source, int index)",
     [](Call& c) { return elementAt(c, true); }},
    {"static List<T> ToList<T>(this IEnumerable<T> source)", toList},
    {"static T[] ToArray<T>(this IEnumerable<T> source)", toArray},
    {"static HashSet<T> ToHashSet<T>(this IEnumerable<T> source)", toHashSet},
    {"static HashSet<T> ToHashSet<T>(this IEnumerable<T> source, IEqualityComparer<T> comparer)", toHashSet},
    {"static Dictionary<K,T> ToDictionary<T,K>(this IEnumerable<T> source, Func<T,K> keySelector)", toDictionary<0, 0>},
    {"static Dictionary<K,T> ToDictionary<T,K>(this IEnumerable<T> source, Func<T,K> keySelector, "
     "IEqualityComparer<K> comparer)",
     toDictionary<0, 2>},
    {"static Dictionary<K,E> ToDictionary<T,K,E>(this IEnumerable<T> source, Func<T,K> keySelector, "
     "Func<T,E> elementSelector)",
     toDictionary<2, 0>},
    {"static Dictionary<K,E> ToDictionary<T,K,E>(this IEnumerable<T> source, Func<T,K> keySelector, "
     "Func<T,E> elementSelector, IEqualityComparer<K> comparer)",
     toDictionary<2, 3>},
    {"static T Aggregate<T>(this IEnumerable<T> source, Func<T,T,T> func)", aggregate},
    {"static A Aggregate<T,A>(this IEnumerable<T> source, A seed, Func<A,T,A> func)", aggregate},
    {"static R Aggregate<T,A,R>(this IEnumerable<T> source, A seed, Func<A,T,A> func, Func<A,R> resultSelector)",
     aggregate},
    {"static bool SequenceEqual<T>(this IEnumerable<T> first, IEnumerable<T> second)", sequenceEqual},
    {"static bool SequenceEqual<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
     sequenceEqual},
    {"static T Min<T>(this IEnumerable<T> source)", extreme<false, false>},
    {"static R Min<T,R>(this IEnumerable<T> source, Func<T,R> selector)", extreme<false, true>},
    {"static T Max<T>(this IEnumerable<T> source)", extreme<true, false>},
    {"static R Max<T,R>(this IEnumerable<T> source, Func<T,R> selector)", extreme<true, true>},
    {"static T MinBy<T,K>(this IEnumerable<T> source, Func<T,K> keySelector)", extremeBy<false>},
    {"static T MaxBy<T,K>(this IEnumerable<T> source, Func<T,K> keySelector)", extremeBy<true>},
};

// The type that sums are made in: the result's own, double for float.
template <bool kSelector>
Value sum(Call& c) {
  const Type* type = c.type->isNullable() ? c.type->underlying() : c.type;
  const BinaryFunction add = binaryFunction("+", type->tag == Tag::Single ? Tag::Double : type->tag, true);
  Value total = type->tag == Tag::Single ? Value::real(0) : defaultValue(c.arena(), type);
  const bool good = walk(c, [&](const Value& item) {
    const Value number = kSelector ? c.eval.invoke(c[1], {item}) : item;
    if (!c.eval.failed() && !number.isNull()) total = add(c.eval, total, number);
    return !c.eval.failed();
  });
  if (!good) return {};
  return type->tag == Tag::Single ? Value::single(static_cast<float>(total.asDouble())) : total;
}

template <bool kSelector>
Value average(Call& c) {
  const Type* type = c.type->isNullable() ? c.type->underlying() : c.type;
  const bool decimal = type->tag == Tag::Decimal;
  int64_t counted = 0;
  int64_t whole = 0;
  bool integers = true;
  double real = 0;
  Value total = decimal ? defaultValue(c.arena(), type) : Value();
  const bool good = walk(c, [&](const Value& item) {
    const Value number = kSelector ? c.eval.invoke(c[1], {item}) : item;
    if (c.eval.failed()) return false;
    if (number.isNull()) return true;
    ++counted;
    if (decimal) {
      total = binaryFunction("+", Tag::Decimal, true)(c.eval, total, number);
    } else if (number.tag() == Tag::Double || number.tag() == Tag::Single) {
      integers = false;
      real += number.asDouble();
    } else if (__builtin_add_overflow(whole, number.asInt64(), &whole)) {
      c.raise("System.OverflowException", "Arithmetic operation resulted in an overflow.");
    }
    return !c.eval.failed();
  });
  if (!good) return {};
  if (counted == 0) return c.type->isNullable() ? Value() : noElements(c);
  if (decimal) return binaryFunction("/", Tag::Decimal, true)(c.eval, total, newDecimal(c.arena(), fromInt64(counted)));
  const double result = (integers ? static_cast<double>(whole) : real) / static_cast<double>(counted);
  return type->tag == Tag::Single ? Value::single(static_cast<float>(result)) : Value::real(result);
}

constexpr MemberRow kNumbers[] = {
    {"static int Sum(this IEnumerable<int> source)", sum<false>},
    {"static long Sum(this IEnumerable<long> source)", sum<false>},
    {"static float Sum(this IEnumerable<float> source)", sum<false>},
    {"static double Sum(this IEnumerable<double> source)", sum<false>},
    {"static decimal Sum(this IEnumerable<decimal> source)", sum<false>},
    {"static int? Sum(this IEnumerable<int?> source)", sum<false>},
    {"static long? Sum(this IEnumerable<long?> source)", sum<false>},
    {"static double? Sum(this IEnumerable<double?> source)", sum<false>},
    {"static decimal? Sum(this IEnumerable<decimal?> source)", sum<false>},
    {"static int Sum<T>(this IEnumerable<T> source, Func<T,int> selector)", sum<true>},
    {"static long Sum<T>(this IEnumerable<T> source, Func<T,long> selector)", sum<true>},
    {"static float Sum<T>(this IEnumerable<T> source, Func<T,float> selector)", sum<true>},
    {"static double Sum<T>(this IEnumerable<T> source, Func<T,double> selector)", sum<true>},
    {"static decimal Sum<T>(this IEnumerable<T> source, Func<T,decimal> selector)", sum<true>},
    {"static int? Sum<T>(this IEnumerable<T> source, Func<T,int?> selector)", sum<true>},
    {"static long? Sum<T>(this IEnumerable<T> source, Func<T,long?> selector)", sum<true>},
    {"static double? Sum<T>(this IEnumerable<T> source, Func<T,double?> selector)", sum<true>},
    {"static decimal? Sum<T>(this IEnumerable<T> source, Func<T,decimal?> selector)", sum<true>},
    {"static double Average(this IEnumerable<int> source)", average<false>},
    {"static double Average(this IEnumerable<long> source)", average<false>},
    {"static float Average(this IEnumerable<float> source)", average<false>},
    {"static double Average(this IEnumerable<double> source)", average<false>},
    {"static decimal Average(this IEnumerable<decimal> source)", average<false>},
    {"static double? Average(this IEnumerable<int?> source)", average<false>},
    {"static double? Average(this IEnumerable<double?> source)", average<false>},
    {"static double? Average(this IEnumerable<long?> source)", average<false>},
    {"static float? Average(this IEnumerable<float?> source)", average<false>},
    {"static decimal? Average(this IEnumerable<decimal?> source)", average<false>},
    {"static double? Average<T>(this IEnumerable<T> source, Func<T,long?> selector)", average<true>},
    {"static float? Average<T>(this IEnumerable<T> source, Func<T,float?> selector)", average<true>},
    {"static decimal? Average<T>(this IEnumerable<T> source, Func<T,decimal?> selector)", average<true>},
    {"static double Average<T>(this IEnumerable<T> source, Func<T,int> selector)", average<true>},
    {"static double Average<T>(this IEnumerable<T> source, Func<T,long> selector)", average<true>},
    {"static float Average<T>(this IEnumerable<T> source, Func<T,float> selector)", average<true>},
    {"static double Average<T>(this IEnumerable<T> source, Func<T,double> selector)", average<true>},
    {"static decimal Average<T>(this IEnumerable<T> source, Func<T,decimal> selector)", average<true>},
    {"static double? Average<T>(this IEnumerable<T> source, Func<T,int?> selector)", average<true>},
    {"static double? Average<T>(this IEnumerable<T> source, Func<T,double?> selector)", average<true>},
};

}  // namespace

std::span<const MemberRow> enumerableEagerRows() {
  return kEager;
}
std::span<const MemberRow> enumerableNumberRows() {
  return kNumbers;
}

}  // namespace sluice::expression
