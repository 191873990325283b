// System.String: static members, StringComparison, StringComparer.
#include "expression/collection.h"
#include "expression/format.h"
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/string_support.h"

namespace sluice::expression {
namespace {

// Elements of a sequence as text, with a separator.
Value join(Call& c, const Value& separator, const Value& sequence) {
  if (sequence.isNull()) return c.eval.raiseArgumentNull("values");
  Enumerator* items = enumerate(c.eval, sequence);
  if (items == nullptr) return {};
  TextBuilder text(c.eval, 64);
  Value item;
  for (bool first = true; items->next(c.eval, item); first = false) {
    if (!first) text.add(separator);
    text.add(valueToString(c.eval, item));
    if (c.eval.failed()) return {};
  }
  return c.eval.failed() ? Value() : text.take();
}

Value joinValues(Call& c) {
  const Value separator = c[0].tag() == Tag::Char ? fromUnit(c.arena(), c[0].asChar()) : c[0];
  return join(c, separator, c[1]);
}

Value joinRange(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const auto* array = c.object<ArrayObject>(1);
  const int64_t from = c.int32(2), count = c.int32(3);
  if (from < 0 || count < 0 || from + count > array->length) return c.eval.raiseOutOfRange("startIndex");
  TextBuilder text(c.eval);
  for (int64_t i = from; i < from + count; ++i) {
    if (i > from) text.add(c[0]);
    text.add(valueToString(c.eval, array->items[i]));
  }
  return text.take();
}

Value concatAll(Call& c) {
  TextBuilder text(c.eval);
  for (uint32_t i = 0; i < c.count; ++i) text.add(valueToString(c.eval, c[i]));
  return c.eval.failed() ? Value() : text.take();
}

Value format(Call& c, size_t first) {
  if (c.isNull(first)) return c.eval.raiseArgumentNull("format");
  return formatComposite(c.eval, c.chars(first), {c.args + first + 1, c.count - first - 1});
}

Value formatArray(Call& c, size_t first) {
  if (c.isNull(first) || c.isNull(first + 1)) return c.eval.raiseArgumentNull(c.isNull(first) ? "format" : "args");
  const auto* args = c.object<ArrayObject>(first + 1);
  return formatComposite(c.eval, c.chars(first), {args->items, args->length});
}

Value compareTexts(Call& c, const Value& a, const Value& b, int64_t comparison) {
  if (a.isNull() || b.isNull()) return Value::int32((a.isNull() ? 0 : 1) - (b.isNull() ? 0 : 1));
  const Chars x = chars(c.eval, a), y = chars(c.eval, b);
  const bool ignore = (comparison & 1) != 0;
  if (comparison >= 4) return Value::int32(ignore ? compareOrdinalIgnoreCase(x, y) : compareOrdinal(x, y));
  return Value::int32(compareCulture(x, y, ignore));
}

Value comparePieces(Call& c, int64_t comparison) {
  const auto piece = [&](size_t text, size_t from) {
    if (c.isNull(text)) return Value();
    const Chars all = c.chars(text);
    const int64_t start = c.int32(from), length = c.int32(4);
    if (start < 0 || length < 0 || start > all.size) return c.eval.raiseOutOfRange("indexA");
    const auto size = static_cast<uint32_t>(std::min<int64_t>(length, all.size - start));
    return fromChars(all.sub(static_cast<uint32_t>(start), size));
  };
  const Value a = piece(0, 1);
  const Value b = piece(2, 3);
  return c.eval.failed() ? Value() : compareTexts(c, a, b, comparison);
}

Value isBlank(Call& c) {
  if (c.isNull(0)) return Value::boolean(true);
  const Chars text = c.chars(0);
  for (uint32_t i = 0; i < text.size; ++i)
    if (!isWhiteSpace(text[i])) return Value::boolean(false);
  return Value::boolean(true);
}

constexpr MemberRow kStatic[] = {
    {"static readonly string Empty", [](Call&) { return Value::ascii({}); }},
    {"static bool IsNullOrEmpty(string value)",
     [](Call& c) { return Value::boolean(c.isNull(0) || c[0].extra() == 0); }},
    {"static bool IsNullOrWhiteSpace(string value)", isBlank},
    {"static string Join(string separator, params string[] value)", joinValues},
    {"static string Join(string separator, params object[] values)", joinValues},
    {"static string Join<T>(string separator, IEnumerable<T> values)", joinValues},
    {"static string Join(string separator, IEnumerable<string> values)", joinValues},
    {"static string Join(char separator, params string[] value)", joinValues},
    {"static string Join(char separator, params object[] values)", joinValues},
    {"static string Join<T>(char separator, IEnumerable<T> values)", joinValues},
    {"static string Join(string separator, string[] value, int startIndex, int count)", joinRange},
    {"static string Concat(string str0, string str1)", concatAll},
    {"static string Concat(string str0, string str1, string str2)", concatAll},
    {"static string Concat(string str0, string str1, string str2, string str3)", concatAll},
    {"static string Concat(object arg0)", concatAll},
    {"static string Concat(object arg0, object arg1)", concatAll},
    {"static string Concat(object arg0, object arg1, object arg2)", concatAll},
    {"static string Concat(params string[] values)", [](Call& c) { return join(c, Value(), c[0]); }},
    {"static string Concat(params object[] args)", [](Call& c) { return join(c, Value(), c[0]); }},
    {"static string Concat<T>(IEnumerable<T> values)", [](Call& c) { return join(c, Value(), c[0]); }},
    {"static string Concat(IEnumerable<string> values)", [](Call& c) { return join(c, Value(), c[0]); }},
    {"static string Format(string format, object arg0)", [](Call& c) { return format(c, 0); }},
    {"static string Format(string format, object arg0, object arg1)", [](Call& c) { return format(c, 0); }},
    {"static string Format(string format, object arg0, object arg1, object arg2)",
     [](Call& c) { return format(c, 0); }},
    {"static string Format(string format, params object[] args)", [](Call& c) { return formatArray(c, 0); }},
    {"static string Format(IFormatProvider provider, string format, object arg0)",
     [](Call& c) { return format(c, 1); }},
    {"static string Format(IFormatProvider provider, string format, object arg0, object arg1)",
     [](Call& c) { return format(c, 1); }},
    {"static string Format(IFormatProvider provider, string format, object arg0, object arg1, object arg2)",
     [](Call& c) { return format(c, 1); }},
    {"static string Format(IFormatProvider provider, string format, params object[] args)",
     [](Call& c) { return formatArray(c, 1); }},
    {"static bool Equals(string a, string b)", [](Call& c) { return Value::boolean(sameText(c.eval, c[0], c[1])); }},
    {"static bool Equals(string a, string b, StringComparison comparisonType)",
     [](Call& c) {
       if (c.isNull(0) || c.isNull(1)) return Value::boolean(c.isNull(0) && c.isNull(1));
       return Value::boolean((ignoresCase(c[2]) ? compareOrdinalIgnoreCase(c.chars(0), c.chars(1))
                                                : compareOrdinal(c.chars(0), c.chars(1))) == 0);
     }},
    {"static int Compare(string strA, string strB)", [](Call& c) { return compareTexts(c, c[0], c[1], 0); }},
    {"static int Compare(string strA, string strB, bool ignoreCase)",
     [](Call& c) { return compareTexts(c, c[0], c[1], c.boolean(2) ? 1 : 0); }},
    {"static int Compare(string strA, string strB, StringComparison comparisonType)",
     [](Call& c) { return compareTexts(c, c[0], c[1], c.int64(2)); }},
    {"static int Compare(string strA, int indexA, string strB, int indexB, int length)",
     [](Call& c) { return comparePieces(c, 0); }},
    {"static int Compare(string strA, int indexA, string strB, int indexB, int length, bool ignoreCase)",
     [](Call& c) { return comparePieces(c, c.boolean(5) ? 1 : 0); }},
    {"static int Compare(string strA, int indexA, string strB, int indexB, int length, StringComparison "
     "comparisonType)",
     [](Call& c) { return comparePieces(c, c.int64(5)); }},
    {"static int CompareOrdinal(string strA, string strB)", [](Call& c) { return compareTexts(c, c[0], c[1], 4); }},
    {"static int CompareOrdinal(string strA, int indexA, string strB, int indexB, int length)",
     [](Call& c) { return comparePieces(c, 4); }},
    {"static string Copy(string str)", [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("str") : c[0]; }},
    {"static string Intern(string str)", [](Call& c) { return c[0]; }},
};

constexpr EnumRow kComparison[] = {{"CurrentCulture", 0},   {"CurrentCultureIgnoreCase", 1},
                                   {"InvariantCulture", 2}, {"InvariantCultureIgnoreCase", 3},
                                   {"Ordinal", 4},          {"OrdinalIgnoreCase", 5}};
constexpr EnumRow kSplitOptions[] = {{"None", 0}, {"RemoveEmptyEntries", 1}, {"TrimEntries", 2}};

template <Comparison kHow>
Value comparer(Call& c) {
  auto* object = newObject<Object>(c.eval, libraryType("System.StringComparer"));
  object->detail = static_cast<uint8_t>(kHow);
  return Value::object(object);
}

constexpr MemberRow kComparer[] = {
    {"static StringComparer Ordinal { get; }", comparer<Comparison::Ordinal>},
    {"static StringComparer OrdinalIgnoreCase { get; }", comparer<Comparison::OrdinalIgnoreCase>},
    {"static StringComparer InvariantCulture { get; }", comparer<Comparison::Culture>},
    {"static StringComparer InvariantCultureIgnoreCase { get; }", comparer<Comparison::CultureIgnoreCase>},
    {"static StringComparer CurrentCulture { get; }", comparer<Comparison::Culture>},
    {"static StringComparer CurrentCultureIgnoreCase { get; }", comparer<Comparison::CultureIgnoreCase>},
    {"static StringComparer FromComparison(StringComparison comparisonType)",
     [](Call& c) {
       constexpr Native kAll[] = {comparer<Comparison::Culture>, comparer<Comparison::CultureIgnoreCase>,
                                  comparer<Comparison::Culture>, comparer<Comparison::CultureIgnoreCase>,
                                  comparer<Comparison::Ordinal>, comparer<Comparison::OrdinalIgnoreCase>};
       if (c.int32(0) < 0 || c.int32(0) > 5)
         return c.raise("System.ArgumentException", "The string comparison type passed in is currently not supported.");
       return kAll[c.int32(0)](c);
     }},
    {"bool Equals(string x, string y)",
     [](Call& c) { return Value::boolean(equalBy(c.eval, comparisonOf(c[0]), c[1], c[2])); }},
    {"int Compare(string x, string y)",
     [](Call& c) { return Value::int32(compareBy(c.eval, comparisonOf(c[0]), c[1], c[2])); }},
    {"int GetHashCode(string obj)",
     [](Call& c) {
       if (c.isNull(1)) return c.eval.raiseArgumentNull("obj");
       return Value::int32(static_cast<int32_t>(hashBy(c.eval, comparisonOf(c[0]), c[1])));
     }},
};

constexpr MemberRow kDefaultComparer[] = {
    {"static EqualityComparer<T> Default { get; }",
     [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
};
constexpr MemberRow kDefaultOrder[] = {
    {"static Comparer<T> Default { get; }", [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
};

}  // namespace

std::span<const MemberRow> stringStaticRows() {
  return kStatic;
}

void declareStringComparison(Library& library) {
  library.addEnum("System.StringComparison", kComparison);
  library.addEnum("System.StringSplitOptions", kSplitOptions, true);
  library.add(
      "class System.StringComparer : System.Collections.IComparer, System.Collections.IEqualityComparer, "
      "IComparer<string>, IEqualityComparer<string>",
      kComparer);
  library.add("class System.Collections.Generic.EqualityComparer<T> : IEqualityComparer<T>", kDefaultComparer);
  library.add("class System.Collections.Generic.Comparer<T> : IComparer<T>", kDefaultOrder);
}

}  // namespace sluice::expression
