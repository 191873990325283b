// System.String: searching within a part of the text, from either end, and copying out of it.
#include "expression/library/array_items.h"
#include "expression/library/string_support.h"
#include "expression/unicode.h"

namespace sluice::expression {
namespace {

bool matchesAt(const Chars& text, int64_t at, const Chars& value, bool ignore_case) {
  for (uint32_t i = 0; i < value.size; ++i) {
    const char16_t a = text[static_cast<uint32_t>(at) + i];
    const char16_t b = value[i];
    if (a != b && !(ignore_case && toUpperInvariant(a) == toUpperInvariant(b))) return false;
  }
  return true;
}

// Where `value` begins in [from, from + count), the first or the last; -1: nowhere.
Value find(Call& c, const Chars& value, int64_t from, int64_t count, bool last, bool ignore_case) {
  const Chars text = c.chars(0);
  const int64_t places = count - value.size + 1;
  for (int64_t n = 0; n < places; ++n) {
    const int64_t at = last ? from + places - 1 - n : from + n;
    if (!c.eval.step(1 + value.size / 32)) return {};
    if (matchesAt(text, at, value, ignore_case)) return Value::int32(static_cast<int32_t>(at));
  }
  return Value::int32(-1);
}

// IndexOf(value, startIndex, count, comparison)
Value indexOf(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const Part part{c.int32(2), c.int32(3)};
  if (!checkSearch(c, part, c.chars(0).size)) return {};
  return find(c, c.chars(1), part.from, part.count, false, ignoresCase(c[4]));
}

// LastIndexOf(value, startIndex, [count,] [comparison]): a part that ends at startIndex.
Value lastIndexOf(Call& c, bool has_count, bool ignore_case) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const Chars value = c.chars(1);
  const int64_t size = c.chars(0).size;
  int64_t start = c.int32(2);
  int64_t count = has_count ? c.int32(3) : start + 1;
  if (size == 0 && (start == -1 || start == 0) && count < 0) return c.eval.raiseOutOfRange("count");
  if (size == 0 && (start == -1 || start == 0)) return Value::int32(value.size == 0 ? 0 : -1);
  if (start < 0 || start > size) return c.eval.raiseOutOfRange("startIndex");
  if (start == size) {
    --start;
    if (count > 0) --count;
  }
  if (count < 0 || start - count + 1 < 0) return c.eval.raiseOutOfRange("count");
  if (value.size == 0) return Value::int32(static_cast<int32_t>(start + 1));
  return find(c, value, start - count + 1, count, true, ignore_case);
}

// The part of a search for one character from the end; false with an exception pending. `count` -1: to the beginning.
bool checkBack(Call& c, int64_t start, int64_t count, Part& out) {
  const int64_t size = c.chars(0).size;
  if (size == 0) return true;
  if (start < 0 || start >= size || count < 0 || count - 1 > start) {
    c.eval.raiseOutOfRange(start < 0 || start >= size ? "startIndex" : "count");
    return false;
  }
  out = {start - count + 1, count};
  return true;
}

Value lastIndexOfChar(Call& c) {
  Part part;
  const int64_t start = c.int32(2);
  if (!checkBack(c, start, c.count > 3 ? c.int32(3) : start + 1, part)) return {};
  const Chars text = c.chars(0);
  for (int64_t at = part.from + part.count - 1; at >= part.from && c.eval.step(); --at)
    if (text[static_cast<uint32_t>(at)] == c[1].asChar()) return Value::int32(static_cast<int32_t>(at));
  return Value::int32(-1);
}

bool isAny(const ArrayItems& any, char16_t unit) {
  for (uint32_t i = 0; i < any.length; ++i)
    if (any.items[i].asChar() == unit) return true;
  return false;
}

Value lastIndexOfAny(Call& c) {
  ArrayItems any;
  Part part;
  if (!arrayItems(c, 1, any, "anyOf")) return {};
  const int64_t start = c.int32(2);
  if (!checkBack(c, start, c.count > 3 ? c.int32(3) : start + 1, part)) return {};
  const Chars text = c.chars(0);
  for (int64_t at = part.from + part.count - 1; at >= part.from && c.eval.step(1 + any.length / 8); --at)
    if (isAny(any, text[static_cast<uint32_t>(at)])) return Value::int32(static_cast<int32_t>(at));
  return Value::int32(-1);
}

Value indexOfAny(Call& c) {
  ArrayItems any;
  if (!arrayItems(c, 1, any, "anyOf")) return {};
  const Chars text = c.chars(0);
  const Part part{c.int32(2), c.int32(3)};
  if (!checkSearch(c, part, text.size)) return {};
  for (int64_t at = part.from; at < part.from + part.count && c.eval.step(1 + any.length / 8); ++at)
    if (isAny(any, text[static_cast<uint32_t>(at)])) return Value::int32(static_cast<int32_t>(at));
  return Value::int32(-1);
}

// CopyTo(sourceIndex, destination, destinationIndex, count)
Value copyTo(Call& c) {
  if (c.isNull(2)) return c.eval.raiseArgumentNull("destination");
  const Chars text = c.chars(0);
  const auto* out = c.object<ArrayObject>(2);
  const int64_t from = c.int32(1), to = c.int32(3), count = c.int32(4);
  if (count < 0) return c.eval.raiseOutOfRange("count");
  if (from < 0 || from + count > text.size) return c.eval.raiseOutOfRange("sourceIndex");
  if (to < 0 || to + count > out->length) return c.eval.raiseOutOfRange("destinationIndex");
  if (!c.eval.step(1 + static_cast<uint64_t>(count) / 8)) return {};
  for (int64_t i = 0; i < count; ++i) out->items[to + i] = Value::character(text[static_cast<uint32_t>(from + i)]);
  return {};
}

constexpr MemberRow kRows[] = {
    {"int IndexOf(string value, int startIndex, int count, StringComparison comparisonType)", indexOf},
    {"int IndexOfAny(char[] anyOf, int startIndex, int count)", indexOfAny},
    {"int LastIndexOf(char value, int startIndex)", lastIndexOfChar},
    {"int LastIndexOf(char value, int startIndex, int count)", lastIndexOfChar},
    {"int LastIndexOf(string value, int startIndex)", [](Call& c) { return lastIndexOf(c, false, false); }},
    {"int LastIndexOf(string value, int startIndex, int count)", [](Call& c) { return lastIndexOf(c, true, false); }},
    {"int LastIndexOf(string value, int startIndex, StringComparison comparisonType)",
     [](Call& c) { return lastIndexOf(c, false, ignoresCase(c[3])); }},
    {"int LastIndexOf(string value, int startIndex, int count, StringComparison comparisonType)",
     [](Call& c) { return lastIndexOf(c, true, ignoresCase(c[4])); }},
    {"int LastIndexOfAny(char[] anyOf, int startIndex)", lastIndexOfAny},
    {"int LastIndexOfAny(char[] anyOf, int startIndex, int count)", lastIndexOfAny},
    {"void CopyTo(int sourceIndex, char[] destination, int destinationIndex, int count)", copyTo},
    {"bool IsNormalized()", [](Call&) { return Value::boolean(true); }},
};

}  // namespace

std::span<const MemberRow> stringFindRows() {
  return kRows;
}

}  // namespace sluice::expression
