// What the members of System.Array and List<T> that work on a part of their elements share.
#pragma once

#include "expression/collection.h"
#include "expression/library.h"

namespace sluice::expression {

// An array's elements as values, whatever they are: those of a byte[] are copied out, and put back by `store`.
struct ArrayItems {
  Value* items = nullptr;
  uint32_t length = 0;
  BytesObject* bytes = nullptr;

  void store() const {
    for (uint32_t i = 0; bytes != nullptr && i < length; ++i) bytes->data[i] = static_cast<uint8_t>(items[i].asInt64());
  }
};
// False with an exception pending, as for null.
bool arrayItems(Call& c, size_t index, ArrayItems& out, std::string_view param = "array");

// The CLR's widening of primitive numbers.
bool widens(Tag from, Tag to);
// Makes `value` what an array of `element` may hold: null becomes its default, a narrower number is widened. What does
// not fit raises InvalidCastException, or ArgumentException for a number; false then.
bool makeStorable(Eval& eval, const Type* element, Value& value);

// A part [from, from + count) within `length`; what .NET raises for one that is outside differs by member.
struct Part {
  int64_t from = 0;
  int64_t count = 0;
};
// ArgumentOutOfRange for a negative number, ArgumentException for too long a part (Reverse, Sort, BinarySearch).
bool checkPart(Call& c, const Part& part, int64_t length);
// ArgumentOutOfRange in every case (IndexOf, FindIndex, Fill).
bool checkSearch(Call& c, const Part& part, int64_t length);
// For searches from the end: from `start` downwards.
bool checkSearchBack(Call& c, const Part& part, int64_t length);

// Where `value` is in sorted items, or the complement of where it belongs. A comparer is an argument, or null.
Value binarySearch(Call& c, const Value* items, const Part& part, const Value& value, const Value& comparer);
// The first (or last) of the part that equals `value`, or that `match` holds for; -1: none.
Value searchEqual(Call& c, const Value* items, const Part& part, const Value& value);
Value searchEqualBack(Call& c, const Value* items, const Part& part, const Value& value);
Value searchMatch(Call& c, const Value* items, const Part& part, const Value& match);
Value searchMatchBack(Call& c, const Value* items, const Part& part, const Value& match);
// Sorts a part by the default order, or by the comparer at `args[comparer]` when there is one.
void sortPart(Call& c, Value* items, const Part& part, size_t comparer);

std::span<const MemberRow> arrayPartRows();
std::span<const MemberRow> listPartRows();
std::span<const MemberRow> queuePartRows();  // of Stack<T> too

}  // namespace sluice::expression
