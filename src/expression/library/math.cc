// System.Math.
#include <cmath>

#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

Value overflow(Call& c) {
  return c.raise("System.OverflowException", "Negating the minimum value of a twos complement number is invalid.");
}

Value absolute(Call& c) {
  const Value& v = c[0];
  switch (v.tag()) {
    case Tag::Double:
      return Value::real(std::fabs(v.asDouble()));
    case Tag::Single:
      return Value::single(static_cast<float>(std::fabs(v.asDouble())));
    case Tag::Decimal: {
      Decimal d = decimalOf(v);
      d.negative = false;
      return newDecimal(c.arena(), d);
    }
    default:
      break;
  }
  const int64_t number = v.asInt64();
  if (number >= 0) return v;
  if (number == INT64_MIN || !fitsTag(-number, v.tag())) return overflow(c);
  return Value::integer(v.tag(), -number);
}

Value larger(Call& c, bool max) {
  if (c[0].tag() == Tag::Double || c[0].tag() == Tag::Single) {
    if (std::isnan(c.real(0))) return c[0];
    if (std::isnan(c.real(1))) return c[1];
    // -0 is less than 0.
    if (c.real(0) == c.real(1)) return std::signbit(c.real(0)) == max ? c[1] : c[0];
  }
  const int order = valueCompare(c.eval, c[0], c[1]);
  return (max ? order >= 0 : order <= 0) ? c[0] : c[1];
}

Value sign(Call& c) {
  const Value& v = c[0];
  if (v.tag() == Tag::Double || v.tag() == Tag::Single) {
    if (std::isnan(v.asDouble()))
      return c.raise("System.ArithmeticException", "Function does not accept floating point Not-a-Number values.");
    return Value::int32(v.asDouble() > 0 ? 1 : v.asDouble() < 0 ? -1 : 0);
  }
  if (v.tag() == Tag::Decimal) return Value::int32(isZero(decimalOf(v)) ? 0 : decimalOf(v).negative ? -1 : 1);
  return Value::int32(v.asInt64() > 0 ? 1 : v.asInt64() < 0 ? -1 : 0);
}

// MidpointRounding; false with ArgumentException pending: there is no such mode.
bool modeOf(Call& c, size_t i, Rounding& out) {
  static constexpr Rounding kModes[] = {Rounding::HalfEven, Rounding::HalfAway, Rounding::Truncate, Rounding::Floor,
                                        Rounding::Ceiling};
  const int64_t mode = c.int64(i);
  if (mode < 0 || mode > 4) {
    c.eval.raise("System.ArgumentException",
                 "The value '" + std::to_string(mode) + "' is not valid for this usage of the type MidpointRounding.",
                 "mode");
    return false;
  }
  out = kModes[mode];
  return true;
}

double roundWhole(double value, Rounding how) {
  switch (how) {
    case Rounding::HalfEven:
      return std::nearbyint(value);
    case Rounding::HalfAway:
      return std::round(value);
    case Rounding::Truncate:
      return std::trunc(value);
    case Rounding::Floor:
      return std::floor(value);
    case Rounding::Ceiling:
      return std::ceil(value);
  }
  return value;
}

// Math.Round(value, digits, mode): scaled, rounded, scaled back, as .NET does it.
Value roundReal(Call& c, int32_t digits, Rounding how) {
  if (digits < 0 || digits > 15)
    return c.eval.raiseOutOfRange("digits", "Rounding digits must be between 0 and 15, inclusive.");
  const double value = c.real(0);
  if (std::fabs(value) >= 1e16) return c[0];
  static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  return Value::real(roundWhole(value * kPowers[digits], how) / kPowers[digits]);
}

Value roundDecimal(Call& c, int32_t digits, Rounding how) {
  if (digits < 0 || digits > 28)
    return c.eval.raiseOutOfRange("decimals", "Decimal can only round to between 0 and 28 digits of precision.");
  return newDecimal(c.arena(), round(decimalOf(c[0]), digits, how));
}

// Round(value [, digits] [, mode])
Value rounded(Call& c) {
  int32_t digits = 0;
  Rounding how = Rounding::HalfEven;
  for (size_t i = 1; i < c.count; ++i) {
    if (c[i].tag() == Tag::Int32) digits = c.int32(i);
    if (c[i].tag() == Tag::Enum && !modeOf(c, i, how)) return {};
  }
  return c[0].tag() == Tag::Decimal ? roundDecimal(c, digits, how) : roundReal(c, digits, how);
}

template <double (*kFunction)(double)>
Value real(Call& c) {
  return Value::real(kFunction(c.real(0)));
}

template <Rounding kHow>
Value whole(Call& c) {
  if (c[0].tag() == Tag::Decimal) return newDecimal(c.arena(), round(decimalOf(c[0]), 0, kHow));
  return Value::real(roundWhole(c.real(0), kHow));
}

Value logBase(Call& c) {
  const double value = c.real(0), base = c.real(1);
  if (std::isnan(value) || std::isnan(base)) return Value::real(std::nan(""));
  if (base == 1 || (value != 1 && (base == 0 || (std::isinf(base) && base > 0)))) return Value::real(std::nan(""));
  return Value::real(std::log(value) / std::log(base));
}

