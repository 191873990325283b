#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

bool raiseChanged(Eval& eval) {
  eval.raise("System.InvalidOperationException", "Collection was modified; enumeration operation may not execute.");
  return false;
}

struct ChildSequence final : SequenceObject {
  JToken* parent = nullptr;
  ChildEnumerator::Give give = ChildEnumerator::Give::Children;
  Enumerator* begin(Eval& eval) override { return ChildEnumerator::make(eval, parent, give); }
};

// Walks a tree in document order.
class TreeEnumerator final : public Enumerator {
 public:
  TreeEnumerator(JToken* top, bool with_self) : top_(top), with_self_(with_self) {}
  bool next(Eval& eval, Value& out) override {
    if (!eval.step()) return false;
    if (at_ == nullptr) {
      if (ended_) return false;
      at_ = with_self_ ? top_ : nextInTree(top_, top_);
    } else {
      if (at_ != top_ && (at_->parent != parent_ || parent_->version != seen_)) return raiseChanged(eval);
      at_ = nextInTree(at_, top_);
    }
    ended_ = at_ == nullptr;
    if (ended_) return false;
    parent_ = at_->parent;
    seen_ = parent_ != nullptr ? parent_->version : 0;
    out = wrap(at_);
    return true;
  }

 private:
  JToken* top_;
  JToken* at_ = nullptr;
  JToken* parent_ = nullptr;
  uint32_t seen_ = 0;
  bool with_self_;
  bool ended_ = false;
};

struct TreeSequence final : SequenceObject {
  JToken* top = nullptr;
  bool with_self = false;
  Enumerator* begin(Eval& eval) override {
    auto* made = eval.arena.create<TreeEnumerator>(top, with_self);
    made->type = core().object;
    made->kind = ObjectKind::Enumerator;
    return made;
  }
};

std::string keyText(Call& c) {
  if (c.isNull(1)) return "{null}";
  const std::string text(toUtf8(c.arena(), valueToString(c.eval, c[1])));
  return c[1].isString() ? "\"" + text + "\"" : text;
}

Value badKey(Call& c, std::string_view verb, std::string_view expected) {
  const JType type = self(c)->jtype();
  const std::string name = type == JType::Array ? "JArray" : type == JType::Object ? "JObject" : "JConstructor";
  return c.raise("System.ArgumentException", std::string(verb) + " " + name + " values with invalid key value: " +
                                                 keyText(c) + ". " + std::string(expected) + " expected.");
}

// The key of an array or constructor; false with an exception pending.
bool arrayIndex(Call& c, std::string_view verb) {
  if (c[1].tag() == Tag::Int32) return true;
  badKey(c, verb, self(c)->jtype() == JType::Array ? "Int32 array index" : "Argument position index");
  return false;
}

}  // namespace

Value cannotAccess(Call& c) {
  return c.raise("System.InvalidOperationException", "Cannot access child value on " + self(c)->type->fullName() + ".");
}

ChildEnumerator* ChildEnumerator::make(Eval& eval, JToken* parent, Give give) {
  auto* made = eval.arena.create<ChildEnumerator>(parent);
  made->type = core().object;
  made->kind = ObjectKind::Enumerator;
  made->give_ = give;
  if (give != Give::Pairs) return made;
  static const Type* const kPair = [] {
    const Type* two[] = {core().string, jsonTypes().token};
    return libraryType("System.Collections.Generic.KeyValuePair", two);
  }();
  made->pair_ = kPair;
  return made;
}

bool ChildEnumerator::next(Eval& eval, Value& out) {
  // A property's only child may be replaced meanwhile.
  if (parent_->version != seen_ && parent_->kind != ObjectKind::JProperty) return raiseChanged(eval);
  if (at_ >= parent_->count || !eval.step()) return false;
  JToken* one = childAt(parent_, at_++);
  if (give_ == Give::Children || one->kind != ObjectKind::JProperty) {
    out = wrap(one);
    return true;
  }
  auto* property = static_cast<JProperty*>(one);
  out = give_ == Give::Pairs ? newRecord(eval, pair_, {property->name, wrap(property->content)})
                             : wrap(property->content);
  return true;
}

Value childSequence(Call& c, ChildEnumerator::Give give) {
  auto* made = newObject<ChildSequence>(c.eval, c.type, ObjectKind::Sequence);
  made->parent = self(c);
  made->give = give;
  return Value::object(made);
}

Value treeSequence(Call& c, bool with_self) {
  auto* made = newObject<TreeSequence>(c.eval, c.type, ObjectKind::Sequence);
  made->top = self(c);
  made->with_self = with_self;
  return Value::object(made);
}

ListObject* resultList(Call& c) {
  return newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
}

Value tokenItem(Call& c) {
  JToken* one = self(c);
  if (one->kind == ObjectKind::JObject) {
    if (c[1].isString()) {
      const JProperty* found = findProperty(c.eval, container(c), c[1]);
      return found != nullptr ? wrap(found->content) : Value();
    }
    return c.isNull(1) ? c.eval.raiseArgumentNull("key") : badKey(c, "Accessed", "Object property name");
  }
  if (one->kind != ObjectKind::JArray) return cannotAccess(c);
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  if (!arrayIndex(c, "Accessed")) return {};
  const int32_t at = c.int32(1);
  if (at >= 0 && static_cast<uint32_t>(at) < one->count) return wrap(container(c)->items[at]);
  return c.eval.raiseOutOfRange(
      "index", "Index was out of range. Must be non-negative and less than the size of the collection.");
}

Value setTokenItem(Call& c) {
  JToken* one = self(c);
  JToken* value = tokenOrNull(c[2]);
  if (one->kind == ObjectKind::JObject) {
    if (c[1].isString()) return setProperty(c.eval, container(c), c[1], value), Value();
    return c.isNull(1) ? c.eval.raiseArgumentNull("key") : badKey(c, "Set", "Object property name");
  }
  if (one->kind != ObjectKind::JArray)
    return c.raise("System.InvalidOperationException", "Cannot set child value on " + one->type->fullName() + ".");
  if (c.isNull(1)) return c.eval.raiseArgumentNull("key");
  if (!arrayIndex(c, "Set")) return {};
  const int32_t at = c.int32(1);
  if (at < 0) return c.eval.raiseOutOfRange("index", "Index is less than 0.");
  if (static_cast<uint32_t>(at) >= one->count)
    return c.eval.raiseOutOfRange("index", "Index is equal to or greater than Count.");
  replaceChild(c.eval, one, static_cast<uint32_t>(at), value);
  return {};
}

}  // namespace sluice::expression
