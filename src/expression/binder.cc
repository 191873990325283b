#include "expression/binder.h"

#include <algorithm>

#include "base/diagnostic.h"

namespace sluice::expression {
namespace {

constexpr int kMaxDepth = 2500;
constexpr uint32_t kMaxTurns = 1'000'000;
constexpr size_t kMaxMistakes = 50;

}  // namespace

Binder::Binder(std::string_view source, Arena& arena, Mistakes& mistakes)
    : source_(source), arena_(arena), mistakes_(mistakes) {}

std::optional<Bound> Binder::bind(Syntax* tree) {
  FunctionState state;
  state.function = newFunction("");
  state.result = core().object;
  state.function->result = core().object;
  state_ = &state;
  scope_ = nullptr;
  scopes_.push_back(std::make_unique<Scope>());
  scope_ = scopes_.back().get();
  scope_->function = state.function;
  scope_->locals = &state.function->scope;
  Local* context = declare("context", libraryType("IExpressionContext"), 0);
  context->is_parameter = true;
  context->read_only = true;
  state.function->params.push_back(context);
  noteAssigned(tree);
  if (tree->kind == Syn::Block) {
    const bool reachable = statements(tree->kids);
    finishGotos();
    endOfFunction(reachable, tree->end > 0 ? tree->end - 1 : 0);
  } else {
    Scope* saved = pushScope(false);
    Node* result = value(tree);
    bindLocalFunctions(scope_);
    popScope(saved);
    if (!isError(result) && result->type->kind == TypeKind::Void) mistake(tree->offset, "this gives no value");
    noteResult(result);
    state.function->body = convert(result, core().object);
  }
  if (turns_ > kMaxTurns) mistake(tree->offset, "this is too deeply nested to be understood in reasonable time");
  if (!mistakes_.empty()) return std::nullopt;
  Bound bound;
  bound.main = state.function;
  // A response or body that went somewhere we cannot follow may be read anywhere.
  if (usage_.untraced_body && usage_.effects.reads_response) usage_.effects.reads_response_body = true;
  if (usage_.untraced_consume) {
    usage_.effects.consumes_request_body = usage_.effects.reads_request_body;
    usage_.effects.consumes_response_body = usage_.effects.reads_response_body;
  }
  bound.usage = usage_;
  return bound;
}

// A result that may be, or hold, a JSON tree lets that tree out.
void Binder::noteResult(const Node* node) {
  const Type* type = node->type;
  if (type != nullptr && type->isNullable()) type = type->underlying();
  const bool closed = type != nullptr && (type->kind == TypeKind::Primitive || type->kind == TypeKind::String ||
                                          type->kind == TypeKind::Enum || type->kind == TypeKind::Null);
  if (!closed) usage_.mutates_trees = true;
}

// A variable that is declared without a value and never assigned cannot be read (C# 12.4, of which this is the part
// that needs no paths).
void Binder::noteAssigned(const Syntax* s) {
  if (s == nullptr) return;
  const bool steps = s->kind == Syn::Postfix || (s->kind == Syn::Unary && (s->text == "++" || s->text == "--"));
  const bool by_reference = s->kind == Syn::Argument && (s->flags & (kOut | kRef)) != 0;
  if ((s->kind == Syn::Assign || steps || by_reference) && !s->kids.empty()) noteTargets(s->kids[0]);
  for (const Syntax* kid : s->kids) noteAssigned(kid);
  noteAssigned(s->initializer);
}

void Binder::noteTargets(const Syntax* target) {
  if (target == nullptr) return;
  if (target->kind == Syn::Name) assigned_names_.insert(target->text);
  if (target->kind == Syn::Tuple || target->kind == Syn::Argument)
    for (const Syntax* kid : target->kids) noteTargets(kid);
}

// ---- Scopes --------------------------------------------------------------------------------------------------------

Binder::Scope* Binder::pushScope(bool new_locals) {
  Scope* saved = scope_;
  scopes_.push_back(std::make_unique<Scope>());
  Scope* scope = scopes_.back().get();
  scope->parent = saved;
  scope->function = state_->function;
  scope->locals = saved != nullptr && saved->function == state_->function ? saved->locals : nullptr;
  if (new_locals || scope->locals == nullptr) {
    scope_locals.push_back(std::make_unique<ScopeLocals>());
    scope->locals = scope_locals.back().get();
  }
  scope_ = scope;
  return saved;
}

Function* Binder::newFunction(std::string_view name) {
  functions.push_back(std::make_unique<Function>());
  Function* function = functions.back().get();
  function->name = name;
  function->parent = state_ != nullptr ? state_->function : nullptr;
  return function;
}

Local* Binder::declare(std::string_view name, const Type* type, uint32_t offset) {
  if (!name.empty()) {
    for (Scope* scope = scope_; scope != nullptr; scope = scope->parent) {
      // A lambda or local function may not reuse the names around it (C# 7).
      for (const Local* known : scope->names)
        if (known->name == name) {
          mistake(offset, "a variable named `" + std::string(name) + "` is already declared here or around here");
          break;
        }
    }
  }
  auto* local = arena_.create<Local>();
  local->name = name;
  local->type = type;
  local->offset = offset;
  local->owner = scope_->function;
  local->slot = scope_->function->slots++;
  scope_->names.push_back(local);
  scope_->locals->locals.push_back(local);
  return local;
}

Local* Binder::temporary(const Type* type) {
  auto* local = arena_.create<Local>();
  local->type = type;
  local->owner = state_->function;
  local->slot = state_->function->slots++;
  return local;
}

Local* Binder::findLocal(std::string_view name) {
  for (Scope* scope = scope_; scope != nullptr; scope = scope->parent)
    for (size_t i = scope->names.size(); i-- > 0;)
      if (scope->names[i]->name == name && scope->names[i]->local_function == nullptr) return scope->names[i];
  return nullptr;
}

Binder::LocalFunction* Binder::findLocalFunction(std::string_view name) {
  for (Scope* scope = scope_; scope != nullptr; scope = scope->parent)
    for (const auto& function : scope->functions)
      if (function->name == name) return function.get();
  return nullptr;
}

// The variable as `into` sees it: itself, or through the cell that every function between hands on.
Local* Binder::capture(Local* local, Function* into) {
  if (local->owner == into) return local;
  Local* outer = into->parent != nullptr ? capture(local, into->parent) : local;
  outer->captured = true;
  for (const Capture& known : into->captures)
    if (known.outer == outer) return known.inner;
  auto* inner = arena_.create<Local>(*local);
  inner->owner = into;
  inner->slot = into->slots++;
  inner->captured = true;
  inner->local_function = nullptr;
  into->captures.push_back({outer, inner});
  return inner;
}

const Local* Binder::reach(Local* local) {
  return capture(local, state_->function);
}

// ---- Mistakes ------------------------------------------------------------------------------------------------------

Node* Binder::errorNode(uint32_t offset) {
  return constant(Value(), core().error, offset);
}

Node* Binder::mistake(size_t offset, std::string message, std::string remedy) {
  if (mistakes_.size() < kMaxMistakes) mistakes_.push_back({offset, std::move(message), std::move(remedy)});
  return errorNode(static_cast<uint32_t>(offset));
}

std::string Binder::describe(const Node* node) const {
  switch (node->kind) {
    case NodeKind::Lambda:
      return "a lambda";
    case NodeKind::MethodGroup:
      return "a method";
    case NodeKind::TypeName:
      return "a type";
    case NodeKind::Namespace:
      return "a namespace";
    case NodeKind::Throw:
      return "throw";
    case NodeKind::TupleLiteral:
      return "a tuple";
    default:
      break;
  }
  if (node->type->kind == TypeKind::Null) return "null";
  return "`" + node->type->name + "`";
}

std::string Binder::suggestion(std::string_view name, const std::vector<std::string_view>& candidates) const {
  const std::string_view near = nearest(name, candidates);
  return near.empty() ? std::string{} : "did you mean `" + std::string(near) + "`?";
}

// ---- Nodes ---------------------------------------------------------------------------------------------------------

Node* Binder::constant(const Value& value, const Type* type, uint32_t offset) {
  auto* node = make<ConstantNode>(type, offset);
  node->kind = NodeKind::Constant;
  node->value = value;
  // Equal strings of one expression are one object, as C# interns them.
  if (value.isString()) {
    const std::string text(toUtf8(arena_, value));
    const auto [known, added] = strings_.try_emplace(text, value);
    if (known->second.tag() == value.tag()) node->value = known->second;
  }
  return node;
}

Node* Binder::nullOf(const Type* type, uint32_t offset) {
  return constant(Value(), type, offset);
}

const Value* Binder::constantOf(const Node* node) {
  return node->kind == NodeKind::Constant ? &static_cast<const ConstantNode*>(node)->value : nullptr;
}

Node* Binder::localNode(Local* local, uint32_t offset) {
  if (local->constant != nullptr) return constant(*local->constant, local->type, offset);
  if (local->never_assigned && !in_nameof_)
    return mistake(offset, "`" + std::string(local->name) + "` is used but never given a value");
  auto* node = make<LocalNode>(local->type, offset);
  node->local = reach(local);
  return node;
}

std::span<const Node*> Binder::list(const std::vector<Node*>& nodes) {
  const std::span<const Node*> kept = arena_.array<const Node*>(nodes.size());
  std::copy(nodes.begin(), nodes.end(), kept.begin());
  return kept;
}

std::span<const Type* const> Binder::typeList(const std::vector<const Type*>& types) {
  const std::span<const Type*> kept = arena_.array<const Type*>(types.size());
  std::copy(types.begin(), types.end(), kept.begin());
  return kept;
}

Node* Binder::sequence(std::vector<Node*> nodes, const Type* type, uint32_t offset) {
  if (nodes.size() == 1) return nodes[0];
  auto* node = make<SequenceNode>(type, offset);
  node->nodes = list(nodes);
  return node;
}

bool Binder::fold(const Node* node, Value& out) {
  Eval eval(nullptr, arena_, Limits{});
  Frame frame{eval, nullptr};
  out = node->eval(frame);
  if (!eval.failed()) return true;
  const std::string_view type = eval.pending()->type->def->name;
  mistake(node->offset,
          type == "DivideByZeroException" ? "this divides by a constant zero"
                                          : "this overflows, which is known already now",
          type == "DivideByZeroException" ? "" : "Use a wider type, or unchecked(...).");
  return false;
}

// The node as a constant when all its operands are.
Node* Binder::folded(Node* node, std::initializer_list<const Node*> operands) {
  for (const Node* operand : operands)
    if (operand->kind != NodeKind::Constant) return node;
  Value result;
  if (!fold(node, result)) return errorNode(node->offset);
  return constant(result, node->type, node->offset);
}

// ---- Expressions ---------------------------------------------------------------------------------------------------

Node* Binder::expression(Syntax* s) {
  // Lambdas and arrays are bound once per attempt: nested ones could go on for ever.
  if (++turns_ > kMaxTurns) return errorNode(s->offset);
  if (++depth_ > kMaxDepth) {
    --depth_;
    return mistake(s->offset, "this is nested too deeply");
  }
  Node* node = bindExpression(s);
  --depth_;
  return node;
}

Node* Binder::value(Syntax* s) {
  return valueOf(expression(s));
}

Node* Binder::valueOf(Node* node) {
  switch (node->kind) {
    case NodeKind::TypeName:
      return mistake(node->offset, "a type cannot be used as a value");
    case NodeKind::Namespace:
      return mistake(node->offset, "a namespace cannot be used as a value");
    case NodeKind::MethodGroup:
      return mistake(node->offset, "a method cannot be used as a value here", "Call it: add (...).");
    case NodeKind::Throw:
      return mistake(node->offset, "`throw` gives no value here");
    case NodeKind::Lambda:
      return mistake(node->offset, "a lambda has no type of its own",
                     "Say which, for example with a cast to Func<...>.");
    case NodeKind::TupleLiteral: {
      const auto* tuple = static_cast<TupleLiteralNode*>(node);
      std::vector<const Type*> types;
      std::vector<std::string> names;
      for (size_t i = 0; i < tuple->elements.size(); ++i) {
        if (tuple->elements[i]->kind == NodeKind::TupleLiteral)
          tuple->elements[i] = valueOf(const_cast<Node*>(tuple->elements[i]));
        const Node* element = tuple->elements[i];
        if (element->kind != NodeKind::Value && element->kind != NodeKind::Constant && element->type == nullptr)
          return mistake(element->offset, describe(element) + " has no type that a tuple could take");
        if (element->type->kind == TypeKind::Null) return mistake(element->offset, "null needs a type here");
        types.push_back(element->type);
        names.emplace_back(tuple->names[i]);
      }
      return convertTuple(tuple, tupleOf(std::move(types), std::move(names)));
    }
    default:
      return node;
  }
}

Node* Binder::bindExpression(Syntax* s) {
  switch (s->kind) {
    case Syn::Literal:
      return literal(s);
    case Syn::Interpolated:
      return interpolated(s);
    case Syn::Name:
      return name(s);
    case Syn::Member:
      return member(s);
    case Syn::ConditionalAccess:
      return conditionalAccess(s);
    case Syn::ConditionalReceiver:
      return conditional_receiver_;
    case Syn::Call:
      return call(s);
    case Syn::Index:
      return index(s);
    case Syn::New:
      return creation(s);
    case Syn::NewArray:
      return newArray(s);
    case Syn::ImplicitArray:
      return implicitArray(s);
    case Syn::Anonymous:
      return anonymous(s);
    case Syn::Unary:
      return unary(s);
    case Syn::Postfix:
      return increment(s, true);
    case Syn::Binary:
      return binary(s);
    case Syn::Assign:
      return assign(s);
    case Syn::Conditional:
      return conditional(s);
    case Syn::Cast:
      return castExpression(s);
    case Syn::Is:
      return isExpression(s);
    case Syn::As:
      return asExpression(s);
    case Syn::Lambda:
      return lambdaNode(s);
    case Syn::Tuple:
      return tuple(s);
    case Syn::Default: {
      const Type* type = bindType(s->type);
      if (type->isReference() || type->isNullable()) return nullOf(type, s->offset);
      if (type->kind == TypeKind::Void) return mistake(s->offset, "void has no value");
      auto* node = make<DefaultNode>(type, s->offset);
      return type->kind == TypeKind::Primitive || type->kind == TypeKind::Enum ? folded(node, {}) : node;
    }
    case Syn::TypeOf:
      return typeOf(s);
    case Syn::NameOf:
      return nameOf(s);
    case Syn::Checked:
      return checkedExpression(s);
    case Syn::Throw:
      return throwExpression(s);
    case Syn::Declaration:
      return mistake(s->offset, "a variable cannot be declared here");
    default:
      return mistake(s->offset, "an expression is expected here");
  }
}

}  // namespace sluice::expression
