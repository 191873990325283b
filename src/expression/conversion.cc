// Implicit and explicit conversions (C# specification, chapter 10).
#include "expression/binder.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

// Bit per target tag, from Char up: what each numeric type converts to without a cast.
bool implicitNumeric(Tag from, Tag to) {
  static constexpr auto bit = [](Tag tag) { return 1u << static_cast<unsigned>(tag); };
  static constexpr uint32_t kReal = bit(Tag::Single) | bit(Tag::Double) | bit(Tag::Decimal);
  static constexpr uint32_t kUp64 = kReal | bit(Tag::Int64);
  static constexpr uint32_t kUp32 = kUp64 | bit(Tag::Int32);
  static constexpr uint32_t kUnsigned = bit(Tag::UInt32) | bit(Tag::UInt64);
  uint32_t allowed = 0;
  switch (from) {
    case Tag::SByte:
      allowed = kUp32 | bit(Tag::Int16);
      break;
    case Tag::Byte:
      allowed = kUp32 | kUnsigned | bit(Tag::Int16) | bit(Tag::UInt16);
      break;
    case Tag::Int16:
      allowed = kUp32;
      break;
    case Tag::UInt16:
      allowed = kUp32 | kUnsigned;
      break;
    case Tag::Char:
      allowed = kUp32 | kUnsigned | bit(Tag::UInt16);
      break;
    case Tag::Int32:
      allowed = kUp64;
      break;
    case Tag::UInt32:
      allowed = kUp64 | bit(Tag::UInt64);
      break;
    case Tag::Int64:
    case Tag::UInt64:
      allowed = kReal;
      break;
    case Tag::Single:
      allowed = bit(Tag::Double);
      break;
    default:
      break;
  }
  return (allowed & bit(to)) != 0;
}

bool isNumericOrEnum(const Type* type) {
  return type->isNumeric() || type->kind == TypeKind::Enum;
}

bool isSealed(const Type* type) {
  return type->kind == TypeKind::String || type->kind == TypeKind::Array || type->kind == TypeKind::Delegate ||
         type->kind == TypeKind::Anonymous || (type->def != nullptr && type->def->declaration.starts_with("sealed"));
}

}  // namespace

bool Binder::standardImplicit(const Type* from, const Type* to) {
  if (from->canonical == to->canonical) return true;
  if (from->kind == TypeKind::Error || to->kind == TypeKind::Error) return true;
  if (from->kind == TypeKind::Void || to->kind == TypeKind::Void) return false;
  if (from->kind == TypeKind::Null) return to->isReference() || to->isNullable();
  if (from->isNumeric() && to->isNumeric()) return implicitNumeric(from->tag, to->tag);
  if (to->isNullable()) return standardImplicit(from->isNullable() ? from->underlying() : from, to->underlying());
  if (from->isNullable()) return to->isReference() && isReferenceAssignable(from->underlying(), to);
  return isReferenceAssignable(from, to);
}

bool Binder::standardExplicit(const Type* from, const Type* to) {
  if (standardImplicit(from, to)) return true;
  if (from->kind == TypeKind::Void || to->kind == TypeKind::Void || from->kind == TypeKind::Null) return false;
  if (isNumericOrEnum(from) && isNumericOrEnum(to)) return true;
  if (from->isNullable() || to->isNullable()) {
    const Type* a = from->isNullable() ? from->underlying() : from;
    const Type* b = to->isNullable() ? to->underlying() : to;
    return standardExplicit(a, b);
  }
  if (standardImplicit(to, from)) return true;  // downcast, unboxing
  if (from->isReference() && to->isReference()) {
    if (from->kind == TypeKind::Interface) return !isSealed(to) || isReferenceAssignable(to, from);
    if (to->kind == TypeKind::Interface) return !isSealed(from);
  }
  if (from->kind == TypeKind::Array && to->kind == TypeKind::Array)
    return from->rank == to->rank && from->element()->isReference() && standardExplicit(from->element(), to->element());
  return false;
}

bool Binder::constantFits(const Node* node, const Type* to) {
  const Value* value = constantOf(node);
  if (value == nullptr) return false;
  if (to->isNullable()) to = to->underlying();
  if (to->kind == TypeKind::Enum)
    return node->type->isIntegral() && value->asInt64() == 0 && node->type->tag != Tag::Char;
  if (!to->isIntegral() || to->tag == Tag::Char) return false;
  if (node->type->tag == Tag::Int32 && node->type->kind == TypeKind::Primitive)
    return fitsTag(value->asInt64(), to->tag);
  return node->type->tag == Tag::Int64 && to->tag == Tag::UInt64 && value->asInt64() >= 0;
}

