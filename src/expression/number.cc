#include "expression/number.h"

#include <cmath>
#include <limits>

#include "expression/chars.h"

namespace sluice::expression {
namespace {

Value overflow(Eval& eval) {
  return eval.raise("System.OverflowException", "Arithmetic operation resulted in an overflow.");
}

template <class T>
struct TagOf;
template <>
struct TagOf<int32_t> {
  static constexpr Tag value = Tag::Int32;
};
template <>
struct TagOf<uint32_t> {
  static constexpr Tag value = Tag::UInt32;
};
template <>
struct TagOf<int64_t> {
  static constexpr Tag value = Tag::Int64;
};
template <>
struct TagOf<uint64_t> {
  static constexpr Tag value = Tag::UInt64;
};

template <class T>
T get(const Value& value) {
  return static_cast<T>(value.bits());
}
template <class T>
Value make(T number) {
  if constexpr (std::is_signed_v<T>) return Value::integer(TagOf<T>::value, number);
  return Value::tagged(TagOf<T>::value, number);
}

enum class Arithmetic : uint8_t { Add, Subtract, Multiply };

template <class T, Arithmetic kOp, bool kChecked>
Value arithmetic(Eval& eval, const Value& a, const Value& b) {
  T result;
  bool over = false;
  if constexpr (kOp == Arithmetic::Add) over = __builtin_add_overflow(get<T>(a), get<T>(b), &result);
  if constexpr (kOp == Arithmetic::Subtract) over = __builtin_sub_overflow(get<T>(a), get<T>(b), &result);
  if constexpr (kOp == Arithmetic::Multiply) over = __builtin_mul_overflow(get<T>(a), get<T>(b), &result);
  if (kChecked && over) return overflow(eval);
  return make<T>(result);
}

template <class T, bool kRemainder>
Value division(Eval& eval, const Value& a, const Value& b) {
  const T divisor = get<T>(b);
  if (divisor == 0) return eval.raise("System.DivideByZeroException", "Attempted to divide by zero.");
  if constexpr (std::is_signed_v<T>) {
    if (divisor == -1 && get<T>(a) == std::numeric_limits<T>::min()) return overflow(eval);
  }
  return make<T>(kRemainder ? get<T>(a) % divisor : get<T>(a) / divisor);
}

template <class T>
Value bitAnd(Eval&, const Value& a, const Value& b) {
  return make<T>(get<T>(a) & get<T>(b));
}
template <class T>
Value bitOr(Eval&, const Value& a, const Value& b) {
  return make<T>(get<T>(a) | get<T>(b));
}
template <class T>
Value bitXor(Eval&, const Value& a, const Value& b) {
  return make<T>(get<T>(a) ^ get<T>(b));
}
template <class T>
Value shiftLeft(Eval&, const Value& a, const Value& b) {
  const auto count = static_cast<unsigned>(b.asInt32()) & (sizeof(T) * 8 - 1);
  return make<T>(static_cast<T>(static_cast<std::make_unsigned_t<T>>(get<T>(a)) << count));
}
template <class T>
Value shiftRight(Eval&, const Value& a, const Value& b) {
  return make<T>(get<T>(a) >> (static_cast<unsigned>(b.asInt32()) & (sizeof(T) * 8 - 1)));
}

enum class Order : uint8_t { Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual };

template <Order kOrder, class T>
bool holds(const T& a, const T& b) {
  if constexpr (kOrder == Order::Less) return a < b;
  if constexpr (kOrder == Order::LessEqual) return a <= b;
  if constexpr (kOrder == Order::Greater) return a > b;
  if constexpr (kOrder == Order::GreaterEqual) return a >= b;
  if constexpr (kOrder == Order::Equal) return a == b;
  return a != b;
}

template <class T, Order kOrder>
Value compareIntegers(Eval&, const Value& a, const Value& b) {
  return Value::boolean(holds<kOrder>(get<T>(a), get<T>(b)));
}
template <Order kOrder>
Value compareReals(Eval&, const Value& a, const Value& b) {
  return Value::boolean(holds<kOrder>(a.asDouble(), b.asDouble()));
}
template <Order kOrder>
Value compareDecimals(Eval&, const Value& a, const Value& b) {
  return Value::boolean(holds<kOrder>(compare(decimalOf(a), decimalOf(b)), 0));
}

template <class T>
BinaryFunction compareFor(std::string_view op) {
  if (op == "<") return compareIntegers<T, Order::Less>;
  if (op == "<=") return compareIntegers<T, Order::LessEqual>;
  if (op == ">") return compareIntegers<T, Order::Greater>;
  if (op == ">=") return compareIntegers<T, Order::GreaterEqual>;
  if (op == "==") return compareIntegers<T, Order::Equal>;
  if (op == "!=") return compareIntegers<T, Order::NotEqual>;
  return nullptr;
}

template <class T, bool kChecked>
BinaryFunction integerFunction(std::string_view op) {
  if (op == "+") return arithmetic<T, Arithmetic::Add, kChecked>;
  if (op == "-") return arithmetic<T, Arithmetic::Subtract, kChecked>;
  if (op == "*") return arithmetic<T, Arithmetic::Multiply, kChecked>;
  if (op == "/") return division<T, false>;
  if (op == "%") return division<T, true>;
  if (op == "&") return bitAnd<T>;
  if (op == "|") return bitOr<T>;
  if (op == "^") return bitXor<T>;
  if (op == "<<") return shiftLeft<T>;
  if (op == ">>") return shiftRight<T>;
  return compareFor<T>(op);
}

template <bool kSingle>
Value real(double value) {
  return kSingle ? Value::single(static_cast<float>(value)) : Value::real(value);
}

template <bool kSingle>
BinaryFunction realFunction(std::string_view op) {
  if (op == "+")
    return [](Eval&, const Value& a, const Value& b) { return real<kSingle>(a.asDouble() + b.asDouble()); };
  if (op == "-")
    return [](Eval&, const Value& a, const Value& b) { return real<kSingle>(a.asDouble() - b.asDouble()); };
  if (op == "*")
    return [](Eval&, const Value& a, const Value& b) { return real<kSingle>(a.asDouble() * b.asDouble()); };
  if (op == "/")
    return [](Eval&, const Value& a, const Value& b) { return real<kSingle>(a.asDouble() / b.asDouble()); };
  if (op == "%")
    return [](Eval&, const Value& a, const Value& b) { return real<kSingle>(std::fmod(a.asDouble(), b.asDouble())); };
  if (op == "<") return compareReals<Order::Less>;
  if (op == "<=") return compareReals<Order::LessEqual>;
  if (op == ">") return compareReals<Order::Greater>;
  if (op == ">=") return compareReals<Order::GreaterEqual>;
  if (op == "==") return compareReals<Order::Equal>;
  if (op == "!=") return compareReals<Order::NotEqual>;
  return nullptr;
}

template <std::optional<Decimal> (*kFunction)(const Decimal&, const Decimal&), bool kDivides>
Value decimalArithmetic(Eval& eval, const Value& a, const Value& b) {
  if (kDivides && isZero(decimalOf(b)))
    return eval.raise("System.DivideByZeroException", "Attempted to divide by zero.");
  const std::optional<Decimal> result = kFunction(decimalOf(a), decimalOf(b));
  if (!result) return eval.raise("System.OverflowException", "Value was either too large or too small for a Decimal.");
  return newDecimal(eval.arena, *result);
}

BinaryFunction decimalFunction(std::string_view op) {
  if (op == "+") return decimalArithmetic<add, false>;
  if (op == "-") return decimalArithmetic<subtract, false>;
  if (op == "*") return decimalArithmetic<multiply, false>;
  if (op == "/") return decimalArithmetic<divide, true>;
  if (op == "%") return decimalArithmetic<remainder, true>;
  if (op == "<") return compareDecimals<Order::Less>;
  if (op == "<=") return compareDecimals<Order::LessEqual>;
  if (op == ">") return compareDecimals<Order::Greater>;
  if (op == ">=") return compareDecimals<Order::GreaterEqual>;
  if (op == "==") return compareDecimals<Order::Equal>;
  if (op == "!=") return compareDecimals<Order::NotEqual>;
  return nullptr;
}

BinaryFunction boolFunction(std::string_view op) {
  if (op == "&") return [](Eval&, const Value& a, const Value& b) { return Value::boolean(a.asBool() && b.asBool()); };
  if (op == "|") return [](Eval&, const Value& a, const Value& b) { return Value::boolean(a.asBool() || b.asBool()); };
  if (op == "^" || op == "!=")
    return [](Eval&, const Value& a, const Value& b) { return Value::boolean(a.asBool() != b.asBool()); };
  if (op == "==") return [](Eval&, const Value& a, const Value& b) { return Value::boolean(a.asBool() == b.asBool()); };
  return nullptr;
}

template <class T, bool kChecked>
Value negate(Eval& eval, const Value& a) {
  return arithmetic<T, Arithmetic::Subtract, kChecked>(eval, make<T>(0), a);
}

template <class T>
Value invert(Eval&, const Value& a) {
  return make<T>(static_cast<T>(~get<T>(a)));
}

Value same(Eval&, const Value& a) {
  return a;
}

// The integer of a real number cut towards zero; false: it is outside of the type's range.
bool cutReal(double value, Tag to, Value& out) {
  static constexpr double kTwo63 = 9223372036854775808.0;
  const double cut = std::trunc(value);
  if (to == Tag::UInt64) {
    if (!(cut >= 0 && cut < 2 * kTwo63)) return false;
    out = Value::tagged(to, static_cast<uint64_t>(cut));
    return true;
  }
  if (!(cut >= -kTwo63 && cut < kTwo63)) return false;
  const auto whole = static_cast<int64_t>(cut);
  if (!fitsTag(whole, to)) return false;
  out = Value::integer(to, whole);
  return true;
}

// Keeps the low bits, as an unchecked cast does.
Value wrap(uint64_t bits, Tag to) {
  switch (to) {
    case Tag::SByte:
      return Value::integer(to, static_cast<int8_t>(bits));
    case Tag::Byte:
      return Value::integer(to, static_cast<uint8_t>(bits));
    case Tag::Int16:
      return Value::integer(to, static_cast<int16_t>(bits));
    case Tag::UInt16:
    case Tag::Char:
      return Value::integer(to, static_cast<uint16_t>(bits));
    case Tag::Int32:
      return Value::integer(to, static_cast<int32_t>(bits));
    case Tag::UInt32:
      return Value::integer(to, static_cast<uint32_t>(bits));
    default:
      return Value::tagged(to, bits);
  }
}

Value decimalToInteger(Eval& eval, const Decimal& value, Tag to) {
  const auto raise = [&] {
    return eval.raise("System.OverflowException", "Value was either too large or too small for the type.");
  };
  if (to == Tag::UInt64) {
    const std::optional<uint64_t> whole = toUInt64(value);
    return whole ? Value::tagged(to, *whole) : raise();
  }
  const std::optional<int64_t> whole = toInt64(value);
  return whole && fitsTag(*whole, to) ? Value::integer(to, *whole) : raise();
}

Value toDecimal(Eval& eval, const Value& value) {
  std::optional<Decimal> result;
  if (value.tag() == Tag::Double || value.tag() == Tag::Single) {
    result = fromDouble(value.asDouble(), value.tag() == Tag::Single ? 7 : 15);
  } else {
    result = value.tag() == Tag::UInt64 ? fromUInt64(value.bits()) : fromInt64(value.asInt64());
  }
  if (!result) return eval.raise("System.OverflowException", "Value was either too large or too small for a Decimal.");
  return newDecimal(eval.arena, *result);
}

}  // namespace

bool fitsTag(int64_t value, Tag tag) {
  switch (tag) {
    case Tag::SByte:
      return value >= -128 && value <= 127;
    case Tag::Byte:
      return value >= 0 && value <= 255;
    case Tag::Int16:
      return value >= -32768 && value <= 32767;
    case Tag::UInt16:
    case Tag::Char:
      return value >= 0 && value <= 65535;
    case Tag::Int32:
      return value >= INT32_MIN && value <= INT32_MAX;
    case Tag::UInt32:
      return value >= 0 && value <= UINT32_MAX;
    case Tag::UInt64:
      return value >= 0;
    default:
      return true;
  }
}

Value newDecimal(Arena& arena, const Decimal& value) {
  return Value::boxed(Tag::Decimal, arena.create<Decimal>(value));
}

double numberToDouble(const Value& value) {
  switch (value.tag()) {
    case Tag::Double:
    case Tag::Single:
      return value.asDouble();
    case Tag::Decimal:
      return toDouble(decimalOf(value));
    case Tag::UInt64:
      return static_cast<double>(value.bits());
    default:
      return static_cast<double>(value.asInt64());
  }
}

Value convertNumber(Eval& eval, const Value& value, Tag to, bool checked) {
  const Tag from = value.tag();
  if (from == to) return value;
  if (to == Tag::Double) return Value::real(numberToDouble(value));
  if (to == Tag::Single) return Value::single(static_cast<float>(numberToDouble(value)));
  if (to == Tag::Decimal) return toDecimal(eval, value);
  if (from == Tag::Decimal) return decimalToInteger(eval, decimalOf(value), to);
  if (from == Tag::Double || from == Tag::Single) {
    Value out;
    if (cutReal(value.asDouble(), to, out)) return out;
    if (checked) return overflow(eval);
    // Out of range is unspecified by C#; like x64 .NET: through a 64-bit integer.
    Value wide;
    return cutReal(value.asDouble(), Tag::Int64, wide) ? wrap(wide.bits(), to) : wrap(uint64_t{1} << 63, to);
  }
  if (checked) {
    const bool fits =
        from == Tag::UInt64 ? value.asInt64() >= 0 && fitsTag(value.asInt64(), to) : fitsTag(value.asInt64(), to);
    if (!fits && !(from == Tag::UInt64 && to == Tag::UInt64)) return overflow(eval);
  }
  return wrap(value.bits(), to);
}

Value convertRounded(Eval& eval, const Value& value, Tag to) {
  if (value.tag() == Tag::Double || value.tag() == Tag::Single) {
    if (to == Tag::Double || to == Tag::Single || to == Tag::Decimal) return convertNumber(eval, value, to, true);
    return convertNumber(eval, Value::real(std::nearbyint(value.asDouble())), to, true);
  }
  if (value.tag() == Tag::Decimal && to != Tag::Double && to != Tag::Single && to != Tag::Decimal)
    return decimalToInteger(eval, round(decimalOf(value), 0, Rounding::HalfEven), to);
  return convertNumber(eval, value, to, true);
}

BinaryFunction binaryFunction(std::string_view op, Tag tag, bool checked) {
  switch (tag) {
    case Tag::Bool:
      return boolFunction(op);
    case Tag::Int32:
      return checked ? integerFunction<int32_t, true>(op) : integerFunction<int32_t, false>(op);
    case Tag::UInt32:
      return checked ? integerFunction<uint32_t, true>(op) : integerFunction<uint32_t, false>(op);
    case Tag::Int64:
      return checked ? integerFunction<int64_t, true>(op) : integerFunction<int64_t, false>(op);
    case Tag::UInt64:
      return checked ? integerFunction<uint64_t, true>(op) : integerFunction<uint64_t, false>(op);
    case Tag::Single:
      return realFunction<true>(op);
    case Tag::Double:
      return realFunction<false>(op);
    case Tag::Decimal:
      return decimalFunction(op);
    default:
      return nullptr;
  }
}

UnaryFunction unaryFunction(std::string_view op, Tag tag, bool checked) {
  if (op == "!")
    return tag == Tag::Bool ? [](Eval&, const Value& a) { return Value::boolean(!a.asBool()); } : UnaryFunction{};
  if (op == "+") return same;
  if (op == "~") {
    if (tag == Tag::Int32) return invert<int32_t>;
    if (tag == Tag::UInt32) return invert<uint32_t>;
    if (tag == Tag::Int64) return invert<int64_t>;
    return tag == Tag::UInt64 ? invert<uint64_t> : nullptr;
  }
  if (op != "-") return nullptr;
  if (tag == Tag::Int32) return checked ? negate<int32_t, true> : negate<int32_t, false>;
  if (tag == Tag::Int64) return checked ? negate<int64_t, true> : negate<int64_t, false>;
  if (tag == Tag::Double) return [](Eval&, const Value& a) { return Value::real(-a.asDouble()); };
  if (tag == Tag::Single) return [](Eval&, const Value& a) { return Value::single(static_cast<float>(-a.asDouble())); };
  if (tag != Tag::Decimal) return nullptr;
  return [](Eval& eval, const Value& a) {
    Decimal negated = decimalOf(a);
    negated.negative = !negated.negative && !isZero(negated);
    return newDecimal(eval.arena, negated);
  };
}

}  // namespace sluice::expression
