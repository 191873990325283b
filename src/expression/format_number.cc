// Numeric format strings, standard and custom (.NET documentation, "Standard numeric format strings" and "Custom
// numeric format strings"), in the invariant culture.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "expression/format.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

constexpr int kMaxPrecision = 100'000;

// A number as its decimal digits: 0.d1d2d3... times ten to `exponent`.
struct Digits {
  std::string digits;  // without leading zeros; empty: zero
  int exponent = 0;
  bool negative = false;
};

Digits fromText(std::string_view text) {
  Digits d;
  bool point = false;
  size_t i = 0;
  if (!text.empty() && text[0] == '-') {
    d.negative = true;
    ++i;
  }
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.') {
      point = true;
    } else if (c == 'e' || c == 'E') {
      d.exponent += std::atoi(std::string(text.substr(i + 1)).c_str());
      break;
    } else {
      if (d.digits.empty() && c == '0') {
        if (point) --d.exponent;
        continue;
      }
      d.digits += c;
      if (!point) ++d.exponent;
    }
  }
  while (!d.digits.empty() && d.digits.back() == '0') d.digits.pop_back();
  if (d.digits.empty()) d.exponent = 0;
  return d;
}

// Half away from zero, to `places` digits behind the point.
void roundTo(Digits& d, int64_t places) {
  const int64_t keep = d.exponent + places;
  if (keep >= static_cast<int64_t>(d.digits.size())) return;
  if (keep < 0) {
    d.digits.clear();
    d.exponent = 0;
    return;
  }
  const bool up = d.digits[static_cast<size_t>(keep)] >= '5';
  d.digits.resize(static_cast<size_t>(keep));
  if (up) {
    size_t i = d.digits.size();
    while (i > 0 && d.digits[i - 1] == '9') --i;
    d.digits.resize(i);
    if (i == 0) {
      d.digits = "1";
      ++d.exponent;
    } else {
      ++d.digits[i - 1];
    }
  }
  while (!d.digits.empty() && d.digits.back() == '0') d.digits.pop_back();
  if (d.digits.empty()) d.exponent = 0;
}

// All digits of a double, which is exact in decimal.
Digits exactDigits(double value, int places) {
  char text[1600];
  if (places > 1000) places = 1000;
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 1000);
  (void)places;
  return fromText({text, static_cast<size_t>(end.ptr - text)});
}

Digits digitsFor(const Value& value) {
  switch (value.tag()) {
    case Tag::Decimal:
      return fromText(toString(decimalOf(value)));
    case Tag::Double:
      return exactDigits(value.asDouble(), 1000);
    case Tag::Single:
      return exactDigits(value.asDouble(), 1000);
    case Tag::UInt64:
      return fromText(std::to_string(value.bits()));
    default:
      return fromText(std::to_string(value.asInt64()));
  }
}

Digits shortestDigits(const Value& value) {
  if (value.tag() == Tag::Single) {
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, static_cast<float>(value.asDouble()));
    return fromText({text, static_cast<size_t>(end.ptr - text)});
  }
  if (value.tag() != Tag::Double) return digitsFor(value);
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value.asDouble());
  return fromText({text, static_cast<size_t>(end.ptr - text)});
}

std::string integerPart(const Digits& d) {
  if (d.exponent <= 0) return "0";
  std::string text = d.digits.substr(0, static_cast<size_t>(d.exponent));
  text.append(static_cast<size_t>(d.exponent) - text.size(), '0');
  return text;
}

std::string fraction(const Digits& d, int places) {
  std::string text;
  for (int i = 0; i < places; ++i) {
    const int64_t at = int64_t{d.exponent} + i;
    text += at >= 0 && at < static_cast<int64_t>(d.digits.size()) ? d.digits[static_cast<size_t>(at)] : '0';
  }
  return text;
}

