// Nodes: making them, names and the index over them, raw changes of structure, copies.
#include "expression/json/token.h"

#include <cstring>

#include "expression/expression.h"
#include "expression/library.h"

namespace sluice::expression {
namespace {

constexpr uint32_t kLinearSearch = 32;  // objects up to here are searched in order

uint64_t nameHash(const Value& name) {
  // The address differs from process to process, so collisions cannot be prepared.
  static const char kSeed = 0;
  uint64_t hash = reinterpret_cast<uintptr_t>(&kSeed) * 0x9E3779B97F4A7C15ull + name.extra();
  const auto* at = static_cast<const char*>(name.pointer());
  size_t left = name.tag() == Tag::Wide ? size_t{name.extra()} * 2 : name.extra();
  while (left > 0) {
    uint64_t word = 0;
    const size_t some = left < 8 ? left : 8;
    std::memcpy(&word, at, some);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93ull;
    hash ^= hash >> 32;
    at += some;
    left -= some;
  }
  return hash;
}

const Value& nameAt(const JContainer* object, uint32_t at) {
  return static_cast<const JProperty*>(object->items[at])->name;
}

void addToIndex(JContainer* object, uint32_t at) {
  const uint32_t mask = object->buckets - 1;
  auto bucket = static_cast<uint32_t>(nameHash(nameAt(object, at))) & mask;
  while (object->index[bucket] != 0) bucket = (bucket + 1) & mask;
  object->index[bucket] = at + 1;
}

void buildIndex(Arena& arena, JContainer* object) {
  uint32_t buckets = 32;
  while (buckets < object->count * 4) buckets *= 2;
  object->index = arena.array<uint32_t>(buckets).data();
  object->buckets = buckets;
  for (uint32_t i = 0; i < object->count; ++i) addToIndex(object, i);
}

bool hasLoneSurrogate(std::u16string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] < 0xD800 || text[i] > 0xDFFF) continue;
    const bool pair = text[i] <= 0xDBFF && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] <= 0xDFFF;
    if (!pair) return true;
    ++i;
  }
  return false;
}

JContainer* newContainer(Arena& arena, const Type* type, ObjectKind kind, JType jtype) {
  return arena.create<JContainer>(type, kind, jtype);
}

}  // namespace

const JsonTypes& jsonTypes() {
  static const JsonTypes kTypes = {
      libraryType("Newtonsoft.Json.Linq.JToken"),       libraryType("Newtonsoft.Json.Linq.JContainer"),
      libraryType("Newtonsoft.Json.Linq.JObject"),      libraryType("Newtonsoft.Json.Linq.JArray"),
      libraryType("Newtonsoft.Json.Linq.JValue"),       libraryType("Newtonsoft.Json.Linq.JProperty"),
      libraryType("Newtonsoft.Json.Linq.JConstructor"), libraryType("Newtonsoft.Json.Linq.JRaw")};
  return kTypes;
}

std::string_view jtypeName(JType type) {
  static constexpr std::string_view kNames[] = {"None",    "Object", "Array",  "Constructor", "Property", "Comment",
                                                "Integer", "Float",  "String", "Boolean",     "Null",     "Undefined",
                                                "Date",    "Raw",    "Bytes",  "Guid",        "Uri",      "TimeSpan"};
  return kNames[static_cast<size_t>(type)];
}

JContainer* newJObject(Arena& arena) {
  return newContainer(arena, jsonTypes().object, ObjectKind::JObject, JType::Object);
}

JContainer* newJArray(Arena& arena) {
  return newContainer(arena, jsonTypes().array, ObjectKind::JArray, JType::Array);
}

JContainer* newJConstructor(Arena& arena, const Value& name) {
  JContainer* made = newContainer(arena, jsonTypes().constructor, ObjectKind::JArray, JType::Constructor);
  made->constructor_name = name;
  return made;
}

JValue* newJValue(Arena& arena, const Value& value, JType type) {
  const JsonTypes& types = jsonTypes();
  return arena.create<JValue>(type == JType::Raw ? types.raw : types.value, type, uint16_t{0}, value);
}

JProperty* newJProperty(Arena& arena, const Value& name, JToken* content) {
  const Value normal = name.tag() == Tag::Wide ? normalName(arena, name) : name;
  auto* made = arena.create<JProperty>(jsonTypes().property, normal, uint16_t{0});
  made->content = content;
  if (content == nullptr) return made;
  made->count = 1;
  content->parent = made;
  content->position = 0;
  return made;
}

