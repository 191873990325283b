// Calls and indexes.
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {

std::vector<Binder::Arg> Binder::bindArguments(std::span<Syntax*> kids) {
  std::vector<Arg> args;
  for (Syntax* kid : kids) {
    Arg arg;
    arg.name = kid->text;
    arg.flags = kid->flags;
    Syntax* inner = kid->kids[0];
    if (inner->kind == Syn::Declaration) {
      // Declared at once, so that later arguments and lambdas see it; its type comes with the overload.
      arg.declaration = inner;
      const bool is_var = inner->type->kind == Syn::TypeName && inner->type->text == "var";
      if (!inner->text.empty() && inner->text != "_")
        declare(inner->text, is_var ? core().error : bindType(inner->type), inner->offset);
      if (inner->text == "_") declare("", core().error, inner->offset);
    } else if (arg.flags == kOut && inner->kind == Syn::Name && inner->text == "_" && findLocal("_") == nullptr) {
      auto* declaration = arena_.create<Syntax>(*inner);
      declaration->kind = Syn::Declaration;
      auto* any = arena_.create<Syntax>();
      any->kind = Syn::TypeName;
      any->text = "var";
      declaration->type = any;
      arg.declaration = declaration;
      declare("", core().error, inner->offset);
    } else {
      arg.node = expression(inner);
      if (arg.node->kind == NodeKind::TypeName || arg.node->kind == NodeKind::Namespace ||
          arg.node->kind == NodeKind::TupleLiteral)
        arg.node = valueOf(arg.node);
      if (arg.node->type != nullptr && arg.node->type->kind == TypeKind::Void)
        arg.node = mistake(inner->offset, "this gives no value");
    }
    args.push_back(arg);
  }
  return args;
}

Node* Binder::call(Syntax* s) {
  Syntax* callee = s->kids[0];
  if (callee->kind == Syn::Name && callee->text == "nameof" && s->kids.size() == 2 &&
      findLocalFunction("nameof") == nullptr) {
    auto* inner = arena_.create<Syntax>(*s);
    inner->kids = s->kids[1]->kids;
    return nameOf(inner);
  }
  if (callee->kind == Syn::Member) callee->flags |= kInvoked;
  Node* target = expression(callee);
  if (target->type != nullptr && isError(target)) {
    bindArguments(s->kids.subspan(1));  // for their own mistakes
    return target;
  }
  std::vector<Arg> args = bindArguments(s->kids.subspan(1));
  for (const Arg& arg : args)
    if (arg.node != nullptr && arg.node->type != nullptr && isError(arg.node)) return errorNode(s->offset);
  if (target->kind == NodeKind::MethodGroup)
    return callGroup(static_cast<MethodGroupNode*>(target), args, callee->offset, s);
  target = valueOf(target);
  if (isError(target)) return target;
  if (target->type->kind != TypeKind::Delegate) {
    const bool named = callee->kind == Syn::Member || callee->kind == Syn::Name;
    const std::string shown = named ? "`" + std::string(callee->text) + "`" : describe(target);
    const bool indexed = !target->type->isValue() && args.size() == 1;
    return mistake(callee->offset, shown + " is no method and cannot be called",
                   indexed ? "An element is read with brackets: [...]." : "Leave out the parentheses.");
  }
  return callDelegate(target, args, s->offset);
}

Node* Binder::callDelegate(Node* callee, std::vector<Arg>& args, uint32_t offset) {
  const Type* type = callee->type;
  if (args.size() != type->delegate_params.size())
    return mistake(offset, "`" + type->name + "` takes " + std::to_string(type->delegate_params.size()) +
                               " arguments, not " + std::to_string(args.size()));
  std::vector<Node*> nodes;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].flags != 0 || args[i].node == nullptr) return mistake(offset, "a delegate takes no out or ref here");
    nodes.push_back(convert(args[i].node, type->delegate_params[i]));
  }
  auto* invoke = make<InvokeNode>(type->delegate_result, offset);
  invoke->callee = callee;
  invoke->args = list(nodes);
  return invoke;
}

Node* Binder::callGroup(MethodGroupNode* group, std::vector<Arg>& args, uint32_t offset, const Syntax*) {
  if (group->receiver != nullptr && group->receiver->type->kind == TypeKind::Delegate && group->name == "Invoke")
    return callDelegate(const_cast<Node*>(group->receiver), args, offset);
  std::vector<Candidate> all;
  if (group->receiver_type == nullptr) {
    Candidate c;
    c.local = findLocalFunction(group->name);
    all.push_back(c);
    if (!c.local->params.empty() && c.local->params.back().mode == Param::Mode::Params) {
      c.expanded = true;
      all.push_back(c);
    }
  } else {
    addCandidates(all, group->receiver_type, group->name, group->receiver == nullptr);
  }
  const auto usable = [&](std::vector<Candidate>& candidates, const std::vector<Arg>& with) {
    std::vector<Candidate> good;
    for (Candidate& c : candidates)
      if (prepare(c, with, group->type_args) && applicable(c, with)) good.push_back(c);
    return good;
  };
  std::vector<Candidate> good = usable(all, args);
  if (const Candidate* chosen = best(good, args))
    return callCandidate(*chosen, const_cast<Node*>(group->receiver), args, offset);
  if (group->receiver != nullptr) {
    std::vector<Arg> with_receiver = args;
    Arg first;
    first.node = const_cast<Node*>(group->receiver);
    with_receiver.insert(with_receiver.begin(), first);
    std::vector<Candidate> extensions;
    for (const Member* member : Library::instance().extensions(group->name)) {
      Candidate c;
      c.member = member;
      c.receiver = closedType(member->owner);
      extensions.push_back(c);
      if (member->params.back().mode == Param::Mode::Params) {
        c.expanded = true;
        extensions.push_back(c);
      }
    }
    good = usable(extensions, with_receiver);
    if (const Candidate* chosen = best(good, with_receiver))
      return callCandidate(*chosen, nullptr, with_receiver, offset);
    all.insert(all.end(), extensions.begin(), extensions.end());
  }
  return noOverload(group, all, args, offset);
}

