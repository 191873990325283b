#include <charconv>
#include <cmath>

#include "expression/library/numeric.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

// A number's text without signs, spaces and separators: digits, at most one '.', an exponent.
struct Plain {
  std::string text;
  bool negative = false;
};

class Scanner {
 public:
  Scanner(const Chars& text, int32_t styles) : text_(text), styles_(styles) {}

  bool scan(Plain& out) {
    spaces(kLeadingWhite);
    sign(out, kLeadingSign);
    if ((styles_ & kParentheses) != 0 && take('(')) {
      out.negative = true;
      open_ = true;
    }
    if ((styles_ & kCurrencySymbol) != 0) take(0xA4);
    if (!signed_) sign(out, kLeadingSign);
    if (!digits(out)) return false;
    exponent(out);
    if (!signed_) sign(out, kTrailingSign);
    if (open_ && !take(')')) return false;
    spaces(kTrailingWhite);
    while (at_ < text_.size && text_[at_] == 0) ++at_;
    return at_ == text_.size;
  }

 private:
  bool take(char16_t c) {
    if (at_ >= text_.size || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void spaces(int32_t style) {
    while ((styles_ & style) != 0 && at_ < text_.size && (text_[at_] == ' ' || (text_[at_] >= 9 && text_[at_] <= 13)))
      ++at_;
  }
  void sign(Plain& out, int32_t style) {
    if ((styles_ & style) == 0) return;
    if (take('-') || take(0x2212)) {
      out.negative = true;
      signed_ = true;
    } else if (take('+')) {
      signed_ = true;
    }
  }
  bool isDigitHere() const { return at_ < text_.size && text_[at_] >= '0' && text_[at_] <= '9'; }
  bool digits(Plain& out) {
    bool any = false;
    while (isDigitHere() || (any && (styles_ & kThousands) != 0 && at_ < text_.size && text_[at_] == ',')) {
      if (text_[at_] != ',') out.text += static_cast<char>(text_[at_]);
      any = true;
      ++at_;
    }
    if ((styles_ & kDecimalPoint) == 0 || at_ >= text_.size || text_[at_] != '.') return any;
    ++at_;
    if (!any) out.text += '0';
    if (isDigitHere()) out.text += '.';
    while (isDigitHere()) {
      out.text += static_cast<char>(text_[at_++]);
      any = true;
    }
    return any;
  }
  void exponent(Plain& out) {
    if ((styles_ & kExponent) == 0 || at_ >= text_.size || (text_[at_] | 0x20) != 'e') return;
    const uint32_t before = at_++;
    std::string mark = "e";
    if (take('-')) {
      mark += '-';
    } else {
      take('+');
    }
    if (!isDigitHere()) {
      at_ = before;
      return;
    }
    int64_t number = 0;
    while (isDigitHere()) number = std::min<int64_t>(number * 10 + (text_[at_++] - '0'), 99999);
    out.text += mark + std::to_string(number);
  }

  const Chars& text_;
  int32_t styles_;
  uint32_t at_ = 0;
  bool signed_ = false, open_ = false;
};

ParseResult integerFrom(const Plain& plain, Tag tag, Value& out) {
  // "12.000" and "1.2e1" are integers where the styles allow them.
  std::string_view text = plain.text;
  std::string whole;
  if (text.find_first_of(".e") != std::string_view::npos) {
    const std::optional<Decimal> decimal = parseDecimal(text);
    if (!decimal || compare(*decimal, round(*decimal, 0, Rounding::Truncate)) != 0) return ParseResult::Overflow;
    whole = toString(round(*decimal, 0, Rounding::Truncate));
    text = whole;
  }
  uint64_t number = 0;
  for (const char c : text) {
    const auto digit = static_cast<uint64_t>(c - '0');
    if (number > (~uint64_t{0} - digit) / 10) return ParseResult::Overflow;
    number = number * 10 + digit;
  }
  if (tag == Tag::UInt64) {
    if (plain.negative && number != 0) return ParseResult::Overflow;
    out = Value::tagged(tag, number);
    return ParseResult::Good;
  }
  if (number > (uint64_t{1} << 63) - (plain.negative ? 0 : 1)) return ParseResult::Overflow;
  const auto value = static_cast<int64_t>(plain.negative ? 0 - number : number);
  if (!fitsTag(value, tag)) return ParseResult::Overflow;
  out = Value::integer(tag, value);
  return ParseResult::Good;
}

ParseResult realFrom(const Plain& plain, Tag tag, Value& out) {
  const char* from = plain.text.data();
  const char* to = from + plain.text.size();
  const double sign = plain.negative ? -1.0 : 1.0;
  if (tag == Tag::Single) {
    float number = 0;
    const auto result = std::from_chars(from, to, number);
    if (result.ec == std::errc::result_out_of_range) number = std::strtof(plain.text.c_str(), nullptr);
    out = Value::single(static_cast<float>(sign) * number);
  } else {
    double number = 0;
    const auto result = std::from_chars(from, to, number);
    if (result.ec == std::errc::result_out_of_range) number = std::strtod(plain.text.c_str(), nullptr);
    out = Value::real(sign * number);
  }
  return ParseResult::Good;
}

// NaN and the infinities by name.
bool parseSymbol(const Chars& text, Tag tag, Value& out) {
  uint32_t from = 0, to = text.size;
  while (from < to && text[from] == ' ') ++from;
  while (to > from && text[to - 1] == ' ') --to;
  const Chars name = text.sub(from, to - from);
  const auto is = [&](std::string_view symbol) {
    return compareOrdinalIgnoreCase(name, Chars{symbol.data(), nullptr, static_cast<uint32_t>(symbol.size())}) == 0;
  };
  double number = 0;
  if (is("NaN") || is("-NaN") || is("+NaN")) {
    number = std::nan("");
  } else if (is("Infinity") || is("+Infinity")) {
    number = HUGE_VAL;
  } else if (is("-Infinity")) {
    number = -HUGE_VAL;
  } else {
    return false;
  }
  out = tag == Tag::Single ? Value::single(static_cast<float>(number)) : Value::real(number);
  return true;
}

}  // namespace

std::string_view typeNameOf(Tag tag) {
  switch (tag) {
    case Tag::SByte:
      return "SByte";
    case Tag::Byte:
      return "Byte";
    case Tag::Int16:
      return "Int16";
    case Tag::UInt16:
      return "UInt16";
    case Tag::Int32:
      return "Int32";
    case Tag::UInt32:
      return "UInt32";
    case Tag::Int64:
      return "Int64";
    case Tag::UInt64:
      return "UInt64";
    case Tag::Single:
      return "Single";
    case Tag::Double:
      return "Double";
    case Tag::Char:
      return "character";
    default:
      return "Decimal";
  }
}

ParseResult parseInBase(const Chars& text, int base, Tag tag, Value& out) {
  static constexpr auto bits = [](Tag t) {
    switch (t) {
      case Tag::SByte:
      case Tag::Byte:
        return 8;
      case Tag::Int16:
      case Tag::UInt16:
        return 16;
      case Tag::Int32:
      case Tag::UInt32:
        return 32;
      default:
        return 64;
    }
  };
  uint64_t number = 0;
  if (text.size == 0) return ParseResult::Format;
  const uint64_t limit = bits(tag) == 64 ? ~uint64_t{0} : (uint64_t{1} << bits(tag)) - 1;
  for (uint32_t i = 0; i < text.size; ++i) {
    const char16_t c = text[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : 99;
    if (digit >= base) return ParseResult::Format;
    if (number > (limit - static_cast<uint64_t>(digit)) / static_cast<uint64_t>(base)) return ParseResult::Overflow;
    number = number * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
  }
  switch (tag) {
    case Tag::SByte:
      out = Value::integer(tag, static_cast<int8_t>(number));
      break;
    case Tag::Int16:
      out = Value::integer(tag, static_cast<int16_t>(number));
      break;
    case Tag::Int32:
      out = Value::integer(tag, static_cast<int32_t>(number));
      break;
    default:
      out = Value::tagged(tag, number);
      break;
  }
  return ParseResult::Good;
}

ParseResult parseNumber(Arena& arena, const Chars& text, int32_t styles, Tag tag, Value& out) {
  if ((styles & kHexSpecifier) != 0) {
    uint32_t from = 0, to = text.size;
    while ((styles & kLeadingWhite) != 0 && from < to && text[from] == ' ') ++from;
    while ((styles & kTrailingWhite) != 0 && to > from && text[to - 1] == ' ') --to;
    return parseInBase(text.sub(from, to - from), 16, tag, out);
  }
  const bool real = tag == Tag::Double || tag == Tag::Single;
  Plain plain;
  if (!Scanner(text, styles).scan(plain))
    return real && parseSymbol(text, tag, out) ? ParseResult::Good : ParseResult::Format;
  if (real) return realFrom(plain, tag, out);
  if (tag != Tag::Decimal) return integerFrom(plain, tag, out);
  std::optional<Decimal> decimal = parseDecimal(plain.text);
  if (!decimal) return ParseResult::Overflow;
  decimal->negative = plain.negative && !isZero(*decimal);
  out = newDecimal(arena, *decimal);
  return ParseResult::Good;
}

Value parseNumberOrRaise(Eval& eval, const Value& text, int32_t styles, Tag tag, std::string_view param_name) {
  if (text.isNull()) return eval.raiseArgumentNull(param_name);
  if (!eval.step(text.extra() / 16)) return {};
  Value out;
  switch (parseNumber(eval.arena, chars(eval, text), styles, tag, out)) {
    case ParseResult::Good:
      return out;
    case ParseResult::Format:
      return eval.raiseFormat("The input string '" + std::string(toUtf8(eval.arena, text)) +
                              "' was not in a correct format.");
    case ParseResult::Overflow:
      break;
  }
  const std::string name(typeNameOf(tag));
  return eval.raise("System.OverflowException", "Value was either too large or too small for " +
                                                    std::string(name[0] == 'I' ? "an " : "a ") + name + ".");
}

}  // namespace sluice::expression
