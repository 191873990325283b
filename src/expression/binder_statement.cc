// Statements to code, with reachability.
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {

uint32_t Binder::emit(Op op, const Node* node, uint32_t target) {
  Instruction instruction{op};
  instruction.node = node;
  instruction.target = target;
  state_->function->code.push_back(instruction);
  return here() - 1;
}

void Binder::patch(const std::vector<uint32_t>& jumps, uint32_t target) {
  for (const uint32_t at : jumps) state_->function->code[at].target = target;
}

bool Binder::statement(Syntax* s) {
  if (++depth_ > 400) {
    --depth_;
    mistake(s->offset, "this is nested too deeply");
    return true;
  }
  const bool reachable = bindStatement(s);
  --depth_;
  return reachable;
}

bool Binder::bindStatement(Syntax* s) {
  switch (s->kind) {
    case Syn::Block:
      return block(s);
    case Syn::Local:
      localDeclaration(s);
      return true;
    case Syn::Evaluate:
      return evaluateStatement(s);
    case Syn::If:
      return ifStatement(s);
    case Syn::For:
      return forStatement(s);
    case Syn::Foreach:
      return foreachStatement(s);
    case Syn::While:
      return whileStatement(s);
    case Syn::Do:
      return doStatement(s);
    case Syn::Switch:
      return switchStatement(s);
    case Syn::Break:
    case Syn::Continue:
      return jump(s);
    case Syn::Goto:
    case Syn::GotoCase:
    case Syn::GotoDefault:
      return gotoStatement(s);
    case Syn::Label: {
      for (const auto& [known, at] : state_->labels)
        if (known == s->text) mistake(s->offset, "the label `" + std::string(s->text) + "` is there twice");
      state_->labels.emplace_back(s->text, here());
      return s->kids.empty() ? true : statement(s->kids[0]);
    }
    case Syn::Return:
      return returnStatement(s);
    case Syn::Throw:
      return throwStatement(s);
    case Syn::Try:
      return tryStatement(s);
    case Syn::Using:
      return usingStatement(s);
    case Syn::Function:
      return true;  // declared with its block
    case Syn::YieldReturn:
    case Syn::YieldBreak:
      return yieldStatement(s);
    case Syn::Checked: {
      const bool was_checked = checked_, was_unchecked = unchecked_;
      unchecked_ = (s->flags & kUnchecked) != 0;
      checked_ = !unchecked_;
      const bool reachable = statement(s->kids[0]);
      checked_ = was_checked;
      unchecked_ = was_unchecked;
      return reachable;
    }
    case Syn::Empty:
      return true;
    default:
      mistake(s->offset, "a statement is expected here");
      return true;
  }
}

bool Binder::block(Syntax* s) {
  return statements(s->kids);
}

// A new scope with these statements in it.
bool Binder::statements(std::span<Syntax*> all) {
  Scope* saved = pushScope();
  const uint32_t enter = emit(Op::EnterScope);
  state_->function->code[enter].scope = scope_->locals;
  for (Syntax* s : all)
    if (s->kind == Syn::Function) declareLocalFunction(s);
  bool reachable = true;
  for (Syntax* s : all) {
    if (s->kind == Syn::Label) reachable = true;  // something may jump there
    const bool ends = statement(s);
    reachable = reachable && ends;
  }
  bindLocalFunctions(scope_);
  popScope(saved);
  return reachable;
}

void Binder::localDeclaration(Syntax* s) {
  const bool is_var = s->type->kind == Syn::TypeName && s->type->text == "var" && s->type->types.empty();
  const Type* type = is_var ? nullptr : bindType(s->type);
  if (type != nullptr && type->kind == TypeKind::Void) {
    mistake(s->offset, "a variable cannot be void");
    type = core().error;
  }
  if (type != nullptr && type->def != nullptr && type->def->is_static)
    mistake(s->offset, "a static class has no values");
  if (is_var && s->kids.size() > 1)
    mistake(s->offset, "var can declare one variable only", "Write a declaration each.");
  if (is_var && (s->flags & kConst) != 0) mistake(s->offset, "a constant needs its type written");
  for (Syntax* one : s->kids) declarator(one, s->type, type, s->flags);
}

void Binder::declarator(Syntax* s, Syntax* type_syntax, const Type* type, uint8_t flags) {
  Node* initial = nullptr;
  // int[] a = { 1, 2 };
  if (!s->kids.empty() && s->kids[0]->kind == Syn::Initializer) {
    if (type == nullptr || type->kind != TypeKind::Array) {
      mistake(s->kids[0]->offset, "{ ... } alone can only fill an array whose type is written", "Write new[] { ... }.");
      initial = errorNode(s->offset);
    } else {
      initial = arrayFrom(type->element(), type->rank, s->kids[0], s->kids[0]->offset);
    }
  }
  // A lambda may call the variable that it is assigned to, so that one is declared first when its type is known.
  Local* local = nullptr;
  if (type != nullptr) local = declare(s->text, type, s->offset);
  if (!s->kids.empty() && initial == nullptr) {
    initial = expression(s->kids[0]);
    if (type == nullptr) {
      if (initial->kind == NodeKind::Lambda || initial->kind == NodeKind::MethodGroup) {
        initial = mistake(type_syntax->offset, "var cannot take its type from " + describe(initial),
                          "Write the type, for example Func<int, int>.");
      } else {
        initial = valueOf(initial);
      }
      if (initial->type->kind == TypeKind::Null)
        initial = mistake(type_syntax->offset, "var cannot take its type from null", "Write the type.");
      if (initial->type->kind == TypeKind::Void) initial = mistake(s->kids[0]->offset, "this gives no value");
      type = initial->type;
    } else {
      initial = convert(initial, type);
    }
  }
  if (type == nullptr) {
    mistake(s->offset, "a variable declared with var needs a value");
    type = core().error;
  }
  if (local == nullptr) local = declare(s->text, type, s->offset);
  if ((flags & kConst) != 0) {
    const Value* value = initial != nullptr ? constantOf(initial) : nullptr;
    local->read_only = true;
    if (value == nullptr && (initial == nullptr || !isError(initial)))
      mistake(s->offset, "a constant needs a value that is known already now");
    if (value != nullptr) local->constant = arena_.create<Value>(*value);
    return;
  }
  Node* target = localNode(local, s->offset);
  // Without a value it starts as default(T) each time control comes here, as in a loop.
  if (initial == nullptr) {
    if (type->kind == TypeKind::Error) return;
    local->never_assigned = !assigned_names_.contains(local->name);
    auto* fresh = make<DefaultNode>(type, s->offset);
    initial = fresh;
  }
  auto* assigned = make<AssignNode>(type, s->offset);
  assigned->target = target;
  assigned->value = initial;
  emit(Op::Evaluate, assigned);
}

// What C# lets stand as a statement, and as the body of a lambda that returns nothing.
bool Binder::standsAlone(const Syntax* s) {
  return s->kind == Syn::Call || s->kind == Syn::Assign || s->kind == Syn::Postfix || s->kind == Syn::New ||
         s->kind == Syn::ConditionalAccess || (s->kind == Syn::Unary && (s->text == "++" || s->text == "--"));
}

bool Binder::evaluateStatement(Syntax* s) {
  Node* node = expression(s->kids[0]);
  if (node->type != nullptr && isError(node)) return true;
  node = valueOf(node);
  const bool allowed = s->flags != 0 || standsAlone(s->kids[0]) || node->kind == NodeKind::Throw;
  if (!allowed && !isError(node))
    mistake(s->offset, "only a call, an assignment, ++, -- or new can stand as a statement", "Did you forget return?");
  emit(Op::Evaluate, node);
  return node->kind != NodeKind::Throw;
}

bool Binder::ifStatement(Syntax* s) {
  // What the condition declares lives on behind the statement: if (!(o is string s)) return; ... s ...
  Node* condition = boolean(s->kids[0]);
  const Value* known = constantOf(condition);
  const uint32_t to_else = emit(Op::JumpIfFalse, condition);
  bool reachable = statement(s->kids[1]);
  const bool always = known != nullptr && known->tag() == Tag::Bool && known->asBool();
  const bool never = known != nullptr && known->tag() == Tag::Bool && !known->asBool();
  if (never) reachable = false;
  if (s->kids.size() > 2) {
    const uint32_t to_end = emit(Op::Jump);
    patch({to_else}, here());
    const bool other = statement(s->kids[2]);
    patch({to_end}, here());
    reachable = reachable || (other && !always);
  } else {
    patch({to_else}, here());
    reachable = reachable || !always;
  }
  return reachable;
}

bool Binder::whileStatement(Syntax* s) {
  Scope* saved = pushScope();
  const uint32_t start = here();
  const uint32_t enter = emit(Op::EnterScope);
  state_->function->code[enter].scope = scope_->locals;
  Node* condition = boolean(s->kids[0]);
  const Value* known = constantOf(condition);
  const uint32_t out = emit(Op::JumpIfFalse, condition);
  state_->loops.emplace_back();
  statement(s->kids[1]);
  const Loop loop = state_->loops.back();
  state_->loops.pop_back();
  emit(Op::Jump, nullptr, start);
  patch({out}, here());
  patch(loop.breaks, here());
  patch(loop.continues, start);
  popScope(saved);
  const bool for_ever = known != nullptr && known->tag() == Tag::Bool && known->asBool();
  return !for_ever || loop.broken;
}

bool Binder::doStatement(Syntax* s) {
  const uint32_t start = here();
  state_->loops.emplace_back();
  const bool reachable = statement(s->kids[0]);
  const Loop loop = state_->loops.back();
  state_->loops.pop_back();
  const uint32_t test = here();
  Node* condition = boolean(s->kids[1]);
  const Value* known = constantOf(condition);
  emit(Op::JumpIfTrue, condition, start);
  patch(loop.breaks, here());
  patch(loop.continues, test);
  const bool for_ever = known != nullptr && known->tag() == Tag::Bool && known->asBool();
  return loop.broken || ((reachable || !loop.continues.empty()) && !for_ever);
}

bool Binder::forStatement(Syntax* s) {
  Scope* saved = pushScope();
  const uint32_t enter = emit(Op::EnterScope);
  state_->function->code[enter].scope = scope_->locals;
  for (Syntax* first : s->kids[0]->kids) statement(first);
  const uint32_t start = here();
  Node* condition = s->kids[1] != nullptr ? boolean(s->kids[1]) : nullptr;
  const Value* known = condition != nullptr ? constantOf(condition) : nullptr;
  std::vector<uint32_t> out;
  if (condition != nullptr) out.push_back(emit(Op::JumpIfFalse, condition));
  state_->loops.emplace_back();
  statement(s->kids[3]);
  const Loop loop = state_->loops.back();
  state_->loops.pop_back();
  const uint32_t next = here();
  for (Syntax* last : s->kids[2]->kids) statement(last);
  emit(Op::Jump, nullptr, start);
  patch(out, here());
  patch(loop.breaks, here());
  patch(loop.continues, next);
  popScope(saved);
  const bool for_ever = condition == nullptr || (known != nullptr && known->tag() == Tag::Bool && known->asBool());
  return !for_ever || loop.broken;
}

// A class with a GetEnumerator of its own is walked by what that gives, whatever its interfaces say.
Node* Binder::enumerable(Node* node) {
  for (const Type* t = node->type; t != nullptr && t->kind == TypeKind::Class && t->def != nullptr; t = t->base)
    for (const Member& member : t->def->members()) {
      if (member.name != "GetEnumerator" || !member.params.empty()) continue;
      auto* call = make<CallNode>(substitute(member.type, t->args, {}), node->offset);
      call->member = &member;
      call->receiver = t;
      call->args = list({node});
      call->checks_receiver = true;
      return call;
    }
  return node;
}

bool Binder::foreachStatement(Syntax* s) {
  Node* sequence_node = value(s->kids[0]);
  const Type* element = core().error;
  if (!isError(sequence_node)) {
    element = elementOfSequence(sequence_node->type);
    if (element == nullptr) {
      mistake(s->kids[0]->offset, describe(sequence_node) + " cannot be walked with foreach");
      element = core().error;
    }
    sequence_node = enumerable(sequence_node);
  }
  const bool is_var = s->type->kind == Syn::TypeName && s->type->text == "var";
  const bool apart = s->kids.size() > 2;
  const Type* declared = is_var || apart ? element : bindType(s->type);
  Local* enumerator = temporary(core().object);
  const uint32_t begin = emit(Op::ForeachStart, sequence_node);
  state_->function->code[begin].slot = enumerator->slot;
  Scope* saved = pushScope();
  Local* raw = declare(apart ? std::string_view{} : s->text, declared, s->offset);
  raw->is_parameter = true;  // its cell takes over what the loop put into the slot
  raw->read_only = true;
  const uint32_t next = emit(Op::ForeachNext);
  state_->function->code[next].slot = enumerator->slot;
  state_->function->code[next].local = raw;
  const auto needs_cast = [&] { return declared != element && element->kind != TypeKind::Error; };
  if (needs_cast()) {
    // foreach (string x in objects): a cast for each.
    auto* read = make<LocalNode>(element, s->offset);
    auto* slot = arena_.create<Local>();
    slot->slot = raw->slot;
    slot->type = element;
    read->local = slot;
    auto* store = make<AssignNode>(declared, s->offset);
    auto* target = make<LocalNode>(declared, s->offset);
    target->local = slot;
    store->target = target;
    store->value = castTo(read, declared, s->offset);
    emit(Op::Evaluate, store);
  }
  const uint32_t enter = emit(Op::EnterScope);
  state_->function->code[enter].scope = scope_->locals;
  if (apart) emit(Op::Evaluate, deconstruct(s->kids[2]->kids, is_var, localNode(raw, s->offset), s->offset));
  state_->loops.emplace_back();
  statement(s->kids[1]);
  const Loop loop = state_->loops.back();
  state_->loops.pop_back();
  emit(Op::Jump, nullptr, next);
  state_->function->code[next].target = here();
  patch(loop.breaks, here());
  patch(loop.continues, next);
  popScope(saved);
  return true;
}

bool Binder::jump(Syntax* s) {
  const bool is_break = s->kind == Syn::Break;
  for (size_t i = state_->loops.size(); i-- > 0;) {
    Loop& loop = state_->loops[i];
    if (loop.in_finally) break;
    if (!is_break && loop.is_switch) continue;
    (is_break ? loop.breaks : loop.continues).push_back(emit(Op::Leave));
    if (is_break) loop.broken = true;
    return false;
  }
  mistake(s->offset, is_break ? "there is no loop or switch to break out of" : "there is no loop to continue");
  return false;
}

bool Binder::gotoStatement(Syntax* s) {
  if (s->kind == Syn::Goto) {
    state_->gotos.push_back({s->text, emit(Op::Leave), s->offset});
    return false;
  }
  if (state_->switches.empty()) {
    mistake(s->offset, "this goto belongs into a switch");
    return false;
  }
  SwitchLabels& labels = state_->switches.back();
  if (s->kind == Syn::GotoDefault) {
    labels.jumps.emplace_back(emit(Op::Leave), -1);
    return false;
  }
  Node* node = value(s->kids[0]);
  if (isError(node)) return false;
  const Value* known = constantOf(node);
  if (known == nullptr) {
    mistake(s->offset, "goto case needs a constant");
    return false;
  }
  Eval eval(nullptr, arena_, Limits{});
  for (const auto& [value, section] : labels.cases)
    if (valueEquals(eval, value, *known)) {
      labels.jumps.emplace_back(emit(Op::Leave), section);
      return false;
    }
  mistake(s->offset, "there is no such case");
  return false;
}

void Binder::finishGotos() {
  for (const FunctionState::Goto& jump_to : state_->gotos) {
    bool found = false;
    for (const auto& [label, at] : state_->labels)
      if (label == jump_to.name) {
        state_->function->code[jump_to.instruction].target = at;
        found = true;
      }
    if (!found) mistake(jump_to.offset, "there is no label `" + std::string(jump_to.name) + "`");
  }
  state_->gotos.clear();
}

bool Binder::returnStatement(Syntax* s) {
  if (state_->depth_of_finally > 0) mistake(s->offset, "a finally block cannot return");
  if (state_->function->element != nullptr) {
    mistake(s->offset, "an iterator cannot return", "Use yield return.");
    return false;
  }
  Node* node = s->kids.empty() ? nullptr : expression(s->kids[0]);
  if (state_->is_lambda) {
    if (node == nullptr) {
      state_->returns_nothing = true;
    } else {
      if (node->kind == NodeKind::TypeName || node->kind == NodeKind::Namespace || node->kind == NodeKind::TupleLiteral)
        node = valueOf(node);
      state_->returned.push_back(node);
    }
    emit(Op::Return, node);
    return false;
  }
  const bool nothing = state_->result->kind == TypeKind::Void;
  if (node == nullptr) {
    if (!nothing) mistake(s->offset, "a value must be returned here");
    emit(Op::Return);
    return false;
  }
  if (nothing) mistake(s->offset, "this function returns nothing");
  if (state_->parent == nullptr) noteResult(node);
  if (node->type != nullptr && node->type->kind == TypeKind::Void) {
    mistake(s->kids[0]->offset, "this gives no value");
    return false;
  }
  emit(Op::Return, nothing ? node : convert(node, state_->result));
  return false;
}

void Binder::endOfFunction(bool reachable, uint32_t offset) {
  if (reachable && state_->result->kind != TypeKind::Void && state_->function->element == nullptr)
    mistake(offset,
            state_->function->name.empty()
                ? "not every path returns a value"
                : "not every path of `" + std::string(state_->function->name) + "` returns a value",
            "Add a return at the end.");
}

bool Binder::throwStatement(Syntax* s) {
  if (s->kids.empty()) {
    if (state_->catch_slot < 0) {
      mistake(s->offset, "throw alone can only stand in a catch block");
      return false;
    }
    const uint32_t at = emit(Op::Throw);
    state_->function->code[at].slot = static_cast<uint32_t>(state_->catch_slot);
    return false;
  }
  Node* node = value(s->kids[0]);
  if (isError(node)) return false;
  if (node->type->kind != TypeKind::Null && !isReferenceAssignable(node->type, core().exception))
    mistake(s->kids[0]->offset, "only an exception can be thrown; this is " + describe(node));
  emit(Op::Throw, node);
  return false;
}

bool Binder::yieldStatement(Syntax* s) {
  if (state_->function->element == nullptr) {
    mistake(s->offset, "yield can only stand in a local function that returns IEnumerable<T>");
    return true;
  }
  if (s->kind == Syn::YieldBreak) {
    emit(Op::Return);
    return false;
  }
  emit(Op::Yield, convert(expression(s->kids[0]), state_->function->element));
  return true;
}

}  // namespace sluice::expression
