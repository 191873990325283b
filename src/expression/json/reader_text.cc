// Strings with escapes, names without quotes, words, and numbers that are not plain integers.
#include <charconv>

#include "expression/json/reader.h"

namespace sluice::expression {
namespace {

constexpr size_t kMaxBigInteger = 380;  // characters

}  // namespace

JsonReader::Next JsonReader::word(std::string_view literal, const Value& value, JType type, std::string_view shown) {
  if (static_cast<size_t>(end_ - at_) < literal.size()) {
    unexpectedEnd();
    return Next::Failed;
  }
  for (const char c : literal) {
    if (*at_ != c) return stop("Error parsing " + std::string(shown) + " value.");
    ++at_;
  }
  if (!atSeparator()) return stop("Error parsing " + std::string(shown) + " value.");
  return placeValue(value, type);
}

bool JsonReader::atSeparator() const {
  if (at_ >= end_) return true;
  switch (*at_) {
    case '}':
    case ']':
    case ',':
    case ')':
    case '\0':
      return true;
    case '/':
      return at_ + 1 < end_ && (at_[1] == '*' || at_[1] == '/');
    default:
      return isBlankHere();
  }
}

bool JsonReader::bareName(Value& out) {
  const char* from = at_;
  while (at_ < end_) {
    size_t bytes = 1;
    const char16_t unit = unitAt(at_, end_, bytes);
    if (!isLetter(unit) && !isDigit(unit) && unit != '_' && unit != '$') break;
    at_ += bytes;
  }
  if (at_ == from) return fail("Invalid property identifier character: " + here() + ".");
  if (at_ >= end_) return fail("Unexpected end while parsing unquoted property name.");
  if (*at_ != ':' && !isBlankHere()) return fail("Invalid JavaScript property identifier character: " + here() + ".");
  out = fromUtf8(arena_, {from, static_cast<size_t>(at_ - from)});
  return true;
}

bool JsonReader::unterminated(char quote) {
  at_ = end_;
  return fail(std::string("Unterminated string. Expected delimiter: ") + quote + ".");
}

bool JsonReader::escaped(const char* from, char quote, bool high, Value& out) {
  // An escape is never shorter than what it stands for.
  const char* last = at_;
  for (; last < end_ && *last != quote; last = skipPlain(last, end_, quote, high)) last += *last == '\\' ? 2 : 1;
  const auto room = static_cast<size_t>((last < end_ ? last : end_) - from);
  if (!eval_.reserve(room)) return false;
  auto* bytes = static_cast<char*>(arena_.allocateBytes(room + 4, 1));
  auto size = static_cast<size_t>(at_ - from);
  if (size > 0) std::memcpy(bytes, from, size);
  while (at_ < end_ && *at_ != quote) {
    if (*at_ == '\\') {
      if (!escape(quote, bytes, size, high)) return false;
      continue;
    }
    const char* run = at_;
    at_ = skipPlain(at_ + 1, end_, quote, high);
    std::memcpy(bytes + size, run, static_cast<size_t>(at_ - run));
    size += static_cast<size_t>(at_ - run);
  }
  if (at_ >= end_) return unterminated(quote);
  ++at_;
  arena_.shrink(bytes, room + 4, size);
  out = high ? beyondAscii({bytes, size}) : Value::ascii({bytes, size});
  return true;
}

bool JsonReader::escape(char quote, char* bytes, size_t& size, bool& high) {
  static constexpr std::string_view kFrom = "\"\\/'bfnrt";
  static constexpr std::string_view kTo = "\"\\/'\b\f\n\r\t";
  ++at_;
  if (at_ >= end_) return unterminated(quote);
  if (const size_t simple = kFrom.find(*at_); simple != std::string_view::npos) {
    bytes[size++] = kTo[simple];
    ++at_;
    return true;
  }
  if (*at_ != 'u') {
    const std::string shown = here();
    skipOneBlank();
    return fail("Bad JSON escape sequence: \\" + shown + ".");
  }
  ++at_;
  uint32_t unit = 0;
  if (!hex4(unit)) return false;
  high = high || unit >= 0x80;
  // Halves of surrogate pairs that stand alone become U+FFFD.
  while (unit >= 0xD800 && unit <= 0xDBFF && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u') {
    at_ += 2;
    uint32_t second = 0;
    if (!hex4(second)) return false;
    if (second >= 0xDC00 && second <= 0xDFFF) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00);
      break;
    }
    encode(0xFFFD, bytes, size);
    unit = second;
  }
  encode(unit >= 0xD800 && unit <= 0xDFFF ? 0xFFFD : unit, bytes, size);
  return true;
}

