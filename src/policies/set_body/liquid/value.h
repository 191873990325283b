// Values of liquid templates: .NET's values (expression/value.h), JSON trees for objects and arrays, and lists that
// filters make. A Value owns nothing: all lies in the arena of the rendering.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "expression/decimal.h"
#include "expression/eval.h"
#include "expression/json/token.h"

namespace sluice::policies::liquid {

struct Value {
  Value() = default;
  Value(const expression::Value& plain) : net(plain) {}  // NOLINT: a .NET value is one
  static Value list(std::span<const Value> items) {
    Value value;
    value.items = items;
    value.is_list = true;
    return value;
  }

  expression::Value net;         // a JValue is never in here: it is unwrapped
  std::span<const Value> items;  // of a list
  bool is_list = false;

  bool isNull() const { return !is_list && net.isNull(); }
  bool isText() const { return !is_list && net.isString(); }
  bool isObject() const { return !is_list && expression::isKind(net, expression::ObjectKind::JObject); }
  bool isArray() const { return is_list || expression::isKind(net, expression::ObjectKind::JArray); }
};

// Of one rendering. Memory and steps are bounded by `eval`; a text that is too long fails it too.
class Values {
 public:
  explicit Values(expression::Eval& eval) : eval_(eval) {}
  expression::Eval& eval() { return eval_; }
  Arena& arena() { return eval_.arena; }

  Value text(std::string_view utf8);  // copies
  Value view(std::string_view utf8);  // must live as long as the arena
  Value number(int64_t value) { return expression::Value::int64(value); }
  Value boolean(bool value) { return expression::Value::boolean(value); }
  Value token(const expression::JToken* token);  // unwrapped
  Value list(std::span<const Value> items);      // copies

  // As it is printed: true and false in lower case, lists without separators, objects as JSON.
  std::string_view print(const Value& value);
  // An object's member; names compare exactly, or else without case. Null: there is none.
  Value member(const Value& object, std::string_view name);
  // By position (negative: from the end), or by a name.
  Value item(const Value& container, const Value& key);
  std::span<const Value> items(const Value& array);
  size_t size(const Value& value);  // of a text, a list or an object; else 0

  std::optional<expression::Decimal> decimal(const Value& value);  // numbers and texts of numbers
  std::optional<int64_t> integer(const Value& value);
  bool isNumber(const Value& value) const;
  // Numbers by value, texts by their units, dates by time. nullopt: they have no order.
  std::optional<int> compare(const Value& a, const Value& b);
  bool equal(const Value& a, const Value& b);

 private:
  expression::Eval& eval_;
};

inline bool isTrue(const Value& value) {
  return !value.isNull() && !(value.net.tag() == expression::Tag::Bool && !value.net.asBool());
}

}  // namespace sluice::policies::liquid
