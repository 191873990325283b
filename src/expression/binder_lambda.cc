// Lambdas, method groups as delegates, and local functions.
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {
namespace {

// Lambda bodies bound in one expression: inference may bind one several times, nested ones many times over.
constexpr int kMaxLambdaWork = 4000;

}  // namespace

Node* Binder::lambdaNode(Syntax* s) {
  auto* node = make<UnboundLambdaNode>(nullptr, s->offset);
  node->kind = NodeKind::Lambda;
  node->syntax = s;
  return node;
}

// The body for these parameter types; null: too much work.
Binder::BoundLambda* Binder::bindLambda(Syntax* s, std::span<const Type* const> params) {
  auto& slot = lambdas_[{s, state_->function, std::vector<const Type*>(params.begin(), params.end())}];
  if (slot != nullptr) return slot.get();
  if (++work_ > kMaxLambdaWork) {
    if (work_ == kMaxLambdaWork + 1) mistake(s->offset, "the lambdas here are nested too deeply to find their types");
    return nullptr;
  }
  slot = std::make_unique<BoundLambda>();
  BoundLambda* bound = slot.get();
  Mistakes before;
  before.swap(mistakes_);
  FunctionState state;
  state.parent = state_;
  state.is_lambda = true;
  state.function = newFunction("lambda");
  FunctionState* saved_state = state_;
  Node* saved_receiver = conditional_receiver_;
  state_ = &state;
  Scope* saved = pushScope(false);
  scope_->function = state.function;
  scope_->locals = &state.function->scope;
  const size_t count = s->kids.size() - 1;
  for (size_t i = 0; i < params.size(); ++i) {
    Syntax* param = i < count ? s->kids[i] : nullptr;
    const Type* type = param != nullptr && param->type != nullptr ? bindType(param->type) : params[i];
    Local* local = declare(param != nullptr ? param->text : std::string_view{}, type, s->offset);
    local->is_parameter = true;
    state.function->params.push_back(local);
  }
  bound->scope = scope_;
  for (const Syntax::Alias& alias : s->aliases) scope_->aliases.emplace_back(alias.name, alias.access);
  Syntax* body = s->kids.back();
  bound->function = state.function;
  if (body->kind == Syn::Block) {
    bound->end_reachable = statements(body->kids);
    finishGotos();
    bound->returned = state.returned;
    bound->returns_nothing = state.returned.empty();
    std::vector<const Type*> types;
    for (const Node* node : state.returned)
      if (node->type != nullptr) types.push_back(node->type);
    bound->inferred = state.returned.empty() ? core().void_type : bestCommonType(types);
  } else {
    bound->body = expression(body);
    if (bound->body->kind == NodeKind::TypeName || bound->body->kind == NodeKind::Namespace ||
        bound->body->kind == NodeKind::TupleLiteral)
      bound->body = valueOf(bound->body);
    bindLocalFunctions(scope_);
    bound->inferred = bound->body->type;
    if (bound->inferred != nullptr && bound->inferred->kind == TypeKind::Null) bound->inferred = nullptr;
  }
  popScope(saved);
  state_ = saved_state;
  conditional_receiver_ = saved_receiver;
  bound->mistakes.swap(mistakes_);
  mistakes_.swap(before);
  return bound;
}

Conversion Binder::classifyLambda(const UnboundLambdaNode* lambda, const Type* delegate) {
  Conversion result;
  if (delegate->kind != TypeKind::Delegate) return result;
  const Syntax* s = lambda->syntax;
  if (s->number == 0 && s->kids.size() - 1 != delegate->delegate_params.size()) return result;
  for (size_t i = 0; i + 1 < s->kids.size(); ++i)
    if (s->kids[i]->type != nullptr && bindType(s->kids[i]->type)->canonical != delegate->delegate_params[i]->canonical)
      return result;
  BoundLambda* bound = bindLambda(lambda->syntax, delegate->delegate_params);
  if (bound == nullptr || !bound->mistakes.empty()) return result;
  const Type* wanted = delegate->delegate_result;
  const Inside inside(*this, *bound);
  bool fits = true;
  if (wanted->kind == TypeKind::Void) {
    // An expression body may give a value that is dropped, if it is one that could stand as a statement.
    fits = bound->body != nullptr ? standsAlone(s->kids.back()) || bound->body->kind == NodeKind::Throw
                                  : bound->returns_nothing;
  } else if (bound->body != nullptr) {
    fits = static_cast<bool>(classify(bound->body, wanted));
  } else {
    fits = !bound->end_reachable && !bound->returns_nothing;
    for (const Node* node : bound->returned) fits = fits && classify(node, wanted);
  }
  if (fits) result.kind = Conversion::Kind::Lambda;
  return result;
}

Node* Binder::finishLambda(const UnboundLambdaNode* lambda, const Type* delegate) {
  const Syntax* s = lambda->syntax;
  if (s->number == 0 && s->kids.size() - 1 != delegate->delegate_params.size())
    return mistake(s->offset, "this lambda has " + std::to_string(s->kids.size() - 1) + " parameters; `" +
                                  delegate->name + "` has " + std::to_string(delegate->delegate_params.size()));
  BoundLambda* bound = bindLambda(lambda->syntax, delegate->delegate_params);
  if (bound == nullptr) return errorNode(s->offset);
  if (!bound->mistakes.empty()) {
    mistakes_.insert(mistakes_.end(), bound->mistakes.begin(), bound->mistakes.end());
    return errorNode(s->offset);
  }
  const Type* result = delegate->delegate_result;
  const bool nothing = result->kind == TypeKind::Void;
  std::vector<Instruction> code = bound->function->code;
  Node* body = nullptr;
  {
    const Inside inside(*this, *bound);
    if (bound->body != nullptr) {
      if (nothing && !standsAlone(s->kids.back()) && bound->body->kind != NodeKind::Throw)
        mistake(s->kids.back()->offset, "this lambda returns nothing, and its body only makes a value");
      body = nothing && bound->body->kind != NodeKind::Throw ? valueOf(bound->body) : convert(bound->body, result);
    } else if (!nothing && bound->returns_nothing) {
      mistake(s->offset, "this lambda must return a value everywhere");
    } else if (!nothing && bound->end_reachable) {
      mistake(s->offset, "not every path of this lambda returns a value");
    }
    for (Instruction& instruction : code)
      if (instruction.op == Op::Return && instruction.node != nullptr)
        instruction.node = nothing ? mistake(instruction.node->offset, "this lambda returns nothing")
                                   : convert(const_cast<Node*>(instruction.node), result);
  }
  // The same body may be finished for several results: the function is copied, its variables are not.
  functions.push_back(std::make_unique<Function>(*bound->function));
  Function* function = functions.back().get();
  function->result = result;
  function->body = body;
  function->code = std::move(code);
  auto* node = make<LambdaNode>(delegate, s->offset);
  node->function = function;
  return node;
}

// A call of the group with parameters of these types: what becomes the body of the delegate.
Node* Binder::groupCall(MethodGroupNode* group, std::span<const Type* const> params, std::vector<Local*>* locals) {
  std::vector<Arg> args;
  for (size_t i = 0; i < params.size(); ++i) {
    Arg arg;
    if (locals != nullptr) {
      arg.node = localNode((*locals)[i], group->offset);
    } else {
      arg.node = make<DefaultNode>(params[i], group->offset);
    }
    args.push_back(arg);
  }
  return callGroup(group, args, group->offset, nullptr);
}

const Type* Binder::groupResult(const MethodGroupNode* group, std::span<const Type* const> params) {
  Mistakes before;
  before.swap(mistakes_);
  const Node* call = groupCall(const_cast<MethodGroupNode*>(group), params, nullptr);
  const bool good = mistakes_.empty();
  mistakes_.swap(before);
  return good ? call->type : nullptr;
}

Conversion Binder::classifyGroup(const MethodGroupNode* group, const Type* delegate) {
  Conversion result;
  if (delegate->kind != TypeKind::Delegate) return result;
  const Type* given = groupResult(group, delegate->delegate_params);
  if (given == nullptr) return result;
  const Type* wanted = delegate->delegate_result;
  const bool both_void = given->kind == TypeKind::Void && wanted->kind == TypeKind::Void;
  if (both_void || given->canonical == wanted->canonical ||
      (given->isReference() && isReferenceAssignable(given, wanted)))
    result.kind = Conversion::Kind::MethodGroup;
  return result;
}

Node* Binder::finishGroup(MethodGroupNode* group, const Type* delegate) {
  // x => group(x), with the receiver evaluated once, now.
  std::vector<Node*> steps;
  Local* kept = nullptr;
  if (group->receiver != nullptr) {
    kept = arena_.create<Local>();
    kept->type = group->receiver->type;
    kept->owner = state_->function;
    kept->slot = state_->function->slots++;
    scope_->locals->locals.push_back(kept);
    auto* target = make<LocalNode>(kept->type, group->offset);
    target->local = kept;
    auto* store = make<AssignNode>(kept->type, group->offset);
    store->target = target;
    store->value = group->receiver;
    steps.push_back(store);
  }
  FunctionState state;
  state.parent = state_;
  state.is_lambda = true;
  state.function = newFunction("lambda");
  FunctionState* saved_state = state_;
  state_ = &state;
  Scope* saved = pushScope(false);
  scope_->function = state.function;
  scope_->locals = &state.function->scope;
  std::vector<Local*> params;
  for (const Type* type : delegate->delegate_params) {
    Local* local = declare("", type, group->offset);
    local->is_parameter = true;
    state.function->params.push_back(local);
    params.push_back(local);
  }
  auto* inner = arena_.create<MethodGroupNode>(*group);
  if (kept != nullptr) inner->receiver = localNode(kept, group->offset);
  Node* body = groupCall(inner, delegate->delegate_params, &params);
  state.function->result = delegate->delegate_result;
  state.function->body =
      delegate->delegate_result->kind == TypeKind::Void ? body : convert(body, delegate->delegate_result);
  popScope(saved);
  state_ = saved_state;
  auto* node = make<LambdaNode>(delegate, group->offset);
  node->function = state.function;
  steps.push_back(node);
  return sequence(std::move(steps), delegate, group->offset);
}

bool Binder::containsYield(const Syntax* s) const {
  if (s == nullptr || s->kind == Syn::Function || s->kind == Syn::Lambda) return false;
  if (s->kind == Syn::YieldReturn || s->kind == Syn::YieldBreak) return true;
  return std::any_of(s->kids.begin(), s->kids.end(), [this](const Syntax* kid) { return containsYield(kid); });
}

void Binder::declareLocalFunction(Syntax* s) {
  for (const auto& known : scope_->functions)
    if (known->name == s->text) mistake(s->offset, "a function named `" + std::string(s->text) + "` is already here");
  auto function = std::make_unique<LocalFunction>();
  function->syntax = s;
  function->name = s->text;
  function->scope = scope_;
  function->owner = state_->function;
  // Its own type parameters are open while its signature is bound.
  Scope* saved = pushScope(false);
  for (size_t i = 0; i < s->names.size(); ++i)
    scope_->types.emplace_back(s->names[i], parameterType(true, static_cast<uint32_t>(i), s->names[i]));
  function->result = bindType(s->type);
  for (size_t i = 0; i + 1 < s->kids.size(); ++i) {
    const Syntax* from = s->kids[i];
    Param param;
    param.name = from->text;
    param.type = bindType(from->type);
    if ((from->flags & kOut) != 0) param.mode = Param::Mode::Out;
    if ((from->flags & kRef) != 0) param.mode = Param::Mode::Ref;
    if ((from->flags & kParams) != 0) param.mode = Param::Mode::Params;
    if (!from->kids.empty()) {
      Node* given = convert(expression(from->kids[0]), param.type);
      param.optional = true;
      if (const Value* value = constantOf(given)) param.default_value = *value;
    }
    function->params.push_back(std::move(param));
  }
  popScope(saved);
  scope_->functions.push_back(std::move(function));
}

// The function for these type arguments; bound at the end of its block, once.
Binder::LocalFunction::Instance* Binder::instantiate(LocalFunction& f, const std::vector<const Type*>& args) {
  for (const auto& known : f.instances)
    if (known->args == args) return known.get();
  if (f.instances.size() >= 50) {
    mistake(f.syntax->offset, "this generic function is used with too many types");
    return nullptr;
  }
  auto instance = std::make_unique<LocalFunction::Instance>();
  instance->args = args;
  auto* local = arena_.create<Local>();
  local->name = f.name;
  local->type = core().object;
  local->owner = f.owner;
  local->slot = f.owner->slots++;
  FunctionState* saved = state_;
  FunctionState at_owner;
  at_owner.function = f.owner;
  state_ = &at_owner;
  instance->function = newFunction(f.name);
  state_ = saved;
  local->local_function = instance->function;
  instance->local = local;
  f.scope->names.push_back(local);
  f.scope->locals->locals.push_back(local);
  f.instances.push_back(std::move(instance));
  return f.instances.back().get();
}

// Until nothing new is asked for: a body may call others, or itself with other types.
void Binder::bindLocalFunctions(Scope* scope) {
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < scope->functions.size(); ++i) {
      LocalFunction& f = *scope->functions[i];
      if (f.instances.empty() && f.syntax->names.empty()) instantiate(f, {});  // also unused ones must be right
      for (size_t k = 0; k < f.instances.size(); ++k) {
        if (f.instances[k]->bound) continue;
        f.instances[k]->bound = true;
        again = true;
        bindLocalFunction(f, *f.instances[k]);
      }
    }
  }
}

