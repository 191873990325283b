// Changes as Newtonsoft's containers allow them: checks, clones, exceptions; and Merge.
#include "expression/chars.h"
#include "expression/json/token.h"
#include "expression/library.h"

namespace sluice::expression {
namespace {

constexpr std::string_view kArgument = "System.ArgumentException";
constexpr uint32_t kNewProperties = 32;  // that are added without a look at each

JToken* nodeOf(const Value& content) {
  return isToken(content) ? token(content) : nullptr;
}

bool raiseCannotAdd(Eval& eval, const JToken* child, const JToken* parent) {
  eval.raise(kArgument, "Can not add " + child->type->fullName() + " to " + parent->type->fullName() + ".");
  return false;
}

// `existing`: the child that is replaced, or null.
bool validate(Eval& eval, JToken* parent, JToken* child, const JToken* existing) {
  if (parent->kind != ObjectKind::JObject)
    return child->kind != ObjectKind::JProperty || raiseCannotAdd(eval, child, parent);
  if (child->kind != ObjectKind::JProperty) return raiseCannotAdd(eval, child, parent);
  const Value& name = static_cast<JProperty*>(child)->name;
  if (existing != nullptr && sameName(name, static_cast<const JProperty*>(existing)->name)) return true;
  if (findProperty(eval, static_cast<JContainer*>(parent), name) == nullptr) return true;
  eval.raise(kArgument, "Can not add property " + std::string(toUtf8(eval.arena, name)) +
                            " to Newtonsoft.Json.Linq.JObject. Property with the same name already exists on object.");
  return false;
}

// A token to be put somewhere: itself, or a copy when it is in a tree already.
JToken* adopted(Eval& eval, JToken* parent, JToken* item) {
  const JToken* root = touch(eval, parent);
  if (item == nullptr) return newJValue(eval.arena, {}, JType::Null);
  if (item->parent != nullptr || item == root) return cloneToken(eval, item);
  item->flags |= kMutatedTree;  // whoever shared it must not see its parent
  return item;
}

void setChild(JToken* parent, uint32_t at, JToken* child) {
  JToken* old = at < parent->count ? childAt(parent, at) : nullptr;
  if (old != nullptr && old != child) {
    old->parent = nullptr;
    old->position = 0;
  }
  child->parent = parent;
  child->position = at;
  ++parent->version;
  if (parent->kind == ObjectKind::JProperty) {
    static_cast<JProperty*>(parent)->content = child;
    parent->count = 1;
  } else {
    static_cast<JContainer*>(parent)->items[at] = child;
    static_cast<JContainer*>(parent)->index = nullptr;
  }
}

}  // namespace

bool isManyContents(const Value& content) {
  if (content.tag() != Tag::Object || isToken(content) || isKind(content, ObjectKind::Bytes)) return false;
  switch (content.asObject()->kind) {
    case ObjectKind::Array:
    case ObjectKind::List:
    case ObjectKind::Map:
    case ObjectKind::Sequence:
      return true;
    default:
      return elementOfSequence(content.asObject()->type) != nullptr;
  }
}

bool insertItem(Eval& eval, JToken* parent, uint32_t at, JToken* child) {
  if (parent->kind == ObjectKind::JObject && child->jtype() == JType::Comment) return true;
  if (at > parent->count) {
    eval.raiseOutOfRange("index", "Index must be within the bounds of the List.");
    return false;
  }
  if (parent->kind == ObjectKind::JProperty && parent->count > 0) {
    eval.raise("Newtonsoft.Json.JsonException", "Newtonsoft.Json.Linq.JProperty cannot have multiple values.");
    return false;
  }
  child = adopted(eval, parent, child);
  if (child == nullptr || !validate(eval, parent, child, nullptr)) return false;
  if (parent->kind == ObjectKind::JProperty) {
    setChild(parent, 0, child);
    return true;
  }
  // Moving what is behind the place is work too.
  if (!eval.step(1 + (parent->count - at) / 16)) return false;
  auto* container = static_cast<JContainer*>(parent);
  if (container->count == container->capacity && !eval.reserve(uint64_t{container->count} * 16)) return false;
  appendRaw(eval.arena, container, child);
  if (child->position == at) return true;
  for (uint32_t i = container->count - 1; i > at; --i) {
    container->items[i] = container->items[i - 1];
    container->items[i]->position = i;
  }
  container->items[at] = child;
  child->position = at;
  container->index = nullptr;
  return true;
}

namespace {

bool isJsonNull(const JToken* node) {
  return node->jtype() == JType::Null ||
         (node->kind == ObjectKind::JValue && static_cast<const JValue*>(node)->value.isNull());
}

// Setting what is there already changes nothing, so that the old node stays.
bool isUnchanged(Eval& eval, const JToken* old, const JToken* now) {
  if (old->kind != ObjectKind::JValue) return false;
  if (now == nullptr) return old->jtype() == JType::Null;
  return now->kind == ObjectKind::JValue && old->jtype() == now->jtype() &&
         compareJson(eval, static_cast<const JValue*>(old), static_cast<const JValue*>(now)) == 0 && !eval.failed();
}

}  // namespace

bool giveContent(Eval& eval, JProperty* made, JToken* content) {
  if (content->parent != nullptr || content->kind == ObjectKind::JProperty) return insertItem(eval, made, 0, content);
  made->flags |= kMutatedTree;
  content->flags |= kMutatedTree;
  setChild(made, 0, content);
  return true;
}

namespace {

// Into an object that has none yet: properties that are nobody's. Gives how many of the first it took.
uint32_t addNewProperties(Eval& eval, JContainer* object, const ArrayObject& array) {
  uint64_t names = 0;
  uint32_t taken = 0;
  if (array.length > kNewProperties) return 0;
  touch(eval, object);
  object->capacity = array.length;
  object->items = eval.arena.array<JToken*>(array.length).data();
  for (; taken < array.length; ++taken) {
    const Value& item = array.items[taken];
    if (!isKind(item, ObjectKind::JProperty) || token(item)->parent != nullptr) break;
    auto* property = static_cast<JProperty*>(token(item));
    const uint64_t bit = nameBit(property->name);
    if ((names & bit) != 0 && findProperty(eval, object, property->name) != nullptr) break;
    names |= bit;
    property->flags |= kMutatedTree;
    property->parent = object;
    property->position = taken;
    object->items[taken] = property;
    object->count = taken + 1;
  }
  object->version += taken;
  eval.step(taken);
  return taken;
}

void addArray(Eval& eval, JToken* container, uint32_t at, const ArrayObject& array) {
  uint32_t i = 0;
  if (container->kind == ObjectKind::JObject && container->count == 0)
    at = i = addNewProperties(eval, static_cast<JContainer*>(container), array);
  for (; i < array.length; ++i)
    if (!eval.step() || !addContentAt(eval, container, at++, array.items[i])) return;
}

}  // namespace

bool addContentAt(Eval& eval, JToken* container, uint32_t at, const Value& content) {
  if (!isManyContents(content)) {
    JToken* child = contentToken(eval, content);
    return child != nullptr && insertItem(eval, container, at, child);
  }
  if (!eval.enter()) return false;
  if (isKind(content, ObjectKind::Array)) {
    addArray(eval, container, at, *as<ArrayObject>(content));
    eval.leave();
    return !eval.failed();
  }
  Enumerator* items = enumerate(eval, content);
  Value item;
  bool good = items != nullptr;
  // Positions count the elements taken, as in Newtonsoft: nested lists interleave.
  while (good && items->next(eval, item)) good = addContentAt(eval, container, at++, item);
  eval.leave();
  return good && !eval.failed();
}

bool replaceChild(Eval& eval, JToken* parent, uint32_t at, JToken* by) {
  JToken* existing = childAt(parent, at);
  if (isUnchanged(eval, existing, by)) return true;
  if (eval.failed()) return false;
  JToken* child = adopted(eval, parent, by);
  if (child == nullptr || !validate(eval, parent, child, existing)) return false;
  setChild(parent, at, child);
  return true;
}

bool replaceToken(Eval& eval, JToken* token, JToken* with) {
  if (token->parent != nullptr) return replaceChild(eval, token->parent, token->position, with);
  eval.raise("System.InvalidOperationException", "The parent is missing.");
  return false;
}

bool setProperty(Eval& eval, JContainer* object, const Value& name, JToken* content) {
  if (JProperty* property = findProperty(eval, object, name)) return replaceChild(eval, property, 0, content);
  if (eval.failed()) return false;
  content = adopted(eval, object, content);
  if (content == nullptr) return false;
  return insertItem(eval, object, object->count, newJProperty(eval.arena, name, content));
}

bool addContent(Eval& eval, JToken* parent, const Value& content) {
  return addContentAt(eval, parent, parent->count, content);
}

bool removeToken(Eval& eval, JToken* node) {
  if (node->parent == nullptr) {
    eval.raise("System.InvalidOperationException", "The parent is missing.");
    return false;
  }
  if (node->parent->kind == ObjectKind::JProperty) {
    eval.raise("Newtonsoft.Json.JsonException", "Cannot add or remove items from Newtonsoft.Json.Linq.JProperty.");
    return false;
  }
  auto* container = static_cast<JContainer*>(node->parent);
  if (!eval.step(1 + (container->count - node->position) / 16)) return false;
  touch(eval, container);
  --container->count;
  for (uint32_t i = node->position; i < container->count; ++i) {
    container->items[i] = container->items[i + 1];
    container->items[i]->position = i;
  }
  node->parent = nullptr;
  node->position = 0;
  container->index = nullptr;
  ++container->version;
  return true;
}

namespace {

bool mergeNode(Eval& eval, JToken* target, const Value& content, const MergeOptions& options);

bool mergeObjects(Eval& eval, JContainer* target, JContainer* from, const MergeOptions& options) {
  for (uint32_t i = 0; i < from->count; ++i) {
    if (!eval.step()) return false;
    const auto* member = static_cast<const JProperty*>(from->items[i]);
    JProperty* existing = options.ignore_case ? findPropertyIgnoreCase(eval, target, member->name)
                                              : findProperty(eval, target, member->name);
    if (existing == nullptr) {
      JProperty* added = newJProperty(eval.arena, member->name, nullptr);
      if (!insertItem(eval, added, 0, member->content) || !insertItem(eval, target, target->count, added)) return false;
    } else if (isContainer(existing->content) && existing->content->detail == member->content->detail) {
      if (!mergeNode(eval, existing->content, Value::object(member->content), options)) return false;
    } else if (!isJsonNull(member->content) || options.nulls_too) {
      if (!replaceChild(eval, existing, 0, member->content)) return false;
    }
  }
  return true;
}

bool isAmong(Eval& eval, const JContainer* array, const JToken* node) {
  for (uint32_t i = 0; i < array->count && eval.step(); ++i)
    if (deepEquals(eval, array->items[i], node)) return true;
  return false;
}

bool mergeElement(Eval& eval, JContainer* target, uint32_t at, const Value& item, const MergeOptions& options) {
  if (options.arrays == ArrayMerge::Merge && at < target->count) {
    JToken* old = target->items[at];
    if (old->kind != ObjectKind::JValue) return item.isNull() || mergeNode(eval, old, item, options);
    JToken* now = contentToken(eval, item);
    return now != nullptr && (now->jtype() == JType::Null || replaceChild(eval, target, at, now));
  }
  JToken* now = contentToken(eval, item);
  if (now == nullptr) return false;
  if (options.arrays == ArrayMerge::Union && isAmong(eval, target, now)) return true;
  return !eval.failed() && insertItem(eval, target, target->count, now);
}

bool mergeArrays(Eval& eval, JContainer* target, const Value& content, const MergeOptions& options) {
  const JToken* from = nodeOf(content);
  if (from != nullptr ? from->jtype() != JType::Array : !isManyContents(content)) return true;
  if (options.arrays == ArrayMerge::Replace) {
    if (from == target) return true;
    clearChildren(eval, target);
  }
  ListObject* items = nullptr;
  if (!collect(eval, content, items)) return false;
  for (uint32_t i = 0; i < items->count; ++i)
    if (!eval.step() || !mergeElement(eval, target, i, items->items[i], options)) return false;
  return true;
}

bool mergeNode(Eval& eval, JToken* target, const Value& content, const MergeOptions& options) {
  if (!eval.enter()) return false;
  JToken* from = nodeOf(content);
  bool good = true;
  if (target->kind == ObjectKind::JObject) {
    good = from == nullptr || from->kind != ObjectKind::JObject || from == target ||
           mergeObjects(eval, static_cast<JContainer*>(target), static_cast<JContainer*>(from), options);
  } else if (target->kind == ObjectKind::JProperty) {
    JToken* value =
        from != nullptr && from->kind == ObjectKind::JProperty ? static_cast<JProperty*>(from)->content : nullptr;
    if (value != nullptr && value->jtype() != JType::Null)
      good = target->count > 0 ? replaceChild(eval, target, 0, value) : insertItem(eval, target, 0, value);
  } else {
    good = mergeArrays(eval, static_cast<JContainer*>(target), content, options);
  }
  eval.leave();
  return good;
}

}  // namespace

bool mergeContent(Eval& eval, JToken* target, const Value& content, const MergeOptions& options) {
  if (content.isNull()) return true;
  if (nodeOf(content) == nullptr && !isManyContents(content)) {
    eval.raise(kArgument, "Could not determine JSON object type for type " + typeOf(content)->fullName() + ".");
    return false;
  }
  return mergeNode(eval, target, content, options);
}

}  // namespace sluice::expression
