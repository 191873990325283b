// The .NET library that expressions see: each type in one file of library/, each member declared once, as a row with
// its C# signature and a native. Binding, documentation and the allow-list are this table: what is not declared does
// not exist. See README.md for how to add a type or a member.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "expression/chars.h"
#include "expression/eval.h"
#include "expression/object.h"
#include "expression/type.h"

namespace sluice::expression {

struct Member;

// A call of a native. Instance members and extension methods have the receiver in args[0] (never null for instance
// members). `out` and `ref` arguments are written by assigning to args[i].
struct Call {
  Eval& eval;
  Value* args;
  uint32_t count;
  const Type* type;                        // what the call returns, closed (a constructor: the new object's type)
  std::span<const Type* const> type_args;  // of a generic method
  const Type* receiver;                    // closed declaring type

  Value& operator[](size_t i) const { return args[i]; }
  Arena& arena() const { return eval.arena; }
  bool isNull(size_t i) const { return args[i].isNull(); }
  int32_t int32(size_t i) const { return args[i].asInt32(); }
  int64_t int64(size_t i) const { return args[i].asInt64(); }
  double real(size_t i) const { return args[i].asDouble(); }
  bool boolean(size_t i) const { return args[i].asBool(); }
  // REQUIRES: args[i] is not null.
  Chars chars(size_t i) const { return expression::chars(eval, args[i]); }
  std::string_view utf8(size_t i) const { return toUtf8(eval.arena, args[i]); }
  template <class T>
  T* object(size_t i) const {
    return as<T>(args[i]);
  }
  Value text(std::string_view utf8) const { return fromStd(eval.arena, utf8); }
  Value raise(std::string_view exception, std::string_view message = {}) const {
    return eval.raise(exception, message);
  }
};

using Native = Value (*)(Call& call);

enum MemberFlags : uint8_t {
  kPure = 1,     // depends on its arguments only: folded when they are constants
  kMutates = 2,  // changes a JSON or XML tree
  kRequestBody = 4,
  kResponseBody = 8,
};

// One row: the signature as C# writes it, then the natives.
//   "int Length { get; }"                               property: getter [, setter]
//   "char this[int index] { get; }"                     indexer
//   "static string Join(string separator, params string[] value)"
//   "static IEnumerable<T> Take<T>(this IEnumerable<T> source, int count)"   extension method
//   "StringBuilder(string value)"                       constructor
//   "static bool operator ==(Guid a, Guid b)", "static implicit operator JToken(int value)"
//   "const int MaxValue", "static readonly Guid Empty"
//   "bool TryGetValue(TKey key, out TValue value)", "string ToString(string format = null)"
struct MemberRow {
  const char* signature;
  Native get;
  Native set = nullptr;
  uint8_t flags = 0;
};

struct EnumRow {
  const char* name;
  int64_t value;
};

enum class MemberKind : uint8_t { Constructor, Method, Property, Indexer, Operator, Implicit, Explicit, Constant };

struct Param {
  enum class Mode : uint8_t { Value, Ref, Out, Params };
  std::string name;
  const Type* type = nullptr;
  Mode mode = Mode::Value;
  bool optional = false;
  Value default_value;  // Null also stands for default(T)
};

struct Member {
  MemberKind kind = MemberKind::Method;
  bool is_static = false;
  bool is_extension = false;
  uint8_t flags = 0;
  std::string name;            // "op_==" for operators, "this" for indexers
  const Type* type = nullptr;  // result
  std::vector<Param> params;   // without the receiver, except an extension method's first
  std::vector<std::string> type_params;
  Native get = nullptr;
  Native set = nullptr;
  const TypeDef* owner = nullptr;
  const char* signature = nullptr;
};

// What a type does beyond its members; null entries fall back to reference identity and the type's name.
struct Hooks {
  Value (*to_string)(Eval&, const Value&) = nullptr;
  bool (*equals)(Eval&, const Value&, const Value&) = nullptr;
  uint32_t (*hash)(Eval&, const Value&) = nullptr;
  int (*compare)(Eval&, const Value&, const Value&) = nullptr;
  Enumerator* (*enumerate)(Eval&, const Value&) = nullptr;
  // IFormattable: `format` may be empty.
  Value (*format)(Eval&, const Value&, const Chars& format) = nullptr;
  // What Body.As<T>() makes of a body's bytes.
  Value (*read)(Eval&, std::string_view bytes) = nullptr;
  // A deep copy into another arena, for values that outlive their exchange; without it such a value becomes null.
  Value (*copy)(Arena&, const Value&) = nullptr;
};

// A declared type. Members are parsed from their rows when first asked for.
struct TypeDef {
  std::string name_space;
  std::string name;       // without arity
  std::string full_name;  // with its namespace
  std::string declaration;
  TypeKind kind = TypeKind::Class;
  Tag tag = Tag::Object;
  bool is_static = false;
  bool is_flags = false;
  bool is_abstract = false;
  bool is_singleton = false;  // one object, never null and without state: members do not look at it
  std::vector<std::string> type_params;
  std::vector<bool> covariant;
  std::vector<bool> contravariant;
  std::string bases;  // "Base, IEnumerable<T>" as written
  std::vector<std::span<const MemberRow>> rows;
  std::span<const EnumRow> enum_rows;
  Hooks hooks;

  const std::vector<Member>& members() const;
  const std::string& fullName() const { return full_name; }

  mutable std::atomic<const Type*> closed = nullptr;  // the type itself, when it has no parameters
  mutable std::once_flag parsed;
  mutable std::vector<Member> parsed_members;
};

class Library {
 public:
  static const Library& instance();

  // Used by the declare functions.
  // `declaration`: "class System.Text.StringBuilder", "sealed class System.Collections.Generic.List<T> : IList<T>",
  // "static class System.Math", "struct System.Guid : IComparable<Guid>", "interface ...", "delegate TResult
  // System.Func<T,TResult>(T arg)". `tag` for value types held in place.
  TypeDef& add(std::string_view declaration, std::span<const MemberRow> rows, Hooks hooks = {}, Tag tag = Tag::Object);
  TypeDef& addEnum(std::string_view full_name, std::span<const EnumRow> rows, bool flags = false);

  // By simple name and arity among the imported namespaces; may find several (an ambiguity).
  std::vector<const TypeDef*> find(std::string_view name, size_t arity) const;
  std::vector<const TypeDef*> findAnywhere(std::string_view name, size_t arity) const;  // whatever its namespace
  const TypeDef* findFull(std::string_view full_name, size_t arity) const;
  bool isNamespace(std::string_view name) const;
  const std::vector<std::unique_ptr<TypeDef>>& all() const { return defs_; }
  std::span<const Member* const> extensions(std::string_view name) const;
  // Names of types, for suggestions.
  std::vector<std::string_view> typeNames() const;

 private:
  Library();
  using NameIndex = std::unordered_multimap<std::string_view, const TypeDef*>;
  std::vector<std::unique_ptr<TypeDef>> defs_;
  NameIndex by_name_;  // simple names
  NameIndex by_full_name_;
  std::unordered_set<std::string_view> namespaces_;
  mutable std::once_flag extensions_found_;
  mutable std::unordered_map<std::string_view, std::vector<const Member*>> extensions_;
};

// Parses one row (signature.cc). The library's own mistakes abort: a test walks all rows.
Member parseSignature(const TypeDef& owner, const MemberRow& row);
// A type as written in a signature.
const Type* parseTypeText(std::string_view text, std::span<const std::string> type_params,
                          std::span<const std::string> method_params);

}  // namespace sluice::expression
