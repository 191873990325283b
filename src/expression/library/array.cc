// System.Array and System.Buffer.
#include <algorithm>
#include <bit>
#include <string>

#include "expression/library/array_items.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

using Items = ArrayItems;

bool itemsOf(Call& c, size_t i, Items& out) {
  return arrayItems(c, i, out);
}

Value length(Call& c) {
  if (isKind(c[0], ObjectKind::Bytes)) return Value::int32(static_cast<int32_t>(c.object<BytesObject>(0)->length));
  return Value::int32(static_cast<int32_t>(c.object<ArrayObject>(0)->length));
}

Value arrayFrom(Call& c, const Type* type, const Value* items, uint32_t count) {
  if (type == core().byte_array) {
    const Value made = newBytesOfSize(c.eval, count);
    if (c.eval.failed()) return {};
    for (uint32_t i = 0; i < count; ++i) as<BytesObject>(made)->data[i] = static_cast<uint8_t>(items[i].asInt64());
    return made;
  }
  ArrayObject* made = newArray(c.eval, type, count);
  if (c.eval.failed()) return {};
  std::copy(items, items + count, made->items);
  return Value::object(made);
}

// -1: none. `matches` may raise.
template <class Matches>
int32_t find(Call& c, const Items& all, bool last, Matches matches) {
  for (uint32_t n = 0; n < all.length; ++n) {
    const uint32_t i = last ? all.length - 1 - n : n;
    if (!c.eval.step()) return -1;
    if (matches(all.items[i])) return static_cast<int32_t>(i);
    if (c.eval.failed()) return -1;
  }
  return -1;
}

int32_t findBy(Call& c, const Items& all, bool last) {
  if (c.isNull(1)) c.eval.raiseArgumentNull("match");
  if (c.eval.failed()) return -1;
  return find(c, all, last, [&](const Value& item) { return c.eval.invoke(c[1], {item}).asBool(); });
}

Value indexOfItem(Call& c, bool last) {
  Items all;
  if (!itemsOf(c, 0, all)) return {};
  return Value::int32(find(c, all, last, [&](const Value& item) { return valueEquals(c.eval, item, c[1]); }));
}

Value findItem(Call& c, bool last) {
  Items all;
  if (!itemsOf(c, 0, all)) return {};
  const int32_t at = findBy(c, all, last);
  return at >= 0 ? all.items[at] : defaultValue(c.arena(), c.type);
}

Value findIndex(Call& c, bool last) {
  Items all;
  return itemsOf(c, 0, all) ? Value::int32(findBy(c, all, last)) : Value();
}

Value findAll(Call& c) {
  Items all;
  if (!itemsOf(c, 0, all)) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("match");
  auto* kept = newObject<ListObject>(c.eval, core().object, ObjectKind::List);
  for (uint32_t i = 0; i < all.length; ++i) {
    const bool keep = c.eval.invoke(c[1], {all.items[i]}).asBool();
    if (c.eval.failed() || (keep && !append(c.eval, kept, all.items[i]))) return {};
  }
  return arrayFrom(c, c.type, kept->items, kept->count);
}

Value convertAll(Call& c) {
  Items all;
  if (!itemsOf(c, 0, all)) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("converter");
  auto* made = newObject<ListObject>(c.eval, core().object, ObjectKind::List);
  for (uint32_t i = 0; i < all.length; ++i) {
    const Value converted = c.eval.invoke(c[1], {all.items[i]});
    if (c.eval.failed() || !append(c.eval, made, converted)) return {};
  }
  return arrayFrom(c, c.type, made->items, made->count);
}

int byDefault(Eval& eval, void*, const Value& a, const Value& b) {
  return valueCompare(eval, a, b);
}
int byComparison(Eval& eval, void* state, const Value& a, const Value& b) {
  return eval.invoke(*static_cast<Value*>(state), {a, b}).asInt32();
}
int byComparer(Eval& eval, void* state, const Value& a, const Value& b) {
  return compareBy(eval, comparisonOf(*static_cast<Value*>(state)), a, b);
}

Value sort(Call& c, CompareFunction compare) {
  Items all;
  if (!itemsOf(c, 0, all)) return {};
  if (sortValues(c.eval, all.items, all.length, compare, c.count > 1 ? &c.args[1] : nullptr)) all.store();
  return {};
}

Value reverse(Call& c) {
  Items all;
  if (!itemsOf(c, 0, all)) return {};
  std::reverse(all.items, all.items + all.length);
  all.store();
  return {};
}

