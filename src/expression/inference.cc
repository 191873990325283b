// Type inference for generic methods (C# specification, 12.6.3), in two phases: from arguments that have a type, then
// from what lambdas and method groups return once their parameters are known.
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {
namespace {

enum How : int { kExact, kLower, kUpper };

bool addOnce(std::vector<const Type*>& all, const Type* type) {
  if (std::find(all.begin(), all.end(), type) != all.end()) return false;
  all.push_back(type);
  return true;
}

// The one closing of `def` among the type, its bases and its interfaces; null when there is none or more than one.
const Type* uniqueClosing(const Type* type, const TypeDef* def) {
  const Type* found = nullptr;
  for (const Type* t = type; t != nullptr; t = t->base)
    if (t->def == def) return t;
  for (const Type* interface : type->interfaces) {
    if (interface->def != def) continue;
    if (found != nullptr && found != interface) return nullptr;
    found = interface;
  }
  return found;
}

}  // namespace

void Binder::inferFrom(std::vector<Bounds>& bounds, const Type* from, const Type* to, int how) {
  if (to->kind == TypeKind::Parameter && to->is_method_parameter) {
    if (from->kind == TypeKind::Null || from->kind == TypeKind::Error || from->kind == TypeKind::Void) return;
    Bounds& b = bounds[to->position];
    addOnce(how == kExact ? b.exact : how == kLower ? b.lower : b.upper, from);
    return;
  }
  if (to->args.empty() || !isOpen(to)) return;
  if (to->kind == TypeKind::Nullable) {
    inferFrom(bounds, from->isNullable() ? from->underlying() : from, to->underlying(), how);
    return;
  }
  if (to->kind == TypeKind::Array) {
    if (from->kind != TypeKind::Array || from->rank != to->rank) return;
    inferFrom(bounds, from->element(), to->element(), from->element()->isReference() ? how : kExact);
    return;
  }
  if (to->kind == TypeKind::Tuple) {
    if (from->kind != TypeKind::Tuple || from->args.size() != to->args.size()) return;
    for (size_t i = 0; i < to->args.size(); ++i) inferFrom(bounds, from->args[i], to->args[i], how);
    return;
  }
  const Type* closing = uniqueClosing(from, to->def);
  if (closing == nullptr) return;
  for (size_t i = 0; i < to->args.size(); ++i) {
    const Type* arg = closing->args[i];
    int how_arg = kExact;
    if (arg->isReference() && to->def->covariant[i]) how_arg = how;
    if (arg->isReference() && to->def->contravariant[i])
      how_arg = how == kLower ? kUpper : how == kUpper ? kLower : how;
    inferFrom(bounds, arg, to->args[i], how_arg);
  }
}

const Type* Binder::bestCommonType(const std::vector<const Type*>& types) {
  for (const Type* candidate : types) {
    if (candidate->kind == TypeKind::Null || candidate->kind == TypeKind::Void) continue;
    bool all = true;
    for (const Type* other : types) all = all && classifyType(other, candidate);
    if (all) return candidate;
  }
  return nullptr;
}

bool Binder::fix(Bounds& b) {
  if (b.fixed != nullptr) return true;
  std::vector<const Type*> candidates = b.exact;
  if (candidates.empty()) candidates = b.lower;
  if (candidates.empty()) candidates = b.upper;
  for (const Type* candidate : candidates) {
    bool fits = true;
    for (const Type* exact : b.exact) fits = fits && exact->canonical == candidate->canonical;
    for (const Type* lower : b.lower) fits = fits && classifyType(lower, candidate);
    for (const Type* upper : b.upper) fits = fits && standardImplicit(candidate, upper);
    if (!fits) continue;
    b.fixed = candidate;
    return true;
  }
  return false;
}

// False: not yet possible, because the delegate's parameters are not all known.
bool Binder::inferLambda(std::vector<Bounds>& bounds, const Node* arg, const Type* delegate) {
  std::vector<const Type*> fixed(bounds.size(), nullptr);
  for (size_t i = 0; i < bounds.size(); ++i) fixed[i] = bounds[i].fixed;
  std::vector<const Type*> params;
  for (const Type* param : delegate->delegate_params) {
    const Type* closed = substitute(param, {}, fixed);
    if (isOpen(closed)) return false;
    params.push_back(closed);
  }
  const Type* result = nullptr;
  if (arg->kind == NodeKind::Lambda) {
    const auto* lambda = static_cast<const UnboundLambdaNode*>(arg);
    if (lambda->syntax->kids.size() - 1 != params.size() && lambda->syntax->number == 0) return true;
    const BoundLambda* bound = bindLambda(lambda->syntax, params);
    if (bound != nullptr && bound->mistakes.empty()) result = bound->inferred;
  } else {
    result = groupResult(static_cast<const MethodGroupNode*>(arg), params);
  }
  if (result != nullptr) inferFrom(bounds, result, delegate->delegate_result, kLower);
  return true;
}

bool Binder::infer(Candidate& c, const std::vector<Arg>& args, size_t count) {
  std::vector<Bounds> bounds(count);
  std::vector<size_t> later;
  for (size_t i = 0; i < args.size(); ++i) {
    const Type* param = parameterFor(c, i);
    const Node* node = args[i].node;
    if (Syntax* out = args[i].declaration; out != nullptr && isOpen(param)) {
      // `out T x` says what T is; `out var x` does not.
      const bool is_var = out->type->kind == Syn::TypeName && out->type->text == "var";
      if (!is_var) inferFrom(bounds, bindType(out->type), param, kExact);
    }
    if (!isOpen(param) || node == nullptr) continue;
    if (node->kind == NodeKind::Lambda || node->kind == NodeKind::MethodGroup) {
      if (param->kind != TypeKind::Delegate) continue;
      later.push_back(i);
      if (node->kind != NodeKind::Lambda) continue;
      // Parameters that the lambda itself gives types for.
      const Syntax* s = static_cast<const UnboundLambdaNode*>(node)->syntax;
      for (size_t k = 0; k + 1 < s->kids.size() && k < param->delegate_params.size(); ++k)
        if (s->kids[k]->type != nullptr)
          inferFrom(bounds, bindType(s->kids[k]->type), param->delegate_params[k], kExact);
    } else if (node->type != nullptr) {
      inferFrom(bounds, node->type, param, args[i].flags != 0 ? kExact : kLower);
    }
  }
  for (size_t round = 0; !later.empty() && round <= args.size(); ++round) {
    // Fix what the next lambdas take; what only lambdas give stays open.
    const auto needed = [&](size_t position) {
      for (const size_t i : later)
        for (const Type* p : parameterFor(c, i)->delegate_params) {
          std::vector<const Type*> probe(count, nullptr);
          probe[position] = core().object;
          if (isOpen(p) && substitute(p, {}, probe) != p) return true;
        }
      return false;
    };
    for (size_t position = 0; position < count; ++position)
      if (needed(position)) fix(bounds[position]);
    bool progress = false;
    for (size_t k = 0; k < later.size();) {
      if (inferLambda(bounds, args[later[k]].node, parameterFor(c, later[k]))) {
        later.erase(later.begin() + static_cast<std::ptrdiff_t>(k));
        progress = true;
        break;  // what it gave may be needed by the next
      }
      ++k;
    }
    if (!progress) break;
  }
  c.method_args.assign(count, nullptr);
  for (size_t i = 0; i < count; ++i) {
    if (!fix(bounds[i])) return false;
    c.method_args[i] = bounds[i].fixed;
  }
  return true;
}

}  // namespace sluice::expression
