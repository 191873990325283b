// Operators.
#include <algorithm>

#include "expression/binder.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

bool isComparison(std::string_view op) {
  return op == "<" || op == ">" || op == "<=" || op == ">=";
}
bool isEquality(std::string_view op) {
  return op == "==" || op == "!=";
}
const Type* bare(const Type* type) {
  return type->isNullable() ? type->underlying() : type;
}

Value stringEqual(Eval& eval, const Value& a, const Value& b) {
  return Value::boolean(sameText(eval, a, b));
}
Value stringUnequal(Eval& eval, const Value& a, const Value& b) {
  return Value::boolean(!sameText(eval, a, b));
}

// The same object? Strings that are one view are, as interned literals are in .NET; boxed values never are.
bool sameReference(const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return a.isNull() && b.isNull();
  if (a.isObject() && b.isObject()) return a.asObject() == b.asObject();
  return a.isString() && b.isString() && a.tag() == b.tag() && a.pointer() == b.pointer() && a.extra() == b.extra();
}
Value referenceEqual(Eval&, const Value& a, const Value& b) {
  return Value::boolean(sameReference(a, b));
}
Value referenceUnequal(Eval&, const Value& a, const Value& b) {
  return Value::boolean(!sameReference(a, b));
}

}  // namespace

Node* Binder::badOperator(std::string_view op, const Node* left, const Node* right, uint32_t offset) {
  const std::string operands = right != nullptr ? describe(left) + " and " + describe(right) : describe(left);
  return mistake(offset, "the operator " + std::string(op) + " cannot be used on " + operands,
                 operatorAdvice(left, right));
}

Node* Binder::boolean(Syntax* s) {
  Node* node = value(s);
  if (isError(node)) return node;
  if (!classify(node, core().boolean))
    return mistake(node->offset, "a condition must be `bool`; this is " + describe(node));
  return convert(node, core().boolean);
}

Node* Binder::unary(Syntax* s) {
  if (s->text == "++" || s->text == "--") return increment(s, false);
  // -2147483648 and -9223372036854775808 are literals of their own.
  const Syntax* inner = s->kids[0];
  if (s->text == "-" && inner->kind == Syn::Literal) {
    if (inner->value.tag() == Tag::UInt32 && inner->value.bits() == 0x80000000u)
      return constant(Value::int32(INT32_MIN), core().int32, s->offset);
    if (inner->value.tag() == Tag::UInt64 && inner->value.bits() == (uint64_t{1} << 63))
      return constant(Value::int64(INT64_MIN), core().int64, s->offset);
  }
  Node* operand = value(s->kids[0]);
  return isError(operand) ? operand : unaryOn(s->text, operand, s->offset);
}

Node* Binder::unaryOn(std::string_view op, Node* operand, uint32_t offset) {
  if (Node* user = userOperator(op, {operand}, offset)) return user;
  const CoreTypes& c = core();
  const Type* type = bare(operand->type);
  const Type* promoted = type;
  if (type->isIntegral() && op != "!") {
    if (type->tag < Tag::Int32) promoted = c.int32;
    if (op == "-" && type->tag == Tag::UInt32) promoted = c.int64;
  }
  if (type->kind == TypeKind::Enum && op == "~") promoted = c.int32;
  UnaryFunction function = nullptr;
  if (promoted->kind == TypeKind::Primitive) {
    const bool fold_now = operand->kind == NodeKind::Constant;
    function = unaryFunction(op, promoted->tag, checked_ || (fold_now && !unchecked_));
    if (op == "+" && !promoted->isNumeric()) function = nullptr;
  }
  if (function == nullptr) return badOperator(op, operand, nullptr, offset);
  const Type* result = operand->type->isNullable() ? nullableOf(promoted) : promoted;
  auto* node = make<UnaryNode>(result, offset);
  node->operand = castTo(operand, result, operand->offset);
  node->function = function;
  node->lifted = operand->type->isNullable();
  if (type->kind == TypeKind::Enum) return castTo(node, operand->type, offset);
  return folded(node, {node->operand});
}

