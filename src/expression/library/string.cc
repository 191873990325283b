// System.String: instance members. Statics are in string_static.cc.
#include "expression/collection.h"
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/string_support.h"

namespace sluice::expression {
namespace {

Value map(Call& c, char16_t (*change)(char16_t)) {
  const Chars text = c.chars(0);
  uint32_t same = 0;
  while (same < text.size && change(text[same]) == text[same]) ++same;
  if (same == text.size) return c[0];
  TextBuilder out(c.eval, text.size);
  if (!c.eval.step(text.size / 8)) return {};
  out.add(text.sub(0, same));
  for (uint32_t i = same; i < text.size; ++i) out.unit(change(text[i]));
  return out.take();
}

Value substring(Call& c, int64_t from, int64_t count) {
  const Chars text = c.chars(0);
  if (from < 0) return c.eval.raiseOutOfRange("startIndex", "StartIndex cannot be less than zero.");
  if (from > text.size)
    return c.eval.raiseOutOfRange("startIndex", "startIndex cannot be larger than length of string.");
  if (count < 0) return c.eval.raiseOutOfRange("length", "Length cannot be less than zero.");
  if (from + count > text.size)
    return c.eval.raiseOutOfRange("length", "Index and length must refer to a location within the string.");
  return fromChars(text.sub(static_cast<uint32_t>(from), static_cast<uint32_t>(count)));
}

// Which characters a Trim takes: white space, or those of the array.
bool isTrimmed(Call& c, char16_t unit) {
  if (c.count < 2 || c.isNull(1)) return isWhiteSpace(unit);
  if (c[1].tag() == Tag::Char) return unit == c[1].asChar();
  const auto* set = c.object<ArrayObject>(1);
  if (set->length == 0) return isWhiteSpace(unit);
  for (uint32_t i = 0; i < set->length; ++i)
    if (set->items[i].asChar() == unit) return true;
  return false;
}

Value trim(Call& c, bool start, bool end) {
  Chars text = c.chars(0);
  while (start && text.size > 0 && isTrimmed(c, text[0])) text = text.sub(1, text.size - 1);
  while (end && text.size > 0 && isTrimmed(c, text[text.size - 1])) text = text.sub(0, text.size - 1);
  return fromChars(text);
}

Value pad(Call& c, bool left) {
  const Chars text = c.chars(0);
  const int32_t width = c.int32(1);
  const char16_t fill = c.count > 2 ? c[2].asChar() : u' ';
  if (width < 0) return c.eval.raiseOutOfRange("totalWidth", "Non-negative number required.");
  if (static_cast<uint32_t>(width) <= text.size) return c[0];
  const uint32_t more = static_cast<uint32_t>(width) - text.size;
  if (!c.eval.reserve(static_cast<uint64_t>(width) * 2)) return {};
  TextBuilder out(c.eval, static_cast<uint32_t>(width));
  if (left) out.fill(fill, more);
  out.add(text);
  if (!left) out.fill(fill, more);
  return out.take();
}

// A search's text: a string or a character.
Chars needle(Call& c, size_t i, char16_t& unit) {
  if (c[i].tag() != Tag::Char) return c.chars(i);
  unit = c[i].asChar();
  return {nullptr, &unit, 1};
}

bool ignoresCase(Call& c, size_t i) {
  return c.count > i && ignoresCase(c[i]);
}

// indexOf(c, what, startIndex or -1, count or -1)
Value indexOfFrom(Call& c, int64_t from, int64_t count, bool ignore_case) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  Chars text = c.chars(0);
  if (from < 0 || from > text.size)
    return c.eval.raiseOutOfRange(
        "startIndex",
        "Index was out of range. Must be non-negative and less than or equal to the size of the collection.");
  if (count < -1 || (count >= 0 && from + count > text.size))
    return c.eval.raiseOutOfRange(
        "count", "Count must be positive and count must refer to a location within the string/array/collection.");
  if (count >= 0) text = text.sub(0, static_cast<uint32_t>(from + count));
  char16_t unit = 0;
  const Chars what = needle(c, 1, unit);
  // A Chars of one unit looks wide: compare as such.
  if (!c.eval.step(1 + text.size / 16)) return {};
  return Value::int32(static_cast<int32_t>(indexOf(text, what, static_cast<uint32_t>(from), ignore_case)));
}

Value lastIndex(Call& c, bool ignore_case, int64_t from = -1) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  Chars text = c.chars(0);
  if (from >= 0) {
    if (from >= text.size && text.size > 0) return c.eval.raiseOutOfRange("startIndex");
    text = text.sub(0, std::min<uint32_t>(static_cast<uint32_t>(from) + 1, text.size));
  }
  char16_t unit = 0;
  if (!c.eval.step(1 + text.size / 16)) return {};
  return Value::int32(static_cast<int32_t>(lastIndexOf(text, needle(c, 1, unit), ignore_case)));
}

