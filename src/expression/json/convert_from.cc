// Any C# value to a tree: JToken.FromObject, and what JsonConvert serializes.
#include "expression/collection.h"
#include "expression/json/token.h"
#include "expression/library.h"

namespace sluice::expression {
namespace {

class Builder {
 public:
  Builder(Eval& eval, const SerializeOptions& options) : eval_(eval), options_(options) {}

  JToken* build(const Value& value) {
    if (isToken(value)) return cloneToken(eval_, token(value));
    if (value.tag() == Tag::Char) return newJValue(eval_.arena, fromUnit(eval_.arena, value.asChar()), JType::String);
    if (value.tag() == Tag::Enum) return newJValue(eval_.arena, Value::int64(value.asInt64()), JType::Integer);
    const JType type = jtypeOf(value);
    if (type != JType::None) return newJValue(eval_.arena, value, type);
    if (!eval_.step() || !eval_.enter()) return nullptr;
    JToken* made = nullptr;
    if (isKind(value, ObjectKind::Record)) {
      made = record(as<RecordObject>(value));
    } else if (isKind(value, ObjectKind::Map) && value.asObject()->type->args.size() == 2) {
      made = map(as<MapObject>(value));
    } else if (isPairs(value.asObject()->type)) {
      made = pairs(value);
    } else if (isKind(value, ObjectKind::Array) && value.asObject()->type->rank > 1) {
      uint32_t at = 0;
      made = grid(as<ArrayObject>(value), 0, at);
    } else if (elementOfSequence(value.asObject()->type) != nullptr) {
      made = sequence(value);
    } else {
      made = members(value);
    }
    eval_.leave();
    return eval_.failed() ? nullptr : made;
  }

 private:
  bool add(JContainer* object, const Value& name, const Value& content, bool may_skip) {
    if (may_skip && options_.ignore_nulls && content.isNull()) return true;
    JToken* made = build(content);
    return made != nullptr && setProperty(eval_, object, name, made);
  }

  JToken* record(const RecordObject* from) {
    JContainer* object = newJObject(eval_.arena);
    for (uint32_t i = 0; i < from->count; ++i)
      if (!add(object, fromStd(eval_.arena, memberName(from, i)), from->members[i], true)) return nullptr;
    return object;
  }

  JToken* map(MapObject* from) {
    JContainer* object = newJObject(eval_.arena);
    uint32_t at = 0;
    // The entries of a dictionary stay, null or not.
    while (const MapObject::Entry* entry = mapNext(from, at))
      if (!add(object, valueToString(eval_, entry->key), entry->value, false)) return nullptr;
    return object;
  }

  JToken* pairs(const Value& value) {
    JContainer* object = newJObject(eval_.arena);
    Enumerator* items = enumerate(eval_, value);
    Value item;
    while (items != nullptr && items->next(eval_, item)) {
      const auto* pair = as<RecordObject>(item);
      if (!add(object, valueToString(eval_, pair->members[0]), pair->members[1], false)) return nullptr;
    }
    return object;
  }

  // An array of several dimensions: arrays in arrays.
  JToken* grid(const ArrayObject* from, uint8_t level, uint32_t& at) {
    JContainer* array = newJArray(eval_.arena);
    for (uint32_t i = 0; i < from->lengths[level] && eval_.step(); ++i) {
      const bool last = level + 1 == from->type->rank;
      JToken* one = last ? build(from->items[at++]) : grid(from, static_cast<uint8_t>(level + 1), at);
      if (one == nullptr) return nullptr;
      appendRaw(eval_.arena, array, one);
    }
    return array;
  }

  JToken* sequence(const Value& value) {
    JContainer* array = newJArray(eval_.arena);
    Enumerator* items = enumerate(eval_, value);
    Value item;
    while (items != nullptr && items->next(eval_, item)) {
      JToken* one = build(item);
      if (one == nullptr) return nullptr;
      appendRaw(eval_.arena, array, one);
    }
    return array;
  }

  JToken* members(const Value& value) {
    JContainer* object = newJObject(eval_.arena);
    for (const Member* member : publicProperties(value.asObject()->type)) {
      Value args[] = {value};
      Call call{eval_, args, 1, member->type, {}, value.asObject()->type};
      const Value content = member->get(call);
      if (eval_.failed() || !add(object, fromStd(eval_.arena, member->name), content, true)) return nullptr;
    }
    return object;
  }

  Eval& eval_;
  SerializeOptions options_;
};

}  // namespace

std::string memberName(const RecordObject* record, uint32_t at) {
  const Type* type = record->type;
  if (type->kind == TypeKind::Anonymous) return type->names[at];
  if (type->def != nullptr && type->def->name == "KeyValuePair") return at == 0 ? "Key" : "Value";
  return "Item" + std::to_string(at + 1);
}

bool isPairs(const Type* type) {
  static const TypeDef* const kKinds[] = {
      Library::instance().findFull("System.Collections.Generic.IDictionary", 2),
      Library::instance().findFull("System.Collections.Generic.IReadOnlyDictionary", 2)};
  if (type->kind == TypeKind::Array) return false;
  for (const TypeDef* kind : kKinds)
    if (kind != nullptr && closingOf(type, kind) != nullptr) return true;
  return false;
}

JToken* tokenFrom(Eval& eval, const Value& value, const SerializeOptions& options) {
  return Builder(eval, options).build(value);
}

std::vector<const Member*> publicProperties(const Type* type) {
  std::vector<const Member*> found;
  for (const Type* t = type; t != nullptr && t->def != nullptr; t = t->base)
    for (const Member& member : t->def->members())
      if (member.kind == MemberKind::Property && !member.is_static && !isOpen(member.type)) found.push_back(&member);
  return found;
}

}  // namespace sluice::expression