Node* Binder::binary(Syntax* s) {
  const uint32_t offset = s->number != 0 ? s->number : s->offset;
  if (s->text == "??") return coalesce(s);
  if (s->text == "&&" || s->text == "||") return logical(s);
  // Long chains lean left: unroll them instead of recursing.
  std::vector<Syntax*> chain = {s};
  while (chain.back()->kids[0]->kind == Syn::Binary && chain.back()->kids[0]->text != "??" &&
         chain.back()->kids[0]->text != "&&" && chain.back()->kids[0]->text != "||")
    chain.push_back(chain.back()->kids[0]);
  Node* left = value(chain.back()->kids[0]);
  for (size_t i = chain.size(); i-- > 0;) {
    Node* right = value(chain[i]->kids[1]);
    if (isError(left) || isError(right)) {
      left = errorNode(offset);
      continue;
    }
    const uint32_t at = chain[i]->number != 0 ? chain[i]->number : chain[i]->offset;
    left = binaryOn(chain[i]->text, left, right, at);
  }
  return left;
}

Node* Binder::binaryOn(std::string_view op, Node* left, Node* right, uint32_t offset) {
  const Type* a = left->type;
  const Type* b = right->type;
  if (a->kind == TypeKind::Void || b->kind == TypeKind::Void) return badOperator(op, left, right, offset);
  if (op == "+" && (a->kind == TypeKind::String || b->kind == TypeKind::String)) {
    // XNamespace + string is an operator of the library; everything else is joined as text.
    if (Node* user = a->kind != b->kind ? userOperator(op, {left, right}, offset) : nullptr) return user;
    return concat(left, right, offset);
  }
  // object + null, true + null: the null is a string.
  if (op == "+" && (a->kind == TypeKind::Null) != (b->kind == TypeKind::Null)) {
    const Type* other = a->kind == TypeKind::Null ? bare(b) : bare(a);
    if (other->isBool() || (other->isReference() && other->kind != TypeKind::Delegate))
      return concat(left, right, offset);
  }
  if (isEquality(op) && (a->kind == TypeKind::String || a->kind == TypeKind::Null) &&
      (b->kind == TypeKind::String || b->kind == TypeKind::Null) && a != b) {
    auto* node = make<BinaryNode>(core().boolean, offset);
    node->left = left;
    node->right = right;
    node->function = op == "==" ? stringEqual : stringUnequal;
    return folded(node, {left, right});
  }
  if (isEquality(op) && a->kind == TypeKind::String && b->kind == TypeKind::String)
    return builtIn(op, left, right, core().string, core().boolean, false, offset);
  if (Node* user = userOperator(op, {left, right}, offset)) return user;
  const Type* x = bare(a);
  const Type* y = bare(b);
  if (Node* never = neverNull(op, left, right, offset)) return never;
  if (x->kind == TypeKind::Enum || y->kind == TypeKind::Enum) return enumBinary(op, left, right, offset);
  const bool x_null = x->kind == TypeKind::Null;
  const bool y_null = y->kind == TypeKind::Null;
  if ((x->isNumeric() || (x_null && y->isNumeric())) && (y->isNumeric() || (y_null && x->isNumeric())))
    return numericBinary(op, left, right, offset);
  const bool lifted = a->isNullable() || b->isNullable() || x_null || y_null;
  if ((x->isBool() || x_null) && (y->isBool() || y_null) && !(x_null && y_null)) {
    if (lifted && !a->isNullable() && !b->isNullable()) return badOperator(op, left, right, offset);
    if (lifted && (op == "&" || op == "|")) {
      auto* node = make<LogicalNode>(nullableOf(core().boolean), offset);
      node->left = left;
      node->right = right;
      node->how = op == "&" ? LogicalNode::How::LiftedAnd : LogicalNode::How::LiftedOr;
      return node;
    }
    const Type* result = lifted && !isEquality(op) ? nullableOf(core().boolean) : core().boolean;
    return builtIn(op, left, right, core().boolean, result, lifted, offset);
  }
  if (isEquality(op)) return referenceEquality(op, left, right, offset);
  return badOperator(op, left, right, offset);
}

