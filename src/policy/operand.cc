#include "policy/operand.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/encoding.h"

namespace sluice::policy {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr double kLongest = 100.0 * 365 * 24 * 3600;  // seconds; far inside what Duration can hold

std::optional<Duration> fromSeconds(double count) {
  if (!(count >= 0) || count > kLongest) return std::nullopt;
  return Duration(static_cast<int64_t>(std::llround(count * 1e9)));
}

std::optional<double> parseNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// ISO 8601 as .NET's XmlConvert reads it: a year is 365 days, a month 30.
std::optional<Duration> parseIso(std::string_view text) {
  text.remove_prefix(1);
  double total = 0;
  bool time = false, any = false;
  while (!text.empty()) {
    if (text[0] == 'T') {
      time = true;
      text.remove_prefix(1);
      continue;
    }
    const size_t length = text.find_first_not_of("0123456789.");
    if (length == std::string_view::npos || length == 0) return std::nullopt;
    const auto number = parseNumber(text.substr(0, length));
    if (!number) return std::nullopt;
    double unit = 0;
    switch (text[length]) {
      case 'Y':
        unit = 365 * 86400.0;
        break;
      case 'M':
        unit = time ? 60 : 30 * 86400.0;
        break;
      case 'W':
        unit = 7 * 86400.0;
        break;
      case 'D':
        unit = 86400;
        break;
      case 'H':
        unit = 3600;
        break;
      case 'S':
        unit = 1;
        break;
      default:
        return std::nullopt;
    }
    total += *number * unit;
    any = true;
    text.remove_prefix(length + 1);
  }
  return any ? fromSeconds(total) : std::nullopt;
}

// [d.]hh:mm:ss[.fffffff]
std::optional<Duration> parseTimeSpan(std::string_view text) {
  double days = 0;
  const size_t colon = text.find(':');
  const size_t dot = text.substr(0, colon).find('.');
  if (dot != std::string_view::npos) {
    const auto number = parseInteger(text.substr(0, dot));
    if (!number) return std::nullopt;
    days = static_cast<double>(*number);
    text.remove_prefix(dot + 1);
  }
  const size_t first = text.find(':');
  const size_t second = text.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto hour = parseInteger(text.substr(0, first));
  const auto minute = parseInteger(text.substr(first + 1, second - first - 1));
  const auto second_count = parseNumber(text.substr(second + 1));
  if (!hour || !minute || !second_count || *hour > 23 || *minute > 59 || *second_count >= 60) return std::nullopt;
  return fromSeconds(days * 86400 + static_cast<double>(*hour) * 3600 + static_cast<double>(*minute) * 60 +
                     *second_count);
}

// The value is not what the policy needs: the author's error, as if the expression had thrown.
void failConversion(Exchange& exchange, const expression::Value& value, std::string_view wanted) {
  const std::string_view text = expression::toText(value, exchange.arena()).substr(0, 100);
  const auto message = expression::isNull(value)
                           ? fmt::format("The expression's value is null where {} is needed.", wanted)
                           : fmt::format("The expression's value '{}' is not {}.", text, wanted);
  expression::Exception exception;
  exception.type = "System.InvalidCastException";
  exception.message = message;
  exchange.failExpression(exception);
}

}  // namespace

std::optional<bool> parseBool(std::string_view text) {
  if (equalsIgnoreCase(text, "true")) return true;
  if (equalsIgnoreCase(text, "false")) return false;
  return std::nullopt;
}

std::optional<int64_t> parseInteger(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

std::optional<Duration> parseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text[0] == 'P') return parseIso(text);
  if (text.find(':') != std::string_view::npos) return parseTimeSpan(text);
  const auto number = parseNumber(text);
  return number ? fromSeconds(*number) : std::nullopt;
}

std::optional<size_t> parseChoice(std::string_view text, std::span<const std::string_view> choices) {
  for (size_t i = 0; i < choices.size(); ++i)
    if (equalsIgnoreCase(text, choices[i])) return i;
  return std::nullopt;
}

std::optional<expression::Value> Operand::value(Exchange& exchange) const {
  const expression::Outcome outcome = exchange.evaluate(*expression_);
  if (outcome.ok()) return outcome.value;
  exchange.failExpression(*outcome.exception);
  return std::nullopt;
}

std::optional<std::string_view> TextOperand::evaluateSlow(Exchange& exchange) const {
  const auto got = value(exchange);
  if (!got) return std::nullopt;
  return expression::toText(*got, exchange.arena());
}

std::optional<NullableText> TextOperand::evaluateNullable(Exchange& exchange) const {
  if (expression_ == nullptr) return NullableText{literal_, false};
  const auto got = value(exchange);
  if (!got) return std::nullopt;
  return NullableText{expression::toText(*got, exchange.arena()), expression::isNull(*got)};
}

std::optional<expression::Value> ValueOperand::evaluate(Exchange& exchange) const {
  if (expression_ != nullptr) return value(exchange);
  return expression::makeString(literal_, exchange.arena());
}

std::optional<bool> BoolOperand::evaluateSlow(Exchange& exchange) const {
  const auto got = value(exchange);
  if (!got) return std::nullopt;
  const auto result = expression::toBool(*got);
  if (!result) failConversion(exchange, *got, "true or false");
  return result;
}

std::optional<int64_t> IntegerOperand::evaluateSlow(Exchange& exchange) const {
  const auto got = value(exchange);
  if (!got) return std::nullopt;
  const auto result = expression::toInteger(*got);
  if (result && *result >= least_ && *result <= most_) return result;
  failConversion(exchange, *got, result ? fmt::format("between {} and {}", least_, most_) : "a whole number");
  return std::nullopt;
}

std::optional<Duration> DurationOperand::evaluateSlow(Exchange& exchange) const {
  const auto got = value(exchange);
  if (!got) return std::nullopt;
  const auto number = expression::toNumber(*got);
  const auto result = number ? fromSeconds(*number) : parseDuration(expression::toText(*got, exchange.arena()));
  if (!result) failConversion(exchange, *got, "a number of seconds");
  return result;
}

std::optional<size_t> ChoiceOperand::evaluateSlow(Exchange& exchange) const {
  const auto got = value(exchange);
  if (!got) return std::nullopt;
  const auto result = parseChoice(expression::toText(*got, exchange.arena()), choices_);
  if (!result) failConversion(exchange, *got, fmt::format("one of {}", fmt::join(choices_, ", ")));
  return result;
}

}  // namespace sluice::policy