Conversion Binder::userConversion(const Type* from, const Type* to, bool explicit_too) {
  Conversion best;
  int best_score = -1;
  const auto consider = [&](const Type* holder) {
    for (const Type* t = holder; t != nullptr && t->def != nullptr; t = t->base) {
      for (const Member& member : t->def->members()) {
        const bool is_implicit = member.kind == MemberKind::Implicit;
        if (!is_implicit && (member.kind != MemberKind::Explicit || !explicit_too)) continue;
        const Type* param = substitute(member.params[0].type, t->args, {});
        const Type* result = substitute(member.type, t->args, {});
        int score = 0;
        if (param->canonical == from->canonical) {
          score += 40;
        } else if (standardImplicit(from, param)) {
          score += 20;
        } else if (!explicit_too || !standardExplicit(from, param) || param->kind == TypeKind::Object) {
          continue;
        }
        if (result->canonical == to->canonical) {
          score += 10;
        } else if (standardImplicit(result, to)) {
          score += 5;
        } else if (!explicit_too || !standardExplicit(result, to)) {
          continue;
        }
        if (is_implicit) ++score;
        const bool narrower =
            score == best_score && standardImplicit(param, best.user_from) && standardImplicit(best.user_to, result);
        if (score > best_score || (narrower && param != best.user_from)) {
          best_score = score;
          best.kind = Conversion::Kind::User;
          best.user = &member;
          best.user_from = param;
          best.user_to = result;
        }
      }
    }
  };
  consider(from->isNullable() ? from->underlying() : from);
  consider(to->isNullable() ? to->underlying() : to);
  return best;
}

Conversion Binder::classifyType(const Type* from, const Type* to) {
  Conversion result;
  if (from->canonical == to->canonical) {
    result.kind = Conversion::Kind::Identity;
  } else if (standardImplicit(from, to)) {
    result.kind = Conversion::Kind::Implicit;
  } else if (from->kind != TypeKind::Void && to->kind != TypeKind::Void && from->kind != TypeKind::Interface &&
             to->kind != TypeKind::Interface) {
    result = userConversion(from, to, false);
  }
  return result;
}

Conversion Binder::classify(const Node* node, const Type* to) {
  Conversion result;
  switch (node->kind) {
    case NodeKind::Lambda:
      return classifyLambda(static_cast<const UnboundLambdaNode*>(node), to);
    case NodeKind::MethodGroup:
      return classifyGroup(static_cast<const MethodGroupNode*>(node), to);
    case NodeKind::TypeName:
    case NodeKind::Namespace:
      return result;
    case NodeKind::Throw:
      result.kind = Conversion::Kind::Throw;
      return result;
    case NodeKind::TupleLiteral: {
      const auto* tuple = static_cast<const TupleLiteralNode*>(node);
      if (to->kind == TypeKind::Object) return result.kind = Conversion::Kind::Tuple, result;
      if (to->kind != TypeKind::Tuple || to->args.size() != tuple->elements.size()) return result;
      for (size_t i = 0; i < to->args.size(); ++i)
        if (!classify(tuple->elements[i], to->args[i])) return result;
      result.kind = Conversion::Kind::Tuple;
      return result;
    }
    default:
      break;
  }
  if (constantFits(node, to)) {
    result.kind = node->type->canonical == to->canonical ? Conversion::Kind::Identity : Conversion::Kind::Constant;
    return result;
  }
  return classifyType(node->type, to);
}

Node* Binder::constantAs(Node* node, const Type* to) {
  const Value& value = *constantOf(node);
  const Type* target = to->isNullable() ? to->underlying() : to;
  if (target->kind == TypeKind::Enum) return constant(newEnum(target, value.asInt64()), to, node->offset);
  return constant(Value::integer(target->tag, value.asInt64()), to, node->offset);
}

Node* Binder::convertTuple(const TupleLiteralNode* tuple, const Type* to) {
  if (to->kind != TypeKind::Tuple) return castTo(valueOf(const_cast<TupleLiteralNode*>(tuple)), to, tuple->offset);
  std::vector<Node*> members;
  for (size_t i = 0; i < tuple->elements.size(); ++i)
    members.push_back(convert(const_cast<Node*>(tuple->elements[i]), to->args[i]));
  auto* node = make<RecordNode>(to, tuple->offset);
  node->members = list(members);
  return node;
}

// A standard conversion that is known to exist. Where nothing happens at run time the node is given back as it is.
Node* Binder::applyStandard(Node* node, const Type* to) {
  const Type* from = node->type;
  if (from->canonical == to->canonical || from->kind == TypeKind::Error) return node;
  const Type* target = to->isNullable() ? to->underlying() : to;
  const Type* source = from->isNullable() ? from->underlying() : from;
  if (!source->isNumeric() || !target->isNumeric() || source == target) return node;
  auto* converted = make<ConvertNode>(to, node->offset);
  converted->operand = node;
  converted->how = ConvertNode::How::Number;
  // The evaluation converts by the type's tag, which for a nullable is that of the underlying type.
  return folded(converted, {node});
}