// A struct, enum or bool compared with null is lifted, and known: never equal, neither less nor greater.
Node* Binder::neverNull(std::string_view op, Node* left, Node* right, uint32_t offset) {
  const bool left_null = left->type->kind == TypeKind::Null;
  if (left_null == (right->type->kind == TypeKind::Null) || (!isEquality(op) && !isComparison(op))) return nullptr;
  const Type* type = left_null ? right->type : left->type;
  if (!type->isValue() || type->isNullable()) return nullptr;
  bool has = type->kind == TypeKind::Enum || (type->isBool() && isEquality(op));
  if (type->def != nullptr)
    for (const Member& member : type->def->members())
      has = has || (member.kind == MemberKind::Operator && member.name == "op_" + std::string(op));
  if (!has) return nullptr;
  return sequence({left, right, constant(Value::boolean(op == "!="), core().boolean, offset)}, core().boolean, offset);
}

// An operator of C# itself on operands of type `operand` (lifted: or null).
Node* Binder::builtIn(std::string_view op, Node* left, Node* right, const Type* operand, const Type* result,
                      bool lifted, uint32_t offset) {
  auto* node = make<BinaryNode>(result, offset);
  if (operand->kind == TypeKind::String) {
    node->left = left;
    node->right = right;
    node->function = op == "==" ? stringEqual : stringUnequal;
    return folded(node, {left, right});
  }
  const bool constants = !lifted && left->kind == NodeKind::Constant && right->kind == NodeKind::Constant;
  node->function = binaryFunction(op, operand->tag, checked_ || (constants && !unchecked_));
  if (node->function == nullptr) return badOperator(op, left, right, offset);
  const bool shift = op == "<<" || op == ">>";
  const auto prepared = [&](Node* side, const Type* type) {
    if (side->type->kind == TypeKind::Null) return side;
    return castTo(side, side->type->isNullable() ? nullableOf(type) : type, side->offset);
  };
  node->left = prepared(left, operand);
  node->right = prepared(right, shift ? core().int32 : operand);
  if (lifted) {
    node->lift = op == "=="         ? BinaryNode::Lift::Equality
                 : op == "!="       ? BinaryNode::Lift::Inequality
                 : isComparison(op) ? BinaryNode::Lift::Comparison
                                    : BinaryNode::Lift::Arithmetic;
    return node;
  }
  return folded(node, {node->left, node->right});
}

// Binary numeric promotion; null: there is none (decimal with double, ulong with int).
const Type* Binder::promote(std::string_view op, const Node* left, const Node* right) {
  const CoreTypes& c = core();
  const Type* a = left->type->kind == TypeKind::Null ? bare(right->type) : bare(left->type);
  const Type* b = right->type->kind == TypeKind::Null ? a : bare(right->type);
  if (op == "<<" || op == ">>") return a->isIntegral() ? (a->tag < Tag::Int32 ? c.int32 : a) : nullptr;
  const auto either = [&](Tag tag) { return a->tag == tag || b->tag == tag; };
  if (either(Tag::Decimal)) return either(Tag::Double) || either(Tag::Single) ? nullptr : c.decimal;
  if (either(Tag::Double)) return c.real;
  if (either(Tag::Single)) return c.single;
  if (either(Tag::UInt64)) {
    const Node* other = a->tag == Tag::UInt64 ? right : left;
    const Type* type = a->tag == Tag::UInt64 ? b : a;
    const bool negative_possible =
        type->tag == Tag::SByte || type->tag == Tag::Int16 || type->tag == Tag::Int32 || type->tag == Tag::Int64;
    const Value* value = other->type->isNullable() ? nullptr : constantOf(other);
    if (negative_possible && (value == nullptr || value->asInt64() < 0)) return nullptr;
    return c.uint64;
  }
  if (either(Tag::Int64)) return c.int64;
  if (either(Tag::UInt32)) {
    const Node* other = a->tag == Tag::UInt32 ? right : left;
    const Type* type = a->tag == Tag::UInt32 ? b : a;
    const Value* value = other->type->isNullable() ? nullptr : constantOf(other);
    if (type->tag == Tag::Int32 && value != nullptr && value->asInt64() >= 0) return c.uint32;
    const bool is_signed = type->tag == Tag::SByte || type->tag == Tag::Int16 || type->tag == Tag::Int32;
    return is_signed ? c.int64 : c.uint32;
  }
  return c.int32;
}

