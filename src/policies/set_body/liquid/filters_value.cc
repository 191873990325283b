#include <algorithm>
#include <string>

#include "expression/date.h"
#include "expression/format.h"
#include "expression/library/date_text.h"
#include "expression/number.h"
#include "policies/set_body/liquid/filters.h"

namespace sluice::policies::liquid {
namespace {

using Args = std::span<const Value>;
using expression::Decimal;
using expression::Tag;

bool isWhole(const Value& value) {
  return !value.is_list && value.net.tag() >= Tag::SByte && value.net.tag() <= Tag::Int64;
}

Value number(Values& values, const Decimal& value) {
  return expression::newDecimal(values.arena(), value);
}

enum class Operation : uint8_t { Plus, Minus, Times, Divide, Modulo };

Value overflow(Values& values) {
  values.eval().raise("System.OverflowException", "Value was either too large or too small for a Decimal.");
  return {};
}

// Whole numbers stay whole, as in C#; everything else is decimal. A text counts as the number that it is.
Value whole(Values& values, Operation operation, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflows = false;
  switch (operation) {
    case Operation::Plus:
      overflows = __builtin_add_overflow(a, b, &result);
      break;
    case Operation::Minus:
      overflows = __builtin_sub_overflow(a, b, &result);
      break;
    case Operation::Times:
      overflows = __builtin_mul_overflow(a, b, &result);
      break;
    case Operation::Divide:
      result = b == -1 ? -a : a / b;
      break;
    case Operation::Modulo:
      result = b == -1 ? 0 : a % b;
      break;
  }
  return overflows ? overflow(values) : values.number(result);
}

template <Operation Op>
Value arithmetic(Values& values, Args args) {
  const bool text = args[0].isText();
  if (Op == Operation::Plus && text)
    return values.text(std::string(values.print(args[0])).append(values.print(args[1])));
  const auto a = values.decimal(args[0]), b = values.decimal(args[1]);
  if (!a || !b) return {};
  if ((Op == Operation::Divide || Op == Operation::Modulo) && expression::isZero(*b)) {
    values.eval().raise("System.DivideByZeroException", "Attempted to divide by zero.");
    return {};
  }
  const bool both_whole =
      (isWhole(args[0]) || (text && values.print(args[0]).find('.') == std::string_view::npos)) && isWhole(args[1]);
  if (both_whole) {
    const auto left = expression::toInt64(*a), right = expression::toInt64(*b);
    const bool lowest = left && *left == INT64_MIN;
    if (left && right && !lowest) return whole(values, Op, *left, *right);
  }
  std::optional<Decimal> result;
  switch (Op) {
    case Operation::Plus:
      result = expression::add(*a, *b);
      break;
    case Operation::Minus:
      result = expression::subtract(*a, *b);
      break;
    case Operation::Times:
      result = expression::multiply(*a, *b);
      break;
    case Operation::Divide:
      result = expression::divide(*a, *b);
      break;
    case Operation::Modulo:
      result = expression::remainder(*a, *b);
      break;
  }
  return result ? number(values, *result) : overflow(values);
}

Value absolute(Values& values, Args args) {
  auto value = values.decimal(args[0]);
  if (!value) return values.number(0);
  value->negative = false;
  return isWhole(args[0]) ? values.number(expression::toInt64(*value).value_or(0)) : number(values, *value);
}

template <bool Least>
Value atLimit(Values& values, Args args) {
  const auto order = values.compare(args[0], args[1]);
  if (!order) return args[0];
  return (Least ? *order < 0 : *order > 0) ? args[1] : args[0];
}

Value roundTo(Values& values, Args args) {
  const auto value = values.decimal(args[0]);
  const auto places = args.size() > 1 ? values.integer(args[1]) : std::optional<int64_t>(0);
  if (!value || !places || *places < 0 || *places > 28) return {};
  return number(values, expression::round(*value, static_cast<int>(*places), expression::Rounding::HalfEven));
}

// Invariant culture, as the gateway's: the sign of no currency in particular.
Value currency(Values& values, Args args) {
  const auto value = values.decimal(args[0]);
  if (!value) return args[0];
  return expression::formatValue(values.eval(), number(values, *value).net, expression::Value::ascii("C"));
}

// A date, "now", or a text of a date; anything else passes.
Value date(Values& values, Args args) {
  if (args[0].isNull() || args[1].isNull()) return args[0];
  expression::Eval& eval = values.eval();
  expression::Value moment = args[0].net;
  if (args[0].isText()) {
    const std::string_view text = values.print(args[0]);
    if (text == "now" || text == "Now" || text == "today") {
      moment = expression::dateTime(expression::nowTicks(eval), expression::DateKind::Local);
    } else {
      expression::ReadDate read;
      if (!expression::readDate(expression::chars(eval, args[0].net), read) ||
          !expression::settleDate(eval, read, expression::kAllowWhiteSpaces, moment))
        return args[0];
    }
  } else if (isWhole(args[0])) {
    const auto seconds = values.integer(args[0]).value_or(0);
    constexpr int64_t kFar = 250'000'000'000;
    if (seconds < -kFar / 4 || seconds > kFar) return args[0];
    moment = expression::dateTime(expression::kUnixEpochTicks + seconds * expression::kTicksPerSecond,
                                  expression::DateKind::Unspecified);
  }
  if (moment.tag() != Tag::DateTime) return args[0];
  return expression::formatValue(eval, moment, values.text(values.print(args[1])).net);
}

Value otherwise(Values& values, Args args) {
  const bool is_false = args[0].net.tag() == Tag::Bool && !args[0].is_list && !args[0].net.asBool();
  const bool empty = (args[0].isText() || args[0].isArray() || args[0].isObject()) && values.size(args[0]) == 0;
  return args[0].isNull() || is_false || empty ? args[1] : args[0];
}

Value sizeOf(Values& values, Args args) {
  return values.number(static_cast<int64_t>(values.size(args[0])));
}

Value first(Values& values, Args args) {
  return args[0].isArray() ? values.item(args[0], values.number(0)) : Value();
}
Value last(Values& values, Args args) {
  return args[0].isArray() ? values.item(args[0], values.number(-1)) : Value();
}

Value join(Values& values, Args args) {
  if (!args[0].isArray()) return args[0];
  const std::string_view separator = args.size() > 1 ? values.print(args[1]) : " ";
  std::string out;
  bool is_first = true;
  for (const Value& item : values.items(args[0])) {
    if (!std::exchange(is_first, false)) out.append(separator);
    out.append(values.print(item));
    if (!values.eval().step(1 + out.size() / 65536)) return {};
  }
  return values.text(out);
}

Value map(Values& values, Args args) {
  if (!args[0].isArray()) return args[0].isObject() ? values.member(args[0], values.print(args[1])) : Value();
  std::vector<Value> found;
  const std::string_view name = values.print(args[1]);
  for (const Value& item : values.items(args[0])) found.push_back(values.member(item, name));
  return values.list(found);
}

Value compact(Values& values, Args args) {
  if (!args[0].isArray()) return args[0];
  std::vector<Value> kept;
  for (const Value& item : values.items(args[0]))
    if (!item.isNull()) kept.push_back(item);
  return values.list(kept);
}

Value uniq(Values& values, Args args) {
  if (!args[0].isArray()) return args[0];
  std::vector<Value> kept;
  for (const Value& item : values.items(args[0])) {
    if (!values.eval().step(kept.size() + 1)) return {};
    if (std::none_of(kept.begin(), kept.end(), [&](const Value& other) { return values.equal(item, other); }))
      kept.push_back(item);
  }
  return values.list(kept);
}

// What has no order stays behind what has one, in the order in which it came.
Value sort(Values& values, Args args) {
  if (!args[0].isArray()) return args[0];
  struct Entry {
    Value item, key;
  };
  std::vector<Entry> entries;
  for (const Value& item : values.items(args[0]))
    entries.push_back({item, args.size() > 1 ? values.member(item, values.print(args[1])) : item});
  if (!values.eval().step(entries.size() * 20 + 1)) return {};
  const auto rank = [&](const Value& key) { return values.isNumber(key) ? 0 : key.isText() ? 1 : 2; };
  std::stable_sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    if (rank(a.key) != rank(b.key)) return rank(a.key) < rank(b.key);
    return rank(a.key) < 2 && values.compare(a.key, b.key).value_or(0) < 0;
  });
  std::vector<Value> sorted;
  for (const Entry& entry : entries) sorted.push_back(entry.item);
  return values.list(sorted);
}