Node* Binder::noOverload(const MethodGroupNode* group, const std::vector<Candidate>& tried,
                         const std::vector<Arg>& args, uint32_t offset) {
  // A lambda that did not bind is the real reason.
  for (const Arg& arg : args) {
    if (arg.node == nullptr || arg.node->kind != NodeKind::Lambda) continue;
    const Syntax* syntax = static_cast<const UnboundLambdaNode*>(arg.node)->syntax;
    for (const auto& [key, bound] : lambdas_)
      if (std::get<0>(key) == syntax && bound != nullptr && !bound->mistakes.empty()) {
        mistakes_.insert(mistakes_.end(), bound->mistakes.begin(), bound->mistakes.end());
        return errorNode(offset);
      }
  }
  if (Node* unknown = unknownArgument(tried, args, group, offset)) return unknown;
  const bool own = std::any_of(tried.begin(), tried.end(), [](const Candidate& c) {
    return c.local != nullptr || (c.member != nullptr && !c.member->is_extension);
  });
  if (!own && group->receiver != nullptr) {
    // Only extension methods of that name: do any of them take this receiver at all?
    bool fits = false;
    for (const Candidate& c : tried) {
      const Type* first = c.member->params[0].type;
      fits = fits || first->kind == TypeKind::Parameter || standardImplicit(group->receiver->type, first) ||
             (first->def != nullptr && closingOf(group->receiver->type, first->def) != nullptr);
    }
    if (!fits)
      return mistake(offset, "`" + group->receiver->type->name + "` has no `" + std::string(group->name) + "`",
                     memberSuggestion(group->receiver->type, group->name, false));
  }
  std::string given;
  for (const Arg& arg : args) {
    if (!given.empty()) given += ", ";
    given += arg.node == nullptr ? "out var" : describe(arg.node);
  }
  std::string known;
  std::vector<const char*> shown;
  for (const Candidate& c : tried) {
    if (c.member == nullptr || std::find(shown.begin(), shown.end(), c.member->signature) != shown.end()) continue;
    if (shown.size() == 4) break;
    shown.push_back(c.member->signature);
    known += (known.empty() ? "There is: " : "; ") + std::string(c.member->signature);
  }
  return mistake(offset, "no `" + std::string(group->name) + "` takes (" + given + ")", known);
}

Node* Binder::index(Syntax* s) {
  Node* target = value(s->kids[0]);
  std::vector<Arg> args = bindArguments(s->kids.subspan(1));
  if (isError(target)) return target;
  return indexNode(target, args, s->offset);
}

Node* Binder::indexNode(Node* target, std::vector<Arg>& args, uint32_t offset) {
  const Type* type = target->type;
  if (args.empty()) return mistake(offset, "[] needs an index");
  for (const Arg& arg : args) {
    if (arg.node == nullptr || arg.flags != 0) return mistake(offset, "an index cannot be out or ref");
    if (arg.node->type != nullptr && isError(arg.node)) return errorNode(offset);
  }
  if (type->kind == TypeKind::Array) {
    if (args.size() != type->rank)
      return mistake(offset, "this array takes " + std::to_string(type->rank) + " indexes");
    auto* node = make<ArrayIndexNode>(type->element(), offset);
    node->array = target;
    std::vector<Node*> indexes;
    for (Arg& arg : args) {
      const bool wide = arg.node->type != nullptr && arg.node->type->isIntegral() && !classify(arg.node, core().int32);
      indexes.push_back(wide ? arg.node : convert(arg.node, core().int32));
    }
    node->indexes = list(indexes);
    return node;
  }
  std::vector<Candidate> all;
  const auto add = [&](const Type* holder) {
    if (holder->def == nullptr) return;
    for (const Member& member : holder->def->members()) {
      if (member.kind != MemberKind::Indexer) continue;
      Candidate c;
      c.member = &member;
      c.receiver = holder;
      all.push_back(c);
    }
  };
  for (const Type* t = type; t != nullptr; t = t->base) add(t);
  if (type->kind == TypeKind::Interface)
    for (const Type* interface : type->interfaces) add(interface);
  std::vector<Candidate> good;
  for (Candidate& c : all)
    if (prepare(c, args, {}) && applicable(c, args)) good.push_back(c);
  const Candidate* chosen = best(good, args);
  if (chosen == nullptr) {
    if (all.empty()) return mistake(offset, describe(target) + " cannot be indexed with []");
    return mistake(offset, describe(target) + " takes no index of type " + describe(args[0].node),
                   "There is: " + std::string(all[0].member->signature));
  }
  return callCandidate(*chosen, target, args, offset);
}

}  // namespace sluice::expression