Node* Binder::numericBinary(std::string_view op, Node* left, Node* right, uint32_t offset) {
  const Type* operand = promote(op, left, right);
  if (operand == nullptr) return badOperator(op, left, right, offset);
  if ((op == "<<" || op == ">>") && right->type->kind != TypeKind::Null && !classify(right, core().int32) &&
      !standardImplicit(bare(right->type), core().int32))
    return badOperator(op, left, right, offset);
  const bool lifted = left->type->isNullable() || right->type->isNullable();
  if (!lifted && (left->type->kind == TypeKind::Null || right->type->kind == TypeKind::Null)) {
    // 5 == null: never, but legal; arithmetic with a bare null gives null.
    if (isEquality(op) || isComparison(op))
      return sequence({left, right, constant(Value::boolean(op == "!="), core().boolean, offset)}, core().boolean,
                      offset);
    return sequence({left, right, nullOf(nullableOf(operand), offset)}, nullableOf(operand), offset);
  }
  const bool gives_bool = isEquality(op) || isComparison(op);
  const Type* result = gives_bool ? core().boolean : lifted ? nullableOf(operand) : operand;
  return builtIn(op, left, right, operand, result, lifted, offset);
}

Node* Binder::enumBinary(std::string_view op, Node* left, Node* right, uint32_t offset) {
  const Type* x = bare(left->type);
  const Type* y = bare(right->type);
  const Type* type = x->kind == TypeKind::Enum ? x : y;
  const bool lifted = left->type->isNullable() || right->type->isNullable();
  const bool same = x == y;
  const auto is_zero = [&](const Node* node) { return constantFits(node, type); };
  const bool null_side = x->kind == TypeKind::Null || y->kind == TypeKind::Null;
  if (null_side && isEquality(op)) return referenceEquality(op, left, right, offset);
  const CoreTypes& c = core();
  const auto number = [&](Node* node) {
    return castTo(node, node->type->isNullable() ? nullableOf(c.int32) : c.int32, node->offset);
  };
  if (isEquality(op) || isComparison(op)) {
    if (!same && !is_zero(left) && !is_zero(right)) return badOperator(op, left, right, offset);
    return builtIn(op, number(left), number(right), c.int32, c.boolean, lifted, offset);
  }
  const bool bits = op == "&" || op == "|" || op == "^";
  const bool moves = op == "+" || op == "-";
  if ((bits && !same && !is_zero(left) && !is_zero(right)) || (!bits && !moves))
    return badOperator(op, left, right, offset);
  const Node* amount = x == type ? right : left;
  const bool fits = standardImplicit(bare(amount->type), c.int32) || constantFits(amount, c.int32);
  // 0 - E.A: the zero becomes an E. No other number can stand on that side.
  const bool from_zero = op == "-" && !same && y == type;
  if (moves && !same && !null_side && (from_zero ? !is_zero(left) : !fits)) return badOperator(op, left, right, offset);
  Node* result =
      builtIn(op, number(left), number(right), c.int32, lifted ? nullableOf(c.int32) : c.int32, lifted, offset);
  if (op == "-" && (same || from_zero)) return result;
  return castTo(result, lifted ? nullableOf(type) : type, offset);
}