std::string grouped(std::string text) {
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string fixed(const Digits& d, int places, bool groups) {
  std::string text = groups ? grouped(integerPart(d)) : integerPart(d);
  if (places > 0) text += "." + fraction(d, places);
  return text;
}

std::string exponentText(int exponent, char letter, int min_digits) {
  std::string digits = std::to_string(std::abs(exponent));
  if (static_cast<int>(digits.size()) < min_digits)
    digits.insert(0, static_cast<size_t>(min_digits) - digits.size(), '0');
  return std::string(1, letter) + (exponent < 0 ? "-" : "+") + digits;
}

std::string scientific(Digits d, int places, char letter) {
  const int exponent = d.digits.empty() ? 0 : d.exponent - 1;
  d.exponent -= exponent;
  roundTo(d, places);
  int shown = exponent;
  if (d.exponent > 1) {  // 9.99 became 10.0
    d.exponent = 1;
    ++shown;
  }
  std::string text = integerPart(d);
  if (places > 0) text += "." + fraction(d, places);
  return text + exponentText(shown, letter, 3);
}

// Without a precision all digits are shown; scientific from 1E+15 (a float: 1E+07) or as many digits as there are.
std::string general(Digits d, int precision, char letter, bool scientific_allowed, int shown = 15) {
  if (precision > 0) roundTo(d, int64_t{precision} - d.exponent);
  const int exponent = d.digits.empty() ? 0 : d.exponent - 1;
  const int limit = precision > 0 ? precision : std::max(shown, static_cast<int>(d.digits.size()));
  if (scientific_allowed && (exponent >= limit || exponent < -4)) {
    std::string text(1, d.digits[0]);
    if (d.digits.size() > 1) text += "." + d.digits.substr(1);
    return text + exponentText(exponent, letter, 2);
  }
  std::string text = integerPart(d);
  if (static_cast<int64_t>(d.digits.size()) > d.exponent)
    text += "." + fraction(d, static_cast<int>(static_cast<int64_t>(d.digits.size()) - d.exponent));
  return text;
}

std::string hexadecimal(const Value& value, int precision, bool upper) {
  uint64_t bits = value.bits();
  switch (value.tag()) {
    case Tag::SByte:
    case Tag::Byte:
      bits &= 0xFF;
      break;
    case Tag::Int16:
    case Tag::UInt16:
      bits &= 0xFFFF;
      break;
    case Tag::Int32:
    case Tag::UInt32:
      bits &= 0xFFFFFFFF;
      break;
    default:
      break;
  }
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, bits, 16);
  std::string hex(text, static_cast<size_t>(end.ptr - text));
  if (upper)
    for (char& c : hex) c = static_cast<char>(c >= 'a' ? c - 32 : c);
  if (static_cast<int>(hex.size()) < precision) hex.insert(0, static_cast<size_t>(precision) - hex.size(), '0');
  return hex;
}

std::string notFinite(double value) {
  return std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
}

// One section of a custom format.
struct Custom {
  std::string_view text;
  int integer_zeros = 0, decimals = 0, decimal_zeros = 0, integer_places = 0;
  int scale_commas = 0, percents = 0, permilles = 0;
  bool groups = false, scientific = false, point = false;
};

// Steps over a quoted or escaped piece at i; false: there is none.
bool skipLiteral(std::string_view text, size_t& i) {
  if (text[i] == '\\') {
    i += 2;
    return true;
  }
  if (text[i] != '\'' && text[i] != '"') return false;
  const size_t end = text.find(text[i], i + 1);
  i = end == std::string_view::npos ? text.size() : end + 1;
  return true;
}

bool isExponent(std::string_view text, size_t i) {
  if ((text[i] != 'e' && text[i] != 'E') || i + 1 >= text.size()) return false;
  const size_t digit = text[i + 1] == '+' || text[i + 1] == '-' ? i + 2 : i + 1;
  return digit < text.size() && text[digit] == '0';
}

Custom parseCustom(std::string_view text) {
  Custom c;
  c.text = text;
  int commas = 0;
  bool seen_zero = false;
  for (size_t i = 0; i < text.size();) {
    if (skipLiteral(text, i)) continue;
    const char ch = text[i];
    if (ch == '0' || ch == '#') {
      if (c.point) {
        ++c.decimals;
        if (ch == '0') c.decimal_zeros = c.decimals;
      } else {
        if (commas > 0 && c.integer_places > 0) c.groups = true;
        commas = 0;
        ++c.integer_places;
        if (ch == '0') seen_zero = true;
        if (seen_zero) ++c.integer_zeros;
      }
    } else if (ch == '.') {
      if (!c.point) c.scale_commas += commas;
      commas = 0;
      c.point = true;
    } else if (ch == ',') {
      if (!c.point && c.integer_places > 0) ++commas;
    } else if (ch == '%') {
      ++c.percents;
    } else if (text.substr(i).starts_with("\xE2\x80\xB0")) {
      ++c.permilles;
    } else if (isExponent(text, i)) {
      c.scientific = true;
      i += 2;
      while (i < text.size() && text[i] == '0') ++i;
      continue;
    }
    ++i;
  }
  if (!c.point) c.scale_commas += commas;
  return c;
}

std::vector<std::string_view> sections(std::string_view format) {
  std::vector<std::string_view> all;
  size_t from = 0;
  for (size_t i = 0; i < format.size();) {
    if (skipLiteral(format, i)) continue;
    if (format[i] == ';') {
      all.push_back(format.substr(from, i - from));
      from = i + 1;
    }
    ++i;
  }
  all.push_back(format.substr(from));
  return all;
}

