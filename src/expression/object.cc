// Making objects, and walking anything enumerable.
#include "expression/object.h"

#include <cstring>

#include "expression/chars.h"
#include "expression/collection.h"
#include "expression/decimal.h"
#include "expression/eval.h"
#include "expression/library.h"

namespace sluice::expression {
namespace {

class ArrayEnumerator final : public Enumerator {
 public:
  explicit ArrayEnumerator(const ArrayObject* array) : array_(array) {}
  bool next(Eval& eval, Value& out) override {
    if (at_ >= array_->length || !eval.step()) return false;
    out = array_->items[at_++];
    return true;
  }

 private:
  const ArrayObject* array_;
  uint32_t at_ = 0;
};

class BytesEnumerator final : public Enumerator {
 public:
  explicit BytesEnumerator(const BytesObject* bytes) : bytes_(bytes) {}
  bool next(Eval& eval, Value& out) override {
    if (at_ >= bytes_->length || !eval.step()) return false;
    out = Value::integer(Tag::Byte, bytes_->data[at_++]);
    return true;
  }

 private:
  const BytesObject* bytes_;
  uint32_t at_ = 0;
};

class StringEnumerator final : public Enumerator {
 public:
  explicit StringEnumerator(Chars text) : text_(text) {}
  bool next(Eval& eval, Value& out) override {
    if (at_ >= text_.size || !eval.step()) return false;
    out = Value::character(text_[at_++]);
    return true;
  }

 private:
  Chars text_;
  uint32_t at_ = 0;
};

bool raiseChanged(Eval& eval) {
  eval.raise("System.InvalidOperationException", "Collection was modified; enumeration operation may not execute.");
  return false;
}

// List, Queue; Stack from its top down.
class ListEnumerator final : public Enumerator {
 public:
  explicit ListEnumerator(const ListObject* list) : list_(list), seen_(list->version) {}
  bool next(Eval& eval, Value& out) override {
    if (list_->version != seen_) return raiseChanged(eval);
    if (at_ >= list_->count || !eval.step()) return false;
    const bool stack = list_->detail == 2;
    out = list_->items[list_->head + (stack ? list_->count - 1 - at_ : at_)];
    ++at_;
    return true;
  }

 private:
  const ListObject* list_;
  uint32_t seen_;
  uint32_t at_ = 0;
};

class MapEnumerator final : public Enumerator {
 public:
  MapEnumerator(MapObject* map, const Type* pair) : map_(map), pair_(pair), seen_(map->version) {}
  bool next(Eval& eval, Value& out) override {
    if (map_->version != seen_) return raiseChanged(eval);
    if (!eval.step()) return false;
    const MapObject::Entry* entry = mapNext(map_, at_);
    if (entry == nullptr) return false;
    out = pair_ == nullptr ? entry->key : newRecord(eval, pair_, {entry->key, entry->value});
    return true;
  }