Value indexOfAny(Call& c, bool last) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("anyOf");
  const Chars text = c.chars(0);
  const auto* set = c.object<ArrayObject>(1);
  const uint32_t start = c.count > 2 ? static_cast<uint32_t>(c.int32(2)) : 0;
  if (c.count > 2 && start > text.size) return c.eval.raiseOutOfRange("startIndex");
  const auto in_set = [&](uint32_t i) {
    for (uint32_t k = 0; k < set->length; ++k)
      if (set->items[k].asChar() == text[i]) return true;
    return false;
  };
  if (last) {
    for (uint32_t i = text.size; i-- > 0;)
      if (in_set(i)) return Value::int32(static_cast<int32_t>(i));
  } else {
    for (uint32_t i = start; i < text.size; ++i)
      if (in_set(i)) return Value::int32(static_cast<int32_t>(i));
  }
  return Value::int32(-1);
}

Value edge(Call& c, bool start) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const Chars text = c.chars(0);
  char16_t unit = 0;
  const Chars what = needle(c, 1, unit);
  if (what.size > text.size) return Value::boolean(false);
  const Chars part = text.sub(start ? 0 : text.size - what.size, what.size);
  const bool ignore = c.count == 4 ? c.boolean(2) : ignoresCase(c, 2);
  return Value::boolean((ignore ? compareOrdinalIgnoreCase(part, what) : compareOrdinal(part, what)) == 0);
}

Value replaceText(Call& c, bool ignore_case) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("oldValue");
  const Chars text = c.chars(0);
  const Chars old = c.chars(1);
  if (old.size == 0) return c.raise("System.ArgumentException", "String cannot be of zero length.");
  int64_t at = indexOf(text, old, 0, ignore_case);
  if (at < 0) return c[0];
  TextBuilder out(c.eval, text.size + 16);
  uint32_t from = 0;
  while (at >= 0) {
    if (!c.eval.step(1 + (static_cast<uint64_t>(at) - from) / 16)) return {};
    out.add(text.sub(from, static_cast<uint32_t>(at) - from));
    out.add(c[2]);
    if (c.eval.failed()) return {};
    from = static_cast<uint32_t>(at) + old.size;
    at = indexOf(text, old, from, ignore_case);
  }
  out.add(text.sub(from, text.size - from));
  return out.take();
}

Value replaceChar(Call& c) {
  const Chars text = c.chars(0);
  const char16_t old = c[1].asChar(), with = c[2].asChar();
  TextBuilder out(c.eval, text.size);
  if (!c.eval.step(text.size / 8)) return {};
  for (uint32_t i = 0; i < text.size; ++i) out.unit(text[i] == old ? with : text[i]);
  return out.take();
}

