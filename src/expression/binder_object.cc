// Object, array, tuple and anonymous creation, with their initialisers; interpolated strings.
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {

Node* Binder::creation(Syntax* s) {
  const Type* type = bindType(s->type);
  std::vector<Arg> args;
  Node* made = nullptr;
  if (type->kind == TypeKind::Delegate && s->kids.size() == 1) {  // new Func<int>(...)
    args = bindArguments(s->kids);
    return args[0].node != nullptr ? castTo(args[0].node, type, s->offset) : errorNode(s->offset);
  }
  args = bindArguments(s->kids);
  if (type->kind == TypeKind::Error) return errorNode(s->offset);
  for (const Arg& arg : args)
    if (arg.node != nullptr && arg.node->type != nullptr && isError(arg.node)) return errorNode(s->offset);
  made = createObject(type, args, s->offset);
  if (s->initializer == nullptr || isError(made)) return made;
  return initialise(made, s->initializer, s->offset);
}

Node* Binder::createObject(const Type* type, std::vector<Arg>& args, uint32_t offset) {
  if (type->kind == TypeKind::Tuple || type->def == nullptr || type->kind == TypeKind::Interface ||
      type->def->is_static || type->def->is_abstract || type->kind == TypeKind::Enum) {
    if (type->isValue() && args.empty()) return make<DefaultNode>(type, offset);
    return mistake(offset, "`" + type->name + "` cannot be created with new");
  }
  std::vector<Candidate> all;
  for (const Member& member : type->def->members()) {
    if (member.kind != MemberKind::Constructor) continue;
    Candidate c;
    c.member = &member;
    c.receiver = type;
    all.push_back(c);
    if (!member.params.empty() && member.params.back().mode == Param::Mode::Params) {
      c.expanded = true;
      all.push_back(c);
    }
  }
  std::vector<Candidate> good;
  for (Candidate& c : all)
    if (prepare(c, args, {}) && applicable(c, args)) good.push_back(c);
  if (const Candidate* chosen = best(good, args)) {
    Node* call = callCandidate(*chosen, nullptr, args, offset);
    call->type = type;
    return call;
  }
  if (type->isValue() && args.empty()) return make<DefaultNode>(type, offset);
  MethodGroupNode group;
  group.name = type->name;
  return noOverload(&group, all, args, offset);
}

// new T { ... }: the object in a temporary, then a step for each element.
Node* Binder::initialise(Node* made, Syntax* initializer, uint32_t offset) {
  Local* into = temporary(made->type);
  auto* target = make<LocalNode>(made->type, offset);
  target->local = into;
  auto* assign_first = make<AssignNode>(made->type, offset);
  assign_first->target = target;
  assign_first->value = made;
  std::vector<Node*> steps = {assign_first};
  initialiseInto(into, initializer, steps);
  steps.push_back(target);
  return sequence(std::move(steps), made->type, offset);
}

void Binder::initialiseInto(Local* into, Syntax* initializer, std::vector<Node*>& steps) {
  for (Syntax* element : initializer->kids) initialiseMember(into, element, steps);
}

void Binder::initialiseMember(Local* into, Syntax* element, std::vector<Node*>& steps) {
  auto* target = make<LocalNode>(into->type, element->offset);
  target->local = into;
  const bool named = element->kind == Syn::InitMember;
  if (named || element->kind == Syn::InitIndex) {
    Node* place = nullptr;
    if (named) {
      auto* access = arena_.create<Syntax>(*element);
      access->kind = Syn::Member;
      place = instanceMember(target, access);
    } else {
      std::vector<Arg> args = bindArguments(element->kids.subspan(1));
      place = indexNode(target, args, element->offset);
    }
    if (place->type != nullptr && isError(place)) return;
    place = valueOf(place);
    if (element->kids[0]->kind == Syn::Initializer) {
      Local* inner = temporary(place->type);
      auto* inner_node = make<LocalNode>(place->type, element->offset);
      inner_node->local = inner;
      auto* read = make<AssignNode>(place->type, element->offset);
      read->target = inner_node;
      read->value = place;
      steps.push_back(read);
      initialiseInto(inner, element->kids[0], steps);
      return;
    }
    if (!checkAssignable(place, element->offset)) return;
    steps.push_back(assignTo(place, expression(element->kids[0]), element->offset));
    return;
  }
  // Add(...)
  auto* group = make<MethodGroupNode>(nullptr, element->offset);
  group->kind = NodeKind::MethodGroup;
  group->receiver = target;
  group->receiver_type = into->type;
  group->name = "Add";
  std::vector<Arg> args;
  const std::span<Syntax*> values = element->kind == Syn::Initializer ? element->kids : std::span<Syntax*>(&element, 1);
  for (Syntax* one : values) {
    Arg arg;
    arg.node = expression(one);
    if (arg.node->kind == NodeKind::TypeName || arg.node->kind == NodeKind::TupleLiteral) arg.node = valueOf(arg.node);
    if (arg.node->type != nullptr && isError(arg.node)) return;
    args.push_back(arg);
  }
  if (elementOfSequence(into->type) == nullptr || !hasMethod(into->type, "Add", false)) {
    mistake(element->offset, "`" + into->type->name + "` cannot be filled with { }: it has no Add");
    return;
  }
  steps.push_back(callGroup(group, args, element->offset, nullptr));
}

Node* Binder::newArray(Syntax* s) {
  const Type* element = bindType(s->type);
  if (element->kind == TypeKind::Error) return errorNode(s->offset);
  const auto rank = static_cast<uint8_t>(std::min<uint32_t>(s->number, 8));
  if (s->initializer != nullptr) {
    // A size beside an initializer only repeats it.
    for (Syntax* size : s->kids) {
      Node* bound = convert(value(size), core().int32);
      if (isError(bound)) return bound;
      const Value* known = constantOf(bound);
      if (known == nullptr) return mistake(size->offset, "a size beside { elements } must be a constant");
      // Rows have their sizes checked against each other; each level's first row against what is written.
      const Syntax* row = s->initializer;
      for (const Syntax* outer : s->kids) {
        if (outer == size || row->kids.empty()) break;
        row = row->kids[0];
      }
      if (row->kind == Syn::Initializer && known->asInt64() != static_cast<int64_t>(row->kids.size()))
        return mistake(size->offset, "the array has " + std::to_string(row->kids.size()) + " elements here");
    }
    return arrayFrom(element, rank, s->initializer, s->offset);
  }
  auto* node = make<NewArrayNode>(arrayOf(element, rank), s->offset);
  std::vector<Node*> sizes;
  for (Syntax* size : s->kids) {
    Node* bound = value(size);
    if (const Value* known = constantOf(bound);
        known != nullptr && bound->type->isIntegral() && known->asInt64() < 0 && bound->type->tag != Tag::UInt64)
      return mistake(size->offset, "an array cannot have a negative size");
    const bool wide = bound->type->isIntegral() && !classify(bound, core().int32);
    sizes.push_back(wide ? bound : convert(bound, core().int32));
  }
  if (sizes.empty()) return mistake(s->offset, "an array needs a size or { elements }");
  node->sizes = list(sizes);
  return node;
}

Node* Binder::implicitArray(Syntax* s) {
  std::vector<Syntax*> flat;
  const auto gather = [&](const auto& self, Syntax* initializer, size_t level) -> void {
    for (Syntax* kid : initializer->kids) {
      if (level > 1 && kid->kind == Syn::Initializer) {
        self(self, kid, level - 1);
      } else {
        flat.push_back(kid);
      }
    }
  };
  gather(gather, s->initializer, s->number);
  const size_t mistakes_before = mistakes_.size();
  const int slots_before = static_cast<int>(scope_->names.size());
  std::vector<const Type*> types;
  for (Syntax* one : flat) {
    Node* node = expression(one);
    if (node->kind == NodeKind::TupleLiteral) node = valueOf(node);
    if (node->type == nullptr) continue;
    if (isError(node)) return node;
    types.push_back(node->type);
  }
  if (mistakes_.size() > mistakes_before) return errorNode(s->offset);
  // What the elements declared is declared again when they are bound for good.
  scope_->names.resize(static_cast<size_t>(slots_before));
  const Type* element = bestCommonType(types);
  if (element == nullptr || types.size() > flat.size())
    return mistake(s->offset, "the elements have no common type", "Write it: new object[] { ... }.");
  return arrayFrom(element, static_cast<uint8_t>(s->number), s->initializer, s->offset);
}

void Binder::flatten(Syntax* initializer, size_t level, size_t rank, const Type* element,
                     std::vector<uint32_t>& lengths, std::vector<Node*>& out) {
  const auto count = static_cast<uint32_t>(initializer->kids.size());
  if (lengths.size() == level) {
    lengths.push_back(count);
  } else if (lengths[level] != count) {
    mistake(initializer->offset, "every row must have the same number of elements");
  }
  for (Syntax* kid : initializer->kids) {
    if (level + 1 < rank && kid->kind == Syn::Initializer) {
      flatten(kid, level + 1, rank, element, lengths, out);
    } else if (level + 1 < rank || kid->kind == Syn::Initializer) {
      mistake(kid->offset, level + 1 < rank ? "a row { ... } is expected here" : "an element is expected here");
    } else {
      out.push_back(convert(expression(kid), element));
    }
  }
}

Node* Binder::arrayFrom(const Type* element, uint8_t rank, Syntax* initializer, uint32_t offset) {
  auto* node = make<NewArrayNode>(arrayOf(element, rank), offset);
  std::vector<uint32_t> lengths;
  std::vector<Node*> elements;
  flatten(initializer, 0, rank, element, lengths, elements);
  node->elements = list(elements);
  node->has_elements = true;
  if (rank > 1) {
    lengths.resize(rank, 0);
    const std::span<uint32_t> kept = arena_.array<uint32_t>(lengths.size());
    std::copy(lengths.begin(), lengths.end(), kept.begin());
    node->lengths = kept;
  }
  return node;
}

Node* Binder::anonymous(Syntax* s) {
  std::vector<const Type*> types;
  std::vector<std::string> names;
  std::vector<Node*> members;
  for (Syntax* member : s->kids) {
    Node* node = value(member->kids[0]);
    if (isError(node)) return node;
    if (node->type->kind == TypeKind::Null || node->type->kind == TypeKind::Void)
      return mistake(node->offset, describe(node) + " gives member `" + std::string(member->text) + "` no type",
                     "Cast it, for example (string)null.");
    if (std::find(names.begin(), names.end(), member->text) != names.end())
      return mistake(member->offset, "`" + std::string(member->text) + "` is there twice");
    types.push_back(node->type);
    names.emplace_back(member->text);
    members.push_back(node);
  }
  auto* node = make<RecordNode>(anonymousOf(std::move(types), std::move(names)), s->offset);
  node->members = list(members);
  return node;
}

Node* Binder::tuple(Syntax* s) {
  auto* node = make<TupleLiteralNode>(nullptr, s->offset);
  node->kind = NodeKind::TupleLiteral;
  std::vector<Node*> elements;
  node->names = arena_.array<std::string_view>(s->kids.size());
  for (size_t i = 0; i < s->kids.size(); ++i) {
    elements.push_back(expression(s->kids[i]->kids[0]));
    if (elements.back()->type != nullptr && isError(elements.back())) return elements.back();
    // (x.Count, y) has the names Count and y (C# 7.1).
    const Syntax* inner = s->kids[i]->kids[0];
    node->names[i] = s->kids[i]->text;
    if (node->names[i].empty() && (inner->kind == Syn::Name || inner->kind == Syn::Member))
      node->names[i] = inner->text;
  }
  node->elements = list(elements);
  return node;
}

Node* Binder::interpolated(Syntax* s) {
  auto* node = make<InterpolatedNode>(core().string, s->offset);
  node->parts = arena_.array<InterpolatedNode::Part>(s->kids.size());
  bool all_constant = true;
  for (size_t i = 0; i < s->kids.size(); ++i) {
    Syntax* part = s->kids[i];
    InterpolatedNode::Part& into = node->parts[i];
    if (part->kind == Syn::Literal) {
      into = {literal(part), nullptr, Value()};
      continue;
    }
    Node* inner = value(part->kids[0]);
    if (isError(inner)) return inner;
    if (inner->type->kind == TypeKind::Void) return mistake(inner->offset, "this gives no value");
    into.value = inner;
    into.alignment = part->kids.size() > 1 ? convert(value(part->kids[1]), core().int32) : nullptr;
    if (into.alignment != nullptr && into.alignment->kind != NodeKind::Constant)
      return mistake(into.alignment->offset, "the width after the comma must be a constant",
                     "Use PadLeft or PadRight for a computed one.");
    into.format = part->value;
    all_constant = false;
  }
  if (!all_constant) return node;
  if (s->kids.empty()) return constant(Value::ascii({}), core().string, s->offset);
  Value folded_value;
  return fold(node, folded_value) ? constant(folded_value, core().string, s->offset) : errorNode(s->offset);
}

}  // namespace sluice::expression
