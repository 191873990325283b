// The kinds of bound expression. The binder makes them; their evaluation is in nodes_*.cc.
#pragma once

#include <span>

#include "expression/node.h"

namespace sluice::expression {

// Reads or writes a variable.
struct LocalNode final : Node {
  const Local* local = nullptr;
  Value eval(Frame& frame) const override { return readLocal(frame, *local); }
  bool store(Frame& frame, const Value& value) const override {
    writeLocal(frame, *local, value);
    return true;
  }
  bool isAssignable() const override { return !local->read_only; }
};

using UnaryFunction = Value (*)(Eval&, const Value&);
using BinaryFunction = Value (*)(Eval&, const Value&, const Value&);

struct UnaryNode final : Node {
  const Node* operand = nullptr;
  UnaryFunction function = nullptr;
  bool lifted = false;
  Value eval(Frame& frame) const override;
};

struct BinaryNode final : Node {
  enum class Lift : uint8_t { No, Arithmetic, Comparison, Equality, Inequality };
  const Node* left = nullptr;
  const Node* right = nullptr;
  BinaryFunction function = nullptr;
  Lift lift = Lift::No;
  Value eval(Frame& frame) const override;
};

// && and ||; on bool? also & and |, which know three values.
struct LogicalNode final : Node {
  enum class How : uint8_t { AndAlso, OrElse, LiftedAnd, LiftedOr };
  const Node* left = nullptr;
  const Node* right = nullptr;
  How how = How::AndAlso;
  Value eval(Frame& frame) const override;
};

// a ?? b
struct CoalesceNode final : Node {
  const Node* left = nullptr;
  const Node* right = nullptr;
  const Node* converted = nullptr;  // reads `temporary` as the result's type; null: as it is
  const Local* temporary = nullptr;
  Value eval(Frame& frame) const override;
};

struct ConditionalNode final : Node {
  const Node* condition = nullptr;
  const Node* then = nullptr;
  const Node* otherwise = nullptr;
  Value eval(Frame& frame) const override;
};

// Strings joined: "a" + b + c in one step. Parts that are not strings are turned into them.
struct ConcatNode final : Node {
  std::span<const Node*> parts;
  Value eval(Frame& frame) const override;
};

// $"..." and its parts: {value,alignment:format}
struct InterpolatedNode final : Node {
  struct Part {
    const Node* value;
    const Node* alignment;  // may be null
    Value format;           // may be null
  };
  std::span<Part> parts;
  Value eval(Frame& frame) const override;
};

// Built-in conversions.
struct ConvertNode final : Node {
  enum class How : uint8_t { Same, Number, CheckedNumber, Unbox, Reference, ToEnum, FromEnum, NullableValue };
  const Node* operand = nullptr;
  How how = How::Same;
  Value eval(Frame& frame) const override;
};

// x is T, x as T
struct IsNode final : Node {
  const Node* operand = nullptr;
  const Type* tested = nullptr;
  bool as = false;
  Value eval(Frame& frame) const override;
};

// x is T name, x is var name, x is constant
struct PatternNode final : Node {
  const Node* operand = nullptr;
  const Type* tested = nullptr;     // null: any value (var)
  const Local* variable = nullptr;  // may be null
  const Node* constant = nullptr;
  Value eval(Frame& frame) const override;
};

// A call of a library member.
struct CallNode final : Node {
  const Member* member = nullptr;
  std::span<const Node*> args;     // with the receiver first
  std::span<const Node*> targets;  // per argument: where out and ref go back to, or null
  std::span<const Type* const> type_args;
  const Type* receiver = nullptr;
  bool checks_receiver = false;  // instance member of a reference type
  Value eval(Frame& frame) const override;
  bool store(Frame& frame, const Value& value) const override;  // property or indexer
  bool isAssignable() const override { return member->set != nullptr; }
  bool gather(Frame& frame, Value* values) const;
  void storeBack(Frame& frame, const Value* values) const;
};

// Members of `context`, its Variables and its Request do not look at their receiver: it is not evaluated.
void dropSingleton(CallNode& call, Arena& arena);

// A call of a delegate value or of a local function.
struct InvokeNode final : Node {
  const Node* callee = nullptr;
  std::span<const Node*> args;
  std::span<const Node*> targets;
  Value eval(Frame& frame) const override;
};

struct LambdaNode final : Node {
  const Function* function = nullptr;
  Value eval(Frame& frame) const override;
};

struct ArrayIndexNode final : Node {
  const Node* array = nullptr;
  std::span<const Node*> indexes;
  Value eval(Frame& frame) const override;
  bool store(Frame& frame, const Value& value) const override;
  bool isAssignable() const override { return true; }
  Value* find(Frame& frame, Value& target, BytesObject*& bytes, uint32_t& at) const;
};

struct NewArrayNode final : Node {
  std::span<const Node*> sizes;     // or
  std::span<const Node*> elements;  // flat, row by row, with `lengths` when there are more dimensions
  std::span<const uint32_t> lengths;
  bool has_elements = false;
  Value eval(Frame& frame) const override;
};

// Tuples and anonymous objects.
struct RecordNode final : Node {
  std::span<const Node*> members;
  Value eval(Frame& frame) const override;
};

struct RecordMemberNode final : Node {
  const Node* record = nullptr;
  uint32_t index = 0;
  bool writable = false;  // a tuple's element: writing replaces the tuple
  Value eval(Frame& frame) const override;
  bool store(Frame& frame, const Value& value) const override;
  bool isAssignable() const override { return writable && record->isAssignable(); }
};

// Evaluates all, gives the last.
struct SequenceNode final : Node {
  std::span<const Node*> nodes;
  Value eval(Frame& frame) const override;
};

// target = value, giving the value.
struct AssignNode final : Node {
  const Node* target = nullptr;
  const Node* value = nullptr;
  Value eval(Frame& frame) const override;
};

// x++: stores `updated`, gives the old value, which `temporary` holds.
struct PostfixNode final : Node {
  const Node* target = nullptr;
  const Node* updated = nullptr;
  const Local* temporary = nullptr;
  Value eval(Frame& frame) const override;
};

// (a, b) = tuple
struct DeconstructNode final : Node {
  const Node* value = nullptr;
  std::span<const Node*> targets;  // null: discarded
  Value eval(Frame& frame) const override;
};

// receiver?.rest: `temporary` holds the receiver while rest is evaluated.
struct ConditionalAccessNode final : Node {
  const Node* receiver = nullptr;
  const Node* rest = nullptr;
  const Local* temporary = nullptr;
  Value eval(Frame& frame) const override;
};

// Reads the temporary of the conditional access around it; `origin` is what the temporary stands for.
struct ReceiverNode final : Node {
  const Local* temporary = nullptr;
  const Node* origin = nullptr;
  Value eval(Frame& frame) const override { return frame.slots[temporary->slot]; }
};

struct ThrowNode final : Node {
  const Node* exception = nullptr;
  Value eval(Frame& frame) const override;
};

struct DefaultNode final : Node {
  Value eval(Frame& frame) const override { return defaultValue(frame.eval.arena, type); }
};

struct TypeOfNode final : Node {
  const Type* represented = nullptr;
  Value eval(Frame& frame) const override;
};

// Unbound, while binding only.
struct TypeNameNode final : Node {
  const Type* named = nullptr;
  Value eval(Frame&) const override { return {}; }
};
struct NamespaceNode final : Node {
  std::string_view name;
  Value eval(Frame&) const override { return {}; }
};
struct MethodGroupNode final : Node {
  const Node* receiver = nullptr;  // null: static, or a TypeNameNode's
  const Type* receiver_type = nullptr;
  std::string_view name;
  std::span<const Type* const> type_args;
  const Local* local_function = nullptr;
  Value eval(Frame&) const override { return {}; }
};
struct UnboundLambdaNode final : Node {
  Syntax* syntax = nullptr;
  Value eval(Frame&) const override { return {}; }
};
struct TupleLiteralNode final : Node {
  std::span<const Node*> elements;
  std::span<std::string_view> names;
  Value eval(Frame&) const override { return {}; }
};

}  // namespace sluice::expression
