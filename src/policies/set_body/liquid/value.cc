#include "policies/set_body/liquid/value.h"

#include <algorithm>

#include "base/encoding.h"
#include "expression/number.h"

namespace sluice::policies::liquid {

using expression::JContainer;
using expression::JProperty;
using expression::JToken;
using expression::Tag;

namespace {

// The text beside an element's attributes (xml_body.h).
constexpr std::string_view kText = "#text";

size_t unitsIn(std::string_view utf8) {
  size_t count = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) count += byte >= 0xF0 ? 2 : 1;
  }
  return count;
}

}  // namespace

Value Values::text(std::string_view utf8) {
  return expression::fromStd(arena(), utf8);
}
Value Values::view(std::string_view utf8) {
  return expression::fromUtf8(arena(), utf8);
}

Value Values::token(const JToken* token) {
  return expression::unwrapJson(expression::Value::object(token));
}

Value Values::list(std::span<const Value> from) {
  auto* copy = static_cast<Value*>(arena().allocateBytes(sizeof(Value) * from.size(), alignof(Value)));
  std::uninitialized_copy(from.begin(), from.end(), copy);
  return Value::list({copy, from.size()});
}

std::string_view Values::print(const Value& value) {
  if (value.isArray()) {
    std::string joined;
    for (const Value& item : items(value)) joined += print(item);
    return arena().copy(joined);
  }
  if (value.net.tag() == Tag::Bool) return value.net.asBool() ? "true" : "false";
  if (!value.isObject()) return expression::toText(value.net, arena());
  const Value text = member(value, kText);
  if (!text.isNull()) return print(text);
  return expression::toJson(value.net, arena());
}

Value Values::member(const Value& object, std::string_view name) {
  if (!object.isObject()) return {};
  const auto* container = expression::as<JContainer>(object.net);
  const expression::Value wanted = expression::fromUtf8(arena(), name);
  const JProperty* found = findProperty(eval_, container, wanted);
  if (found == nullptr) found = findPropertyIgnoreCase(eval_, container, wanted);
  return found == nullptr ? Value() : token(found->content);
}

std::span<const Value> Values::items(const Value& array) {
  if (array.is_list) return array.items;
  const auto* container = expression::as<JContainer>(array.net);
  auto* made = static_cast<Value*>(arena().allocateBytes(sizeof(Value) * container->count, alignof(Value)));
  for (uint32_t i = 0; i < container->count; ++i) new (made + i) Value(token(childAt(container, i)));
  return {made, container->count};
}

Value Values::item(const Value& container, const Value& key) {
  if (!container.isArray()) return member(container, print(key));
  auto index = integer(key);
  if (!index) return {};
  const auto count = static_cast<int64_t>(size(container));
  if (*index < 0) *index += count;
  if (*index < 0 || *index >= count) return {};
  if (container.is_list) return container.items[static_cast<size_t>(*index)];
  return token(childAt(expression::as<JContainer>(container.net), static_cast<uint32_t>(*index)));
}

size_t Values::size(const Value& value) {
  if (value.is_list) return value.items.size();
  if (value.isObject() || value.isArray()) return expression::as<JContainer>(value.net)->count;
  return value.isText() ? unitsIn(print(value)) : 0;
}

bool Values::isNumber(const Value& value) const {
  return !value.is_list && value.net.tag() >= Tag::SByte && value.net.tag() <= Tag::Decimal;
}

std::optional<expression::Decimal> Values::decimal(const Value& value) {
  if (value.isText()) return expression::parseDecimal(print(value));
  if (!isNumber(value)) return std::nullopt;
  if (value.net.tag() == Tag::Decimal) return expression::decimalOf(value.net);
  if (value.net.tag() == Tag::Double || value.net.tag() == Tag::Single)
    return expression::fromDouble(value.net.asDouble());
  if (value.net.tag() == Tag::UInt64) return expression::fromUInt64(static_cast<uint64_t>(value.net.asInt64()));
  return expression::fromInt64(value.net.asInt64());
}

std::optional<int64_t> Values::integer(const Value& value) {
  const auto number = decimal(value);
  return number ? expression::toInt64(round(*number, 0, expression::Rounding::Truncate)) : std::nullopt;
}

std::optional<int> Values::compare(const Value& a, const Value& b) {
  if (isNumber(a) || isNumber(b)) {
    const auto left = decimal(a), right = decimal(b);
    if (!left || !right) return std::nullopt;
    return expression::compare(*left, *right);
  }
  if (a.isText() && b.isText()) return expression::compareOrdinal(chars(eval_, a.net), chars(eval_, b.net));
  if (a.is_list || b.is_list || a.net.tag() != b.net.tag() || a.net.tag() != Tag::DateTime) return std::nullopt;
  return expression::valueCompare(eval_, a.net, b.net);
}

bool Values::equal(const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return a.isNull() && b.isNull();
  if (const auto order = compare(a, b)) return *order == 0;
  if (a.isArray() && b.isArray()) {
    const auto left = items(a), right = items(b);
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](const Value& x, const Value& y) { return eval_.step() && equal(x, y); });
  }
  if (a.isObject() && b.isObject()) return deepEquals(eval_, expression::token(a.net), expression::token(b.net));
  return !a.isArray() && !b.isArray() && a.net.tag() == Tag::Bool && b.net.tag() == Tag::Bool &&
         a.net.asBool() == b.net.asBool();
}

}  // namespace sluice::policies::liquid
