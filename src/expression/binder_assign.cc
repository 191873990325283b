// Assignment, compound assignment, ++ and --, deconstruction.
#include "expression/binder.h"
#include "expression/number.h"

namespace sluice::expression {

bool Binder::checkAssignable(Node* target, uint32_t offset) {
  if (target->type == nullptr || isError(target)) return false;
  if (target->isAssignable()) return true;
  if (const auto* call = dynamic_cast<const CallNode*>(target);
      call != nullptr && call->member->kind != MemberKind::Method) {
    mistake(offset, "`" + call->member->name + "` is read-only");
  } else {
    mistake(offset, "this cannot be assigned to");
  }
  return false;
}

Node* Binder::assignTo(Node* target, Node* node, uint32_t offset) {
  Node* converted = convert(node, target->type);
  if (isError(converted)) return converted;
  if (const auto* call = dynamic_cast<const CallNode*>(target); call != nullptr)
    usage_.mutates_trees = usage_.mutates_trees || call->member->owner->name_space.starts_with("Newtonsoft");
  auto* assigned = make<AssignNode>(target->type, offset);
  assigned->target = target;
  assigned->value = converted;
  return assigned;
}

Node* Binder::assign(Syntax* s) {
  if (s->text != "=") return compoundAssign(s);
  Syntax* left = s->kids[0];
  const bool var_tuple = left->kind == Syn::Call && left->kids[0]->kind == Syn::Name && left->kids[0]->text == "var" &&
                         findLocalFunction("var") == nullptr;
  if (left->kind == Syn::Tuple || var_tuple)
    return deconstruct(var_tuple ? left->kids.subspan(1) : left->kids, var_tuple, expression(s->kids[1]), s->offset);
  if (left->kind == Syn::Name && left->text == "_" && findLocal("_") == nullptr) return value(s->kids[1]);
  Node* target = value(left);
  Node* node = expression(s->kids[1]);
  if (isError(target) || !checkAssignable(target, left->offset)) return errorNode(s->offset);
  return assignTo(target, node, s->offset);
}

// A target whose parts may be evaluated twice: receivers and indexes go to temporaries first.
Node* Binder::stable(Node* target, std::vector<Node*>& before) {
  const auto keep = [&](const Node* part) -> Node* {
    if (part->kind == NodeKind::Constant || dynamic_cast<const LocalNode*>(part) != nullptr)
      return const_cast<Node*>(part);
    Local* local = temporary(part->type);
    auto* read = make<LocalNode>(part->type, part->offset);
    read->local = local;
    auto* store = make<AssignNode>(part->type, part->offset);
    store->target = read;
    store->value = part;
    before.push_back(store);
    return read;
  };
  if (const auto* call = dynamic_cast<const CallNode*>(target)) {
    auto* copy = arena_.create<CallNode>(*call);
    std::vector<Node*> args;
    for (const Node* arg : call->args) args.push_back(keep(arg));
    copy->args = list(args);
    return copy;
  }
  if (const auto* element = dynamic_cast<const ArrayIndexNode*>(target)) {
    auto* copy = arena_.create<ArrayIndexNode>(*element);
    copy->array = keep(element->array);
    std::vector<Node*> indexes;
    for (const Node* index : element->indexes) indexes.push_back(keep(index));
    copy->indexes = list(indexes);
    return copy;
  }
  return target;
}

// The value of `target op right`, converted back to the target's type as compound assignment does.
Node* Binder::compoundValue(std::string_view op, Node* target, Node* right, uint32_t offset) {
  Node* result = binaryOn(op, target, right, offset);
  if (isError(result)) return result;
  if (classify(result, target->type)) return convert(result, target->type);
  // b += 1 on a byte: the cast is implied when the right side would convert.
  const bool shift = op == "<<" || op == ">>";
  if (standardExplicit(result->type, target->type) && (shift || classify(right, target->type)))
    return castTo(result, target->type, offset);
  noConversion(result, target->type, false);
  return errorNode(offset);
}

Node* Binder::compoundAssign(Syntax* s) {
  Node* target = value(s->kids[0]);
  Node* right = value(s->kids[1]);
  if (isError(target) || isError(right) || !checkAssignable(target, s->kids[0]->offset)) return errorNode(s->offset);
  std::vector<Node*> steps;
  target = stable(target, steps);
  const std::string_view op = s->text.substr(0, s->text.size() - 1);
  Node* result = compoundValue(op, target, right, s->offset);
  if (isError(result)) return result;
  steps.push_back(assignTo(target, result, s->offset));
  return sequence(std::move(steps), target->type, s->offset);
}

Node* Binder::increment(Syntax* s, bool postfix) {
  Node* target = value(s->kids[0]);
  if (isError(target) || !checkAssignable(target, s->kids[0]->offset)) return errorNode(s->offset);
  const Type* type = target->type->isNullable() ? target->type->underlying() : target->type;
  if (!type->isNumeric() && type->kind != TypeKind::Enum) return badOperator(s->text, target, nullptr, s->offset);
  std::vector<Node*> steps;
  target = stable(target, steps);
  Local* old = temporary(target->type);
  auto* read = make<LocalNode>(target->type, s->offset);
  read->local = old;
  Node* one = constant(Value::int32(1), core().int32, s->offset);
  Node* changed = binaryOn(s->text.substr(0, 1), postfix ? static_cast<Node*>(read) : target, one, s->offset);
  if (isError(changed)) return changed;
  changed = castTo(changed, target->type, s->offset);
  if (postfix) {
    auto* node = make<PostfixNode>(target->type, s->offset);
    node->target = target;
    node->updated = changed;
    node->temporary = old;
    steps.push_back(node);
  } else {
    steps.push_back(assignTo(target, changed, s->offset));
  }
  return sequence(std::move(steps), target->type, s->offset);
}

// One place of (a, b) = ...; null: discarded.
Node* Binder::deconstructTarget(Syntax* s, const Type* type, bool all_var) {
  const bool is_name = s->kind == Syn::Name;
  if (is_name && s->text == "_" && findLocal("_") == nullptr) return nullptr;
  if (s->kind == Syn::Declaration || (all_var && is_name)) {
    const bool is_var = all_var || (s->type->kind == Syn::TypeName && s->type->text == "var");
    const Type* declared = is_var ? type : bindType(s->type);
    if (s->text == "_") return nullptr;
    return localNode(declare(s->text, declared, s->offset), s->offset);
  }
  Node* target = value(s);
  if (isError(target) || !checkAssignable(target, s->offset)) return errorNode(s->offset);
  return target;
}

// (b, c) inside of (a, (b, c)): the inner tuple goes to a temporary that is taken apart next.
Node* Binder::deconstructNested(Syntax* place, bool all_var, const Type* type, std::vector<Node*>& steps) {
  auto* read = make<LocalNode>(type, place->offset);
  read->local = temporary(type);
  steps.push_back(deconstruct(place->kids, all_var, read, place->offset));
  return read;
}

Node* Binder::deconstruct(std::span<Syntax*> places, bool all_var, Node* right, uint32_t offset) {
  std::vector<const Type*> types;
  if (right->kind == NodeKind::TupleLiteral) {
    const auto* literal = static_cast<TupleLiteralNode*>(right);
    for (const Node*& element : literal->elements) {
      if (element->kind == NodeKind::TupleLiteral) element = valueOf(const_cast<Node*>(element));
      types.push_back(element->type);
    }
  } else {
    right = valueOf(right);
    if (isError(right)) return right;
    // KeyValuePair deconstructs too; it is a record of two.
    const bool pair = right->type->kind == TypeKind::Struct;
    if (right->type->kind != TypeKind::Tuple && !pair)
      return mistake(right->offset, describe(right) + " cannot be taken apart into variables");
    types = right->type->args;
  }
  if (types.size() != places.size())
    return mistake(offset, "there are " + std::to_string(places.size()) + " places for " +
                               std::to_string(types.size()) + " values");
  std::vector<Node*> targets;
  std::vector<Node*> after;
  std::vector<const Type*> target_types;
  for (size_t i = 0; i < places.size(); ++i) {
    Syntax* place = places[i]->kind == Syn::Argument ? places[i]->kids[0] : places[i];
    const Type* given = types[i] != nullptr ? types[i] : core().object;
    Node* target = place->kind == Syn::Tuple ? deconstructNested(place, all_var, given, after)
                                             : deconstructTarget(place, given, all_var);
    if (target != nullptr && isError(target)) return target;
    targets.push_back(target);
    target_types.push_back(target != nullptr ? target->type : types[i] != nullptr ? types[i] : core().object);
  }
  const Type* wanted = tupleOf(target_types);
  if (right->kind == NodeKind::TupleLiteral) {
    right = convertTuple(static_cast<TupleLiteralNode*>(right), wanted);
  } else {
    for (size_t i = 0; i < types.size(); ++i)
      if (types[i]->canonical != target_types[i]->canonical && !isReferenceAssignable(types[i], target_types[i]))
        return mistake(offset, "`" + types[i]->name + "` cannot be converted to `" + target_types[i]->name + "`");
  }
  auto* node = make<DeconstructNode>(wanted, offset);
  node->value = right;
  node->targets = list(targets);
  if (after.empty()) return node;
  after.insert(after.begin(), node);
  return sequence(std::move(after), wanted, offset);
}

}  // namespace sluice::expression
