// Runs functions: statement code with jumps, exception handlers, closures and iterators.
#include <algorithm>

#include "expression/node.h"

namespace sluice::expression {
namespace {

constexpr size_t kMainSlots = 16;  // on the machine's stack: enough for most expressions and a lambda

const Handler* findHandler(Frame& frame, const Function& function, uint32_t pc, ExceptionObject* exception) {
  Eval& eval = frame.eval;
  for (const Handler& handler : function.handlers) {
    if (pc < handler.begin || pc >= handler.end) continue;
    if (handler.is_finally) return &handler;
    if (eval.pendingIsBudget()) continue;
    if (handler.type != nullptr && !isReferenceAssignable(exception->type, handler.type)) continue;
    if (handler.guard == nullptr) return &handler;
    // A filter runs while the exception is pending; one that throws counts as false.
    eval.clearPending();
    if (handler.local != nullptr) writeLocal(frame, *handler.local, Value::object(exception));
    const Value passed = handler.guard->eval(frame);
    const bool raised = eval.failed();
    if (eval.pendingIsBudget()) return nullptr;
    eval.clearPending();
    eval.raiseObject(exception);
    if (!raised && passed.asBool()) return &handler;
  }
  return nullptr;
}

// Where control goes on leaving `pc` for `target`: through the innermost finally that does not hold the target.
uint32_t leave(Frame& frame, const Function& function, uint32_t pc, uint32_t target) {
  for (const Handler& handler : function.handlers) {
    if (!handler.is_finally || pc < handler.begin || pc >= handler.end) continue;
    if (target >= handler.begin && target < handler.end) continue;
    frame.slots[handler.slot] = Value::int64(target);
    return handler.entry;
  }
  return target;
}

class CodeRunner {
 public:
  CodeRunner(Frame& frame, const Function& function, uint32_t pc) : frame_(frame), function_(function), pc_(pc) {}

  bool run() {
    const auto size = static_cast<uint32_t>(function_.code.size());
    while (pc_ < size) {
      const uint32_t at = pc_;
      if (!frame_.eval.step()) return true;
      const bool more = step(function_.code[pc_]);
      if (frame_.eval.failed()) {
        if (!handle(at)) return true;
      } else if (!more) {
        return !yielded_;
      }
    }
    return true;
  }

  uint32_t pc() const { return pc_; }
  const Value& result() const { return result_; }

 private:
  // False: stop here (returned or yielded).
  bool step(const Instruction& i) {
    switch (i.op) {
      case Op::Evaluate:
        i.node->eval(frame_);
        break;
      case Op::Jump:
        pc_ = i.target;
        return true;
      case Op::JumpIfFalse:
        return branch(i, false);
      case Op::JumpIfTrue:
        return branch(i, true);
      case Op::EnterScope:
        enterScope(frame_, *i.scope);
        break;
      case Op::Return:
        if (i.node != nullptr) result_ = i.node->eval(frame_);
        if (frame_.eval.failed()) return true;
        pc_ = leave(frame_, function_, pc_, static_cast<uint32_t>(function_.code.size()));
        return true;
      case Op::Leave:
        pc_ = leave(frame_, function_, pc_, i.target);
        return true;
      case Op::Throw:
        raise(i);
        break;
      case Op::EndFinally:
        return endFinally(i);
      case Op::ForeachStart: {
        const Value sequence = i.node->eval(frame_);
        if (!frame_.eval.failed()) frame_.slots[i.slot] = Value::object(enumerate(frame_.eval, sequence));
        break;
      }
      case Op::ForeachNext: {
        Value item;
        if (!as<Enumerator>(frame_.slots[i.slot])->next(frame_.eval, item)) {
          pc_ = i.target;
          return true;
        }
        frame_.slots[i.local->slot] = item;
        break;
      }
      case Op::Yield:
        result_ = i.node->eval(frame_);
        if (frame_.eval.failed()) return true;
        ++pc_;
        yielded_ = true;
        return false;
    }
    ++pc_;
    return true;
  }

  bool branch(const Instruction& i, bool when) {
    const Value condition = i.node->eval(frame_);
    pc_ = condition.asBool() == when ? i.target : pc_ + 1;
    return true;
  }

  void raise(const Instruction& i) {
    if (i.node == nullptr) {
      frame_.eval.raiseObject(as<ExceptionObject>(frame_.slots[i.slot]));
      return;
    }
    const Value exception = i.node->eval(frame_);
    if (frame_.eval.failed()) return;
    frame_.eval.source_offset = i.node->offset;
    if (exception.isNull()) {
      frame_.eval.raiseNullReference();
    } else {
      frame_.eval.raiseObject(as<ExceptionObject>(exception));
    }
  }

  bool endFinally(const Instruction& i) {
    const Value todo = frame_.slots[i.slot];
    if (todo.isObject()) {
      frame_.eval.raiseObject(as<ExceptionObject>(todo));
    } else {
      pc_ = leave(frame_, function_, pc_, static_cast<uint32_t>(todo.asInt64()));
    }
    return true;
  }

  // An exception came out of the instruction at `at`; false: it leaves the function.
  bool handle(uint32_t at) {
    ExceptionObject* exception = frame_.eval.pending();
    if (frame_.eval.pendingIsBudget()) return false;
    const Handler* handler = findHandler(frame_, function_, at, exception);
    if (handler == nullptr) return false;
    frame_.eval.clearPending();
    frame_.slots[handler->slot] = Value::object(exception);
    if (handler->local != nullptr) writeLocal(frame_, *handler->local, Value::object(exception));
    pc_ = handler->entry;
    return true;
  }

