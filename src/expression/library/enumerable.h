// Shared by the files of System.Linq.Enumerable.
#pragma once

#include <span>

#include "expression/collection.h"
#include "expression/library.h"

namespace sluice::expression {

std::span<const MemberRow> enumerableSetRows();
std::span<const MemberRow> enumerableOrderRows();
std::span<const MemberRow> enumerableGroupRows();
std::span<const MemberRow> enumerableEagerRows();
std::span<const MemberRow> enumerableNumberRows();
void declareGroups(Library& library);
void declareOrdered(Library& library);

// Raises ArgumentNullException for a null source; true: there is one.
bool checkArguments(Call& c);

// One sequence inside another: a tower of them would use up the thread's stack.
class Deeper {
 public:
  explicit Deeper(Eval& eval) : eval_(eval), good_(eval.enterQuery()) {}
  ~Deeper() {
    if (good_) eval_.leaveQuery();
  }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  explicit operator bool() const { return good_; }

 private:
  Eval& eval_;
  bool good_;
};

// A lazy query whose enumerator is an E, made from the arguments of the call.
template <class E>
struct LazyQuery final : SequenceObject {
  Value args[4];
  const Type* argument = nullptr;  // first type argument of the method

  Enumerator* begin(Eval& eval) override {
    E* made = eval.arena.create<E>();
    made->type = core().object;
    made->kind = ObjectKind::Enumerator;
    made->args = args;
    made->argument = argument;
    made->result = type;
    const Deeper deeper(eval);
    return deeper && made->start(eval) ? made : nullptr;
  }
};

// Base of such enumerators. start() opens the source; false with an exception pending.
struct QueryEnumerator : Enumerator {
  const Value* args = nullptr;
  const Type* argument = nullptr;
  const Type* result = nullptr;
  Enumerator* source = nullptr;

  bool start(Eval& eval) {
    source = enumerate(eval, args[0]);
    return source != nullptr;
  }

 protected:
  ~QueryEnumerator() = default;
};

// One that must see everything before it gives anything: fill() makes the list on the first next().
struct FullEnumerator : QueryEnumerator {
  ListObject* all = nullptr;
  uint32_t at = 0;

  bool start(Eval&) { return true; }
  virtual ListObject* fill(Eval& eval) = 0;
  bool next(Eval& eval, Value& out) override {
    if (all == nullptr) {
      const Deeper deeper(eval);
      if (deeper) all = fill(eval);
    }
    if (all == nullptr || eval.failed() || at >= all->count || !eval.step()) return false;
    out = all->items[at++];
    return true;
  }

 protected:
  ~FullEnumerator() = default;
};

template <class E>
Value lazy(Call& c) {
  if (!checkArguments(c)) return {};
  auto* query = c.arena().create<LazyQuery<E>>();
  query->type = c.type;
  query->kind = ObjectKind::Sequence;
  for (uint32_t i = 0; i < c.count && i < 4; ++i) query->args[i] = c[i];
  if (!c.type_args.empty()) query->argument = c.type_args[0];
  return Value::object(query);
}

// A group: its key and its elements.
struct GroupObject final : SequenceObject {
  Value key;
  ListObject* items = nullptr;
  Enumerator* begin(Eval& eval) override { return enumerate(eval, Value::object(items)); }
};

}  // namespace sluice::expression
