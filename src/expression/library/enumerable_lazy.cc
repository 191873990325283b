// Enumerable's operators that pass elements through one by one.
#include "expression/library/enumerable.h"

namespace sluice::expression {

bool checkArguments(Call& c) {
  if (c.count == 0 || !c.isNull(0)) return true;
  c.eval.raiseArgumentNull("source");
  return false;
}

namespace {

// delegate(item) or delegate(item, index), by what the delegate takes.
bool callIndexed(Eval& eval, const Value& delegate, const Value& item, int32_t index, Value& out) {
  const bool two = delegate.asObject()->type->delegate_params.size() == 2;
  out = two ? eval.invoke(delegate, {item, Value::int32(index)}) : eval.invoke(delegate, {item});
  return !eval.failed();
}

struct Where final : QueryEnumerator {
  int32_t index = 0;
  bool next(Eval& eval, Value& out) override {
    Value keep;
    while (source->next(eval, out))
      if (!callIndexed(eval, args[1], out, index++, keep)) {
        return false;
      } else if (keep.asBool()) {
        return true;
      }
    return false;
  }
};

struct Select final : QueryEnumerator {
  int32_t index = 0;
  bool next(Eval& eval, Value& out) override {
    Value item;
    return source->next(eval, item) && callIndexed(eval, args[1], item, index++, out);
  }
};

struct SelectMany final : QueryEnumerator {
  Enumerator* inner = nullptr;
  Value outer;
  int32_t index = 0;
  bool next(Eval& eval, Value& out) override {
    const Deeper deeper(eval);
    if (!deeper) return false;
    for (;;) {
      if (inner != nullptr) {
        Value item;
        if (inner->next(eval, item)) {
          out = item;
          if (!args[2].isNull()) out = eval.invoke(args[2], {outer, item});
          return !eval.failed();
        }
        if (eval.failed()) return false;
      }
      Value sequence;
      if (!source->next(eval, outer) || !callIndexed(eval, args[1], outer, index++, sequence)) return false;
      inner = enumerate(eval, sequence);
      if (inner == nullptr) return false;
    }
  }
};

struct Take final : QueryEnumerator {
  int32_t taken = 0;
  bool next(Eval& eval, Value& out) override {
    return taken < args[1].asInt32() && ++taken > 0 && eval.step() && source->next(eval, out);
  }
};

struct Skip final : QueryEnumerator {
  int32_t skipped = 0;
  bool next(Eval& eval, Value& out) override {
    for (; skipped < args[1].asInt32(); ++skipped)
      if (!source->next(eval, out)) return false;
    return eval.step() && source->next(eval, out);
  }
};

struct TakeWhile final : QueryEnumerator {
  bool over = false;
  int32_t index = 0;
  bool next(Eval& eval, Value& out) override {
    Value keep;
    if (over || !source->next(eval, out) || !callIndexed(eval, args[1], out, index++, keep)) return false;
    over = !keep.asBool();
    return !over;
  }
};

struct SkipWhile final : QueryEnumerator {
  bool passing = false;
  int32_t index = 0;
  bool next(Eval& eval, Value& out) override {
    while (source->next(eval, out)) {
      if (passing) return true;
      Value skip;
      if (!callIndexed(eval, args[1], out, index++, skip)) return false;
      passing = !skip.asBool();
      if (passing) return true;
    }
    return false;
  }
};

struct Concat final : QueryEnumerator {
  bool second = false;
  bool next(Eval& eval, Value& out) override {
    const Deeper deeper(eval);
    if (!deeper || !eval.step()) return false;
    if (source->next(eval, out)) return true;
    if (second || eval.failed()) return false;
    second = true;
    source = enumerate(eval, args[1]);
    return source != nullptr && source->next(eval, out);
  }
};

struct Append final : QueryEnumerator {
  bool over = false;
  bool next(Eval& eval, Value& out) override {
    if (!eval.step()) return false;
    if (!over && source->next(eval, out)) return true;
    if (over || eval.failed()) return false;
    over = true;
    out = args[1];
    return true;
  }
};

struct Prepend final : QueryEnumerator {
  bool begun = false;
  bool next(Eval& eval, Value& out) override {
    if (begun) return eval.step() && source->next(eval, out);
    begun = true;
    out = args[1];
    return eval.step();
  }
};

struct DefaultIfEmpty final : QueryEnumerator {
  bool any = false, over = false;
  bool next(Eval& eval, Value& out) override {
    if (over || !eval.step()) return false;
    if (source->next(eval, out)) return any = true;
    over = true;
    if (any || eval.failed()) return false;
    out = args[1].isNull() ? defaultValue(eval.arena, argument) : args[1];
    return true;
  }
};

struct Zip final : QueryEnumerator {
  Enumerator* other = nullptr;
  bool next(Eval& eval, Value& out) override {
    if (other == nullptr) other = enumerate(eval, args[1]);
    Value a, b;
    if (other == nullptr || !source->next(eval, a) || !other->next(eval, b)) return false;
    out = args[2].isNull() ? newRecord(eval, result->args[0]->canonical, {a, b}) : eval.invoke(args[2], {a, b});
    return !eval.failed();
  }
};

struct Cast final : QueryEnumerator {
  bool next(Eval& eval, Value& out) override {
    if (!source->next(eval, out)) return false;
    const bool null_fits = out.isNull() && (argument->isReference() || argument->isNullable());
    if (null_fits || isInstance(out, argument)) return true;
    if (out.isNull()) {
      eval.raiseNullReference();
    } else {
      eval.raise("System.InvalidCastException", "Unable to cast object of type '" + typeOf(out)->fullName() +
                                                    "' to type '" + argument->fullName() + "'.");
    }
    return false;
  }
};

struct OfType final : QueryEnumerator {
  bool next(Eval& eval, Value& out) override {
    while (source->next(eval, out))
      if (isInstance(out, argument)) return true;
    return false;
  }
};

struct Chunk final : QueryEnumerator {
  bool next(Eval& eval, Value& out) override {
    auto* items = newObject<ListObject>(eval, core().object, ObjectKind::List);
    Value item;
    while (static_cast<int64_t>(items->count) < args[1].asInt32() && source->next(eval, item))
      if (!append(eval, items, item)) return false;
    if (items->count == 0 || eval.failed()) return false;
    ArrayObject* array = newArray(eval, arrayOf(argument), items->count);
    for (uint32_t i = 0; i < array->length; ++i) array->items[i] = items->items[i];
    out = Value::object(array);
    return true;
  }
};

struct Range final : QueryEnumerator {
  int64_t at = 0;
  bool start(Eval&) { return true; }
  bool next(Eval& eval, Value& out) override {
    if (at >= args[1].asInt32() || !eval.step()) return false;
    out = Value::int32(static_cast<int32_t>(args[0].asInt32() + at++));
    return true;
  }
};

struct Repeat final : QueryEnumerator {
  int32_t at = 0;
  bool start(Eval&) { return true; }
  bool next(Eval& eval, Value& out) override {
    if (at >= args[1].asInt32() || !eval.step()) return false;
    ++at;
    out = args[0];
    return true;
  }
};

struct Reverse final : FullEnumerator {
  ListObject* fill(Eval& eval) override {
    ListObject* items = nullptr;
    if (!collect(eval, args[0], items)) return nullptr;
    for (uint32_t i = 0, k = items->count; i + 1 < k; ++i, --k) std::swap(items->items[i], items->items[k - 1]);
    return items;
  }
};

struct TakeLast final : FullEnumerator {
  ListObject* fill(Eval& eval) override {
    ListObject* items = nullptr;
    if (!collect(eval, args[0], items)) return nullptr;
    const int64_t keep = std::max(args[1].asInt32(), 0);
    at = items->count > keep ? static_cast<uint32_t>(items->count - keep) : 0;
    return items;
  }
};

struct SkipLast final : FullEnumerator {
  ListObject* fill(Eval& eval) override {
    ListObject* items = nullptr;
    if (!collect(eval, args[0], items)) return nullptr;
    const int64_t drop = std::max(args[1].asInt32(), 0);
    items->count = items->count > drop ? static_cast<uint32_t>(items->count - drop) : 0;
    return items;
  }
};

template <class E>
Value withDelegate(Call& c) {
  if (!c.isNull(0) && c.isNull(1)) return c.eval.raiseArgumentNull("predicate");
  return lazy<E>(c);
}

template <class E>
Value counted(Call& c) {
  if (c.int32(1) < 0) return c.eval.raiseOutOfRange("count");
  auto* query = c.arena().create<LazyQuery<E>>();
  query->type = c.type;
  query->kind = ObjectKind::Sequence;
  query->args[0] = c[0];
  query->args[1] = c[1];
  return Value::object(query);
}

Value range(Call& c) {
  if (c.int32(1) >= 0 && int64_t{c.int32(0)} + c.int32(1) - 1 > INT32_MAX) return c.eval.raiseOutOfRange("count");
  return counted<Range>(c);
}

constexpr MemberRow kLazy[] = {
    {"static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T,bool> predicate)", withDelegate<Where>},
    {"static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T,int,bool> predicate)", withDelegate<Where>},
    {"static IEnumerable<R> Select<T,R>(this IEnumerable<T> source, Func<T,R> selector)", withDelegate<Select>},
    {"static IEnumerable<R> Select<T,R>(this IEnumerable<T> source, Func<T,int,R> selector)", withDelegate<Select>},
    {"static IEnumerable<R> SelectMany<T,R>(this IEnumerable<T> source, Func<T,IEnumerable<R>> selector)",
     withDelegate<SelectMany>},
    {"static IEnumerable<R> SelectMany<T,R>(this IEnumerable<T> source, Func<T,int,IEnumerable<R>> selector)",
     withDelegate<SelectMany>},
    {"static IEnumerable<R> SelectMany<T,C,R>(this IEnumerable<T> source, Func<T,IEnumerable<C>> collectionSelector, "
     "Func<T,C,R> resultSelector)",
     withDelegate<SelectMany>},
    {"static IEnumerable<T> Take<T>(this IEnumerable<T> source, int count)", lazy<Take>},
    {"static IEnumerable<T> Skip<T>(this IEnumerable<T> source, int count)", lazy<Skip>},
    {"static IEnumerable<T> TakeLast<T>(this IEnumerable<T> source, int count)", lazy<TakeLast>},
    {"static IEnumerable<T> SkipLast<T>(this IEnumerable<T> source, int count)", lazy<SkipLast>},
    {"static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T,bool> predicate)", withDelegate<TakeWhile>},
    {"static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T,int,bool> predicate)",
     withDelegate<TakeWhile>},
    {"static IEnumerable<T> SkipWhile<T>(this IEnumerable<T> source, Func<T,bool> predicate)", withDelegate<SkipWhile>},
    {"static IEnumerable<T> SkipWhile<T>(this IEnumerable<T> source, Func<T,int,bool> predicate)",
     withDelegate<SkipWhile>},
    {"static IEnumerable<T> Concat<T>(this IEnumerable<T> first, IEnumerable<T> second)", withDelegate<Concat>},
    {"static IEnumerable<T> Append<T>(this IEnumerable<T> source, T element)", lazy<Append>},
    {"static IEnumerable<T> Prepend<T>(this IEnumerable<T> source, T element)", lazy<Prepend>},
    {"static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source)", lazy<DefaultIfEmpty>},
    {"static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source, T defaultValue)", lazy<DefaultIfEmpty>},
    {"static IEnumerable<R> Zip<A,B,R>(this IEnumerable<A> first, IEnumerable<B> second, Func<A,B,R> resultSelector)",
     withDelegate<Zip>},
    {"static IEnumerable<(A First, B Second)> Zip<A,B>(this IEnumerable<A> first, IEnumerable<B> second)",
     withDelegate<Zip>},
    {"static IEnumerable<R> Cast<R>(this System.Collections.IEnumerable source)", lazy<Cast>},
    {"static IEnumerable<R> OfType<R>(this System.Collections.IEnumerable source)", lazy<OfType>},
    {"static IEnumerable<T> AsEnumerable<T>(this IEnumerable<T> source)", [](Call& c) { return c[0]; }},
    {"static IEnumerable<T[]> Chunk<T>(this IEnumerable<T> source, int size)",
     [](Call& c) { return c.int32(1) < 1 ? c.eval.raiseOutOfRange("size") : lazy<Chunk>(c); }},
    {"static IEnumerable<T> Reverse<T>(this IEnumerable<T> source)", lazy<Reverse>},
    {"static IEnumerable<int> Range(int start, int count)", range},
    {"static IEnumerable<T> Repeat<T>(T element, int count)", counted<Repeat>},
    {"static IEnumerable<T> Empty<T>()",
     [](Call& c) { return Value::object(newArray(c.eval, arrayOf(c.type_args[0]), 0)); }},
};

}  // namespace

void declareEnumerable(Library& library) {
  TypeDef& def = library.add("static class System.Linq.Enumerable", kLazy);
  def.rows.push_back(enumerableSetRows());
  def.rows.push_back(enumerableOrderRows());
  def.rows.push_back(enumerableGroupRows());
  def.rows.push_back(enumerableEagerRows());
  def.rows.push_back(enumerableNumberRows());
  declareGroups(library);
  declareOrdered(library);
}

}  // namespace sluice::expression
