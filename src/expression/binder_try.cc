// try, using and switch.
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {

bool Binder::tryStatement(Syntax* s) {
  Syntax* last = s->kids.back();
  const bool has_finally = last->kind == Syn::Finally;
  // Cells of the caught exceptions must be there before a handler fills them.
  scope_locals.push_back(std::make_unique<ScopeLocals>());
  ScopeLocals* caught = scope_locals.back().get();
  state_->function->code[emit(Op::EnterScope)].scope = caught;
  const uint32_t begin = here();
  std::vector<uint32_t> exits;
  bool reachable = statement(s->kids[0]);
  exits.push_back(emit(Op::Leave));
  const uint32_t end = here();
  std::vector<const Type*> covered;
  for (size_t i = 1; i + (has_finally ? 1 : 0) < s->kids.size(); ++i) {
    Syntax* clause = s->kids[i];
    catchClause(clause, {begin, end, caught}, exits, reachable);
    const Type* type = state_->function->handlers.back().type;
    const Type* taken = type != nullptr ? type : core().exception;
    for (const Type* known : covered)
      if (type != nullptr && type->kind != TypeKind::Error && isReferenceAssignable(type, known)) {
        mistake(clause->offset, "a catch before this one takes all that it would", "Put the more special one first.");
        break;
      }
    if (clause->kids.size() < 2 && taken->kind != TypeKind::Error) covered.push_back(taken);
  }
  if (has_finally) {
    Handler handler;
    handler.begin = begin;
    handler.end = here();
    handler.is_finally = true;
    handler.entry = here();
    handler.slot = temporary(core().object)->slot;
    Loop barrier;
    barrier.in_finally = true;
    state_->loops.push_back(barrier);
    ++state_->depth_of_finally;
    const bool ends = statement(last->kids[0]);
    --state_->depth_of_finally;
    state_->loops.pop_back();
    const uint32_t at = emit(Op::EndFinally);
    state_->function->code[at].slot = handler.slot;
    state_->function->handlers.push_back(handler);
    reachable = reachable && ends;
  }
  patch(exits, here());
  return reachable;
}

void Binder::catchClause(Syntax* s, const Protected& range, std::vector<uint32_t>& exits, bool& reachable) {
  Scope* saved = pushScope(false);
  scope_->locals = range.caught;
  Handler handler;
  handler.begin = range.begin;
  handler.end = range.end;
  handler.slot = temporary(core().object)->slot;
  if (s->type != nullptr) {
    handler.type = bindType(s->type);
    if (handler.type->kind != TypeKind::Error && !isReferenceAssignable(handler.type, core().exception))
      mistake(s->type->offset, "`" + handler.type->name + "` is no exception");
    if (!s->text.empty()) {
      Local* local = declare(s->text, handler.type, s->offset);
      handler.local = reach(local);
    }
  }
  const int outer_slot = state_->catch_slot;
  state_->catch_slot = static_cast<int>(handler.slot);
  if (s->kids.size() > 1) handler.guard = boolean(s->kids[1]);
  handler.entry = here();
  const bool ends = statement(s->kids[0]);
  exits.push_back(emit(Op::Leave));
  state_->catch_slot = outer_slot;
  state_->function->handlers.push_back(handler);
  reachable = reachable || ends;
  popScope(saved);
}

// Nothing in the library holds anything: using is its body, with the variable in scope.
bool Binder::usingStatement(Syntax* s) {
  Scope* saved = pushScope();
  const uint32_t enter = emit(Op::EnterScope);
  state_->function->code[enter].scope = scope_->locals;
  const auto check = [&](const Type* type, size_t offset) {
    if (type->kind != TypeKind::Error && !isReferenceAssignable(type, core().disposable))
      mistake(offset, "`" + type->name + "` is not IDisposable");
  };
  if (s->kids[0]->kind == Syn::Local) {
    localDeclaration(s->kids[0]);
    for (Local* local : scope_->names) {
      local->read_only = true;
      check(local->type, local->offset);
    }
  } else {
    Node* node = value(s->kids[0]);
    check(node->type, node->offset);
    emit(Op::Evaluate, node);
  }
  const bool reachable = statement(s->kids[1]);
  popScope(saved);
  return reachable;
}

namespace {

// Is there a `case var x` without a guard?
bool takesAll(const Syntax* s) {
  for (const Syntax* section : s->kids.subspan(1))
    for (const Syntax* label : section->kids.first(section->number))
      if (label->kind == Syn::Case && label->kids.size() == 1 && label->kids[0]->kind == Syn::PatternVar) return true;
  return false;
}

}  // namespace

bool Binder::switchStatement(Syntax* s) {
  Node* subject = value(s->kids[0]);
  if (isError(subject)) return true;
  Local* kept = temporary(subject->type);
  auto* target = make<LocalNode>(subject->type, s->offset);
  target->local = kept;
  auto* store = make<AssignNode>(subject->type, s->offset);
  store->target = target;
  store->value = subject;
  emit(Op::Evaluate, store);
  state_->loops.emplace_back();
  state_->loops.back().is_switch = true;
  state_->switches.emplace_back();
  Scope* saved = pushScope();
  const uint32_t enter = emit(Op::EnterScope);
  state_->function->code[enter].scope = scope_->locals;
  // First all the tests, in order, then the bodies.
  const size_t sections = s->kids.size() - 1;
  std::vector<std::vector<uint32_t>> to_body(sections);
  std::vector<Scope*> section_scopes;
  for (size_t i = 0; i < sections; ++i) {
    Syntax* section = s->kids[i + 1];
    Scope* before = pushScope(false);
    for (size_t k = 0; k < section->number; ++k) switchLabel(section->kids[k], kept, static_cast<int>(i), to_body[i]);
    section_scopes.push_back(scope_);
    popScope(before);
  }
  const uint32_t otherwise = emit(Op::Jump);
  std::vector<uint32_t> starts;
  bool reachable = false;
  for (size_t i = 0; i < sections; ++i) {
    Syntax* section = s->kids[i + 1];
    starts.push_back(here());
    patch(to_body[i], here());
    Scope* before = scope_;
    scope_ = section_scopes[i];
    bool ends = true;
    for (Syntax* one : section->kids.subspan(section->number)) {
      const size_t known = scope_->names.size();
      ends = statement(one) && ends;
      // What a section declares is in scope in all of the switch; what its patterns declare is not.
      if (one->kind == Syn::Local)
        for (; scope_->names.size() > known; scope_->names.pop_back())
          scope_->parent->names.push_back(scope_->names.back());
    }
    scope_ = before;
    if (ends && section->kids.size() >= section->number) {
      mistake(section->offset, "control falls out of this case", "End it with break, return, throw or goto case.");
    }
  }
  const SwitchLabels labels = state_->switches.back();
  const Loop loop = state_->loops.back();
  state_->switches.pop_back();
  state_->loops.pop_back();
  const bool has_default = labels.default_section >= 0;
  patch({otherwise}, has_default ? starts[static_cast<size_t>(labels.default_section)] : here());
  for (const auto& [instruction, section] : labels.jumps) {
    const int to = section >= 0 ? section : labels.default_section;
    if (to < 0) {
      mistake(s->offset, "there is no default to go to");
      continue;
    }
    patch({instruction}, starts[static_cast<size_t>(to)]);
  }
  patch(loop.breaks, here());
  bindLocalFunctions(scope_);
  popScope(saved);
  reachable = loop.broken || !(has_default || takesAll(s));
  return reachable;
}

void Binder::switchLabel(Syntax* label, Local* subject, int section, std::vector<uint32_t>& to_body) {
  SwitchLabels& labels = state_->switches.back();
  if (label->kind == Syn::DefaultLabel) {
    if (labels.default_section >= 0) mistake(label->offset, "there is a default already");
    labels.default_section = section;
    return;
  }
  auto* read = make<LocalNode>(subject->type, label->offset);
  read->local = subject;
  Node* test = patternNode(read, label->kids[0]);
  if (isError(test)) return;
  const auto* pattern = dynamic_cast<const PatternNode*>(test);
  const bool guarded = label->kids.size() > 1;
  if (pattern != nullptr && pattern->constant != nullptr && !guarded) {
    const Value value = *constantOf(pattern->constant);
    Eval eval(nullptr, arena_, Limits{});
    for (const auto& [known, at] : labels.cases)
      if (known.isNull() == value.isNull() && (value.isNull() || valueEquals(eval, known, value)))
        mistake(label->offset, "this case is there twice");
    labels.cases.emplace_back(value, section);
  }
  if (guarded) {
    Node* guard = boolean(label->kids[1]);
    auto* both = make<LogicalNode>(core().boolean, label->offset);
    both->left = test;
    both->right = guard;
    test = both;
  }
  to_body.push_back(emit(Op::JumpIfTrue, test));
}

}  // namespace sluice::expression