Value insert(Call& c) {
  if (c.isNull(2)) return c.eval.raiseArgumentNull("value");
  const Chars text = c.chars(0);
  const int32_t at = c.int32(1);
  if (at < 0 || static_cast<uint32_t>(at) > text.size) return c.eval.raiseOutOfRange("startIndex");
  TextBuilder out(c.eval, text.size + 16);
  out.add(text.sub(0, static_cast<uint32_t>(at)));
  out.add(c[2]);
  out.add(text.sub(static_cast<uint32_t>(at), text.size - static_cast<uint32_t>(at)));
  return out.take();
}

Value removeText(Call& c, int64_t from, int64_t count) {
  const Chars text = c.chars(0);
  if (from < 0 || from > text.size) return c.eval.raiseOutOfRange("startIndex");
  if (count < 0 || from + count > text.size) return c.eval.raiseOutOfRange("count");
  TextBuilder out(c.eval, text.size);
  out.add(text.sub(0, static_cast<uint32_t>(from)));
  out.add(text.sub(static_cast<uint32_t>(from + count), static_cast<uint32_t>(text.size - from - count)));
  return out.take();
}

Value toCharArray(Call& c) {
  const Chars text = c.chars(0);
  const int64_t from = c.count > 1 ? c.int32(1) : 0;
  const int64_t count = c.count > 1 ? c.int32(2) : text.size;
  if (from < 0 || count < 0 || from + count > text.size) return c.eval.raiseOutOfRange("startIndex");
  ArrayObject* array = newArray(c.eval, c.type, static_cast<uint32_t>(count));
  for (uint32_t i = 0; i < array->length; ++i)
    array->items[i] = Value::character(text[static_cast<uint32_t>(from) + i]);
  return Value::object(array);
}

Value newFilled(Call& c) {
  if (c.int32(1) < 0) return c.eval.raiseOutOfRange("count", "'count' must be non-negative.");
  if (!c.eval.reserve(static_cast<uint64_t>(c.int32(1)) * 2)) return {};
  TextBuilder out(c.eval, static_cast<uint32_t>(c.int32(1)) + 1);
  out.fill(c[0].asChar(), static_cast<uint32_t>(c.int32(1)));
  return out.take();
}

Value fromArray(Call& c, int64_t from, int64_t count) {
  if (c.isNull(0)) return Value::ascii({});
  const auto* array = c.object<ArrayObject>(0);
  if (count < 0) count = array->length;
  if (from < 0 || from + count > array->length) return c.eval.raiseOutOfRange("startIndex");
  TextBuilder out(c.eval, static_cast<uint32_t>(count) + 1);
  for (int64_t i = from; i < from + count; ++i) out.unit(array->items[i].asChar());
  return out.take();
}

Value unitAt(Call& c) {
  const int32_t index = c.int32(1);
  const Chars text = c.chars(0);
  if (index < 0 || static_cast<uint32_t>(index) >= text.size)
    return c.raise("System.IndexOutOfRangeException", "Index was outside the bounds of the array.");
  return Value::character(text[static_cast<uint32_t>(index)]);
}

Value equalsWith(Call& c) {
  if (c.isNull(1)) return Value::boolean(false);
  return Value::boolean((ignoresCase(c, 2) ? compareOrdinalIgnoreCase(c.chars(0), c.chars(1))
                                           : compareOrdinal(c.chars(0), c.chars(1))) == 0);
}

