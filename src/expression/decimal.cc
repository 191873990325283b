#include "expression/decimal.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace sluice::expression {
namespace {

__extension__ using u128 = unsigned __int128;

constexpr int kMaxScale = 28;
constexpr u128 kMax96 = ((u128{1} << 96) - 1);

// 256 bits, enough for a product of two 128-bit numbers.
struct Wide {
  u128 high = 0;
  u128 low = 0;
};

constexpr u128 power10(int exponent) {
  u128 value = 1;
  while (exponent-- > 0) value *= 10;
  return value;
}

u128 mantissa(const Decimal& d) {
  return (u128{d.high} << 64) | d.low;
}

Decimal make(u128 value, int scale, bool negative) {
  Decimal d;
  d.low = static_cast<uint64_t>(value);
  d.high = static_cast<uint32_t>(value >> 64);
  d.scale = static_cast<uint8_t>(scale);
  d.negative = negative;
  return d;
}

Wide multiplyWide(u128 a, u128 b) {
  const u128 mask = ~uint64_t{0};
  const u128 a0 = a & mask, a1 = a >> 64, b0 = b & mask, b1 = b >> 64;
  const u128 p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
  const u128 middle = (p00 >> 64) + (p01 & mask) + (p10 & mask);
  return {p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64), (middle << 64) | (p00 & mask)};
}

// Divides in place by a small number, giving the remainder.
uint32_t divideSmall(Wide& value, uint32_t by) {
  std::array<uint32_t, 8> parts{};
  for (size_t i = 0; i < 4; ++i) parts[i] = static_cast<uint32_t>(value.low >> (32 * i));
  for (size_t i = 0; i < 4; ++i) parts[4 + i] = static_cast<uint32_t>(value.high >> (32 * i));
  uint64_t rest = 0;
  for (size_t i = 8; i-- > 0;) {
    const uint64_t now = (rest << 32) | parts[i];
    parts[i] = static_cast<uint32_t>(now / by);
    rest = now % by;
  }
  value = {};
  for (size_t i = 4; i-- > 0;) {
    value.low = (value.low << 32) | parts[i];
    value.high = (value.high << 32) | parts[4 + i];
  }
  return static_cast<uint32_t>(rest);
}

// Brings a 256-bit value at `scale` into 96 bits, rounding half to even; `sticky` says that digits were already lost.
std::optional<Decimal> fit(Wide value, int scale, bool negative, bool sticky = false) {
  uint32_t last = 0;
  while (value.high != 0 || value.low > kMax96 || scale > kMaxScale) {
    if (scale == 0) return std::nullopt;
    sticky = sticky || last != 0;
    last = divideSmall(value, 10);
    --scale;
  }
  if (last > 5 || (last == 5 && (sticky || (value.low & 1) != 0))) {
    ++value.low;
    if (value.low > kMax96) {
      if (scale == 0) return std::nullopt;
      const uint32_t digit = divideSmall(value, 10);
      if (digit >= 5) ++value.low;
      --scale;
    }
  }
  return make(value.low, scale, negative);
}

std::optional<Decimal> addSigned(const Decimal& a, const Decimal& b, bool b_negative) {
  const int scale = a.scale > b.scale ? a.scale : b.scale;
  const Wide x = multiplyWide(mantissa(a), power10(scale - a.scale));
  const Wide y = multiplyWide(mantissa(b), power10(scale - b.scale));
  if (a.negative == b_negative) {
    Wide sum{x.high + y.high, x.low + y.low};
    if (sum.low < x.low) ++sum.high;
    return fit(sum, scale, a.negative);
  }
  const bool less = x.high < y.high || (x.high == y.high && x.low < y.low);
  const Wide& large = less ? y : x;
  const Wide& small = less ? x : y;
  Wide difference{large.high - small.high, large.low - small.low};
  if (large.low < small.low) --difference.high;
  const bool negative = less ? b_negative : a.negative;
  return fit(difference, scale, negative && (difference.high != 0 || difference.low != 0));
}

}  // namespace

