// Overload resolution (C# specification, 12.6.4).
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {
namespace {

bool modeMatches(Param::Mode mode, uint8_t flags) {
  if (mode == Param::Mode::Out) return (flags & kOut) != 0;
  if (mode == Param::Mode::Ref) return (flags & kRef) != 0;
  return (flags & (kOut | kRef)) == 0;
}

bool isSigned(const Type* type) {
  return type->kind == TypeKind::Primitive &&
         (type->tag == Tag::SByte || type->tag == Tag::Int16 || type->tag == Tag::Int32 || type->tag == Tag::Int64);
}
bool isUnsigned(const Type* type) {
  return type->kind == TypeKind::Primitive &&
         (type->tag == Tag::Byte || type->tag == Tag::UInt16 || type->tag == Tag::UInt32 || type->tag == Tag::UInt64);
}

}  // namespace

// Which parameter each argument is for; false: they cannot be matched.
bool Binder::mapArguments(Candidate& c, const std::vector<Arg>& args) {
  const std::vector<Param>& params = c.declared();
  const size_t fixed = c.expanded ? params.size() - 1 : params.size();
  std::vector<bool> taken(params.size(), false);
  bool named = false;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].name.empty()) {
      named = true;
      const auto it =
          std::find_if(params.begin(), params.end(), [&](const Param& p) { return p.name == args[i].name; });
      if (it == params.end()) return false;
      const auto at = static_cast<size_t>(it - params.begin());
      if (taken[at]) return false;
      taken[at] = true;
      c.mapping.push_back(static_cast<int>(at));
      continue;
    }
    if (named) return false;
    const size_t at = std::min(i, fixed);
    if (at >= params.size() || (!c.expanded && i >= fixed)) return false;
    if (at < fixed) taken[at] = true;
    c.mapping.push_back(static_cast<int>(at));
  }
  for (size_t i = 0; i < fixed; ++i) {
    if (taken[i]) continue;
    if (!params[i].optional) return false;
    ++c.defaults;
  }
  return true;
}

const Type* Binder::parameterFor(const Candidate& c, size_t argument) const {
  const auto at = static_cast<size_t>(c.mapping[argument]);
  const Type* type = c.params.empty() ? c.declared()[at].type : c.params[at];
  if (c.params.empty() && c.receiver != nullptr) type = substitute(type, c.receiver->args, {});
  return c.expanded && at + 1 == c.declared().size() ? type->element() : type;
}

// Matches arguments and closes the method's own type parameters.
bool Binder::prepare(Candidate& c, const std::vector<Arg>& args, std::span<const Type* const> given) {
  if (!mapArguments(c, args)) return false;
  const size_t generic = c.member != nullptr ? c.member->type_params.size() : c.local->syntax->names.size();
  if (!given.empty()) {
    if (given.size() != generic) return false;
    c.method_args.assign(given.begin(), given.end());
  } else if (generic > 0 && !infer(c, args, generic)) {
    return false;
  }
  const std::span<const Type* const> type_args =
      c.receiver != nullptr ? std::span<const Type* const>(c.receiver->args) : std::span<const Type* const>();
  for (const Param& param : c.declared()) c.params.push_back(substitute(param.type, type_args, c.method_args));
  return true;
}

bool Binder::applicable(const Candidate& c, const std::vector<Arg>& args) {
  for (size_t i = 0; i < args.size(); ++i) {
    const Param& param = c.declared()[static_cast<size_t>(c.mapping[i])];
    if (!modeMatches(param.mode, args[i].flags)) return false;
    if (args[i].node == nullptr) continue;  // out var
    const Type* type = parameterFor(c, i);
    if (args[i].flags != 0) {
      if (args[i].node->type->canonical != type->canonical) return false;
    } else if (isError(args[i].node)) {
      continue;
    } else if (c.member != nullptr && c.member->is_extension && i == 0) {
      // The receiver of an extension method: identity, reference or boxing only.
      if (args[0].node->type == nullptr || args[0].node->type->kind == TypeKind::Null) return false;
      if (args[0].node->type->isNumeric() && args[0].node->type != type && type->isNumeric()) return false;
      if (!standardImplicit(args[0].node->type, type)) return false;
    } else if (!classify(args[i].node, type)) {
      return false;
    }
  }
  return true;
}