constexpr MemberRow kInstance[] = {
    {"String(char c, int count)", newFilled},
    {"String(char[] value)", [](Call& c) { return fromArray(c, 0, -1); }},
    {"String(char[] value, int startIndex, int length)", [](Call& c) { return fromArray(c, c.int32(1), c.int32(2)); }},
    {"int Length { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(c.chars(0).size)); }},
    {"char this[int index] { get; }", unitAt},
    {"string ToUpper()", [](Call& c) { return map(c, toUpperInvariant); }},
    {"string ToUpper(System.Globalization.CultureInfo culture)", [](Call& c) { return map(c, toUpperInvariant); }},
    {"string ToUpperInvariant()", [](Call& c) { return map(c, toUpperInvariant); }},
    {"string ToLower()", [](Call& c) { return map(c, toLowerInvariant); }},
    {"string ToLower(System.Globalization.CultureInfo culture)", [](Call& c) { return map(c, toLowerInvariant); }},
    {"string ToLowerInvariant()", [](Call& c) { return map(c, toLowerInvariant); }},
    {"string Trim()", [](Call& c) { return trim(c, true, true); }},
    {"string Trim(char trimChar)", [](Call& c) { return trim(c, true, true); }},
    {"string Trim(params char[] trimChars)", [](Call& c) { return trim(c, true, true); }},
    {"string TrimStart()", [](Call& c) { return trim(c, true, false); }},
    {"string TrimStart(char trimChar)", [](Call& c) { return trim(c, true, false); }},
    {"string TrimStart(params char[] trimChars)", [](Call& c) { return trim(c, true, false); }},
    {"string TrimEnd()", [](Call& c) { return trim(c, false, true); }},
    {"string TrimEnd(char trimChar)", [](Call& c) { return trim(c, false, true); }},
    {"string TrimEnd(params char[] trimChars)", [](Call& c) { return trim(c, false, true); }},
    {"string Substring(int startIndex)",
     [](Call& c) {
       const int64_t size = c.chars(0).size;
       const int64_t from = c.int32(1);
       return substring(c, from, from >= 0 && from <= size ? size - from : 0);
     }},
    {"string Substring(int startIndex, int length)", [](Call& c) { return substring(c, c.int32(1), c.int32(2)); }},
    {"string PadLeft(int totalWidth)", [](Call& c) { return pad(c, true); }},
    {"string PadLeft(int totalWidth, char paddingChar)", [](Call& c) { return pad(c, true); }},
    {"string PadRight(int totalWidth)", [](Call& c) { return pad(c, false); }},
    {"string PadRight(int totalWidth, char paddingChar)", [](Call& c) { return pad(c, false); }},
    {"int IndexOf(char value)", [](Call& c) { return indexOfFrom(c, 0, -1, false); }},
    {"int IndexOf(char value, int startIndex)", [](Call& c) { return indexOfFrom(c, c.int32(2), -1, false); }},
    {"int IndexOf(char value, int startIndex, int count)",
     [](Call& c) { return indexOfFrom(c, c.int32(2), std::max(c.int32(3), -2), false); }},
    {"int IndexOf(char value, StringComparison comparisonType)",
     [](Call& c) { return indexOfFrom(c, 0, -1, ignoresCase(c, 2)); }},
    {"int IndexOf(string value)", [](Call& c) { return indexOfFrom(c, 0, -1, false); }},
    {"int IndexOf(string value, int startIndex)", [](Call& c) { return indexOfFrom(c, c.int32(2), -1, false); }},
    {"int IndexOf(string value, int startIndex, int count)",
     [](Call& c) { return indexOfFrom(c, c.int32(2), c.int32(3), false); }},
    {"int IndexOf(string value, StringComparison comparisonType)",
     [](Call& c) { return indexOfFrom(c, 0, -1, ignoresCase(c, 2)); }},
    {"int IndexOf(string value, int startIndex, StringComparison comparisonType)",
     [](Call& c) { return indexOfFrom(c, c.int32(2), -1, ignoresCase(c, 3)); }},
    {"int LastIndexOf(char value)", [](Call& c) { return lastIndex(c, false); }},
    {"int LastIndexOf(string value)", [](Call& c) { return lastIndex(c, false); }},
    {"int LastIndexOf(string value, StringComparison comparisonType)",
     [](Call& c) { return lastIndex(c, ignoresCase(c, 2)); }},
    {"int IndexOfAny(char[] anyOf)", [](Call& c) { return indexOfAny(c, false); }},
    {"int IndexOfAny(char[] anyOf, int startIndex)", [](Call& c) { return indexOfAny(c, false); }},
    {"int LastIndexOfAny(char[] anyOf)", [](Call& c) { return indexOfAny(c, true); }},
    {"bool Contains(string value)",
     [](Call& c) {
       const Value at = indexOfFrom(c, 0, -1, false);
       return Value::boolean(!c.eval.failed() && at.asInt32() >= 0);
     }},
    {"bool Contains(char value)", [](Call& c) { return Value::boolean(indexOfFrom(c, 0, -1, false).asInt32() >= 0); }},
    {"bool Contains(char value, StringComparison comparisonType)",
     [](Call& c) { return Value::boolean(indexOfFrom(c, 0, -1, ignoresCase(c, 2)).asInt32() >= 0); }},
    {"bool Contains(string value, StringComparison comparisonType)",
     [](Call& c) {
       const Value at = indexOfFrom(c, 0, -1, ignoresCase(c, 2));
       return Value::boolean(!c.eval.failed() && at.asInt32() >= 0);
     }},
    {"bool StartsWith(string value)", [](Call& c) { return edge(c, true); }},
    {"bool StartsWith(char value)", [](Call& c) { return edge(c, true); }},
    {"bool StartsWith(string value, StringComparison comparisonType)", [](Call& c) { return edge(c, true); }},
    {"bool StartsWith(string value, bool ignoreCase, System.Globalization.CultureInfo culture)",
     [](Call& c) { return edge(c, true); }},
    {"bool EndsWith(string value)", [](Call& c) { return edge(c, false); }},
    {"bool EndsWith(char value)", [](Call& c) { return edge(c, false); }},
    {"bool EndsWith(string value, StringComparison comparisonType)", [](Call& c) { return edge(c, false); }},
    {"bool EndsWith(string value, bool ignoreCase, System.Globalization.CultureInfo culture)",
     [](Call& c) { return edge(c, false); }},
    {"string Replace(char oldChar, char newChar)", replaceChar},
    {"string Replace(string oldValue, string newValue)", [](Call& c) { return replaceText(c, false); }},
    {"string Replace(string oldValue, string newValue, StringComparison comparisonType)",
     [](Call& c) { return replaceText(c, ignoresCase(c, 3)); }},
    {"string Insert(int startIndex, string value)", insert},
    {"string Remove(int startIndex)",
     [](Call& c) {
       const int64_t size = c.chars(0).size;
       return removeText(c, c.int32(1), std::max<int64_t>(size - c.int32(1), 0));
     }},
    {"string Remove(int startIndex, int count)", [](Call& c) { return removeText(c, c.int32(1), c.int32(2)); }},
    {"char[] ToCharArray()", toCharArray},
    {"char[] ToCharArray(int startIndex, int length)", toCharArray},
    {"bool Equals(string value)", [](Call& c) { return Value::boolean(sameText(c.eval, c[0], c[1])); }},
    {"bool Equals(string value, StringComparison comparisonType)", equalsWith},
    {"int CompareTo(string strB)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
    {"int CompareTo(object value)",
     [](Call& c) {
       if (!c.isNull(1) && !c[1].isString())
         return c.raise("System.ArgumentException", "Object must be of type String.");
       return Value::int32(valueCompare(c.eval, c[0], c[1]));
     }},
    {"string ToString(IFormatProvider provider)", [](Call& c) { return c[0]; }},
    {"string Normalize()", [](Call& c) { return c[0]; }},
    {"object Clone()", [](Call& c) { return c[0]; }},
};

}  // namespace

void declareString(Library& library) {
  TypeDef& def = library.add(
      "sealed class System.String : IComparable, IComparable<string>, IEquatable<string>, IEnumerable<char>, "
      "IConvertible",
      kInstance);
  def.rows.push_back(stringSplitRows());
  def.rows.push_back(stringFindRows());
  def.rows.push_back(stringStaticRows());
}

}  // namespace sluice::expression
