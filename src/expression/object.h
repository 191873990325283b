// Object: what a Value with Tag::Object points at. All objects live in an arena and are never destroyed; they own
// nothing outside it. `kind` tells natives which struct it is; `type` is the C# type.
#pragma once

#include <cstdint>

#include "expression/type.h"
#include "expression/value.h"

namespace sluice::expression {

class Eval;

enum class ObjectKind : uint8_t {
  Plain,  // new object(), and library objects that only their own file looks into
  Array,
  Bytes,  // byte[]
  List,   // List, Queue, Stack, and read-only lists
  Map,    // Dictionary, HashSet
  Sequence,
  Enumerator,
  Closure,
  Record,  // tuples, anonymous types, KeyValuePair, IGrouping's key
  Exception,
  StringBuilder,
  TypeObject,
  JObject,
  JArray,
  JValue,
  JProperty,
  XObject,
};

struct Object {
  const Type* type;
  ObjectKind kind = ObjectKind::Plain;
  uint8_t detail = 0;  // meaning depends on kind
  uint16_t flags = 0;
  uint32_t version = 0;  // collections: changes counted, so that foreach notices
};

struct ArrayObject : Object {
  uint32_t length;
  Value* items;
  const uint32_t* lengths;  // of each dimension when type->rank > 1
};

struct BytesObject : Object {
  uint32_t length;
  uint8_t* data;
};

// Members in order: tuple elements, anonymous members, Key and Value. Immutable.
struct RecordObject : Object {
  uint32_t count;
  Value* members;
};

struct ListObject : Object {
  uint32_t count;
  uint32_t capacity;
  Value* items;
  uint32_t head;  // Queue: items[head .. head+count)
};

struct TypeObject : Object {
  const Type* represented;
};

// Walks a sequence once. next() gives false at the end, or when an exception is pending.
struct Enumerator : Object {
  virtual bool next(Eval& eval, Value& out) = 0;
  virtual void dispose(Eval&) {}

 protected:
  ~Enumerator() = default;
};

// A lazy query: begin() starts an enumeration, or gives null with an exception pending.
struct SequenceObject : Object {
  virtual Enumerator* begin(Eval& eval) = 0;

 protected:
  ~SequenceObject() = default;
};

struct ExceptionObject : Object {
  Value message;  // null: the type's own text
  Value inner;
  Value param_name;
  uint32_t offset;
};

template <class T>
T* as(const Value& value) {
  return static_cast<T*>(value.asObject());
}
inline bool isKind(const Value& value, ObjectKind kind) {
  return value.tag() == Tag::Object && value.asObject()->kind == kind;
}

}  // namespace sluice::expression