// 1: the conversion of `arg` to `a` is better than to `b`; -1: worse; 0: neither.
int Binder::betterConversion(const Node* arg, const Type* a, const Type* b) {
  if (a->canonical == b->canonical || arg == nullptr) return 0;
  if (arg->kind == NodeKind::Lambda && a->kind == TypeKind::Delegate && b->kind == TypeKind::Delegate) {
    const Type* ra = a->delegate_result;
    const Type* rb = b->delegate_result;
    if (a->delegate_params != b->delegate_params || ra == rb) return 0;
    if (ra->kind == TypeKind::Void || rb->kind == TypeKind::Void) return ra->kind == TypeKind::Void ? -1 : 1;
    const BoundLambda* bound = bindLambda(static_cast<const UnboundLambdaNode*>(arg)->syntax, a->delegate_params);
    const Type* given = bound != nullptr ? bound->inferred : nullptr;
    if (given != nullptr && given->canonical == ra->canonical) return 1;
    if (given != nullptr && given->canonical == rb->canonical) return -1;
    a = ra;
    b = rb;
  } else if (arg->type != nullptr) {
    if (arg->type->canonical == a->canonical) return 1;
    if (arg->type->canonical == b->canonical) return -1;
  }
  const bool to_b = static_cast<bool>(classifyType(a, b));
  const bool to_a = static_cast<bool>(classifyType(b, a));
  if (to_b != to_a) return to_b ? 1 : -1;
  if (isSigned(a) && isUnsigned(b)) return 1;
  if (isSigned(b) && isUnsigned(a)) return -1;
  return 0;
}

int Binder::betterCandidate(const Candidate& a, const Candidate& b, const std::vector<Arg>& args) {
  bool a_better = false, b_better = false;
  for (size_t i = 0; i < args.size(); ++i) {
    const int better = betterConversion(args[i].node, parameterFor(a, i), parameterFor(b, i));
    a_better = a_better || better > 0;
    b_better = b_better || better < 0;
  }
  if (a_better != b_better) return a_better ? 1 : -1;
  if (a_better) return 0;
  if (a.method_args.empty() != b.method_args.empty()) return a.method_args.empty() ? 1 : -1;
  if (a.expanded != b.expanded) return a.expanded ? -1 : 1;
  if (a.defaults != b.defaults) return a.defaults < b.defaults ? 1 : -1;
  // The one declared with more parameters of its own before its params array.
  if (a.expanded && a.params.size() != b.params.size()) return a.params.size() > b.params.size() ? 1 : -1;
  // More specific: T against IEnumerable<T>.
  int specific = 0;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool a_open = a.declared()[static_cast<size_t>(a.mapping[i])].type->kind == TypeKind::Parameter;
    const bool b_open = b.declared()[static_cast<size_t>(b.mapping[i])].type->kind == TypeKind::Parameter;
    if (a_open != b_open) specific += b_open ? 1 : -1;
  }
  return specific;
}

const Binder::Candidate* Binder::best(std::vector<Candidate>& candidates, const std::vector<Arg>& args) {
  const Candidate* winner = nullptr;
  for (const Candidate& candidate : candidates)
    if (winner == nullptr || betterCandidate(candidate, *winner, args) > 0) winner = &candidate;
  return winner;
}

// Methods of that name on the type, its bases and (for interfaces) what they extend. A method that a derived type
// declares with the same parameters hides the base's.
void Binder::addCandidates(std::vector<Candidate>& all, const Type* receiver, std::string_view text, bool statics) {
  const auto add = [&](const Type* holder) {
    if (holder->def == nullptr) return;
    for (const Member& member : holder->def->members()) {
      if (member.kind != MemberKind::Method || member.name != text || member.is_static != statics) continue;
      Candidate c;
      c.member = &member;
      c.receiver = holder;
      all.push_back(c);
      if (!member.params.empty() && member.params.back().mode == Param::Mode::Params) {
        c.expanded = true;
        all.push_back(c);
      }
    }
  };
  for (const Type* t = receiver; t != nullptr; t = t->base) add(t);
  if (receiver->kind == TypeKind::Interface) {
    for (const Type* interface : receiver->interfaces) add(interface);
    add(core().object);
  }
}

