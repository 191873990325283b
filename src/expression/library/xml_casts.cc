// The explicit conversions of XElement and XAttribute.
#include <cmath>

#include "expression/date.h"
#include "expression/expression.h"
#include "expression/library/date_text.h"
#include "expression/library/numeric.h"
#include "expression/library/xml.h"

namespace sluice::expression {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

Value notA(Eval& eval, std::string_view text, std::string_view type) {
  return eval.raiseFormat("The string '" + std::string(text) + "' is not a valid " + std::string(type) + " value.");
}

Value toBoolean(Eval& eval, const Value& text) {
  const std::string_view trim = trimmed(toUtf8(eval.arena, text));
  std::string lower;
  for (const char c : trim) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (lower == "true" || lower == "1") return Value::boolean(true);
  if (lower == "false" || lower == "0") return Value::boolean(false);
  return notA(eval, trim, "Boolean");
}

Value toReal(Eval& eval, const Value& text, Tag tag) {
  const std::string_view trim = trimmed(toUtf8(eval.arena, text));
  const double infinity = HUGE_VAL;
  if (trim == "INF" || trim == "-INF") {
    const double value = trim[0] == '-' ? -infinity : infinity;
    return tag == Tag::Single ? Value::single(static_cast<float>(value)) : Value::real(value);
  }
  return parseNumberOrRaise(eval, text, kFloatStyle, tag);
}

// P1Y2M3DT4H5M6.7S, years of 365 and months of 30 days.
Value toDuration(Eval& eval, const Value& value) {
  const std::string_view text = trimmed(toUtf8(eval.arena, value));
  size_t at = 0;
  const bool negative = text.starts_with('-');
  if (negative) ++at;
  if (at >= text.size() || text[at++] != 'P' || at == text.size()) return notA(eval, text, "TimeSpan");
  static constexpr std::string_view kUnits = "YMDHMS";
  static constexpr int64_t kSeconds[] = {365 * 86'400, 30 * 86'400, 86'400, 3600, 60, 1};
  size_t unit = 0;
  int64_t ticks = 0;
  bool any = false;
  while (at < text.size()) {
    if (text[at] == 'T' && unit < 3) {
      unit = 3;
      if (++at == text.size()) return notA(eval, text, "TimeSpan");
      continue;
    }
    int64_t number = 0;
    const size_t from = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      if (number < 1'000'000'000'000) number = number * 10 + (text[at] - '0');
    int64_t fraction = 0;
    if (at > from && at < text.size() && text[at] == '.') {
      int64_t scale = kTicksPerSecond / 10;
      for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
        fraction += (text[at] - '0') * scale;
      if (at >= text.size() || text[at] != 'S') return notA(eval, text, "TimeSpan");
    }
    const size_t limit = unit < 3 ? 3 : 6;
    while (at < text.size() && unit < limit && kUnits[unit] != text[at]) ++unit;
    if (at == from || at >= text.size() || unit >= limit) return notA(eval, text, "TimeSpan");
    int64_t more = 0;
    if (__builtin_mul_overflow(number, kSeconds[unit] * kTicksPerSecond, &more) ||
        __builtin_add_overflow(ticks, more + fraction, &ticks))
      return eval.raise("System.OverflowException", "The duration is too long.");
    ++unit;
    ++at;
    any = true;
  }
  if (!any) return notA(eval, text, "TimeSpan");
  return timeSpan(negative ? -ticks : ticks);
}

Value toDate(Eval& eval, const Value& text, Tag tag) {
  ReadDate read;
  Value out;
  const bool good =
      readDate(chars(eval, text), read) &&
      (tag == Tag::DateTime ? settleDate(eval, read, kRoundtripKind, out) : settleDateOffset(eval, read, 0, out));
  if (good) return out;
  return eval.raiseFormat("String '" + std::string(toUtf8(eval.arena, text)) +
                          "' was not recognized as a valid DateTime.");
}

Value convert(Call& c, const Value& text) {
  const Type* type = c.type->isNullable() ? c.type->underlying() : c.type;
  if (type->kind == TypeKind::String) return text;
  switch (type->tag) {
    case Tag::Bool:
      return toBoolean(c.eval, text);
    case Tag::Single:
    case Tag::Double:
      return toReal(c.eval, text, type->tag);
    case Tag::Decimal:
      return parseNumberOrRaise(c.eval, text, kIntegerStyle | kDecimalPoint, type->tag);
    case Tag::DateTime:
    case Tag::DateTimeOffset:
      return toDate(c.eval, text, type->tag);
    case Tag::TimeSpan:
      return toDuration(c.eval, text);
    case Tag::Guid:
      if (const std::optional<Value> guid = makeGuid(toUtf8(c.arena(), text), c.arena())) return *guid;
      return c.eval.raiseFormat("Unrecognized Guid format.");
    default:
      return parseNumberOrRaise(c.eval, text, kIntegerStyle, type->tag);
  }
}

Value fromItem(Call& c) {
  if (c.isNull(0)) {
    if (c.type->isNullable() || c.type->kind == TypeKind::String) return {};
    return c.eval.raiseArgumentNull(c.receiver != nullptr && c.receiver->name == "XAttribute" ? "attribute"
                                                                                              : "element");
  }
  auto* item = c.object<xml::Item>(0);
  if (item->nodeType() == xml::NodeType::Attribute) return convert(c, static_cast<xml::Attribute*>(item)->value);
  const Value text = xml::textOf(c.eval, static_cast<xml::Container*>(item));
  return c.eval.failed() ? Value() : convert(c, text);
}

#define CAST(to, from) \
  { "static explicit operator " to "(" from ")", fromItem }
#define CASTS(from)                                                                                                 \
  CAST("string", from), CAST("bool", from), CAST("bool?", from), CAST("int", from), CAST("int?", from),             \
      CAST("uint", from), CAST("uint?", from), CAST("long", from), CAST("long?", from), CAST("ulong", from),        \
      CAST("ulong?", from), CAST("float", from), CAST("float?", from), CAST("double", from), CAST("double?", from), \
      CAST("decimal", from), CAST("decimal?", from), CAST("DateTime", from), CAST("DateTime?", from),               \
      CAST("DateTimeOffset", from), CAST("DateTimeOffset?", from), CAST("TimeSpan", from), CAST("TimeSpan?", from), \
      CAST("Guid", from), CAST("Guid?", from)

constexpr MemberRow kElement[] = {CASTS("XElement element")};
constexpr MemberRow kAttribute[] = {CASTS("XAttribute attribute")};

#undef CASTS
#undef CAST

}  // namespace

std::span<const MemberRow> xmlElementCasts() {
  return kElement;
}
std::span<const MemberRow> xmlAttributeCasts() {
  return kAttribute;
}

}  // namespace sluice::expression