std::optional<Decimal> add(const Decimal& a, const Decimal& b) {
  return addSigned(a, b, b.negative);
}
std::optional<Decimal> subtract(const Decimal& a, const Decimal& b) {
  return addSigned(a, b, !b.negative);
}

std::optional<Decimal> multiply(const Decimal& a, const Decimal& b) {
  const Wide product = multiplyWide(mantissa(a), mantissa(b));
  const bool negative = a.negative != b.negative && (product.high != 0 || product.low != 0);
  return fit(product, a.scale + b.scale, negative);
}

std::optional<Decimal> divide(const Decimal& a, const Decimal& b) {
  const u128 divisor = mantissa(b);
  if (divisor == 0) return std::nullopt;
  u128 quotient = mantissa(a) / divisor;
  u128 rest = mantissa(a) % divisor;
  int scale = a.scale - b.scale;
  // Digit by digit, until exact or out of room; more digits first when the scale is below zero.
  Wide wide{0, quotient};
  while (rest != 0 || scale < 0) {
    if (scale >= kMaxScale || wide.low > (kMax96 - 9) / 10) break;
    rest *= 10;
    wide.low = wide.low * 10 + rest / divisor;
    rest %= divisor;
    ++scale;
  }
  if (scale < 0) return std::nullopt;
  const bool negative = a.negative != b.negative;
  if (rest == 0) return make(wide.low, scale, negative && wide.low != 0);
  const u128 twice = rest * 2;
  if (twice > divisor || (twice == divisor && (wide.low & 1) != 0)) ++wide.low;
  std::optional<Decimal> result = fit(wide, scale, negative);
  // An inexact quotient has no trailing zeros to show.
  while (result && result->scale > 0 && mantissa(*result) % 10 == 0)
    *result = make(mantissa(*result) / 10, result->scale - 1, result->negative);
  return result;
}

std::optional<Decimal> remainder(const Decimal& a, const Decimal& b) {
  if (isZero(b)) return std::nullopt;
  // What is smaller than the divisor is the remainder as it stands, with its own scale.
  Decimal size_a = a, size_b = b;
  size_a.negative = size_b.negative = false;
  if (isZero(a) || compare(size_a, size_b) < 0) return a;
  const int scale = a.scale > b.scale ? a.scale : b.scale;
  Wide x = multiplyWide(mantissa(a), power10(scale - a.scale));
  const Wide y = multiplyWide(mantissa(b), power10(scale - b.scale));
  // Long division, bit by bit: rarely used.
  Wide rest;
  for (int bit = 255; bit >= 0; --bit) {
    rest.high = (rest.high << 1) | (rest.low >> 127);
    rest.low <<= 1;
    const u128 source = bit >= 128 ? x.high >> (bit - 128) : x.low >> bit;
    rest.low |= source & 1;
    if (rest.high > y.high || (rest.high == y.high && rest.low >= y.low)) {
      if (rest.low < y.low) --rest.high;
      rest.high -= y.high;
      rest.low -= y.low;
    }
  }
  return fit(rest, scale, a.negative && (rest.high != 0 || rest.low != 0));
}

bool isZero(const Decimal& a) {
  return a.low == 0 && a.high == 0;
}

int compare(const Decimal& a, const Decimal& b) {
  const bool a_negative = a.negative && !isZero(a);
  const bool b_negative = b.negative && !isZero(b);
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  const int scale = a.scale > b.scale ? a.scale : b.scale;
  const Wide x = multiplyWide(mantissa(a), power10(scale - a.scale));
  const Wide y = multiplyWide(mantissa(b), power10(scale - b.scale));
  if (x.high == y.high && x.low == y.low) return 0;
  const bool less = x.high < y.high || (x.high == y.high && x.low < y.low);
  return less != a_negative ? -1 : 1;
}