class CustomWriter {
 public:
  CustomWriter(const Custom& custom, const Digits& digits, int exponent) : c_(custom), d_(digits), exponent_(exponent) {
    whole_ = d_.exponent > 0 ? integerPart(d_) : std::string();
    const size_t zeros = static_cast<size_t>(c_.scientific ? c_.integer_places : c_.integer_zeros);
    if (whole_.size() < zeros) whole_.insert(0, zeros - whole_.size(), '0');
  }

  std::string write() {
    for (size_t i = 0; i < c_.text.size();) {
      const char ch = c_.text[i];
      const size_t start = i;
      if (ch == '\\') {
        if (i + 1 < c_.text.size()) out_ += c_.text[i + 1];
        i += 2;
      } else if (skipLiteral(c_.text, i)) {
        const bool closed = i - start >= 2 && c_.text[i - 1] == ch;
        out_ += c_.text.substr(start + 1, i - start - (closed ? 2 : 1));
      } else if (ch == '0' || ch == '#') {
        place();
        ++i;
      } else if (ch == '.') {
        if (!in_fraction_) startFraction();
        ++i;
      } else if (ch == ',') {
        ++i;
      } else if (isExponent(c_.text, i)) {
        i = exponent(i);
      } else {
        out_ += ch;
        ++i;
      }
    }
    return std::move(out_);
  }

 private:
  void digit(size_t index) {
    out_ += whole_[index];
    const size_t behind = whole_.size() - index - 1;
    if (c_.groups && behind > 0 && behind % 3 == 0) out_ += ',';
  }

  void place() {
    if (in_fraction_) {
      ++fraction_at_;
      const int64_t at = int64_t{d_.exponent} + fraction_at_ - 1;
      const bool there = at < static_cast<int64_t>(d_.digits.size());
      if (there || fraction_at_ <= c_.decimal_zeros) {
        if (pending_point_) out_ += '.';
        pending_point_ = false;
        out_ += there && at >= 0 ? d_.digits[static_cast<size_t>(at)] : '0';
      }
      return;
    }
    // The first place takes every digit that has no place of its own.
    ++integer_at_;
    const size_t places = static_cast<size_t>(c_.integer_places);
    const size_t left = places - integer_at_;
    while (whole_.size() - written_ > left && written_ < whole_.size()) digit(written_++);
  }

  void startFraction() {
    while (written_ < whole_.size()) digit(written_++);  // ".0" has no place for them
    in_fraction_ = true;
    pending_point_ = true;
  }

  size_t exponent(size_t i) {
    const char letter = c_.text[i];
    const char sign = c_.text[i + 1];
    i += sign == '+' || sign == '-' ? 2 : 1;
    size_t zeros = 0;
    for (; i < c_.text.size() && c_.text[i] == '0'; ++i) ++zeros;
    std::string digits = std::to_string(std::abs(exponent_));
    if (digits.size() < zeros) digits.insert(0, zeros - digits.size(), '0');
    out_ += letter;
    if (exponent_ < 0) {
      out_ += '-';
    } else if (sign == '+') {
      out_ += '+';
    }
    out_ += digits;
    return i;
  }

  const Custom& c_;
  const Digits& d_;
  int exponent_;
  std::string whole_;
  std::string out_;
  size_t written_ = 0, integer_at_ = 0;
  int fraction_at_ = 0;
  bool in_fraction_ = false, pending_point_ = false;
};

std::string custom(const Value& value, std::string_view format) {
  const std::vector<std::string_view> parts = sections(format);
  Digits d = value.tag() == Tag::Double || value.tag() == Tag::Single ? fromText([&] {
    // Custom formats see 15 significant digits (7 of a float).
    char text[64];
    std::snprintf(text, sizeof text, "%.*e", value.tag() == Tag::Single ? 6 : 14, value.asDouble());
    return std::string(text);
  }())
                                                                      : digitsFor(value);
  size_t section = 0;
  const auto prepare = [&](std::string_view text, Digits& digits, int& exponent) {
    const Custom c = parseCustom(text);
    digits.exponent += 2 * c.percents + 3 * c.permilles - 3 * c.scale_commas;
    if (digits.digits.empty()) digits.exponent = 0;
    exponent = 0;
    if (!c.scientific) {
      roundTo(digits, c.decimals);
    } else if (!digits.digits.empty()) {
      roundTo(digits, int64_t{c.integer_places} + c.decimals - digits.exponent);
      exponent = digits.exponent - c.integer_places;
      digits.exponent -= exponent;
    }
    return c;
  };
  if (d.digits.empty() && parts.size() > 2 && !parts[2].empty()) {
    section = 2;
  } else if (d.negative && parts.size() > 1 && !parts[1].empty()) {
    section = 1;
  }
  Digits rounded = d;
  int exponent = 0;
  Custom c = prepare(parts[section], rounded, exponent);
  // What rounds to zero is shown as zero: by the third section, or the first.
  if (rounded.digits.empty() && section != 2) {
    rounded = Digits{};
    section = parts.size() > 2 && !parts[2].empty() ? 2 : 0;
    c = prepare(parts[section], rounded, exponent);
  }
  CustomWriter writer(c, rounded, exponent);
  const std::string text = writer.write();
  const bool minus = d.negative && section == 0 && !rounded.digits.empty();
  return minus ? "-" + text : text;
}

