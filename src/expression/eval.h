// Eval: one evaluation of one expression. Gives natives memory, the context, exceptions, budgets and calls back into
// lambdas. Exceptions of the language are pending state, not C++ exceptions: after anything that may raise, check
// failed() and return at once (any Value will do).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "expression/context.h"
#include "expression/expression.h"
#include "expression/object.h"
#include "expression/value.h"

namespace sluice::expression {

struct Function;

class Eval {
 public:
  Eval(Context* context, Arena& memory, const Limits& bounds);

  Arena& arena;
  Limits limits;

  // Null only while constants are folded at load; what needs it is then not folded.
  Context* context() const { return context_; }

  // Exceptions. `type` is the full class name. All return a null Value, to be returned by the native.
  Value raise(std::string_view type, std::string_view message = {}, std::string_view param_name = {});
  Value raiseObject(ExceptionObject* exception);
  Value raiseNullReference();
  Value raiseArgumentNull(std::string_view param_name);
  Value raiseOutOfRange(std::string_view param_name, std::string_view message = {});
  Value raiseFormat(std::string_view message = "Input string was not in a correct format.");
  Value raiseBudget(std::string_view what);
  bool failed() const { return pending_ != nullptr; }
  ExceptionObject* pending() const { return pending_; }
  bool pendingIsBudget() const { return budget_; }
  void clearPending() { pending_ = nullptr; }

  // Counts work; false (with the budget exception pending) when it is used up. Call once per element in native loops.
  bool step(uint64_t count = 1) {
    credit_ -= static_cast<int64_t>(count);
    return credit_ >= 0 || takeSteps();
  }
  // Call before taking `bytes` at once; false (budget exception pending) when that is too much.
  bool reserve(uint64_t bytes);

  // Calls a delegate value. A null delegate raises NullReferenceException.
  Value invoke(const Value& delegate, std::span<Value> args);
  Value invoke(const Value& delegate, std::initializer_list<Value> args);

  // Evaluation stack for frames: what the caller lends (most expressions need no more), then pieces from the arena.
  struct StackMark {
    Value* next;
    Value* end;
  };
  void lendStack(Value* begin, Value* end) {
    stack_.next = begin;
    stack_.end = end;
  }
  StackMark stackMark() const { return stack_; }
  Value* pushSlots(uint32_t count) {
    if (static_cast<size_t>(stack_.end - stack_.next) < count) growStack(count);
    Value* slots = stack_.next;
    stack_.next += count;
    for (uint32_t i = 0; i < count; ++i) slots[i] = Value();
    return slots;
  }
  // `slots` were pushed when the mark was taken.
  void popSlots(Value* slots, const StackMark& mark) {
    if (mark.end != stack_.end) [[unlikely]]
      if (stack_.end - slots > spare_.end - spare_.next) spare_ = {slots, stack_.end};
    stack_ = mark;
  }
  // The same for sequences that read sequences, which are lighter.
  bool enterQuery() {
    if (queries_ >= kMaxQueries) [[unlikely]] {
      raiseBudget("depth");
      return false;
    }
    ++queries_;
    return true;
  }
  void leaveQuery() { --queries_; }
  bool enter() {  // one level deeper; false (exception pending) past Limits::depth
    if (depth_ >= limits.depth) [[unlikely]] {
      raiseBudget("depth");
      return false;
    }
    ++depth_;
    return true;
  }
  void leave() { --depth_; }

  // The expression changes no JSON tree and lets none escape: bodies may share one parsed tree.
  bool shares_trees = false;
  uint32_t source_offset = 0;  // of the call being made: where an exception is reported

  // UTF-16 forms of Utf8 strings seen lately, so that indexing one in a loop widens it once.
  struct Widened {
    const void* from;
    uint32_t bytes;
    uint32_t units;
    const char16_t* to;
  };
  Widened widened[8];
  uint8_t widened_known = 0;  // a bit for each that is filled

 private:
  static constexpr uint64_t kStepsAtOnce = 256;
  static constexpr uint32_t kMaxQueries = 2000;
  bool takeSteps();
  void growStack(uint32_t count);

  Context* context_;
  ExceptionObject* pending_ = nullptr;
  bool budget_ = false;
  uint64_t steps_left_;  // without those in `credit_`, which are taken some hundreds at a time
  int64_t credit_;
  size_t reserved_at_start_;
  uint32_t depth_ = 0;
  uint32_t queries_ = 0;
  StackMark stack_{};
  StackMark spare_{};
  uint32_t stack_size_ = 64;  // half of the next piece's
};

// New objects.
ArrayObject* newArray(Eval& eval, const Type* array_type, uint32_t length);  // elements default
Value newBytes(Eval& eval, std::string_view bytes);
Value newBytesOfSize(Eval& eval, uint32_t length);  // zeroed; write through as<BytesObject>()->data
ListObject* newList(Eval& eval, const Type* list_type, uint32_t capacity = 0);
bool append(Eval& eval, ListObject* list, const Value& value);
Value newRecord(Eval& eval, const Type* type, std::initializer_list<Value> members);
RecordObject* newRecordOf(Eval& eval, const Type* type, uint32_t count);
Value newEnum(const Type* enum_type, int64_t number);
Value defaultValue(Arena& arena, const Type* type);
template <class T>
T* newObject(Eval& eval, const Type* type, ObjectKind kind = ObjectKind::Plain) {
  T* object = eval.arena.create<T>();
  object->type = type;
  object->kind = kind;
  return object;
}

// Iteration over anything enumerable. Null with an exception pending when `value` is null or not enumerable.
Enumerator* enumerate(Eval& eval, const Value& value);
// All elements into a fresh list of values in the arena; false with an exception pending.
bool collect(Eval& eval, const Value& sequence, ListObject*& out);

// The virtual methods of System.Object, and comparison, as C# has them for any value.
bool valueEquals(Eval& eval, const Value& a, const Value& b);
uint32_t valueHash(Eval& eval, const Value& value);
Value valueToString(Eval& eval, const Value& value);  // a string; null gives ""
// Comparer<T>.Default: raises ArgumentException when neither is comparable.
int valueCompare(Eval& eval, const Value& a, const Value& b);

}  // namespace sluice::expression
