// The bound tree: what the binder makes and the evaluator walks. Nodes are immutable after binding, shared by all
// threads, and live in the compiled expression's arena.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "expression/eval.h"
#include "expression/library.h"
#include "expression/type.h"
#include "expression/value.h"

namespace sluice::expression {

struct Function;
struct Syntax;

// One activation of a function.
struct Frame {
  Eval& eval;
  Value* slots;
};

enum class NodeKind : uint8_t {
  Value,
  Constant,
  // The rest exist only while binding.
  TypeName,
  Namespace,
  MethodGroup,
  Lambda,
  Throw,
  TupleLiteral,
};

struct Node {
  const Type* type = nullptr;
  NodeKind kind = NodeKind::Value;
  uint32_t offset = 0;

  virtual Value eval(Frame& frame) const = 0;
  // Assigns; only of nodes that isAssignable().
  virtual bool store(Frame&, const Value&) const { return false; }
  virtual bool isAssignable() const { return false; }

 protected:
  ~Node() = default;  // arena memory: never destroyed
};

// The value of the constant when it is one.
struct ConstantNode final : Node {
  Value value;
  Value eval(Frame&) const override { return value; }
};

// What node->eval() gives, without a call where there is nothing to compute.
inline Value evaluate(const Node* node, Frame& frame) {
  return node->kind == NodeKind::Constant ? static_cast<const ConstantNode*>(node)->value : node->eval(frame);
}

struct Cell : Object {
  Value value;
};

// A local variable or parameter. When a lambda or local function uses it, its slot holds a Cell.
struct Local {
  std::string_view name;
  const Type* type = nullptr;
  uint32_t slot = 0;
  uint32_t offset = 0;
  bool captured = false;
  bool is_parameter = false;
  bool read_only = false;
  bool never_assigned = false;      // int x; and nothing that gives x a value
  const Value* constant = nullptr;  // const int k = 1;
  Function* owner = nullptr;
  Function* local_function = nullptr;  // its closure lives here
};

struct Capture {
  Local* outer;
  Local* inner;
};

// The variables of a block: their cells are made when it is entered.
struct ScopeLocals {
  std::vector<Local*> locals;
};

enum class Op : uint8_t {
  Evaluate,
  Jump,
  JumpIfFalse,
  JumpIfTrue,
  EnterScope,
  Return,        // node may be null
  Leave,         // a jump that runs the finally blocks between
  Throw,         // node null: rethrow what the catch at `slot` caught
  EndFinally,    // handler index in `target`
  ForeachStart,  // node: sequence; slot: enumerator
  ForeachNext,   // slot: enumerator, local: variable; at the end to target
  Yield,
};

struct Instruction {
  Op op;
  uint32_t target = 0;
  uint32_t slot = 0;
  const Node* node = nullptr;
  const Local* local = nullptr;
  const ScopeLocals* scope = nullptr;
};

struct Handler {
  uint32_t begin = 0, end = 0;  // instructions protected
  uint32_t entry = 0;
  uint32_t last = 0;  // finally: behind its EndFinally
  bool is_finally = false;
  uint32_t slot = 0;           // catch: the exception; finally: what to do at its end, and the one behind
  const Type* type = nullptr;  // caught
  const Local* local = nullptr;
  const Node* guard = nullptr;
};

// The body of the expression, a lambda or a local function.
struct Function {
  std::string_view name;
  Function* parent = nullptr;
  std::vector<Local*> params;
  std::vector<bool> by_reference;
  std::vector<Capture> captures;
  ScopeLocals scope;         // parameters and what expression bodies declare
  bool enters_scope = true;  // false: nothing in it is captured, so that there is nothing to do
  uint32_t slots = 0;
  const Type* result = nullptr;   // what callers get
  const Type* element = nullptr;  // iterators
  const Node* body = nullptr;     // of expression bodies
  std::vector<Instruction> code;
  std::vector<Handler> handlers;  // innermost first
};

struct ClosureObject : Object {
  const Function* function;
  Value* captured;  // cells, as function->captures
};

Value callFunction(Eval& eval, const ClosureObject* closure, std::span<Value> args);
// The expression itself; its one parameter is the context object. The evaluation ends with it.
Value callMain(Eval& eval, const Function& main, const Value& context);
// Runs code from `pc` in the frame; used by callFunction and iterators. `done` false: yielded `result`, go on at `pc`.
Value runCode(Frame& frame, const Function& function, uint32_t& pc, bool& done);
void enterScope(Frame& frame, const ScopeLocals& scope);
bool needsEntering(const ScopeLocals& scope);
ClosureObject* makeClosure(Frame& frame, const Function* function);
Value makeIterator(Eval& eval, const Function* function, const Value* slots);

inline Value readLocal(const Frame& frame, const Local& local) {
  const Value& slot = frame.slots[local.slot];
  return local.captured ? as<Cell>(slot)->value : slot;
}
inline void writeLocal(const Frame& frame, const Local& local, const Value& value) {
  Value& slot = frame.slots[local.slot];
  if (local.captured) {
    as<Cell>(slot)->value = value;
  } else {
    slot = value;
  }
}

}  // namespace sluice::expression
