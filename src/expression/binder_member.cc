// Names and members.
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {
namespace {

constexpr std::string_view kContext = "IExpressionContext";

// What a conditional access's placeholder, or a conversion that does nothing, stands for.
const Node* originOf(const Node* node) {
  for (;;) {
    if (const auto* receiver = dynamic_cast<const ReceiverNode*>(node)) {
      node = receiver->origin;
    } else if (const auto* converted = dynamic_cast<const ConvertNode*>(node)) {
      node = converted->operand;
    } else {
      return node;
    }
  }
}

bool isMember(const Node* node, std::string_view owner, std::string_view name) {
  const auto* call = dynamic_cast<const CallNode*>(originOf(node));
  return call != nullptr && call->member->owner->name == owner && call->member->name == name;
}

}  // namespace

Node* Binder::literal(Syntax* s) {
  const CoreTypes& c = core();
  const Type* type = c.string;
  switch (s->value.tag()) {
    case Tag::Null:
      type = c.null_type;
      break;
    case Tag::Bool:
      type = c.boolean;
      break;
    case Tag::Char:
      type = c.character;
      break;
    case Tag::Int32:
      type = c.int32;
      break;
    case Tag::UInt32:
      type = c.uint32;
      break;
    case Tag::Int64:
      type = c.int64;
      break;
    case Tag::UInt64:
      type = c.uint64;
      break;
    case Tag::Single:
      type = c.single;
      break;
    case Tag::Double:
      type = c.real;
      break;
    case Tag::Decimal:
      type = c.decimal;
      break;
    default:
      break;
  }
  return constant(s->value, type, s->offset);
}

Node* Binder::name(Syntax* s) {
  for (Scope* scope = scope_; s->types.empty() && scope != nullptr; scope = scope->parent) {
    for (size_t i = scope->names.size(); i-- > 0;)
      if (scope->names[i]->name == s->text && scope->names[i]->local_function == nullptr)
        return localNode(scope->names[i], s->offset);
    for (const auto& [alias, access] : scope->aliases)
      if (alias == s->text) return expression(access);
  }
  if (findLocalFunction(s->text) != nullptr) {
    auto* group = make<MethodGroupNode>(nullptr, s->offset);
    group->kind = NodeKind::MethodGroup;
    group->name = s->text;
    std::vector<const Type*> args;
    for (const Syntax* arg : s->types) args.push_back(bindType(arg));
    group->type_args = typeList(args);
    return group;
  }
  std::vector<const Type*> args;
  for (const Syntax* arg : s->types) args.push_back(bindType(arg));
  const Library& library = Library::instance();
  const bool ambiguous = library.find(s->text, args.size()).size() > 1;
  if (const Type* type = lookupType(s->text, args, s->offset, !ambiguous)) {
    if (type->kind == TypeKind::Error) return errorNode(s->offset);
    auto* node = make<TypeNameNode>(nullptr, s->offset);
    node->kind = NodeKind::TypeName;
    node->named = type;
    return node;
  }
  if (library.isNamespace(s->text)) {
    auto* node = make<NamespaceNode>(nullptr, s->offset);
    node->kind = NodeKind::Namespace;
    node->name = s->text;
    return node;
  }
  // Every class has object's static methods.
  if (hasMethod(core().object, s->text, true)) {
    auto* group = make<MethodGroupNode>(nullptr, s->offset);
    group->kind = NodeKind::MethodGroup;
    group->receiver_type = core().object;
    group->name = s->text;
    return group;
  }
  std::vector<std::string_view> candidates = library.typeNames();
  for (const Scope* scope = scope_; scope != nullptr; scope = scope->parent)
    for (const Local* local : scope->names) candidates.push_back(local->name);
  std::string message = "there is no `" + std::string(s->text) + "` that a policy expression may use";
  // Once is enough for each name.
  for (const Mistake& known : mistakes_)
    if (known.message == message) return errorNode(s->offset);
  return mistake(s->offset, std::move(message), suggestion(s->text, candidates));
}

Node* Binder::member(Syntax* s) {
  return memberOf(expression(s->kids[0]), s);
}

Node* Binder::memberOf(Node* target, Syntax* s) {
  if (target->kind == NodeKind::TypeName) return staticMember(static_cast<TypeNameNode*>(target), s);
  if (target->kind == NodeKind::Namespace) return namespaceMember(static_cast<NamespaceNode*>(target), s);
  target = valueOf(target);
  if (isError(target)) return target;
  return instanceMember(target, s);
}

Node* Binder::namespaceMember(const NamespaceNode* target, Syntax* s) {
  const std::string full = std::string(target->name) + "." + std::string(s->text);
  std::vector<const Type*> args;
  for (const Syntax* arg : s->types) args.push_back(bindType(arg));
  if (const Type* type = lookupType(full, args, s->offset, true)) {
    auto* node = make<TypeNameNode>(nullptr, s->offset);
    node->kind = NodeKind::TypeName;
    node->named = type;
    return node;
  }
  if (Library::instance().isNamespace(full)) {
    auto* node = make<NamespaceNode>(nullptr, s->offset);
    node->kind = NodeKind::Namespace;
    node->name = arena_.copy(full);
    return node;
  }
  return mistake(s->offset, "there is no `" + full + "` that a policy expression may use");
}

const Member* Binder::findProperty(const Type* type, std::string_view text, bool statics, const Type*& declaring) {
  const auto find = [&](const Type* holder) -> const Member* {
    if (holder->def == nullptr) return nullptr;
    for (const Member& member : holder->def->members())
      if ((member.kind == MemberKind::Property || member.kind == MemberKind::Constant) && member.name == text &&
          member.is_static == statics) {
        declaring = holder;
        return &member;
      }
    return nullptr;
  };
  for (const Type* t = type; t != nullptr; t = t->base)
    if (const Member* found = find(t)) return found;
  if (type->kind == TypeKind::Interface)
    for (const Type* interface : type->interfaces)
      if (const Member* found = find(interface)) return found;
  return nullptr;
}

bool Binder::hasMethod(const Type* type, std::string_view text, bool statics) {
  std::vector<Candidate> all;
  addCandidates(all, type, text, statics);
  return !all.empty();
}

Node* Binder::propertyNode(const Member* member, const Type* declaring, Node* target, uint32_t offset) {
  const Type* type = substitute(member->type, declaring->args, {});
  auto* call = make<CallNode>(type, offset);
  call->member = member;
  call->receiver = declaring;
  if (member->kind == MemberKind::Constant) {
    Value value;
    return fold(call, value) ? constant(value, type, offset) : errorNode(offset);
  }
  if (!member->is_static) {
    call->args = list({target});
    call->checks_receiver = !target->type->isValue();
  }
  noteMember(member, target);
  dropSingleton(*call, arena_);
  return call;
}

Node* Binder::staticMember(const TypeNameNode* target, Syntax* s) {
  const Type* type = target->named;
  if (type->kind == TypeKind::Enum) {
    for (const EnumRow& row : type->def->enum_rows)
      if (row.name == s->text) return constant(newEnum(type, row.value), type, s->offset);
  }
  const Type* declaring = nullptr;
  if (const Member* found = findProperty(type, s->text, true, declaring))
    return propertyNode(found, declaring, nullptr, s->offset);
  if (hasMethod(type, s->text, true)) {
    auto* group = make<MethodGroupNode>(nullptr, s->offset);
    group->kind = NodeKind::MethodGroup;
    group->receiver_type = type;
    group->name = s->text;
    std::vector<const Type*> args;
    for (const Syntax* arg : s->types) args.push_back(bindType(arg));
    group->type_args = typeList(args);
    return group;
  }
  if (type->def != nullptr)
    if (const TypeDef* nested = Library::instance().findFull(type->fullName() + "." + std::string(s->text), 0)) {
      auto* node = make<TypeNameNode>(nullptr, s->offset);
      node->kind = NodeKind::TypeName;
      node->named = closedType(nested);
      return node;
    }
  return noMember(nullptr, type, s, true);
}

Node* Binder::tupleMember(Node* target, std::string_view text, uint32_t offset) {
  const Type* type = target->type;
  size_t index = type->args.size();
  for (size_t i = 0; i < type->names.size(); ++i)
    if (type->names[i] == text) index = i;
  if (type->kind == TypeKind::Tuple)
    for (size_t i = 0; i < type->args.size(); ++i)
      if (text == "Item" + std::to_string(i + 1)) index = i;
  if (index >= type->args.size()) return nullptr;
  auto* node = make<RecordMemberNode>(type->args[index], offset);
  node->record = target;
  node->index = static_cast<uint32_t>(index);
  node->writable = type->kind == TypeKind::Tuple;
  return node;
}

Node* Binder::instanceMember(Node* target, Syntax* s) {
  const Type* type = target->type;
  if (type->kind == TypeKind::Void || type->kind == TypeKind::Null)
    return mistake(s->offset, describe(target) + " has no members");
  if (type->kind == TypeKind::Tuple || type->kind == TypeKind::Anonymous)
    if (Node* found = tupleMember(target, s->text, s->offset)) return found;
  const Type* holder = type;
  if (type->isNullable()) holder = closedType(type->def, type->args);
  const Type* declaring = nullptr;
  // list.Count(): what is called and is no delegate is not the property.
  const Member* found = findProperty(holder, s->text, false, declaring);
  const bool called = (s->flags & kInvoked) != 0 && found != nullptr && found->type->kind != TypeKind::Delegate &&
                      found->type->kind != TypeKind::Parameter && !Library::instance().extensions(s->text).empty();
  if (found != nullptr && !called) return propertyNode(found, declaring, target, s->offset);
  const bool invoke = type->kind == TypeKind::Delegate && s->text == "Invoke";
  if (invoke || hasMethod(holder, s->text, false) || !Library::instance().extensions(s->text).empty()) {
    auto* group = make<MethodGroupNode>(nullptr, s->offset);
    group->kind = NodeKind::MethodGroup;
    group->receiver = target;
    group->receiver_type = holder;
    group->name = s->text;
    std::vector<const Type*> args;
    for (const Syntax* arg : s->types) args.push_back(bindType(arg));
    group->type_args = typeList(args);
    return group;
  }
  return noMember(target, type, s, false);
}

std::vector<std::string_view> Binder::memberNames(const Type* type, bool statics) {
  std::vector<std::string_view> names;
  const auto add = [&](const Type* holder) {
    if (holder->def == nullptr) return;
    for (const Member& member : holder->def->members())
      if ((member.kind == MemberKind::Property || member.kind == MemberKind::Method ||
           member.kind == MemberKind::Constant) &&
          member.is_static == statics)
        names.emplace_back(member.name);
    for (const EnumRow& row : holder->def->enum_rows)
      if (statics) names.emplace_back(row.name);
  };
  for (const Type* t = type; t != nullptr; t = t->base) add(t);
  for (const Type* interface : type->interfaces) add(interface);
  for (const std::string& name : type->names) names.emplace_back(name);
  return names;
}

// Extension methods whose first parameter would take it.
std::vector<std::string_view> Binder::extensionNames(const Type* type) {
  std::vector<std::string_view> names;
  for (const auto& def : Library::instance().all()) {
    if (!def->is_static) continue;
    for (const Member& member : def->members()) {
      if (!member.is_extension) continue;
      const Type* first = member.params[0].type;
      if (first->kind == TypeKind::Parameter || (first->def != nullptr && closingOf(type, first->def) != nullptr))
        names.emplace_back(member.name);
    }
  }
  return names;
}

// A member that was probably meant: near in spelling, or the name with a part left out; the type's own come first.
std::string Binder::memberSuggestion(const Type* type, std::string_view name, bool statics) {
  const std::vector<std::string_view> own = memberNames(type, statics);
  if (std::string text = suggestion(name, own); !text.empty()) return text;
  for (const std::string_view candidate : own) {
    size_t matched = 0;
    for (const char c : candidate)
      if (matched < name.size() && name[matched] == c) ++matched;
    if (name.size() >= 4 && matched == name.size()) return "did you mean `" + std::string(candidate) + "`?";
  }
  return statics ? std::string{} : suggestion(name, extensionNames(type));
}

Node* Binder::noMember(const Node*, const Type* type, Syntax* s, bool statics) {
  // The author's own words for the receiver: `Headers` rather than IReadOnlyDictionary<string, string[]>.
  const Syntax* receiver = s->kids[0];
  const bool named = !statics && receiver->kind == Syn::Member;
  const std::string shown = named ? std::string(receiver->text) : type->name;
  return mistake(s->offset, "`" + shown + "` has no `" + std::string(s->text) + "`",
                 memberAdvice(type, s->text, statics));
}

// Which parts of the exchange an access reads.
void Binder::noteMember(const Member* member, const Node* target) {
  Effects& effects = usage_.effects;
  const std::string& owner = member->owner->name;
  if (owner == kContext) {
    if (member->name == "Response") effects.reads_response = true;
    if (member->name == "Variables") effects.reads_variables = true;
  } else if (owner == "IRequest" && member->name == "Body") {
    effects.reads_request_body = true;
  } else if (owner == "IResponse" && member->name == "Body") {
    if (isMember(target, kContext, "Response")) {
      effects.reads_response_body = true;
    } else {
      usage_.untraced_body = true;
    }
  }
}

void Binder::noteCall(const Member* member, const std::vector<Node*>& args) {
  if ((member->flags & kMutates) != 0) usage_.mutates_trees = true;
  const std::string& owner = member->owner->name;
  if (owner == kContext && member->name == "Trace") usage_.effects.traces = true;
  if (owner != "IMessageBody") return;
  const Value* preserve = constantOf(args.back());
  if (args.size() > 1 && preserve != nullptr && preserve->tag() == Tag::Bool && preserve->asBool()) return;
  if (isMember(args[0], "IRequest", "Body")) {
    usage_.effects.consumes_request_body = true;
  } else if (isMember(args[0], "IResponse", "Body")) {
    const auto* body = dynamic_cast<const CallNode*>(originOf(args[0]));
    if (isMember(body->args[0], kContext, "Response")) {
      usage_.effects.consumes_response_body = true;
    } else {
      usage_.untraced_consume = usage_.untraced_consume || usage_.untraced_body;
    }
  } else {
    usage_.untraced_consume = true;
  }
}

Node* Binder::conditionalAccess(Syntax* s) {
  Node* receiver = value(s->kids[0]);
  if (isError(receiver)) return receiver;
  const Type* type = receiver->type;
  if (!type->isReference() && !type->isNullable())
    return mistake(s->offset, "`?.` needs something that can be null; " + describe(receiver) + " cannot",
                   "Write . instead of ?.");
  if (type->kind == TypeKind::Null) return mistake(s->offset, "null has no members");
  Local* local = temporary(type);
  auto* placeholder = make<ReceiverNode>(type->isNullable() ? type->underlying() : type, receiver->offset);
  placeholder->temporary = local;
  placeholder->origin = receiver;
  Node* saved = conditional_receiver_;
  conditional_receiver_ = placeholder;
  Node* rest = value(s->kids[1]);
  conditional_receiver_ = saved;
  if (isError(rest)) return rest;
  const Type* result = rest->type;
  if (result->isValue() && !result->isNullable()) result = nullableOf(result);
  auto* node = make<ConditionalAccessNode>(result, s->offset);
  node->receiver = receiver;
  node->rest = rest;
  node->temporary = local;
  return node;
}

}  // namespace sluice::expression