Value clamp(Call& c) {
  if (valueCompare(c.eval, c[1], c[2]) > 0) {
    const std::string low(toUtf8(c.arena(), valueToString(c.eval, c[1])));
    const std::string high(toUtf8(c.arena(), valueToString(c.eval, c[2])));
    return c.raise("System.ArgumentException", "'" + low + "' cannot be greater than " + high + ".");
  }
  if ((c[0].tag() == Tag::Double || c[0].tag() == Tag::Single) && std::isnan(c.real(0))) return c[0];
  if (valueCompare(c.eval, c[0], c[1]) < 0) return c[1];
  return valueCompare(c.eval, c[0], c[2]) > 0 ? c[2] : c[0];
}

Value divRem(Call& c) {
  Value args[] = {c[0], c[1]};
  const Tag tag = c[0].tag();
  const Value quotient = binaryFunction("/", tag, false)(c.eval, args[0], args[1]);
  if (c.eval.failed()) return {};
  c[2] = binaryFunction("%", tag, false)(c.eval, args[0], args[1]);
  return quotient;
}

constexpr MemberRow kMath[] = {
    {"const double PI", [](Call&) { return Value::real(3.14159265358979323846); }},
    {"const double E", [](Call&) { return Value::real(2.7182818284590452354); }},
    {"static double Ceiling(double a)", whole<Rounding::Ceiling>},
    {"static decimal Ceiling(decimal d)", whole<Rounding::Ceiling>},
    {"static double Floor(double d)", whole<Rounding::Floor>},
    {"static decimal Floor(decimal d)", whole<Rounding::Floor>},
    {"static double Truncate(double d)", whole<Rounding::Truncate>},
    {"static decimal Truncate(decimal d)", whole<Rounding::Truncate>},
    {"static double Round(double a)", rounded},
    {"static double Round(double value, int digits)", rounded},
    {"static double Round(double value, MidpointRounding mode)", rounded},
    {"static double Round(double value, int digits, MidpointRounding mode)", rounded},
    {"static decimal Round(decimal d)", rounded},
    {"static decimal Round(decimal d, int decimals)", rounded},
    {"static decimal Round(decimal d, MidpointRounding mode)", rounded},
    {"static decimal Round(decimal d, int decimals, MidpointRounding mode)", rounded},
    {"static double Pow(double x, double y)", [](Call& c) { return Value::real(std::pow(c.real(0), c.real(1))); }},
    {"static double Sqrt(double d)", real<std::sqrt>},
    {"static double Cbrt(double d)", real<std::cbrt>},
    {"static double Exp(double d)", real<std::exp>},
    {"static double Log(double d)", real<std::log>},
    {"static double Log(double a, double newBase)", logBase},
    {"static double Log10(double d)", real<std::log10>},
    {"static double Log2(double d)", real<std::log2>},
    {"static double Sin(double a)", real<std::sin>},
    {"static double Cos(double d)", real<std::cos>},
    {"static double Tan(double a)", real<std::tan>},
    {"static double Asin(double d)", real<std::asin>},
    {"static double Acos(double d)", real<std::acos>},
    {"static double Atan(double d)", real<std::atan>},
    {"static double Atan2(double y, double x)", [](Call& c) { return Value::real(std::atan2(c.real(0), c.real(1))); }},
    {"static double Sinh(double value)", real<std::sinh>},
    {"static double Cosh(double value)", real<std::cosh>},
    {"static double Acosh(double d)", real<std::acosh>},
    {"static double Asinh(double d)", real<std::asinh>},
    {"static double Atanh(double d)", real<std::atanh>},
    {"static double Tanh(double value)", real<std::tanh>},
    {"static double IEEERemainder(double x, double y)",
     [](Call& c) { return Value::real(std::remainder(c.real(0), c.real(1))); }},
    {"const double Tau", [](Call&) { return Value::real(6.283185307179586476925); }},
    {"static long BigMul(int a, int b)", [](Call& c) { return Value::int64(c.int64(0) * c.int64(1)); }},
    {"static int DivRem(int a, int b, out int result)", divRem},
    {"static long DivRem(long a, long b, out long result)", divRem},
};

// Abs, Min, Max, Sign and Clamp for every numeric type.
std::span<const MemberRow> everyType() {
  static constexpr const char* kTypes[] = {"int",  "long",  "short", "sbyte",  "byte",   "ushort",
                                           "uint", "ulong", "float", "double", "decimal"};
  static auto* const signatures = new std::vector<std::string>;
  static auto* const rows = new std::vector<MemberRow>;
  if (!rows->empty()) return *rows;
  signatures->reserve(std::size(kTypes) * 5);
  const auto add = [&](std::string signature, Native native) {
    signatures->push_back(std::move(signature));
    rows->push_back({signatures->back().c_str(), native});
  };
  for (const std::string type : kTypes) {
    const bool is_unsigned = type[0] == 'u' || type == "byte";
    if (!is_unsigned) add("static " + type + " Abs(" + type + " value)", absolute);
    if (!is_unsigned) add("static int Sign(" + type + " value)", sign);
    add("static " + type + " Min(" + type + " val1, " + type + " val2)", [](Call& c) { return larger(c, false); });
    add("static " + type + " Max(" + type + " val1, " + type + " val2)", [](Call& c) { return larger(c, true); });
    add("static " + type + " Clamp(" + type + " value, " + type + " min, " + type + " max)", clamp);
  }
  return *rows;
}

}  // namespace

void declareMath(Library& library) {
  TypeDef& def = library.add("static class System.Math", kMath);
  def.rows.push_back(everyType());
}

}  // namespace sluice::expression