Decimal round(const Decimal& a, int decimals, Rounding how) {
  if (a.scale <= decimals) return a;
  const u128 unit = power10(a.scale - decimals);
  u128 value = mantissa(a) / unit;
  const u128 rest = mantissa(a) % unit;
  const u128 twice = rest * 2;
  bool up = false;
  switch (how) {
    case Rounding::HalfEven:
      up = twice > unit || (twice == unit && (value & 1) != 0);
      break;
    case Rounding::HalfAway:
      up = twice >= unit;
      break;
    case Rounding::Truncate:
      break;
    case Rounding::Floor:
      up = a.negative && rest != 0;
      break;
    case Rounding::Ceiling:
      up = !a.negative && rest != 0;
      break;
  }
  if (up) ++value;
  return make(value, decimals, a.negative && value != 0);
}

Decimal fromInt64(int64_t value) {
  const uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  return make(magnitude, 0, value < 0);
}

Decimal fromUInt64(uint64_t value) {
  return make(value, 0, false);
}

std::optional<Decimal> fromDouble(double value, int digits) {
  if (!std::isfinite(value)) return std::nullopt;
  char text[64];
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  std::optional<Decimal> result = parseDecimal(text);
  while (result && result->scale > 0 && mantissa(*result) % 10 == 0)
    *result = make(mantissa(*result) / 10, result->scale - 1, result->negative);
  if (result && isZero(*result)) return Decimal{};
  return result;
}

double toDouble(const Decimal& value) {
  const std::string text = toString(value);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::optional<int64_t> toInt64(const Decimal& value) {
  const u128 whole = mantissa(round(value, 0, Rounding::Truncate));
  const u128 limit = (u128{1} << 63) - (value.negative ? 0 : 1);
  if (whole > limit) return std::nullopt;
  const auto magnitude = static_cast<uint64_t>(whole);
  return static_cast<int64_t>(value.negative ? 0 - magnitude : magnitude);
}

std::optional<uint64_t> toUInt64(const Decimal& value) {
  const u128 whole = mantissa(round(value, 0, Rounding::Truncate));
  if (whole > ~uint64_t{0} || (value.negative && whole != 0)) return std::nullopt;
  return static_cast<uint64_t>(whole);
}

std::optional<Decimal> parseDecimal(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  Wide value;
  int scale = 0;
  int exponent = 0;
  bool point = false, digits = false, sticky = false;
  const u128 full = power10(36);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.') {
      if (point) return std::nullopt;
      point = true;
    } else if (c >= '0' && c <= '9') {
      digits = true;
      if (value.low >= full) {  // far more than fits: only counts
        sticky = sticky || c != '0';
        if (!point) ++exponent;
        continue;
      }
      value.low = value.low * 10 + static_cast<unsigned>(c - '0');
      if (point) ++scale;
    } else if ((c == 'e' || c == 'E') && digits) {
      int given = 0;
      const char* from = text.data() + i + 1;
      if (from < text.data() + text.size() && *from == '+') ++from;
      const auto [end, error] = std::from_chars(from, text.data() + text.size(), given);
      if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
      exponent += given;
      break;
    } else {
      return std::nullopt;
    }
  }
  if (!digits) return std::nullopt;
  scale -= exponent;
  while (scale < 0) {
    if (value.low > kMax96) return std::nullopt;
    if (value.low == 0) {
      scale = 0;
      break;
    }
    value.low *= 10;
    ++scale;
  }
  if (scale > 100) return make(0, kMaxScale, negative);
  return fit(value, scale, negative, sticky);
}

std::string digitsOf(const Decimal& value) {
  char text[32];
  char* at = text + sizeof text;
  u128 rest = mantissa(value);
  do {
    *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  return {at, static_cast<size_t>(text + sizeof text - at)};
}

std::string toString(const Decimal& value) {
  std::string digits = digitsOf(value);
  if (value.scale > 0) {
    if (digits.size() <= value.scale) digits.insert(0, value.scale + 1u - digits.size(), '0');
    digits.insert(digits.size() - value.scale, 1, '.');
  }
  return value.negative && !isZero(value) ? "-" + digits : digits;
}

}  // namespace sluice::expression