Value clear(Call& c) {
  Items all;
  if (!itemsOf(c, 0, all)) return {};
  const int64_t from = c.count > 1 ? c.int32(1) : 0;
  const int64_t count = c.count > 1 ? c.int32(2) : all.length;
  if (from < 0 || count < 0 || from + count > all.length) return c.raise("System.IndexOutOfRangeException");
  const Value initial = defaultValue(c.arena(), c[0].asObject()->type->element());
  std::fill(all.items + from, all.items + from + count, initial);
  all.store();
  return {};
}

// May elements of one type be copied into an array of the other, one by one if need be?
bool canConvert(const Type* from, const Type* to) {
  const auto is_number = [](const Type* type) {
    return type->kind == TypeKind::Primitive && type->tag >= Tag::Char && type->tag <= Tag::Double;
  };
  if (is_number(from) && is_number(to)) {
    return widens(from->tag, to->tag);
  }
  if (from->isReference() && to->isReference()) return isReferenceAssignable(to, from);
  return from == core().object || to == core().object || (to->kind == TypeKind::Interface && from->isValue());
}

Value copyPiece(Call& c, int64_t from, int64_t to, int64_t count) {
  const size_t target = c.count == 3 ? 1 : 2;
  Items a, b;
  if (!itemsOf(c, 0, a) || !itemsOf(c, target, b)) return {};
  if (from < 0 || to < 0 || count < 0) return c.eval.raiseOutOfRange("length");
  if (from + count > a.length || to + count > b.length)
    return c.raise("System.ArgumentException", "Source array was not long enough.");
  if (!c.eval.step(1 + static_cast<uint64_t>(count) / 16)) return {};
  const Type* source = c[0].asObject()->type->element();
  const Type* destination = c[target].asObject()->type->element();
  if (source != destination && !(source->isReference() && isReferenceAssignable(source, destination))) {
    if (!canConvert(source, destination)) return c.raise("System.ArrayTypeMismatchException");
    for (int64_t i = 0; i < count; ++i) {
      Value value = a.items[from + i];
      if (!makeStorable(c.eval, destination, value)) return {};
      b.items[to + i] = value;
    }
    b.store();
    return {};
  }
  if (from < to) {
    std::copy_backward(a.items + from, a.items + from + count, b.items + to + count);
  } else {
    std::copy(a.items + from, a.items + from + count, b.items + to);
  }
  b.store();
  return {};
}

Value resize(Call& c) {
  const int32_t size = c.int32(1);
  if (size < 0) return c.eval.raiseOutOfRange("newSize");
  ArrayObject* made = nullptr;
  if (c.type_args[0] == core().byte) {
    const Value bytes = newBytesOfSize(c.eval, static_cast<uint32_t>(size));
    if (c.eval.failed()) return {};
    const auto* old = c.isNull(0) ? nullptr : c.object<BytesObject>(0);
    for (uint32_t i = 0; old != nullptr && i < old->length && i < static_cast<uint32_t>(size); ++i)
      as<BytesObject>(bytes)->data[i] = old->data[i];
    c[0] = bytes;
    return {};
  }
  made = newArray(c.eval, arrayOf(c.type_args[0]), static_cast<uint32_t>(size));
  if (c.eval.failed()) return {};
  const auto* old = c.isNull(0) ? nullptr : c.object<ArrayObject>(0);
  for (uint32_t i = 0; old != nullptr && i < old->length && i < made->length; ++i) made->items[i] = old->items[i];
  c[0] = Value::object(made);
  return {};
}

Value getLength(Call& c) {
  const int32_t dimension = c.int32(1);
  const Type* type = c[0].asObject()->type;
  if (dimension < 0 || dimension >= type->rank) return c.raise("System.IndexOutOfRangeException");
  if (type->rank == 1) return length(c);
  return Value::int32(static_cast<int32_t>(c.object<ArrayObject>(0)->lengths[dimension]));
}

Value clone(Call& c) {
  Items all;
  return itemsOf(c, 0, all) ? arrayFrom(c, c[0].asObject()->type, all.items, all.length) : Value();
}

Value copyTo(Call& c) {
  Items a, b;
  if (!itemsOf(c, 0, a) || !itemsOf(c, 1, b)) return {};
  const int64_t at = c.int32(2);
  if (at < 0) return c.eval.raiseOutOfRange("destinationIndex");
  if (at + a.length > b.length) return c.raise("System.ArgumentException", "Destination array was not long enough.");
  Value args[] = {c[0], Value::int32(0), c[1], c[2], Value::int32(static_cast<int32_t>(a.length))};
  Call whole{c.eval, args, 5, core().void_type, {}, c.receiver};
  return copyPiece(whole, 0, at, a.length);
}