JType jtypeOf(const Value& value) {
  switch (value.tag()) {
    case Tag::Null:
      return JType::Null;
    case Tag::Bool:
      return JType::Boolean;
    case Tag::SByte:
    case Tag::Byte:
    case Tag::Int16:
    case Tag::UInt16:
    case Tag::Int32:
    case Tag::UInt32:
    case Tag::Int64:
    case Tag::UInt64:
    case Tag::Enum:
      return JType::Integer;
    case Tag::Single:
    case Tag::Double:
    case Tag::Decimal:
      return JType::Float;
    case Tag::Char:
    case Tag::Ascii:
    case Tag::Utf8:
    case Tag::Wide:
      return JType::String;
    case Tag::DateTime:
    case Tag::DateTimeOffset:
      return JType::Date;
    case Tag::TimeSpan:
      return JType::TimeSpan;
    case Tag::Guid:
      return JType::Guid;
    case Tag::Object:
      break;
  }
  if (isKind(value, ObjectKind::Bytes)) return JType::Bytes;
  static const TypeDef* const kUri = Library::instance().findFull("System.Uri", 0);
  return kUri != nullptr && value.asObject()->type->def == kUri ? JType::Uri : JType::None;
}

JToken* contentToken(Eval& eval, const Value& value) {
  if (isToken(value)) return token(value);
  const JType type = jtypeOf(value);
  if (type != JType::None && value.tag() != Tag::Char) return newJValue(eval.arena, value, type);
  eval.raise("System.ArgumentException",
             "Could not determine JSON object type for type " + typeOf(value)->fullName() + ".");
  return nullptr;
}

// ---- names ---------------------------------------------------------------------------------------------------------

Value normalName(Arena& arena, const Value& name) {
  if (name.tag() != Tag::Wide || hasLoneSurrogate(name.units())) return name;
  return fromUtf8(arena, toUtf8(arena, name));
}

JProperty* findProperty(Eval& eval, const JContainer* object, const Value& any_name) {
  const Value name = any_name.tag() == Tag::Wide ? normalName(eval.arena, any_name) : any_name;
  if (object->count <= kLinearSearch) {
    for (uint32_t i = 0; i < object->count; ++i)
      if (sameName(nameAt(object, i), name)) return static_cast<JProperty*>(object->items[i]);
    return nullptr;
  }
  if (object->index == nullptr) {
    // The index is not part of the value: it may come later, to a tree that is only read.
    if (!eval.reserve(uint64_t{object->count} * 16) || !eval.step(object->count / 4)) return nullptr;
    buildIndex(eval.arena, const_cast<JContainer*>(object));
  }
  const uint32_t mask = object->buckets - 1;
  for (auto bucket = static_cast<uint32_t>(nameHash(name)) & mask; object->index[bucket] != 0;
       bucket = (bucket + 1) & mask) {
    const uint32_t at = object->index[bucket] - 1;
    if (sameName(nameAt(object, at), name)) return static_cast<JProperty*>(object->items[at]);
  }
  return nullptr;
}

JProperty* findPropertyIgnoreCase(Eval& eval, const JContainer* object, const Value& name) {
  if (JProperty* exact = findProperty(eval, object, name)) return exact;
  const Chars wanted = chars(eval, name);
  for (uint32_t i = 0; i < object->count && eval.step(); ++i)
    if (compareOrdinalIgnoreCase(chars(eval, nameAt(object, i)), wanted) == 0)
      return static_cast<JProperty*>(object->items[i]);
  return nullptr;
}

// ---- structure -----------------------------------------------------------------------------------------------------

void appendRaw(Arena& arena, JContainer* container, JToken* item) {
  if (container->count == container->capacity) {
    const uint32_t capacity = container->capacity < 4 ? 4 : container->capacity * 2;
    auto** items = static_cast<JToken**>(arena.allocateBytes(sizeof(JToken*) * capacity, alignof(JToken*)));
    if (container->count > 0) std::memcpy(items, container->items, sizeof(JToken*) * container->count);
    container->items = items;
    container->capacity = capacity;
  }
  item->parent = container;
  item->position = container->count;
  container->items[container->count++] = item;
  ++container->version;
  noteAppended(container);
}