void Binder::bindLocalFunction(LocalFunction& f, LocalFunction::Instance& instance) {
  FunctionState state;
  state.parent = state_;
  state.function = instance.function;
  FunctionState* saved_state = state_;
  state_ = &state;
  Scope* saved = scope_;
  scope_ = f.scope;
  pushScope(false);
  scope_->function = state.function;
  scope_->locals = &state.function->scope;
  for (size_t i = 0; i < f.syntax->names.size(); ++i) scope_->types.emplace_back(f.syntax->names[i], instance.args[i]);
  for (size_t i = 0; i < f.params.size(); ++i) {
    Local* local =
        declare(f.params[i].name, substitute(f.params[i].type, {}, instance.args), f.syntax->kids[i]->offset);
    local->is_parameter = true;
    state.function->params.push_back(local);
    state.function->by_reference.push_back(f.params[i].mode == Param::Mode::Out ||
                                           f.params[i].mode == Param::Mode::Ref);
  }
  state.result = substitute(f.result, {}, instance.args);
  state.function->result = state.result;
  Syntax* body = f.syntax->kids.back();
  if (body->kind == Syn::Block) {
    if (containsYield(body)) {
      const Type* element = state.result->args.size() == 1 ? state.result->args[0] : core().object;
      state.function->element = element;
    }
    const bool reachable = statements(body->kids);
    finishGotos();
    endOfFunction(reachable && state.function->element == nullptr, body->end > 0 ? body->end - 1 : 0);
  } else {
    Node* node = expression(body);
    bindLocalFunctions(scope_);
    state.function->body = state.result->kind == TypeKind::Void && node->kind != NodeKind::Throw
                               ? valueOf(node)
                               : convert(node, state.result);
  }
  scope_ = saved;
  state_ = saved_state;
}

}  // namespace sluice::expression
