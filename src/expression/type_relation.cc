// How types relate: assignability with variance, sequences, run-time types of values.
#include "expression/library.h"
#include "expression/object.h"
#include "expression/type.h"

namespace sluice::expression {
namespace {

bool isVariantAssignable(const Type* from, const Type* to) {
  if (from->def == nullptr || from->def != to->def || from->args.size() != to->args.size()) return false;
  for (size_t i = 0; i < from->args.size(); ++i) {
    const Type* a = from->args[i];
    const Type* b = to->args[i];
    if (a->canonical == b->canonical) continue;
    const bool out = i < from->def->covariant.size() && from->def->covariant[i];
    const bool in = i < from->def->contravariant.size() && from->def->contravariant[i];
    if (out && a->isReference() && isReferenceAssignable(a, b)) continue;
    if (in && b->isReference() && isReferenceAssignable(b, a)) continue;
    return false;
  }
  return true;
}

}  // namespace

bool isReferenceAssignable(const Type* from, const Type* to) {
  from = from->canonical;
  to = to->canonical;
  if (from == to || to->kind == TypeKind::Object) return true;
  if (from->kind == TypeKind::Error || to->kind == TypeKind::Error) return true;
  if (from->kind == TypeKind::Array && to->kind == TypeKind::Array)
    return from->rank == to->rank && from->element()->isReference() &&
           isReferenceAssignable(from->element(), to->element());
  if (to->kind == TypeKind::Delegate) return isVariantAssignable(from, to);
  if (to->kind == TypeKind::Interface) {
    if (isVariantAssignable(from, to)) return true;
    for (const Type* interface : from->interfaces)
      if (interface == to || isVariantAssignable(interface, to)) return true;
    // An array of a class is also an IList of its bases.
    if (from->kind == TypeKind::Array && from->element()->isReference() && to->args.size() == 1 &&
        closingOf(from, to->def) != nullptr)
      return isReferenceAssignable(from->element(), to->args[0]);
    return false;
  }
  for (const Type* base = from->base; base != nullptr; base = base->base)
    if (base == to) return true;
  return false;
}

const Type* closingOf(const Type* type, const TypeDef* def) {
  for (const Type* t = type; t != nullptr; t = t->base)
    if (t->def == def) return t;
  for (const Type* interface : type->interfaces)
    if (interface->def == def) return interface;
  return nullptr;
}

const Type* elementOfSequence(const Type* type) {
  if (type->kind == TypeKind::Array) return type->element();
  if (type->kind == TypeKind::String) return core().character;
  // The pattern: a public GetEnumerator comes before the interfaces.
  for (const Type* t = type; t != nullptr && t->def != nullptr; t = t->base)
    for (const Member& member : t->def->members())
      if (member.name == "GetEnumerator" && member.params.empty()) {
        const Type* result = substitute(member.type, t->args, {});
        return result->args.empty() ? core().object : result->args[0];
      }
  static const TypeDef* const kGeneric = core().enumerable_of_object->def;
  if (const Type* closing = closingOf(type, kGeneric)) return closing->args[0];
  static const TypeDef* const kPlain = Library::instance().findFull("System.Collections.IEnumerable", 0);
  return closingOf(type, kPlain) != nullptr ? core().object : nullptr;
}

const Type* typeOf(const Value& value) {
  const CoreTypes& c = core();
  switch (value.tag()) {
    case Tag::Null:
      return c.null_type;
    case Tag::Bool:
      return c.boolean;
    case Tag::Char:
      return c.character;
    case Tag::SByte:
      return c.sbyte;
    case Tag::Byte:
      return c.byte;
    case Tag::Int16:
      return c.int16;
    case Tag::UInt16:
      return c.uint16;
    case Tag::Int32:
      return c.int32;
    case Tag::UInt32:
      return c.uint32;
    case Tag::Int64:
      return c.int64;
    case Tag::UInt64:
      return c.uint64;
    case Tag::Single:
      return c.single;
    case Tag::Double:
      return c.real;
    case Tag::Decimal:
      return c.decimal;
    case Tag::DateTime:
      return c.date_time;
    case Tag::TimeSpan:
      return c.time_span;
    case Tag::DateTimeOffset:
      return c.date_time_offset;
    case Tag::Guid:
      return c.guid;
    case Tag::Enum:
      return typeAt(value.extra());
    case Tag::Ascii:
    case Tag::Utf8:
    case Tag::Wide:
      return c.string;
    case Tag::Object:
      return value.asObject()->type;
  }
  return c.object;
}

bool isInstance(const Value& value, const Type* type) {
  if (value.isNull()) return false;
  if (type->kind == TypeKind::Nullable) type = type->underlying();
  if (type->kind == TypeKind::Object) return true;
  if (type->kind == TypeKind::Primitive) return value.tag() == type->tag;
  if (type->kind == TypeKind::String) return value.isString();
  return isReferenceAssignable(typeOf(value), type);
}

}  // namespace sluice::expression