Node* Binder::referenceEquality(std::string_view op, Node* left, Node* right, uint32_t offset) {
  const Type* a = left->type;
  const Type* b = right->type;
  const bool nulls = a->kind == TypeKind::Null || b->kind == TypeKind::Null;
  const bool allowed = nulls
                           ? (a->isReference() || a->isNullable()) && (b->isReference() || b->isNullable())
                           : a->isReference() && b->isReference() && (standardExplicit(a, b) || standardExplicit(b, a));
  if (!allowed) return badOperator(op, left, right, offset);
  warnOfIdentity(op, left, right, offset);
  auto* node = make<BinaryNode>(core().boolean, offset);
  node->left = left;
  node->right = right;
  node->function = op == "==" ? referenceEqual : referenceUnequal;
  return folded(node, {left, right});
}

// An operator that one of the operands' types declares; null: none fits.
Node* Binder::userOperator(std::string_view op, std::vector<Node*> operands, uint32_t offset) {
  std::vector<Candidate> all;
  bool lifted = false;
  const std::string name = "op_" + std::string(op);
  std::vector<const Type*> holders;
  for (const Node* operand : operands) {
    const Type* type = bare(operand->type);
    if (type->isNumeric() || type->isBool() || type->kind == TypeKind::String || type->kind == TypeKind::Enum) continue;
    for (const Type* t = type; t != nullptr; t = t->base)
      if (std::find(holders.begin(), holders.end(), t) == holders.end()) holders.push_back(t);
  }
  for (const Type* holder : holders) {
    if (holder->def == nullptr) continue;
    for (const Member& member : holder->def->members()) {
      if (member.kind != MemberKind::Operator || member.name != name || member.params.size() != operands.size())
        continue;
      Candidate c;
      c.member = &member;
      c.receiver = holder;
      all.push_back(c);
    }
  }
  if (all.empty()) return nullptr;
  std::vector<Arg> args(operands.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    args[i].node = operands[i];
    // A nullable value type's operators are those of the type itself; null gives null.
    if (!operands[i]->type->isNullable()) continue;
    lifted = true;
    auto* unwrapped = make<ConvertNode>(operands[i]->type->underlying(), operands[i]->offset);
    unwrapped->operand = operands[i];
    args[i].node = unwrapped;
  }
  // == null on a struct compares the nullable itself.
  const bool null_operand =
      std::any_of(operands.begin(), operands.end(), [](const Node* n) { return n->type->kind == TypeKind::Null; });
  if (lifted && null_operand) return nullptr;
  std::vector<Candidate> good;
  for (Candidate& c : all)
    if (prepare(c, args, {}) && applicable(c, args)) good.push_back(c);
  const Candidate* chosen = best(good, args);
  if (chosen == nullptr) return nullptr;
  if (!lifted) return callCandidate(*chosen, nullptr, args, offset);
  // Lifted: any null operand decides before the operator runs.
  auto* call = static_cast<CallNode*>(callCandidate(*chosen, nullptr, args, offset));
  Node* any_null = nullptr;
  std::vector<Node*> before;
  std::vector<const Node*> reads;
  for (size_t i = 0; i < operands.size(); ++i) {
    Local* local = temporary(operands[i]->type);
    auto* read = make<LocalNode>(operands[i]->type, offset);
    read->local = local;
    auto* store = make<AssignNode>(operands[i]->type, offset);
    store->target = read;
    store->value = operands[i];
    before.push_back(store);
    reads.push_back(read);
    auto* test = make<BinaryNode>(core().boolean, offset);
    test->left = read;
    test->right = nullOf(core().null_type, offset);
    test->function = referenceEqual;
    if (any_null == nullptr) {
      any_null = test;
    } else {
      auto* either = make<LogicalNode>(core().boolean, offset);
      either->left = any_null;
      either->right = test;
      either->how = LogicalNode::How::OrElse;
      any_null = either;
    }
  }
  std::vector<Node*> call_args;
  for (size_t i = 0; i < operands.size(); ++i)
    call_args.push_back(castTo(const_cast<Node*>(reads[i]), bare(operands[i]->type), offset));
  for (size_t i = 0; i < call_args.size(); ++i) {
    Arg arg;
    arg.node = call_args[i];
    args[i] = arg;
  }
  call = static_cast<CallNode*>(callCandidate(*chosen, nullptr, args, offset));
  const bool gives_bool = call->type->isBool();
  auto* choice = make<ConditionalNode>(gives_bool ? call->type : nullableOf(call->type), offset);
  choice->condition = any_null;
  choice->otherwise = call;
  choice->then = nullOf(choice->type, offset);
  if (isEquality(op)) {
    auto* same_null = make<BinaryNode>(core().boolean, offset);
    same_null->left = reads[0];
    same_null->right = reads[1];
    same_null->function = op == "==" ? referenceEqual : referenceUnequal;
    choice->then = same_null;
  } else if (gives_bool) {
    choice->then = constant(Value::boolean(false), core().boolean, offset);
  }
  before.push_back(choice);
  return sequence(std::move(before), choice->type, offset);
}

