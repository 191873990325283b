// Type: a closed C# type, interned, so that two equal types are one pointer. The table is process-wide and only grows
// (types come from expressions and library declarations, not from requests); interning takes a lock, reading a Type
// does not. Signatures in the library use open types: Parameter types stand for a generic type's or method's own
// parameters and are replaced by substitute().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expression/value.h"

namespace sluice::expression {

struct TypeDef;  // library.h

enum class TypeKind : uint8_t {
  Void,
  Null,       // of the literal null
  Error,      // of an expression that did not bind; converts to everything silently
  Object,     // System.Object
  Primitive,  // held in place: int, bool, DateTime, Guid, ...; `tag` says which
  String,
  Enum,
  Class,
  Struct,  // a value type held as an immutable object: KeyValuePair
  Interface,
  Delegate,
  Array,
  Nullable,
  Tuple,  // ValueTuple
  Anonymous,
  Parameter,
};

struct Type {
  TypeKind kind = TypeKind::Class;
  Tag tag = Tag::Object;  // representation of a value (Enum: Tag::Enum; Nullable: of the underlying type)
  uint8_t rank = 0;       // Array
  bool is_method_parameter = false;
  uint32_t index = 0;               // in the table
  uint32_t position = 0;            // Parameter: its place
  std::string name;                 // as C# writes it: "int", "List<string>"
  const TypeDef* def = nullptr;     // null for arrays, tuples, anonymous types, parameters
  std::vector<const Type*> args;    // generic arguments; element; underlying type; members of tuple or anonymous
  std::vector<std::string> names;   // of tuple elements (may be empty) or anonymous members
  const Type* canonical = nullptr;  // a tuple without its names; otherwise the type itself
  const Type* base = nullptr;
  std::vector<const Type*> interfaces;       // all, closed
  std::vector<const Type*> delegate_params;  // Delegate
  const Type* delegate_result = nullptr;     // Delegate

  bool isReference() const {
    return kind == TypeKind::Object || kind == TypeKind::String || kind == TypeKind::Class ||
           kind == TypeKind::Interface || kind == TypeKind::Delegate || kind == TypeKind::Array ||
           kind == TypeKind::Anonymous || kind == TypeKind::Null;
  }
  bool isValue() const { return !isReference() && kind != TypeKind::Void && kind != TypeKind::Error; }
  bool isNullable() const { return kind == TypeKind::Nullable; }
  bool isNumeric() const { return kind == TypeKind::Primitive && tag >= Tag::Char && tag <= Tag::Decimal; }
  bool isIntegral() const { return kind == TypeKind::Primitive && tag >= Tag::Char && tag <= Tag::UInt64; }
  bool isBool() const { return kind == TypeKind::Primitive && tag == Tag::Bool; }
  const Type* element() const { return args[0]; }     // Array
  const Type* underlying() const { return args[0]; }  // Nullable
  // The name that GetType().Name gives and the full one.
  std::string reflectionName() const;
  std::string fullName() const;
};

// Types that the compiler itself knows.
struct CoreTypes {
  const Type *void_type, *null_type, *error, *object, *string, *boolean, *character;
  const Type *sbyte, *byte, *int16, *uint16, *int32, *uint32, *int64, *uint64, *single, *real, *decimal;
  const Type *date_time, *time_span, *date_time_offset, *guid;
  const Type *byte_array, *exception, *enumerable_of_object, *disposable, *type_type;
};
// Built with the library on first use.
const CoreTypes& core();

const Type* closedType(const TypeDef* def, std::span<const Type* const> args = {});
const Type* arrayOf(const Type* element, uint8_t rank = 1);
const Type* nullableOf(const Type* underlying);
const Type* tupleOf(std::vector<const Type*> elements, std::vector<std::string> names = {});
const Type* anonymousOf(std::vector<const Type*> members, std::vector<std::string> names);
const Type* parameterType(bool of_method, uint32_t position, std::string_view name);
const Type* typeAt(uint32_t index);
// The named library type ("System.DateTime", "System.Func`2" closed over `args`). REQUIRES: it is declared.
const Type* libraryType(std::string_view full_name, std::span<const Type* const> args = {});

const Type* substitute(const Type* type, std::span<const Type* const> type_args,
                       std::span<const Type* const> method_args);
bool isOpen(const Type* type);

// Identity, base class, interface with variance, array covariance, boxing: every value of `from` is a `to` as it stands
// at run time.
bool isReferenceAssignable(const Type* from, const Type* to);
// The interface or base type of `type` that is a closing of `def`, or null.
const Type* closingOf(const Type* type, const TypeDef* def);
// What foreach over `type` gives; null: not enumerable.
const Type* elementOfSequence(const Type* type);
// The run-time type of a value. REQUIRES: not null.
const Type* typeOf(const Value& value);
bool isInstance(const Value& value, const Type* type);

}  // namespace sluice::expression