 private:
  MapObject* map_;
  const Type* pair_;
  uint32_t seen_;
  uint32_t at_ = 0;
};

Enumerator* mapEnumerator(Eval& eval, MapObject* map) {
  const Type* pair = nullptr;
  if (map->type->args.size() == 2) pair = libraryType("System.Collections.Generic.KeyValuePair", map->type->args);
  return eval.arena.create<MapEnumerator>(map, pair);
}

const Hooks* hooksOf(const Type* type) {
  return type->def != nullptr ? &type->def->hooks : nullptr;
}

}  // namespace

Enumerator* enumerate(Eval& eval, const Value& value) {
  if (value.isString()) return eval.arena.create<StringEnumerator>(chars(eval, value));
  if (value.tag() == Tag::Object) {
    Object* object = value.asObject();
    switch (object->kind) {
      case ObjectKind::Array:
        return eval.arena.create<ArrayEnumerator>(as<ArrayObject>(value));
      case ObjectKind::Bytes:
        return eval.arena.create<BytesEnumerator>(as<BytesObject>(value));
      case ObjectKind::List:
        return eval.arena.create<ListEnumerator>(as<ListObject>(value));
      case ObjectKind::Map:
        return mapEnumerator(eval, as<MapObject>(value));
      case ObjectKind::Sequence:
        return as<SequenceObject>(value)->begin(eval);
      case ObjectKind::Enumerator:
        return as<Enumerator>(value);
      default:
        break;
    }
    for (const Type* t = object->type; t != nullptr; t = t->base)
      if (const Hooks* hooks = hooksOf(t); hooks != nullptr && hooks->enumerate != nullptr)
        return hooks->enumerate(eval, value);
  }
  if (value.isNull()) {
    eval.raiseNullReference();
  } else {
    eval.raise("System.InvalidCastException", "The value is not a sequence.");
  }
  return nullptr;
}

bool collect(Eval& eval, const Value& sequence, ListObject*& out) {
  out = newObject<ListObject>(eval, core().object, ObjectKind::List);
  Enumerator* items = enumerate(eval, sequence);
  if (items == nullptr) return false;
  Value item;
  while (items->next(eval, item))
    if (!append(eval, out, item)) return false;
  return !eval.failed();
}

ArrayObject* newArray(Eval& eval, const Type* array_type, uint32_t length) {
  auto* array = newObject<ArrayObject>(eval, array_type, ObjectKind::Array);
  if (!eval.reserve(uint64_t{length} * sizeof(Value))) length = 0;
  array->length = length;
  array->items = static_cast<Value*>(eval.arena.allocateBytes(sizeof(Value) * length, alignof(Value)));
  const Value initial = defaultValue(eval.arena, array_type->element());
  for (uint32_t i = 0; i < length; ++i) array->items[i] = initial;
  return array;
}

Value newBytesOfSize(Eval& eval, uint32_t length) {
  auto* bytes = newObject<BytesObject>(eval, core().byte_array, ObjectKind::Bytes);
  if (!eval.reserve(length)) length = 0;
  bytes->length = length;
  bytes->data = static_cast<uint8_t*>(eval.arena.allocateBytes(length, 1));
  if (length > 0) std::memset(bytes->data, 0, length);
  return Value::object(bytes);
}

Value newBytes(Eval& eval, std::string_view bytes) {
  const Value value = newBytesOfSize(eval, static_cast<uint32_t>(bytes.size()));
  auto* object = as<BytesObject>(value);
  if (object->length > 0) std::memcpy(object->data, bytes.data(), object->length);
  return value;
}

ListObject* newList(Eval& eval, const Type* list_type, uint32_t capacity) {
  auto* list = newObject<ListObject>(eval, list_type, ObjectKind::List);
  if (capacity > 0 && eval.reserve(uint64_t{capacity} * sizeof(Value))) {
    list->items = static_cast<Value*>(eval.arena.allocateBytes(sizeof(Value) * capacity, alignof(Value)));
    list->capacity = capacity;
  }
  return list;
}

bool append(Eval& eval, ListObject* list, const Value& value) {
  if (list->head + list->count >= list->capacity) {
    const uint32_t capacity = list->count < 4 ? 4 : list->count * 2;
    if (!eval.reserve(uint64_t{capacity} * sizeof(Value))) return false;
    auto* items = static_cast<Value*>(eval.arena.allocateBytes(sizeof(Value) * capacity, alignof(Value)));
    for (uint32_t i = 0; i < list->count; ++i) items[i] = list->items[list->head + i];
    list->items = items;
    list->capacity = capacity;
    list->head = 0;
  }
  list->items[list->head + list->count++] = value;
  ++list->version;
  return true;
}

RecordObject* newRecordOf(Eval& eval, const Type* type, uint32_t count) {
  auto* record = newObject<RecordObject>(eval, type, ObjectKind::Record);
  record->count = count;
  record->members = static_cast<Value*>(eval.arena.allocateBytes(sizeof(Value) * count, alignof(Value)));
  for (uint32_t i = 0; i < count; ++i) record->members[i] = Value();
  return record;
}

Value newRecord(Eval& eval, const Type* type, std::initializer_list<Value> members) {
  RecordObject* record = newRecordOf(eval, type, static_cast<uint32_t>(members.size()));
  uint32_t i = 0;
  for (const Value& member : members) record->members[i++] = member;
  return Value::object(record);
}

Value newEnum(const Type* enum_type, int64_t number) {
  return Value::tagged(Tag::Enum, static_cast<uint64_t>(number), enum_type->index);
}

Value defaultValue(Arena& arena, const Type* type) {
  static constexpr uint8_t kZeroGuid[16] = {};
  static constexpr Decimal kZeroDecimal{};
  switch (type->kind) {
    case TypeKind::Enum:
      return newEnum(type, 0);
    case TypeKind::Primitive:
      if (type->tag == Tag::Decimal) return Value::boxed(Tag::Decimal, &kZeroDecimal);
      if (type->tag == Tag::Guid) return Value::boxed(Tag::Guid, kZeroGuid);
      return Value::tagged(type->tag, 0);
    case TypeKind::Struct:
    case TypeKind::Tuple: {
      auto* record = arena.create<RecordObject>();
      record->type = type->canonical;
      record->kind = ObjectKind::Record;
      record->count = static_cast<uint32_t>(type->args.size());
      record->members = static_cast<Value*>(arena.allocateBytes(sizeof(Value) * record->count, alignof(Value)));
      for (uint32_t i = 0; i < record->count; ++i) record->members[i] = defaultValue(arena, type->args[i]);
      return Value::object(record);
    }
    default:
      return Value::null();
  }
}

}  // namespace sluice::expression