bool isStandard(std::string_view format, char& letter, int& precision) {
  if (format.empty() || !std::isalpha(static_cast<unsigned char>(format[0])) || format.size() > 10) return false;
  letter = format[0];
  precision = -1;
  if (format.size() == 1) return true;
  const auto [end, error] = std::from_chars(format.data() + 1, format.data() + format.size(), precision);
  return error == std::errc{} && end == format.data() + format.size();
}

// Doubles keep the sign of what is, or rounds to, zero; the other types do not.
std::string signedText(const Digits& d, bool real, const std::string& text) {
  return d.negative && (real || !d.digits.empty()) ? "-" + text : text;
}

// Empty: no such format for this type.
std::string standard(const Value& value, char letter, int precision) {
  const bool real = value.tag() == Tag::Double || value.tag() == Tag::Single;
  const bool integral = !real && value.tag() != Tag::Decimal;
  const char lower = static_cast<char>(letter | 0x20);
  if (lower == 'x' || lower == 'b') {
    if (!integral || lower == 'b') return {};
    return hexadecimal(value, precision, letter == 'X');
  }
  Digits d = digitsFor(value);
  const int places = precision < 0 ? 2 : precision;
  switch (lower) {
    case 'd': {
      if (!integral) return {};
      std::string text = integerPart(d);
      if (static_cast<int>(text.size()) < precision) text.insert(0, static_cast<size_t>(precision) - text.size(), '0');
      return d.negative ? "-" + text : text;
    }
    case 'f':
    case 'n':
      roundTo(d, places);
      return signedText(d, real, fixed(d, places, lower == 'n'));
    case 'p':
      if (!d.digits.empty()) d.exponent += 2;
      roundTo(d, places);
      return signedText(d, real, fixed(d, places, true) + " %");
    case 'c': {
      roundTo(d, places);
      const std::string text = "\xC2\xA4" + fixed(d, places, true);
      return d.negative && !d.digits.empty() ? "(" + text + ")" : text;
    }
    case 'e': {
      const std::string text = scientific(d, precision < 0 ? 6 : precision, letter);
      return d.negative ? "-" + text : text;
    }
    case 'r':
      if (!real) return {};
      precision = -1;
      [[fallthrough]];
    case 'g': {
      if (lower == 'r') letter = 'E';
      const char mark = letter == 'g' ? 'e' : 'E';
      if (precision <= 0 && value.tag() == Tag::Decimal) return toString(decimalOf(value));
      if (precision <= 0) d = shortestDigits(value);
      const int shown = value.tag() == Tag::Single ? 7 : 15;
      const std::string text = general(d, std::max(precision, 0), mark, !integral || precision > 0, shown);
      return d.negative ? "-" + text : text;
    }
    default:
      return {};
  }
}

}  // namespace

std::string shortestDouble(double value) {
  if (!std::isfinite(value)) return notFinite(value);
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  const Digits d = shortestDigits(Value::real(value));
  return (d.negative ? "-" : "") + general(d, 0, 'E', true);
}

std::string shortestSingle(float value) {
  if (!std::isfinite(value)) return notFinite(value);
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  const Digits d = shortestDigits(Value::single(value));
  return (d.negative ? "-" : "") + general(d, 0, 'E', true, 7);
}

Value formatNumber(Eval& eval, const Value& value, const Chars& format) {
  if ((value.tag() == Tag::Double || value.tag() == Tag::Single) && !std::isfinite(value.asDouble()))
    return fromStd(eval.arena, notFinite(value.asDouble()));
  if (format.size == 0) return valueToString(eval, value);
  const std::string text(toUtf8(eval.arena, fromChars(format)));
  char letter = 0;
  int precision = -1;
  if (isStandard(text, letter, precision)) {
    if (precision > kMaxPrecision || !eval.step(1 + static_cast<uint64_t>(std::max(precision, 0))))
      return eval.raiseFormat("Format specifier was invalid.");
    const std::string result = standard(value, letter, precision);
    if (result.empty()) return eval.raiseFormat("Format specifier was invalid.");
    return fromStd(eval.arena, result);
  }
  return fromStd(eval.arena, custom(value, text));
}

}  // namespace sluice::expression