void noteAppended(JContainer* object) {
  if (object->index == nullptr) return;
  if (object->buckets > object->count * 2) {
    addToIndex(object, object->count - 1);
  } else {
    object->index = nullptr;
  }
}

void clearChildren(Eval& eval, JContainer* container) {
  touch(eval, container);
  for (uint32_t i = 0; i < container->count; ++i) {
    container->items[i]->parent = nullptr;
    container->items[i]->position = 0;
  }
  container->count = 0;
  container->index = nullptr;
  ++container->version;
}

JToken* rootOf(JToken* token) {
  while (token->parent != nullptr) token = token->parent;
  return token;
}

JToken* touch(Eval& eval, JToken* token) {
  uint32_t depth = 0;
  for (; token->parent != nullptr; token = token->parent) ++depth;
  if (depth > 16) eval.step(depth / 16);
  token->flags |= kMutatedTree;
  return token;
}

JToken* nextInTree(JToken* token, const JToken* top) {
  if (token->count > 0) return childAt(token, 0);
  for (; token != top && token->parent != nullptr; token = token->parent)
    if (token->position + 1 < token->parent->count) return childAt(token->parent, token->position + 1);
  return nullptr;
}

// ---- copies --------------------------------------------------------------------------------------------------------

namespace {

JToken* copyOne(Arena& arena, const JToken* from) {
  JToken* made = nullptr;
  switch (from->jtype()) {
    case JType::Object:
      made = newJObject(arena);
      break;
    case JType::Array:
      made = newJArray(arena);
      break;
    case JType::Constructor:
      made = newJConstructor(arena, static_cast<const JContainer*>(from)->constructor_name);
      break;
    case JType::Property:
      made = newJProperty(arena, static_cast<const JProperty*>(from)->name, nullptr);
      break;
    default:
      made = newJValue(arena, static_cast<const JValue*>(from)->value, from->jtype());
      break;
  }
  made->flags = from->flags & kPlainText;
  if (isContainer(from) && from->count > 0) {
    auto* container = static_cast<JContainer*>(made);
    container->items = static_cast<JToken**>(arena.allocateBytes(sizeof(JToken*) * from->count, alignof(JToken*)));
    container->capacity = from->count;
  }
  return made;
}

void appendCopy(Arena& arena, JToken* parent, JToken* child) {
  if (parent->kind != ObjectKind::JProperty) {
    appendRaw(arena, static_cast<JContainer*>(parent), child);
    return;
  }
  static_cast<JProperty*>(parent)->content = child;
  parent->count = 1;
  child->parent = parent;
}

}  // namespace

JToken* cloneToken(Eval& eval, const JToken* top) {
  // Walks source and copy side by side, without recursion: trees may be deep.
  JToken* copy = copyOne(eval.arena, top);
  const JToken* from = top;
  JToken* to = copy;
  for (;;) {
    if (!eval.step()) return nullptr;
    const JToken* next = nullptr;
    if (from->count > 0) {
      next = childAt(from, 0);
    } else {
      for (; from != top; from = from->parent, to = to->parent)
        if (from->position + 1 < from->parent->count) break;
      if (from == top) return copy;
      next = childAt(from->parent, from->position + 1);
      to = to->parent;
    }
    JToken* made = copyOne(eval.arena, next);
    appendCopy(eval.arena, to, made);
    from = next;
    to = made;
  }
}

JToken* copyToken(Arena& arena, const JToken* from) {
  Eval eval(nullptr, arena, Limits{});
  JToken* copy = cloneToken(eval, from);
  // The texts still stand in the old arena.
  for (JToken* one = copy; one != nullptr; one = nextInTree(one, copy)) {
    if (one->kind == ObjectKind::JValue) {
      static_cast<JValue*>(one)->value = copyTo(static_cast<JValue*>(one)->value, arena);
    } else if (one->kind == ObjectKind::JProperty) {
      static_cast<JProperty*>(one)->name = copyTo(static_cast<JProperty*>(one)->name, arena);
    } else {
      auto* container = static_cast<JContainer*>(one);
      container->constructor_name = copyTo(container->constructor_name, arena);
    }
  }
  return copy;
}

}  // namespace sluice::expression