Node* Binder::logical(Syntax* s) {
  Node* left = value(s->kids[0]);
  Node* right = value(s->kids[1]);
  if (isError(left) || isError(right)) return errorNode(s->offset);
  if (!classify(left, core().boolean) || !classify(right, core().boolean))
    return badOperator(s->text, left, right, s->number);
  auto* node = make<LogicalNode>(core().boolean, s->offset);
  node->left = convert(left, core().boolean);
  node->right = convert(right, core().boolean);
  node->how = s->text == "&&" ? LogicalNode::How::AndAlso : LogicalNode::How::OrElse;
  return folded(node, {node->left, node->right});
}

Node* Binder::coalesce(Syntax* s) {
  Node* left = value(s->kids[0]);
  Node* right = expression(s->kids[1]);
  if (isError(left)) return left;
  if (right->type != nullptr && isError(right)) return right;
  const Type* type = left->type;
  if (type->kind == TypeKind::Null && (right->kind == NodeKind::Throw || right->type == type))
    return badOperator("??", left, right, s->offset);
  if (!type->isReference() && !type->isNullable())
    return mistake(s->offset, "the left side of ?? must be able to be null; " + describe(left) + " cannot");
  auto* node = make<CoalesceNode>(nullptr, s->offset);
  node->left = left;
  node->temporary = temporary(type);
  if (right->kind == NodeKind::Throw) {
    node->type = bare(type);
    node->right = right;
    return node;
  }
  if (type->kind != TypeKind::Null && classify(right, bare(type)) && right->type != nullptr &&
      (!type->isNullable() || !right->type->isNullable())) {
    node->type = bare(type);
    node->right = convert(right, node->type);
  } else if (type->kind != TypeKind::Null && classify(right, type)) {
    node->type = type;
    node->right = convert(right, type);
  } else {
    right = valueOf(right);
    if (isError(right)) return right;
    node->type = right->type;
    node->right = right;
    auto* read = make<LocalNode>(bare(type), s->offset);
    read->local = node->temporary;
    if (!classify(read, right->type)) return badOperator("??", left, right, s->offset);
    node->converted = convert(read, right->type);
  }
  return node;
}

Node* Binder::concat(Node* left, Node* right, uint32_t offset) {
  std::vector<Node*> parts;
  const auto add = [&](Node* part) {
    if (const auto* inner = dynamic_cast<const ConcatNode*>(part)) {
      for (const Node* one : inner->parts) parts.push_back(const_cast<Node*>(one));
    } else {
      parts.push_back(part);
    }
  };
  add(left);
  parts.push_back(right);
  auto* node = make<ConcatNode>(core().string, offset);
  node->parts = list(parts);
  // Constants join now: also the last of a chain with the new one.
  if (left->kind == NodeKind::Constant && right->kind == NodeKind::Constant) return folded(node, {left, right});
  return node;
}

}  // namespace sluice::expression