Node* Binder::apply(Node* node, const Type* to, const Conversion& conversion) {
  switch (conversion.kind) {
    case Conversion::Kind::None:
      return node;
    case Conversion::Kind::Identity:
    case Conversion::Kind::Implicit:
    case Conversion::Kind::Null:
      return applyStandard(node, to);
    case Conversion::Kind::Throw:
      return node;
    case Conversion::Kind::Constant:
      return constantAs(node, to);
    case Conversion::Kind::Lambda:
      return finishLambda(static_cast<UnboundLambdaNode*>(node), to);
    case Conversion::Kind::MethodGroup:
      return finishGroup(static_cast<MethodGroupNode*>(node), to);
    case Conversion::Kind::Tuple:
      return convertTuple(static_cast<TupleLiteralNode*>(node), to);
    case Conversion::Kind::User:
      break;
  }
  auto* call = make<CallNode>(conversion.user_to, node->offset);
  call->member = conversion.user;
  call->receiver = conversion.user_to;
  call->args = list({castTo(node, conversion.user_from, node->offset)});
  return castTo(call, to, node->offset);
}

Node* Binder::convert(Node* node, const Type* to) {
  if (isError(node) || to->kind == TypeKind::Error) return node;
  const Conversion conversion = classify(node, to);
  if (conversion) return apply(node, to, conversion);
  if (node->kind != NodeKind::Lambda && node->kind != NodeKind::MethodGroup) {
    if (node->type == nullptr) node = valueOf(node);
    if (isError(node)) return node;
    noConversion(node, to, standardExplicit(node->type, to) || userConversion(node->type, to, true));
  } else if (node->kind == NodeKind::Lambda && to->kind == TypeKind::Delegate) {
    finishLambda(static_cast<UnboundLambdaNode*>(node), to);  // says what is wrong inside
  } else {
    noConversion(node, to, false);
  }
  return errorNode(node->offset);
}

void Binder::noConversion(const Node* node, const Type* to, bool explicit_exists) {
  std::string remedy;
  if (explicit_exists) remedy = "Write a cast: (" + to->name + ")";
  if (!explicit_exists && node->type != nullptr) remedy = conversionAdvice(node->type, to);
  if (to->kind == TypeKind::Nullable && node->type != nullptr && node->type->kind == TypeKind::Null) remedy.clear();
  mistake(node->offset, describe(node) + " cannot be converted to `" + to->name + "`", remedy);
}

// (T)node, and conversions known to be good: the result's static type is `to`.
Node* Binder::castTo(Node* node, const Type* to, uint32_t offset) {
  if (isError(node) || to->kind == TypeKind::Error) return errorNode(offset);
  const auto converted = [&](ConvertNode::How how) {
    auto* made = make<ConvertNode>(to, offset);
    made->operand = node;
    made->how = how;
    return made;
  };
  if (node->kind == NodeKind::Lambda || node->kind == NodeKind::MethodGroup || node->kind == NodeKind::TupleLiteral ||
      node->kind == NodeKind::Throw)
    return convert(node, to);
  if (node->kind == NodeKind::TypeName || node->kind == NodeKind::Namespace) return valueOf(node);
  const Type* from = node->type;
  if (from == to) return node;
  if (from->kind == TypeKind::Null && (to->isReference() || to->isNullable())) return nullOf(to, offset);
  const Type* source = from->isNullable() ? from->underlying() : from;
  const Type* target = to->isNullable() ? to->underlying() : to;
  if (isNumericOrEnum(source) && isNumericOrEnum(target) && source != target) {
    Node* operand = node;
    if (from->isNullable() && !to->isNullable()) {
      auto* unwrapped = make<ConvertNode>(source, offset);
      unwrapped->operand = node;
      unwrapped->how = ConvertNode::How::NullableValue;
      operand = unwrapped;
    }
    // Enums are of int: a wider number is cut, or checked, as for int.
    if (target->kind == TypeKind::Enum && source->isNumeric() && source != core().int32)
      return castTo(castTo(node, from->isNullable() ? nullableOf(core().int32) : core().int32, offset), to, offset);
    auto* made = make<ConvertNode>(to, offset);
    made->operand = operand;
    // A constant that does not fit is a mistake unless unchecked(...) was written.
    const bool check = node->kind == NodeKind::Constant ? !unchecked_ : checked_;
    made->how = target->kind == TypeKind::Enum   ? ConvertNode::How::ToEnum
                : source->kind == TypeKind::Enum ? ConvertNode::How::FromEnum
                : check                          ? ConvertNode::How::CheckedNumber
                                                 : ConvertNode::How::Number;
    return folded(made, {operand});
  }
  if (from->isNullable() && !to->isNullable() && source == target) return converted(ConvertNode::How::NullableValue);
  if (standardImplicit(from, to)) {
    if (const Value* value = constantOf(node)) return constant(*value, to, offset);
    return converted(ConvertNode::How::Same);
  }
  if (!from->isValue() && to->isValue() && standardExplicit(from, to)) return converted(ConvertNode::How::Unbox);
  if (from->isReference() && standardExplicit(from, to)) return converted(ConvertNode::How::Reference);
  if (const Conversion user = userConversion(from, to, true)) {
    auto* call = make<CallNode>(user.user_to, offset);
    call->member = user.user;
    call->receiver = user.user_to;
    call->args = list({castTo(node, user.user_from, offset)});
    return castTo(call, to, offset);
  }
  return mistake(offset, describe(node) + " cannot be cast to `" + to->name + "`", conversionAdvice(from, to));
}

}  // namespace sluice::expression