constexpr Filter kFilters[] = {
    {"Abs", 0, 0, absolute},
    {"AtLeast", 1, 1, atLimit<true>},
    {"AtMost", 1, 1, atLimit<false>},
    {"Compact", 0, 0, compact},
    {"Currency", 0, 1, currency},
    {"Date", 1, 1, date},
    {"Default", 1, 1, otherwise},
    {"DividedBy", 1, 1, arithmetic<Operation::Divide>},
    {"First", 0, 0, first},
    {"Join", 0, 1, join},
    {"Last", 0, 0, last},
    {"Map", 1, 1, map},
    {"Minus", 1, 1, arithmetic<Operation::Minus>},
    {"Modulo", 1, 1, arithmetic<Operation::Modulo>},
    {"Plus", 1, 1, arithmetic<Operation::Plus>},
    {"Round", 0, 1, roundTo},
    {"Size", 0, 0, sizeOf},
    {"Sort", 0, 1, sort},
    {"Times", 1, 1, arithmetic<Operation::Times>},
    {"Uniq", 0, 0, uniq},
};

}  // namespace

std::span<const Filter> valueFilters() {
  return kFilters;
}

const Filter* findFilter(std::string_view name) {
  for (const auto filters : {textFilters(), valueFilters()})
    for (const Filter& filter : filters)
      if (filter.name == name) return &filter;
  return nullptr;
}

std::vector<std::string_view> filterNames() {
  std::vector<std::string_view> names;
  for (const auto filters : {textFilters(), valueFilters()})
    for (const Filter& filter : filters) names.push_back(filter.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace sluice::policies::liquid
