#include "expression/eval.h"

#include "expression/chars.h"
#include "expression/library.h"

namespace sluice::expression {

Eval::Eval(Context* context, Arena& memory, const Limits& bounds)
    : arena(memory),
      limits(bounds),
      context_(context),
      steps_left_(bounds.steps < kStepsAtOnce ? 0 : bounds.steps - kStepsAtOnce),
      credit_(static_cast<int64_t>(bounds.steps - steps_left_)),
      reserved_at_start_(memory.reserved()) {}

Value Eval::raise(std::string_view type, std::string_view message, std::string_view param_name) {
  auto* exception = arena.create<ExceptionObject>();
  const TypeDef* def = Library::instance().findFull(type, 0);
  exception->type = def != nullptr ? closedType(def) : core().exception;
  exception->kind = ObjectKind::Exception;
  exception->message = message.empty() ? Value::null() : fromStd(arena, message);
  exception->param_name = param_name.empty() ? Value::null() : fromStd(arena, param_name);
  return raiseObject(exception);
}

Value Eval::raiseObject(ExceptionObject* exception) {
  if (pending_ == nullptr) {
    exception->offset = source_offset;
    pending_ = exception;
  }
  return Value::null();
}

Value Eval::raiseNullReference() {
  return raise("System.NullReferenceException", "Object reference not set to an instance of an object.");
}

Value Eval::raiseArgumentNull(std::string_view param_name) {
  return raise("System.ArgumentNullException", "Value cannot be null.", param_name);
}

Value Eval::raiseOutOfRange(std::string_view param_name, std::string_view message) {
  return raise("System.ArgumentOutOfRangeException",
               message.empty() ? "Specified argument was out of the range of valid values." : message, param_name);
}

Value Eval::raiseFormat(std::string_view message) {
  return raise("System.FormatException", message);
}

Value Eval::raiseBudget(std::string_view what) {
  if (budget_) return Value::null();
  clearPending();
  raise("Sluice.BudgetExceededException", "The expression used more than its share of " + std::string(what) + ".");
  budget_ = true;
  steps_left_ = 0;
  credit_ = 0;
  return Value::null();
}

bool Eval::takeSteps() {
  const auto due = static_cast<uint64_t>(-credit_);
  if (due > steps_left_) {
    raiseBudget("steps");
    return false;
  }
  const uint64_t taken = steps_left_ - due < kStepsAtOnce ? steps_left_ : due + kStepsAtOnce;
  steps_left_ -= taken;
  credit_ += static_cast<int64_t>(taken);
  if (arena.reserved() - reserved_at_start_ <= limits.memory && !arena.exhausted()) return true;
  raiseBudget("memory");
  return false;
}

bool Eval::reserve(uint64_t bytes) {
  if (bytes > limits.memory || arena.reserved() - reserved_at_start_ > limits.memory - bytes) {
    raiseBudget("memory");
    return false;
  }
  // Work is counted too: touching memory takes time.
  return bytes < 4096 || step(bytes / 64);
}

void Eval::growStack(uint32_t count) {
  if (static_cast<size_t>(spare_.end - spare_.next) >= count) {
    stack_ = spare_;
    spare_ = {};
    return;
  }
  // Each piece is larger than those before it together, so that the largest serves whatever needed several.
  const uint32_t size = (count > stack_size_ ? count : stack_size_) * 2;
  auto* piece = static_cast<Value*>(arena.allocateBytes(sizeof(Value) * size, alignof(Value)));
  stack_ = {piece, piece + size};
  stack_size_ = size;
}

Value Eval::invoke(const Value& delegate, std::initializer_list<Value> args) {
  Value copy[4];
  size_t count = 0;
  for (const Value& arg : args) copy[count++] = arg;
  return invoke(delegate, std::span<Value>(copy, count));
}

}  // namespace sluice::expression