// Where an out or ref argument's value goes.
Node* Binder::outTarget(Arg& arg, const Type* type) {
  if (arg.declaration == nullptr) {
    if (arg.node->isAssignable()) return arg.node;
    return mistake(arg.node->offset, "this cannot be passed by reference", "Use a variable.");
  }
  const Syntax* s = arg.declaration;
  const bool is_var = s->type->kind == Syn::TypeName && s->type->text == "var";
  const Type* declared = is_var ? type : bindType(s->type);
  if (declared->canonical != type->canonical && declared->kind != TypeKind::Error)
    return mistake(s->offset, "this must be declared as `" + type->name + "`");
  Local* local = nullptr;
  for (Scope* scope = scope_; scope != nullptr && local == nullptr; scope = scope->parent)
    for (Local* known : scope->names)
      if (known->offset == s->offset && known->owner == scope_->function) local = known;
  if (local == nullptr) local = declare(s->text, declared, s->offset);
  local->type = declared;
  return localNode(local, s->offset);
}

std::vector<Node*> Binder::orderArguments(const Candidate& c, std::vector<Arg>& args, std::vector<Node*>& targets,
                                          uint32_t offset) {
  const std::vector<Param>& params = c.declared();
  std::vector<Node*> ordered(params.size(), nullptr);
  std::vector<Node*> rest;
  targets.assign(params.size(), nullptr);
  for (size_t i = 0; i < args.size(); ++i) {
    const auto at = static_cast<size_t>(c.mapping[i]);
    const Type* type = parameterFor(c, i);
    if (args[i].flags != 0) {
      targets[at] = outTarget(args[i], type);
      ordered[at] = (args[i].flags & kOut) != 0 ? nullOf(type, offset) : targets[at];
    } else if (c.expanded && at + 1 == params.size()) {
      rest.push_back(convert(args[i].node, type));
    } else {
      ordered[at] = convert(args[i].node, type);
    }
  }
  for (size_t i = 0; i < params.size(); ++i) {
    if (ordered[i] != nullptr) continue;
    const Type* type = c.params[i];
    if (c.expanded && i + 1 == params.size()) {
      auto* array = make<NewArrayNode>(type, offset);
      array->has_elements = true;
      array->elements = list(rest);
      ordered[i] = array;
    } else if (params[i].default_value.isNull() && type->isValue() && !type->isNullable()) {
      ordered[i] = make<DefaultNode>(type, offset);
    } else {
      ordered[i] = constant(params[i].default_value, type, offset);
    }
  }
  return ordered;
}

Node* Binder::callCandidate(const Candidate& c, Node* receiver, std::vector<Arg>& args, uint32_t offset) {
  std::vector<Node*> targets;
  std::vector<Node*> nodes = orderArguments(c, args, targets, offset);
  bool any_target = false;
  for (const Node* target : targets) any_target = any_target || target != nullptr;
  if (c.local != nullptr) {
    LocalFunction::Instance* instance = instantiate(*c.local, c.method_args);
    if (instance == nullptr) return errorNode(offset);
    auto* invoke = make<InvokeNode>(substitute(c.local->result, {}, c.method_args), offset);
    invoke->callee = localNode(instance->local, offset);
    invoke->args = list(nodes);
    if (any_target) invoke->targets = list(targets);
    return invoke;
  }
  const Type* result = substitute(c.member->type, c.receiver->args, c.method_args);
  auto* call = make<CallNode>(result, offset);
  call->member = c.member;
  call->receiver = c.receiver;
  call->type_args = typeList(c.method_args);
  if (!c.member->is_static) {
    nodes.insert(nodes.begin(), receiver);
    targets.insert(targets.begin(), nullptr);
    call->checks_receiver = receiver->type->kind != TypeKind::Nullable && !receiver->type->isValue();
  }
  noteCall(c.member, nodes);
  call->args = list(nodes);
  if (any_target) call->targets = list(targets);
  dropSingleton(*call, arena_);
  return call;
}

}  // namespace sluice::expression
