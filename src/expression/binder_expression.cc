// Casts, type tests, patterns, ?:, throw and checked.
#include "expression/binder.h"

namespace sluice::expression {

Node* Binder::castExpression(Syntax* s) {
  const Type* to = bindType(s->type);
  Node* operand = expression(s->kids[0]);
  if (to->kind == TypeKind::Error) return errorNode(s->offset);
  if (to->kind == TypeKind::Void) return mistake(s->offset, "void is not a type to cast to");
  if (operand->type != nullptr && isError(operand)) return operand;
  return castTo(operand, to, s->offset);
}

Node* Binder::isExpression(Syntax* s) {
  Node* operand = value(s->kids[0]);
  return isError(operand) ? operand : patternNode(operand, s->kids[1]);
}

// `case DayOfWeek.Monday`: what reads like a type is a member of one. Null: it is no such thing.
Node* Binder::dottedConstant(const Syntax* named) {
  const size_t dot = named->text.rfind('.');
  if (named->kind != Syn::TypeName || !named->types.empty() || dot == std::string_view::npos) return nullptr;
  if (lookupType(named->text, {}, named->offset, true) != nullptr) return nullptr;
  const Type* holder = lookupType(named->text.substr(0, dot), {}, named->offset, true);
  if (holder == nullptr) return nullptr;
  auto* type_name = make<TypeNameNode>(nullptr, named->offset);
  type_name->kind = NodeKind::TypeName;
  type_name->named = holder;
  auto* receiver = arena_.create<Syntax>(*named);
  receiver->text = named->text.substr(0, dot);
  auto* member = arena_.create<Syntax>(*named);
  member->kind = Syn::Member;
  member->text = named->text.substr(dot + 1);
  member->kids = arena_.array<Syntax*>(1);
  member->kids[0] = receiver;
  return valueOf(staticMember(type_name, member));
}

Node* Binder::patternNode(Node* operand, Syntax* pattern) {
  auto* node = make<PatternNode>(core().boolean, pattern->offset);
  node->operand = operand;
  if (pattern->kind == Syn::PatternVar) {
    if (pattern->text != "_") {
      Local* local = declare(pattern->text, operand->type, pattern->offset);
      node->variable = static_cast<const LocalNode*>(localNode(local, pattern->offset))->local;
    }
    return node;
  }
  if (pattern->kind == Syn::PatternType) {
    // A bare name that is no type may be a constant.
    const Syntax* named = pattern->type;
    if (pattern->text.empty() && named->kind == Syn::TypeName && named->types.empty() &&
        named->text.find('.') == std::string_view::npos && findLocal(named->text) != nullptr) {
      auto* as_name = arena_.create<Syntax>(*named);
      as_name->kind = Syn::Name;
      Node* value_of = expression(as_name);
      if (operand->type->kind != TypeKind::Object) value_of = convert(value_of, operand->type);
      if (isError(value_of)) return value_of;
      if (value_of->kind != NodeKind::Constant)
        return mistake(pattern->offset,
                       "a constant is expected here; `" + std::string(named->text) + "` is a variable");
      node->constant = value_of;
      return node;
    }
    if (Node* member = pattern->text.empty() ? dottedConstant(named) : nullptr) {
      if (isError(member)) return member;
      if (member->kind != NodeKind::Constant) return mistake(member->offset, "a constant is expected here");
      if (operand->type->kind != TypeKind::Object) member = convert(member, operand->type);
      node->constant = member;
      return isError(member) ? member : node;
    }
    const Type* type = bindType(pattern->type);
    if (type->kind == TypeKind::Error) return errorNode(pattern->offset);
    const bool possible = operand->type->kind != TypeKind::Null &&
                          (standardExplicit(operand->type, type) || standardImplicit(operand->type, type)) &&
                          !(operand->type->isNumeric() && type->isNumeric() && operand->type != type);
    if (!pattern->text.empty()) {
      if (!possible) return mistake(pattern->offset, describe(operand) + " can never be `" + type->name + "`");
      if (type->isNullable()) return mistake(pattern->offset, "a pattern cannot test for a nullable type");
      if (pattern->text != "_") {
        Local* local = declare(pattern->text, type, pattern->offset);
        node->variable = static_cast<const LocalNode*>(localNode(local, pattern->offset))->local;
      }
    }
    if (!possible && pattern->text.empty()) {
      // Only a warning in C#: false.
      return sequence({operand, constant(Value::boolean(false), core().boolean, pattern->offset)}, core().boolean,
                      pattern->offset);
    }
    node->tested = type;
    return node;
  }
  Node* bound = expression(pattern->kids[0]);
  if (bound->kind == NodeKind::TypeName) {
    // x is Namespace.Type
    const Type* type = static_cast<TypeNameNode*>(bound)->named;
    node->tested = type;
    return node;
  }
  bound = valueOf(bound);
  if (isError(bound)) return bound;
  if (bound->kind != NodeKind::Constant) return mistake(bound->offset, "a constant is expected here");
  if (operand->type->kind == TypeKind::Object) {
    node->constant = bound;
  } else {
    Node* converted = convert(bound, operand->type);
    if (isError(converted)) return converted;
    node->constant = converted;
  }
  return node;
}

Node* Binder::asExpression(Syntax* s) {
  Node* operand = value(s->kids[0]);
  const Type* type = bindType(s->type);
  if (isError(operand) || type->kind == TypeKind::Error) return errorNode(s->offset);
  if (type->isValue() && !type->isNullable())
    return mistake(s->offset, "`as` needs a type that can be null", "Write `" + type->name + "?`.");
  if (operand->type->kind == TypeKind::Null) return nullOf(type, s->offset);
  if (!standardExplicit(operand->type, type))
    return mistake(s->offset, describe(operand) + " can never be `" + type->name + "`");
  auto* node = make<IsNode>(type, s->offset);
  node->operand = operand;
  node->tested = type;
  node->as = true;
  return node;
}

Node* Binder::conditional(Syntax* s) {
  Node* condition = boolean(s->kids[0]);
  Node* then = expression(s->kids[1]);
  Node* otherwise = expression(s->kids[2]);
  if (isError(condition)) return condition;
  for (Node* side : {then, otherwise})
    if (side->type != nullptr && isError(side)) return side;
  const auto untyped = [](const Node* n) { return n->type == nullptr || n->type->kind == TypeKind::Null; };
  if (then->kind == NodeKind::TupleLiteral) then = valueOf(then);
  if (otherwise->kind == NodeKind::TupleLiteral) otherwise = valueOf(otherwise);
  const Type* type = nullptr;
  if (untyped(then) && untyped(otherwise)) {
    type = nullptr;  // null : null has no type
  } else if (untyped(then)) {
    if (classify(then, otherwise->type)) type = otherwise->type;
  } else if (untyped(otherwise)) {
    if (classify(otherwise, then->type)) type = then->type;
  } else if (then->type->canonical == otherwise->type->canonical) {
    type = then->type;
  } else {
    const bool to_else = static_cast<bool>(classify(then, otherwise->type));
    const bool to_then = static_cast<bool>(classify(otherwise, then->type));
    if (to_else && !to_then) type = otherwise->type;
    if (to_then && !to_else) type = then->type;
    // Constants convert both ways: the wider type wins, as it does without them.
    if (to_else && to_then) type = classifyType(then->type, otherwise->type) ? otherwise->type : then->type;
  }
  if (type == nullptr)
    return mistake(s->offset,
                   "the two sides of ?: have no common type: " + describe(then) + " and " + describe(otherwise),
                   "Cast one of them.");
  if (type->kind == TypeKind::Void) return mistake(s->offset, "the sides of ?: give no value");
  auto* node = make<ConditionalNode>(type, s->offset);
  node->condition = condition;
  node->then = convert(then, type);
  node->otherwise = convert(otherwise, type);
  return folded(node, {node->condition, node->then, node->otherwise});
}

Node* Binder::throwExpression(Syntax* s) {
  auto* node = make<ThrowNode>(nullptr, s->offset);
  node->kind = NodeKind::Throw;
  Node* exception = value(s->kids[0]);
  if (isError(exception)) return exception;
  if (exception->type->kind != TypeKind::Null && !isReferenceAssignable(exception->type, core().exception))
    return mistake(s->offset, "only an exception can be thrown; this is " + describe(exception));
  node->exception = exception;
  return node;
}

Node* Binder::checkedExpression(Syntax* s) {
  const bool was_checked = checked_, was_unchecked = unchecked_;
  unchecked_ = (s->flags & kUnchecked) != 0;
  checked_ = !unchecked_;
  Node* node = expression(s->kids[0]);
  checked_ = was_checked;
  unchecked_ = was_unchecked;
  return node;
}

}  // namespace sluice::expression