constexpr MemberRow kArray[] = {
    {"int Length { get; }", length},
    {"long LongLength { get; }", [](Call& c) { return Value::int64(length(c).asInt32()); }},
    {"int Rank { get; }", [](Call& c) { return Value::int32(c[0].asObject()->type->rank); }},
    {"int GetLength(int dimension)", getLength},
    {"object Clone()", clone},
    {"void CopyTo(Array array, int index)", copyTo},
    {"object GetValue(int index)",
     [](Call& c) {
       Items all;
       if (!itemsOf(c, 0, all)) return Value();
       if (c.int32(1) < 0 || static_cast<uint32_t>(c.int32(1)) >= all.length)
         return c.raise("System.IndexOutOfRangeException");
       return all.items[c.int32(1)];
     }},
    {"static int IndexOf<T>(T[] array, T value)", [](Call& c) { return indexOfItem(c, false); }},
    {"static int LastIndexOf<T>(T[] array, T value)", [](Call& c) { return indexOfItem(c, true); }},
    {"static T Find<T>(T[] array, Predicate<T> match)", [](Call& c) { return findItem(c, false); }},
    {"static T FindLast<T>(T[] array, Predicate<T> match)", [](Call& c) { return findItem(c, true); }},
    {"static T[] FindAll<T>(T[] array, Predicate<T> match)", findAll},
    {"static int FindIndex<T>(T[] array, Predicate<T> match)", [](Call& c) { return findIndex(c, false); }},
    {"static int FindLastIndex<T>(T[] array, Predicate<T> match)", [](Call& c) { return findIndex(c, true); }},
    {"static bool Exists<T>(T[] array, Predicate<T> match)",
     [](Call& c) {
       const Value at = findIndex(c, false);
       return Value::boolean(!c.eval.failed() && at.asInt32() >= 0);
     }},
    {"static bool TrueForAll<T>(T[] array, Predicate<T> match)",
     [](Call& c) {
       Items all;
       if (!itemsOf(c, 0, all)) return Value();
       if (c.isNull(1)) return c.eval.raiseArgumentNull("match");
       return Value::boolean(
           find(c, all, false, [&](const Value& item) { return !c.eval.invoke(c[1], {item}).asBool(); }) < 0);
     }},
    {"static TOutput[] ConvertAll<TInput,TOutput>(TInput[] array, Converter<TInput,TOutput> converter)", convertAll},
    {"static void ForEach<T>(T[] array, Action<T> action)",
     [](Call& c) {
       Items all;
       if (!itemsOf(c, 0, all)) return Value();
       if (c.isNull(1)) return c.eval.raiseArgumentNull("action");
       for (uint32_t i = 0; i < all.length && !c.eval.failed(); ++i) c.eval.invoke(c[1], {all.items[i]});
       return Value();
     }},
    {"static void Sort<T>(T[] array)", [](Call& c) { return sort(c, byDefault); }},
    {"static void Sort<T>(T[] array, Comparison<T> comparison)",
     [](Call& c) { return c.isNull(1) ? c.eval.raiseArgumentNull("comparison") : sort(c, byComparison); }},
    {"static void Sort<T>(T[] array, IComparer<T> comparer)",
     [](Call& c) { return sort(c, c.isNull(1) ? byDefault : byComparer); }},
    {"static void Sort(Array array)", [](Call& c) { return sort(c, byDefault); }},
    {"static void Sort(Array array, System.Collections.IComparer comparer)",
     [](Call& c) { return sort(c, c.isNull(1) ? byDefault : byComparer); }},
    {"static void Reverse(Array array)", reverse},
    {"static void Reverse<T>(T[] array)", reverse},
    {"static void Clear(Array array, int index, int length)", clear},
    {"static void Clear(Array array)", clear},
    {"static void Copy(Array sourceArray, Array destinationArray, int length)",
     [](Call& c) { return copyPiece(c, 0, 0, c.int32(2)); }},
    {"static void ConstrainedCopy(Array sourceArray, int sourceIndex, Array destinationArray, int destinationIndex, "
     "int length)",
     [](Call& c) { return copyPiece(c, c.int32(1), c.int32(3), c.int32(4)); }},
    {"static void Copy(Array sourceArray, int sourceIndex, Array destinationArray, int destinationIndex, int length)",
     [](Call& c) { return copyPiece(c, c.int32(1), c.int32(3), c.int32(4)); }},
    {"static void Resize<T>(ref T[] array, int newSize)", resize},
    {"static T[] Empty<T>()", [](Call& c) { return arrayFrom(c, c.type, nullptr, 0); }},
};

// Of arrays of primitives. Bytes an element; 0: it is none.
uint32_t elementSize(const Type* element) {
  if (element->kind != TypeKind::Primitive) return 0;
  switch (element->tag) {
    case Tag::Bool:
    case Tag::SByte:
    case Tag::Byte:
      return 1;
    case Tag::Char:
    case Tag::Int16:
    case Tag::UInt16:
      return 2;
    case Tag::Int32:
    case Tag::UInt32:
    case Tag::Single:
      return 4;
    case Tag::Int64:
    case Tag::UInt64:
    case Tag::Double:
      return 8;
    default:
      return 0;
  }
}

