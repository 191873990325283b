// Decimal: .NET's System.Decimal, a 96-bit integer, a scale of 0 to 28 and a sign. Results round half to even and keep
// the scale as .NET does ("1.10" + "2.2" is "3.30").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "expression/value.h"

namespace sluice::expression {

struct Decimal {
  uint64_t low = 0;
  uint32_t high = 0;
  uint8_t scale = 0;
  bool negative = false;
};
static_assert(sizeof(Decimal) == 16);

// nullopt: overflow (or division by zero, which the caller checks first).
std::optional<Decimal> add(const Decimal& a, const Decimal& b);
std::optional<Decimal> subtract(const Decimal& a, const Decimal& b);
std::optional<Decimal> multiply(const Decimal& a, const Decimal& b);
std::optional<Decimal> divide(const Decimal& a, const Decimal& b);
std::optional<Decimal> remainder(const Decimal& a, const Decimal& b);
int compare(const Decimal& a, const Decimal& b);
bool isZero(const Decimal& a);

enum class Rounding : uint8_t { HalfEven, HalfAway, Truncate, Floor, Ceiling };
// To at most `decimals` places; fewer digits stay as they are.
Decimal round(const Decimal& a, int decimals, Rounding how);

Decimal fromInt64(int64_t value);
Decimal fromUInt64(uint64_t value);
// As .NET's conversion: 15 significant digits (7 for float). nullopt: too large, or not a number.
std::optional<Decimal> fromDouble(double value, int digits = 15);
double toDouble(const Decimal& value);
// The integer part; nullopt: it does not fit.
std::optional<int64_t> toInt64(const Decimal& value);
std::optional<uint64_t> toUInt64(const Decimal& value);
// Digits with at most one '.', an optional sign and exponent. More digits than fit are rounded. nullopt: overflow or
// bad.
std::optional<Decimal> parseDecimal(std::string_view text);
std::string toString(const Decimal& value);
// The digits of the 96-bit integer, without sign or point.
std::string digitsOf(const Decimal& value);

}  // namespace sluice::expression