  Frame& frame_;
  const Function& function_;
  uint32_t pc_;
  Value result_;
  bool yielded_ = false;
};

class IteratorEnumerator final : public Enumerator {
 public:
  IteratorEnumerator(const Function* function, Value* slots) : function_(function), slots_(slots) {}

  bool next(Eval& eval, Value& out) override {
    if (finished_ || !eval.step() || !eval.enter()) return false;
    Frame frame{eval, slots_};
    out = runCode(frame, *function_, pc_, finished_);
    eval.leave();
    return !finished_ && !eval.failed();
  }

 private:
  const Function* function_;
  Value* slots_;
  uint32_t pc_ = 0;
  bool finished_ = false;
};

class IteratorSequence final : public SequenceObject {
 public:
  IteratorSequence(const Function* function, const Value* slots) : function_(function), slots_(slots) {}

  Enumerator* begin(Eval& eval) override {
    auto* copy = static_cast<Value*>(eval.arena.allocateBytes(sizeof(Value) * function_->slots, alignof(Value)));
    std::copy(slots_, slots_ + function_->slots, copy);
    Frame frame{eval, copy};
    enterScope(frame, function_->scope);
    return eval.arena.create<IteratorEnumerator>(function_, copy);
  }

 private:
  const Function* function_;
  const Value* slots_;
};

}  // namespace

Value runCode(Frame& frame, const Function& function, uint32_t& pc, bool& done) {
  CodeRunner runner(frame, function, pc);
  done = runner.run();
  pc = runner.pc();
  return runner.result();
}

ClosureObject* makeClosure(Frame& frame, const Function* function) {
  auto* closure = frame.eval.arena.create<ClosureObject>();
  closure->type = core().object;
  closure->kind = ObjectKind::Closure;
  closure->function = function;
  const size_t count = function->captures.size();
  closure->captured = static_cast<Value*>(frame.eval.arena.allocateBytes(sizeof(Value) * count, alignof(Value)));
  for (size_t i = 0; i < count; ++i) closure->captured[i] = frame.slots[function->captures[i].outer->slot];
  return closure;
}

bool needsEntering(const ScopeLocals& scope) {
  return std::any_of(scope.locals.begin(), scope.locals.end(),
                     [](const Local* local) { return local->captured || local->local_function != nullptr; });
}

void enterScope(Frame& frame, const ScopeLocals& scope) {
  bool functions = false;
  for (const Local* local : scope.locals) {
    functions = functions || local->local_function != nullptr;
    if (!local->captured) continue;
    auto* cell = frame.eval.arena.create<Cell>();
    cell->type = core().object;
    if (local->is_parameter) cell->value = frame.slots[local->slot];
    frame.slots[local->slot] = Value::object(cell);
  }
  if (!functions) return;
  // Local functions see every cell of their block, also each other's.
  for (const Local* local : scope.locals)
    if (local->local_function != nullptr)
      writeLocal(frame, *local, Value::object(makeClosure(frame, local->local_function)));
}

Value makeIterator(Eval& eval, const Function* function, const Value* slots) {
  auto* copy = static_cast<Value*>(eval.arena.allocateBytes(sizeof(Value) * function->slots, alignof(Value)));
  std::copy(slots, slots + function->slots, copy);
  auto* sequence = eval.arena.create<IteratorSequence>(function, copy);
  sequence->type = function->result;
  sequence->kind = ObjectKind::Sequence;
  return Value::object(sequence);
}

namespace {

// With its arguments in their slots.
Value runFrame(Frame& frame, const Function& function) {
  if (function.enters_scope) enterScope(frame, function.scope);
  if (function.body != nullptr) return function.body->eval(frame);
  uint32_t pc = 0;
  bool done = true;
  return runCode(frame, function, pc, done);
}

}  // namespace

Value callFunction(Eval& eval, const ClosureObject* closure, std::span<Value> args) {
  const Function& function = *closure->function;
  if (!eval.step() || !eval.enter()) return {};
  const Eval::StackMark mark = eval.stackMark();
  Value* slots = eval.pushSlots(function.slots);
  const size_t count = std::min(args.size(), function.params.size());
  for (size_t i = 0; i < count; ++i) slots[function.params[i]->slot] = args[i];
  for (size_t i = 0; i < function.captures.size(); ++i) slots[function.captures[i].inner->slot] = closure->captured[i];
  Frame frame{eval, slots};
  Value result;
  if (function.element != nullptr) {
    result = makeIterator(eval, &function, slots);
  } else {
    result = runFrame(frame, function);
    for (size_t i = 0; i < function.by_reference.size() && i < args.size(); ++i)
      if (function.by_reference[i]) args[i] = readLocal(frame, *function.params[i]);
  }
  eval.popSlots(slots, mark);
  eval.leave();
  return result;
}

Value callMain(Eval& eval, const Function& main, const Value& context) {
  alignas(Value) std::byte room[kMainSlots * sizeof(Value)];  // filled as frames are pushed
  auto* stack = reinterpret_cast<Value*>(room);
  eval.lendStack(stack, stack + kMainSlots);
  if (!eval.step() || !eval.enter()) return {};
  Value* slots = eval.pushSlots(main.slots);
  slots[main.params[0]->slot] = context;
  Frame frame{eval, slots};
  return runFrame(frame, main);
}

Value Eval::invoke(const Value& delegate, std::span<Value> args) {
  if (delegate.isNull()) return raiseNullReference();
  return callFunction(*this, as<ClosureObject>(delegate), args);
}

}  // namespace sluice::expression