bool JsonReader::hex4(uint32_t& out) {
  if (end_ - at_ < 4) {
    at_ = end_;
    return fail("Unexpected end while parsing Unicode escape sequence.");
  }
  out = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at_[i];
    const char lower = static_cast<char>(c | 0x20);
    if (!isDigitByte(c) && (lower < 'a' || lower > 'f')) {
      const Value shown = fromStd(arena_, {at_, 4});
      return fail("Invalid Unicode escape sequence: \\u" + std::string(toUtf8(arena_, shown)) + ".");
    }
    out = out * 16 + static_cast<uint32_t>(isDigitByte(c) ? c - '0' : lower - 'a' + 10);
  }
  at_ += 4;
  return true;
}

void JsonReader::encode(uint32_t code, char* bytes, size_t& size) {
  if (code < 0x80) {
    bytes[size++] = static_cast<char>(code);
    return;
  }
  const int tails = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static constexpr uint32_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  bytes[size++] = static_cast<char>(kLead[tails] | (code >> (6 * tails)));
  for (int i = tails - 1; i >= 0; --i) bytes[size++] = static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
}

bool JsonReader::isNumberByte(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return isDigitByte(c) || c == '-' || c == '+' || c == '.' || (lower >= 'a' && lower <= 'f') || lower == 'x';
}

JsonReader::Next JsonReader::badNumber(std::string_view text) {
  fail("Input string '" + std::string(text) + "' is not a valid number.", true);
  return Next::Failed;
}

JsonReader::Next JsonReader::numberFrom(std::string_view text) {
  if (text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E') return basedNumber(text);
  const char* end = text.data() + text.size();
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos) {
    int64_t whole = 0;
    const auto result = std::from_chars(text.data(), end, whole);
    if (result.ec == std::errc{}) return placeValue(Value::int64(whole), JType::Integer);
    if (text.size() > kMaxBigInteger) {
      fail("JSON integer " + std::string(text) + " is too large to parse.", true);
      return Next::Failed;
    }
    // Beyond 64 bits it is a BigInteger: kept as its digits.
    while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
    const bool minus = text[0] == '-';
    return placeValue(Value::ascii(minus ? arena_.copy("-" + std::string(digits)) : digits), JType::Integer);
  }
  double real = 0;
  std::string_view plain = text;
  if (plain.ends_with('.')) plain.remove_suffix(1);
  const bool sensible = !plain.empty() && (isDigitByte(plain.back()) || plain.back() == '.') && plain != "-";
  const auto result = std::from_chars(plain.data(), plain.data() + plain.size(), real);
  if (!sensible || result.ptr != plain.data() + plain.size()) return badNumber(text);
  if (result.ec == std::errc::result_out_of_range) real = std::strtod(std::string(plain).c_str(), nullptr);
  if (expect_ != Expect::Typed) return placeValue(Value::real(real), JType::Float);
  auto* made = make<JNumberText>(types_.value, ObjectKind::JValue, JType::Float);
  made->value = Value::real(real);
  made->flags = kNumberText;
  made->text = text;
  place(made);
  return Next::After;
}

JsonReader::Next JsonReader::basedNumber(std::string_view text) {
  const bool hex = text[1] == 'x' || text[1] == 'X';
  const std::string_view digits = text.substr(hex ? 2 : 1);
  uint64_t whole = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), whole, hex ? 16 : 8);
  if (result.ptr != digits.data() + digits.size() || result.ec != std::errc{}) return badNumber(text);
  return placeValue(Value::int64(static_cast<int64_t>(whole)), JType::Integer);
}

}  // namespace sluice::expression
