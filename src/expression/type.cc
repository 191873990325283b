#include "expression/type.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "base/assert.h"
#include "expression/library.h"
#include "expression/object.h"

namespace sluice::expression {
namespace {

// Enough for any configuration; a hostile expression that makes types for ever gets the error type.
constexpr size_t kMaxTypes = 60'000;

struct Table {
  std::recursive_mutex mutex;
  std::array<const Type*, kMaxTypes> by_index{};
  std::vector<std::unique_ptr<Type>> all;
  std::map<std::string, Type*, std::less<>> by_key;
};

Table& table() {
  static auto* const instance = new Table;  // never destroyed: values may outlive static destruction
  return *instance;
}

// Returns the existing type of that key, or a new one that `fill` completes (the key is known by then, so that types
// may refer to themselves in their interfaces).
thread_local int interning = 0;  // fills under way on this thread

template <class Fill>
const Type* intern(const std::string& key, Fill fill) {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  if (const auto it = t.by_key.find(key); it != t.by_key.end()) return it->second;
  if (t.all.size() >= kMaxTypes) return t.all.front().get();
  t.all.push_back(std::make_unique<Type>());
  Type* type = t.all.back().get();
  type->index = static_cast<uint32_t>(t.all.size() - 1);
  type->canonical = type;
  t.by_index[type->index] = type;
  t.by_key.emplace(key, type);
  ++interning;
  fill(*type);
  --interning;
  return type;
}

// Closed types and arrays found again without the lock: natives ask for the same few per request. A slot keeps the
// first type that came to it; what finds none among a few goes through the table.
constexpr size_t kRememberedTypes = 4096;  // a power of two
constexpr size_t kProbes = 8;
std::array<std::atomic<const Type*>, kRememberedTypes> remembered;

std::atomic<const Type*>& slotFor(const TypeDef* def, std::span<const Type* const> args, size_t probe) {
  auto hash = reinterpret_cast<uintptr_t>(def) >> 4;
  for (const Type* arg : args) hash = hash * 31 + arg->index;
  return remembered[((hash ^ hash >> 12) + probe) % kRememberedTypes];
}

// `def`: null for an array.
const Type* recall(const TypeDef* def, std::span<const Type* const> args) {
  for (size_t probe = 0; probe < kProbes; ++probe) {
    const Type* known = slotFor(def, args, probe).load(std::memory_order_acquire);
    if (known == nullptr) return nullptr;
    if (known->def == def && std::equal(args.begin(), args.end(), known->args.begin(), known->args.end())) return known;
  }
  return nullptr;
}

// Only complete types, for others read them without the lock.
void remember(const Type* type, std::span<const Type* const> args) {
  if (interning != 0) return;
  for (size_t probe = 0; probe < kProbes; ++probe) {
    const Type* there = nullptr;
    if (slotFor(type->def, args, probe).compare_exchange_strong(there, type, std::memory_order_release) ||
        there == type)
      return;
  }
}

// The library's names are literals: where one was found is remembered by its address.
const TypeDef* findByName(std::string_view full_name, size_t arity) {
  struct Found {
    size_t arity = 0;
    const TypeDef* def = nullptr;
  };
  static thread_local std::array<Found, 128> known;
  Found& slot = known[(reinterpret_cast<uintptr_t>(full_name.data()) >> 3) % known.size()];
  if (slot.def == nullptr || slot.arity != arity || slot.def->full_name != full_name)
    slot = {arity, Library::instance().findFull(full_name, arity)};
  return slot.def;
}

std::string keyOf(char kind, std::span<const Type* const> parts) {
  std::string key(1, kind);
  for (const Type* part : parts) key += ':' + std::to_string(part->index);
  return key;
}

void addInterface(Type& type, const Type* interface) {
  for (const Type* known : type.interfaces)
    if (known == interface) return;
  type.interfaces.push_back(interface);
  for (const Type* more : interface->interfaces) addInterface(type, more);
}

std::string_view keywordOf(std::string_view full_name) {
  static const std::map<std::string_view, std::string_view> kKeywords = {
      {"System.Object", "object"}, {"System.String", "string"}, {"System.Boolean", "bool"},
      {"System.Char", "char"},     {"System.SByte", "sbyte"},   {"System.Byte", "byte"},
      {"System.Int16", "short"},   {"System.UInt16", "ushort"}, {"System.Int32", "int"},
      {"System.UInt32", "uint"},   {"System.Int64", "long"},    {"System.UInt64", "ulong"},
      {"System.Single", "float"},  {"System.Double", "double"}, {"System.Decimal", "decimal"},
  };
  const auto it = kKeywords.find(full_name);
  return it == kKeywords.end() ? std::string_view{} : it->second;
}

std::string joined(std::span<const Type* const> types) {
  std::string text;
  for (const Type* type : types) text += (text.empty() ? "" : ", ") + type->name;
  return text;
}

void addBases(Type& type, const TypeDef& def) {
  std::string_view rest = def.bases;
  while (!rest.empty()) {
    int depth = 0;
    size_t end = 0;
    while (end < rest.size() && (rest[end] != ',' || depth > 0)) {
      if (rest[end] == '<') ++depth;
      if (rest[end] == '>') --depth;
      ++end;
    }
    const Type* open = parseTypeText(rest.substr(0, end), def.type_params, {});
    const Type* closed = substitute(open, type.args, {});
    if (closed->kind == TypeKind::Interface) {
      addInterface(type, closed);
    } else {
      type.base = closed;
      for (const Type* inherited : closed->interfaces) addInterface(type, inherited);
    }
    rest = end < rest.size() ? rest.substr(end + 1) : std::string_view{};
  }
}

void fillArray(Type& type, const Type* element, uint8_t rank) {
  type.kind = TypeKind::Array;
  type.rank = rank;
  type.args = {element};
  type.name = element->name + "[" + std::string(rank - 1, ',') + "]";
  type.base = libraryType("System.Array");
  for (const Type* inherited : type.base->interfaces) addInterface(type, inherited);
  if (rank > 1) return;
  const Type* one[] = {element};
  addInterface(type, libraryType("System.Collections.Generic.IList", one));
  addInterface(type, libraryType("System.Collections.Generic.IReadOnlyList", one));
}

// Func's last argument is its result; the other delegates are declared with their parameters as type arguments.
void fillDelegate(Type& type) {
  const std::string& name = type.def->name;
  type.delegate_params = type.args;
  type.delegate_result = core().void_type;
  if (name == "Func" || name == "Converter") {
    type.delegate_result = type.args.back();
    type.delegate_params.pop_back();
  } else if (name == "Predicate") {
    type.delegate_result = core().boolean;
  } else if (name == "Comparison") {
    type.delegate_result = core().int32;
    type.delegate_params = {type.args[0], type.args[0]};
  } else if (name == "MatchEvaluator") {
    type.delegate_result = core().string;
    type.delegate_params = {libraryType("System.Text.RegularExpressions.Match")};
  }
}

// What must exist before any library type can be closed.
const CoreTypes& basics() {
  static const CoreTypes kCore = [] {
    CoreTypes c{};
    const auto special = [](const char* key, TypeKind kind, const char* name) {
      return intern(key, [&](Type& type) {
        type.kind = kind;
        type.tag = Tag::Null;
        type.name = name;
      });
    };
    c.error = special("error", TypeKind::Error, "?");
    c.void_type = special("void", TypeKind::Void, "void");
    c.null_type = special("null", TypeKind::Null, "<null>");
    c.object = closedType(Library::instance().findFull("System.Object", 0));
    return c;
  }();
  return kCore;
}

}  // namespace

static const Type* internClosed(const TypeDef* def, std::span<const Type* const> args);

std::string Type::reflectionName() const {
  if (kind == TypeKind::Array) return element()->reflectionName() + "[" + std::string(rank - 1u, ',') + "]";
  if (kind == TypeKind::Nullable) return "Nullable`1";
  if (kind == TypeKind::Tuple) return "ValueTuple`" + std::to_string(args.size());
  if (kind == TypeKind::Anonymous) return "<>f__AnonymousType0`" + std::to_string(args.size());
  if (def == nullptr) return name;
  return args.empty() ? def->name : def->name + "`" + std::to_string(args.size());
}

std::string Type::fullName() const {
  if (kind == TypeKind::Array) return element()->fullName() + "[" + std::string(rank - 1u, ',') + "]";
  std::string text = kind == TypeKind::Nullable || kind == TypeKind::Tuple ? "System." + reflectionName()
                     : def != nullptr && !def->name_space.empty()          ? def->name_space + "." + reflectionName()
                                                                           : reflectionName();
  if (args.empty()) return text;
  text += "[";
  for (size_t i = 0; i < args.size(); ++i) text += (i == 0 ? "" : ",") + args[i]->fullName();
  return text + "]";
}

const Type* closedType(const TypeDef* def, std::span<const Type* const> args) {
  const Type* known = args.empty() ? def->closed.load(std::memory_order_acquire) : recall(def, args);
  if (known != nullptr) return known;
  const Type* type = internClosed(def, args);
  if (!args.empty()) {
    remember(type, args);
  } else if (interning == 0) {
    def->closed.store(type, std::memory_order_release);  // complete: others read it without the lock
  }
  return type;
}

static const Type* internClosed(const TypeDef* def, std::span<const Type* const> args) {
  char address[32];
  std::snprintf(address, sizeof address, "D%p", static_cast<const void*>(def));
  return intern(address + keyOf(' ', args), [&](Type& type) {
    type.kind = def->kind;
    type.tag = def->tag;
    type.def = def;
    type.args.assign(args.begin(), args.end());
    const std::string full = def->fullName();
    const std::string_view keyword = keywordOf(full);
    type.name = keyword.empty() ? def->name : std::string(keyword);
    if (!args.empty()) type.name += "<" + joined(args) + ">";
    if (full == "System.Object") return;
    if (type.kind == TypeKind::Delegate) fillDelegate(type);
    addBases(type, *def);
    if (type.base == nullptr && type.kind != TypeKind::Interface) type.base = basics().object;
  });
}

const Type* arrayOf(const Type* element, uint8_t rank) {
  const Type* one[] = {element};
  if (rank == 1)
    if (const Type* known = recall(nullptr, one)) return known;
  const Type* type = intern("A" + std::to_string(rank) + ":" + std::to_string(element->index),
                            [&](Type& made) { fillArray(made, element, rank); });
  if (rank == 1) remember(type, one);
  return type;
}

const Type* nullableOf(const Type* underlying) {
  return intern("N" + std::to_string(underlying->index), [&](Type& type) {
    type.kind = TypeKind::Nullable;
    type.tag = underlying->tag;
    type.args = {underlying};
    type.name = underlying->name + "?";
    type.def = Library::instance().findFull("System.Nullable", 1);
    type.base = basics().object;
  });
}

const Type* tupleOf(std::vector<const Type*> elements, std::vector<std::string> names) {
  bool named = false;
  for (const std::string& name : names) named = named || !name.empty();
  std::string key = keyOf('T', elements);
  if (named)
    for (const std::string& name : names) key += "," + name;
  const Type* plain = named ? tupleOf(elements) : nullptr;
  return intern(key, [&](Type& type) {
    type.kind = TypeKind::Tuple;
    for (size_t i = 0; i < elements.size(); ++i) {
      type.name += (i == 0 ? "(" : ", ") + elements[i]->name;
      if (named && !names[i].empty()) type.name += " " + names[i];
    }
    type.name += ")";
    type.args = std::move(elements);
    if (named) type.names = std::move(names);
    if (plain != nullptr) type.canonical = plain;
    type.base = basics().object;
  });
}

const Type* anonymousOf(std::vector<const Type*> members, std::vector<std::string> names) {
  std::string key = keyOf('a', members);
  for (const std::string& name : names) key += "," + name;
  return intern(key, [&](Type& type) {
    type.kind = TypeKind::Anonymous;
    type.name = "<anonymous type: ";
    for (size_t i = 0; i < members.size(); ++i) type.name += (i == 0 ? "" : ", ") + members[i]->name + " " + names[i];
    type.name += ">";
    type.args = std::move(members);
    type.names = std::move(names);
    type.base = basics().object;
  });
}

const Type* parameterType(bool of_method, uint32_t position, std::string_view name) {
  return intern((of_method ? "!!" : "!") + std::to_string(position) + std::string(name), [&](Type& type) {
    type.kind = TypeKind::Parameter;
    type.is_method_parameter = of_method;
    type.position = position;
    type.name = name;
  });
}

const Type* typeAt(uint32_t index) {
  return table().by_index[index];
}

const Type* libraryType(std::string_view full_name, std::span<const Type* const> args) {
  const TypeDef* def = findByName(full_name, args.size());
  if (def == nullptr) std::fprintf(stderr, "no library type %s\n", std::string(full_name).c_str());
  CHECK(def != nullptr);
  return closedType(def, args);
}

const Type* substitute(const Type* type, std::span<const Type* const> type_args,
                       std::span<const Type* const> method_args) {
  if (type->kind == TypeKind::Parameter) {
    const auto args = type->is_method_parameter ? method_args : type_args;
    return type->position < args.size() && args[type->position] != nullptr ? args[type->position] : type;
  }
  if (type->args.empty()) return type;
  std::vector<const Type*> args;
  bool changed = false;
  for (const Type* arg : type->args) {
    args.push_back(substitute(arg, type_args, method_args));
    changed = changed || args.back() != arg;
  }
  if (!changed) return type;
  switch (type->kind) {
    case TypeKind::Array:
      return arrayOf(args[0], type->rank);
    case TypeKind::Nullable:
      return nullableOf(args[0]);
    case TypeKind::Tuple:
      return tupleOf(std::move(args), type->names);
    case TypeKind::Anonymous:
      return anonymousOf(std::move(args), type->names);
    default:
      return closedType(type->def, args);
  }
}

bool isOpen(const Type* type) {
  if (type->kind == TypeKind::Parameter) return true;
  for (const Type* arg : type->args)
    if (isOpen(arg)) return true;
  return false;
}

const CoreTypes& core() {
  static const CoreTypes kAll = [] {
    CoreTypes c = basics();
    c.string = libraryType("System.String");
    c.boolean = libraryType("System.Boolean");
    c.character = libraryType("System.Char");
    c.sbyte = libraryType("System.SByte");
    c.byte = libraryType("System.Byte");
    c.int16 = libraryType("System.Int16");
    c.uint16 = libraryType("System.UInt16");
    c.int32 = libraryType("System.Int32");
    c.uint32 = libraryType("System.UInt32");
    c.int64 = libraryType("System.Int64");
    c.uint64 = libraryType("System.UInt64");
    c.single = libraryType("System.Single");
    c.real = libraryType("System.Double");
    c.decimal = libraryType("System.Decimal");
    c.date_time = libraryType("System.DateTime");
    c.time_span = libraryType("System.TimeSpan");
    c.date_time_offset = libraryType("System.DateTimeOffset");
    c.guid = libraryType("System.Guid");
    c.byte_array = arrayOf(c.byte);
    c.exception = libraryType("System.Exception");
    const Type* one[] = {c.object};
    c.enumerable_of_object = libraryType("System.Collections.Generic.IEnumerable", one);
    c.disposable = libraryType("System.IDisposable");
    c.type_type = libraryType("System.Type");
    return c;
  }();
  return kAll;
}

}  // namespace sluice::expression