// The bytes of a number as memory holds them, and back.
void toBytes(const Value& value, uint32_t size, char* out) {
  uint64_t bits = value.bits();
  if (value.tag() == Tag::Single) bits = std::bit_cast<uint32_t>(static_cast<float>(value.asDouble()));
  for (uint32_t i = 0; i < size; ++i) out[i] = static_cast<char>(bits >> (8 * i));
}

Value fromBytes(Tag tag, uint32_t size, const char* bytes) {
  uint64_t bits = 0;
  for (uint32_t i = 0; i < size; ++i) bits |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  if (tag == Tag::Single) return Value::single(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  if (tag == Tag::Double) return Value::real(std::bit_cast<double>(bits));
  if (tag == Tag::Bool) return Value::boolean(bits != 0);
  const bool is_signed = tag == Tag::SByte || tag == Tag::Int16 || tag == Tag::Int32 || tag == Tag::Int64;
  const int shift = static_cast<int>(64 - 8 * size);
  const auto wide = static_cast<int64_t>(bits << shift);
  return Value::integer(tag, is_signed ? wide >> shift : static_cast<int64_t>(bits));
}

// The whole array's bytes; false with an exception pending.
bool arrayBytes(Call& c, size_t index, std::string_view param, std::string& out) {
  Items all;
  if (!arrayItems(c, index, all, param)) return false;
  const uint32_t size = elementSize(c[index].asObject()->type->element());
  if (size == 0) {
    c.eval.raise("System.ArgumentException", "Object must be an array of primitives.", param);
    return false;
  }
  if (!c.eval.reserve(uint64_t{all.length} * size) || !c.eval.step(1 + all.length / 8)) return false;
  out.resize(size_t{all.length} * size);
  for (uint32_t i = 0; i < all.length; ++i) toBytes(all.items[i], size, out.data() + size_t{i} * size);
  return true;
}

Value blockCopy(Call& c) {
  std::string source, target;
  if (!arrayBytes(c, 0, "src", source) || !arrayBytes(c, 2, "dst", target)) return {};
  const int64_t from = c.int32(1), to = c.int32(3), count = c.int32(4);
  if (from < 0 || to < 0 || count < 0)
    return c.eval.raiseOutOfRange(from < 0 ? "srcOffset"
                                  : to < 0 ? "dstOffset"
                                           : "count",
                                  "Non-negative number required.");
  if (from + count > static_cast<int64_t>(source.size()) || to + count > static_cast<int64_t>(target.size()))
    return c.raise("System.ArgumentException",
                   "Offset and length were out of bounds for the array or count is greater than the number of "
                   "elements from index to the end of the source collection.");
  std::copy_n(source.data() + from, count, target.data() + to);
  Items all;
  const Type* element = c[2].asObject()->type->element();
  const uint32_t size = elementSize(element);
  if (!arrayItems(c, 2, all)) return {};
  for (uint32_t i = 0; i < all.length; ++i)
    all.items[i] = fromBytes(element->tag, size, target.data() + size_t{i} * size);
  all.store();
  return {};
}

Value byteLength(Call& c) {
  std::string bytes;
  return arrayBytes(c, 0, "array", bytes) ? Value::int32(static_cast<int32_t>(bytes.size())) : Value();
}

constexpr MemberRow kBuffer[] = {
    {"static void BlockCopy(Array src, int srcOffset, Array dst, int dstOffset, int count)", blockCopy},
    {"static int ByteLength(Array array)", byteLength},
};

}  // namespace

bool arrayItems(Call& c, size_t index, ArrayItems& out, std::string_view param) {
  if (c.isNull(index)) {
    c.eval.raiseArgumentNull(param);
    return false;
  }
  if (isKind(c[index], ObjectKind::Array)) {
    out.items = c.object<ArrayObject>(index)->items;
    out.length = c.object<ArrayObject>(index)->length;
    return true;
  }
  out.bytes = c.object<BytesObject>(index);
  out.length = out.bytes->length;
  if (!c.eval.reserve(uint64_t{out.length} * sizeof(Value))) return false;
  out.items = c.arena().array<Value>(out.length).data();
  for (uint32_t k = 0; k < out.length; ++k) out.items[k] = Value::integer(Tag::Byte, out.bytes->data[k]);
  return true;
}

void declareArray(Library& library) {
  library.add("abstract class System.Array : System.Collections.ICollection", kArray).rows.push_back(arrayPartRows());
  library.add("static class System.Buffer", kBuffer);
}

}  // namespace sluice::expression
