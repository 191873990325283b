// Operands: what a policy's attribute or text gives at run time, a literal or an expression's value. Evaluating yields
// the value or nothing; nothing means that Exchange::fail has been called and the step returns Verdict::Fail. Literals
// and constant expressions are converted once, at load. Immutable, shared by threads; texts of expressions live in the
// exchange's arena.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "expression/expression.h"
#include "policy/exchange.h"

namespace sluice::policy {

using SharedExpression = std::shared_ptr<const expression::Expression>;

// Common to all: an expression, or null for a literal, whose value the derived class holds.
class Operand {
 public:
  bool isExpression() const { return expression_ != nullptr; }
  // Neither given nor with a default.
  bool absent() const { return absent_; }

 protected:
  Operand() = default;
  explicit Operand(SharedExpression expression) : expression_(std::move(expression)), absent_(false) {}
  explicit Operand(bool absent) : absent_(absent) {}
  // Nothing: the expression threw, and the exchange has failed.
  std::optional<expression::Value> value(Exchange& exchange) const;

  SharedExpression expression_;
  bool absent_ = true;
};

struct NullableText {
  std::string_view text;
  bool null = false;
};

class TextOperand : public Operand {
 public:
  TextOperand() = default;
  explicit TextOperand(std::string literal) : Operand(false), literal_(std::move(literal)) {}
  explicit TextOperand(SharedExpression expression) : Operand(std::move(expression)) {}
  // The text of the value as .NET writes it; null is empty.
  std::optional<std::string_view> evaluate(Exchange& exchange) const {
    return expression_ == nullptr ? std::optional<std::string_view>(literal_) : evaluateSlow(exchange);
  }
  // The same for policies to which null is not the empty text.
  std::optional<NullableText> evaluateNullable(Exchange& exchange) const;
  // REQUIRES: not isExpression().
  std::string_view literal() const { return literal_; }

 private:
  std::optional<std::string_view> evaluateSlow(Exchange& exchange) const;
  std::string literal_;
};

// A value of any type: set-variable and the like. A literal is a string.
class ValueOperand : public Operand {
 public:
  ValueOperand() = default;
  explicit ValueOperand(std::string literal) : Operand(false), literal_(std::move(literal)) {}
  explicit ValueOperand(SharedExpression expression) : Operand(std::move(expression)) {}
  std::optional<expression::Value> evaluate(Exchange& exchange) const;

 private:
  std::string literal_;
};

class BoolOperand : public Operand {
 public:
  BoolOperand() = default;
  explicit BoolOperand(bool literal) : Operand(false), literal_(literal) {}
  explicit BoolOperand(SharedExpression expression) : Operand(std::move(expression)) {}
  std::optional<bool> evaluate(Exchange& exchange) const {
    return expression_ == nullptr ? std::optional<bool>(literal_) : evaluateSlow(exchange);
  }
  // REQUIRES: not isExpression().
  bool literal() const { return literal_; }

 private:
  std::optional<bool> evaluateSlow(Exchange& exchange) const;
  bool literal_ = false;
};

class IntegerOperand : public Operand {
 public:
  IntegerOperand() = default;
  explicit IntegerOperand(int64_t literal) : Operand(false), literal_(literal) {}
  // A value outside least..most fails as an expression's error does.
  IntegerOperand(SharedExpression expression, int64_t least, int64_t most)
      : Operand(std::move(expression)), least_(least), most_(most) {}
  std::optional<int64_t> evaluate(Exchange& exchange) const {
    return expression_ == nullptr ? std::optional<int64_t>(literal_) : evaluateSlow(exchange);
  }
  // REQUIRES: not isExpression().
  int64_t literal() const { return literal_; }

 private:
  std::optional<int64_t> evaluateSlow(Exchange& exchange) const;
  int64_t literal_ = 0, least_ = 0, most_ = 0;
};

class DurationOperand : public Operand {
 public:
  DurationOperand() = default;
  explicit DurationOperand(Duration literal) : Operand(false), literal_(literal) {}
  explicit DurationOperand(SharedExpression expression) : Operand(std::move(expression)) {}
  // Never negative.
  std::optional<Duration> evaluate(Exchange& exchange) const {
    return expression_ == nullptr ? std::optional<Duration>(literal_) : evaluateSlow(exchange);
  }
  // REQUIRES: not isExpression().
  Duration literal() const { return literal_; }

 private:
  std::optional<Duration> evaluateSlow(Exchange& exchange) const;
  Duration literal_{};
};

// One of the attribute's choices, as its index in the descriptor's table.
class ChoiceOperand : public Operand {
 public:
  ChoiceOperand() = default;
  explicit ChoiceOperand(size_t literal) : Operand(false), literal_(literal) {}
  ChoiceOperand(SharedExpression expression, std::span<const std::string_view> choices)
      : Operand(std::move(expression)), choices_(choices) {}
  std::optional<size_t> evaluate(Exchange& exchange) const {
    return expression_ == nullptr ? std::optional<size_t>(literal_) : evaluateSlow(exchange);
  }
  // REQUIRES: not isExpression().
  size_t literal() const { return literal_; }

 private:
  std::optional<size_t> evaluateSlow(Exchange& exchange) const;
  size_t literal_ = 0;
  std::span<const std::string_view> choices_;
};

// How literals of attributes read; nullopt: not that type.
std::optional<bool> parseBool(std::string_view text);
std::optional<int64_t> parseInteger(std::string_view text);
// At most a hundred years, never negative.
std::optional<Duration> parseDuration(std::string_view text);
std::optional<size_t> parseChoice(std::string_view text, std::span<const std::string_view> choices);

}  // namespace sluice::policy
