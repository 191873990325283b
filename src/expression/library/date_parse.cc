// DateTime.Parse: free forms. The text is read as pieces (numbers, names, separators), then the date's numbers are
// given their places: a number of three digits or more is the year, otherwise month, day, year.
#include "expression/library/date_text.h"

namespace sluice::expression {
namespace {

constexpr int kMaxNumbers = 3;

class FreeReader {
 public:
  FreeReader(const Chars& text, ReadDate& out) : text_(text), out_(out) {}

  bool run() {
    for (;;) {
      skip();
      if (at_ >= text_.size) break;
      if (!piece()) return false;
    }
    return any_ && placeNumbers();
  }

 private:
  struct Number {
    int value;
    uint32_t digits;
  };

  void skip() {
    while (at_ < text_.size && (isWhiteSpace(text_[at_]) || text_[at_] == ',')) ++at_;
  }
  char16_t peek(uint32_t ahead = 0) const { return at_ + ahead < text_.size ? text_[at_ + ahead] : u'\0'; }
  static bool isAsciiDigit(char16_t c) { return c >= '0' && c <= '9'; }

  bool piece() {
    const char16_t c = peek();
    if (isAsciiDigit(c)) return number();
    if ((c == '+' && count_ == kMaxNumbers) || ((c == '+' || c == '-') && out_.hour >= 0)) return offset();
    if (isLetter(c)) return word();
    return false;
  }

  Number digits() {
    Number n{0, 0};
    while (isAsciiDigit(peek())) {
      if (n.digits < 8) n.value = n.value * 10 + (peek() - '0');
      ++n.digits;
      ++at_;
    }
    return n;
  }

  bool number() {
    any_ = true;
    const Number first = digits();
    if (first.digits > 8) return false;
    if (peek() == ':') return time(first);
    const uint32_t here = at_;
    skip();
    if (const int half = takeHalf(); half >= 0) {
      if (out_.hour >= 0) return false;
      out_.hour = first.value;
      out_.half = half;
      return first.digits <= 2;
    }
    at_ = here;
    if (!addNumber(first)) return false;
    // 2024-05-06, 5/6/2024, 06-May-2024
    while (peek() == '-' || peek() == '/' || (peek() == '.' && isAsciiDigit(peek(1)))) {
      const char16_t separator = peek();
      ++at_;
      if (separator == '-' && isLetter(peek())) {
        if (!month()) return false;
        continue;
      }
      if (!isAsciiDigit(peek())) return false;
      const Number next = digits();
      if (next.digits > 4 || !addNumber(next)) return false;
    }
    return true;
  }

  bool addNumber(Number n) {
    if (count_ == kMaxNumbers) return false;
    numbers_[count_++] = n;
    return true;
  }

  bool time(Number hour) {
    if (out_.hour >= 0 || hour.digits > 2) return false;
    out_.hour = hour.value;
    ++at_;
    const Number minute = digits();
    if (minute.digits == 0 || minute.digits > 2) return false;
    out_.minute = minute.value;
    if (peek() == ':') {
      ++at_;
      const Number second = digits();
      if (second.digits == 0 || second.digits > 2) return false;
      out_.second = second.value;
      if ((peek() == '.' || peek() == ',') && isAsciiDigit(peek(1))) fraction();
    }
    const uint32_t here = at_;
    skip();
    if (const int half = takeHalf(); half >= 0) {
      out_.half = half;
    } else {
      at_ = here;
    }
    return true;
  }

  // To the nearest tick.
  void fraction() {
    ++at_;
    int value = 0;
    int digit_count = 0;
    bool up = false;
    while (isAsciiDigit(peek())) {
      if (digit_count < 7) value = value * 10 + (peek() - '0');
      if (digit_count == 7) up = peek() >= '5';
      ++digit_count;
      ++at_;
    }
    for (; digit_count < 7; ++digit_count) value *= 10;
    out_.fraction = value + (up ? 1 : 0);
  }

  // AM or PM as a word; -1: neither.
  int takeHalf() {
    const char16_t c = toLowerInvariant(peek());
    if (c != 'a' && c != 'p') return -1;
    const uint32_t length = toLowerInvariant(peek(1)) == 'm' ? 2 : 1;
    if (isLetter(peek(length))) return -1;
    at_ += length;
    return c == 'p' ? 1 : 0;
  }

  bool month() {
    uint32_t from = at_;
    int found = takeMonthName(text_, at_, true);
    if (found < 0) found = takeMonthName(text_, from, false), at_ = from;
    if (found < 0 || out_.month >= 0 || isLetter(peek())) return false;
    out_.month = found + 1;
    if (peek() == '.') ++at_;
    return true;
  }

  bool weekday() {
    uint32_t from = at_;
    int found = takeDayName(text_, at_, true);
    if (found < 0) found = takeDayName(text_, from, false), at_ = from;
    if (found < 0 || isLetter(peek())) return false;
    out_.weekday = found;
    return true;
  }

  bool takeWord(std::string_view upper) {
    for (size_t i = 0; i < upper.size(); ++i)
      if (toUpperInvariant(peek(static_cast<uint32_t>(i))) != static_cast<char16_t>(upper[i])) return false;
    if (isLetter(peek(static_cast<uint32_t>(upper.size())))) return false;
    at_ += static_cast<uint32_t>(upper.size());
    return true;
  }

  bool word() {
    any_ = true;
    const uint32_t start = at_;
    if (month()) return true;
    at_ = start;
    if (weekday()) return true;
    at_ = start;
    // The T between a date and its time.
    if (toUpperInvariant(peek()) == 'T' && isAsciiDigit(peek(1)) && count_ > 0) return ++at_, true;
    if ((out_.hour >= 0 || count_ == kMaxNumbers) && !out_.offset &&
        (takeWord("Z") || takeWord("GMT") || takeWord("UTC"))) {
      out_.utc = true;
      out_.offset = 0;
      return true;
    }
    if (out_.hour >= 0 && out_.half < 0) {
      out_.half = takeHalf();
      return out_.half >= 0;
    }
    return false;
  }

  // +02:00, +0200, +2
  bool offset() {
    if (out_.offset && !out_.utc) return false;
    const bool minus = peek() == '-';
    ++at_;
    const Number first = digits();
    int hours = first.value;
    int minutes = 0;
    if (first.digits == 4) {
      hours = first.value / 100;
      minutes = first.value % 100;
    } else if (first.digits == 0 || first.digits > 2) {
      return false;
    } else if (peek() == ':') {
      ++at_;
      const Number second = digits();
      if (second.digits != 2) return false;
      minutes = second.value;
    }
    if (minutes > 59 || hours * 60 + minutes > 14 * 60) return false;
    out_.offset = (minus ? -1 : 1) * (hours * 60 + minutes);
    out_.utc = false;
    return true;
  }

  static int fullYear(Number n) { return n.digits > 2 ? n.value : n.value < 50 ? 2000 + n.value : 1900 + n.value; }

  bool placeNumbers() {
    const Number& a = numbers_[0];
    const Number& b = numbers_[1];
    const Number& c = numbers_[2];
    if (out_.month >= 0) {
      if (count_ > 2) return false;
      if (count_ == 0) return false;
      if (count_ == 1) {
        if (a.digits > 2) {
          out_.year = a.value;
        } else {
          out_.day = a.value;
        }
        return true;
      }
      const bool year_first = a.digits > 2;
      out_.year = fullYear(year_first ? a : b);
      out_.day = year_first ? b.value : a.value;
      return (year_first ? b : a).digits <= 2;
    }
    if (count_ == 0) return out_.hour >= 0;  // a time alone
    if (count_ == 1) return false;
    if (count_ == 2) {
      if (a.digits > 2) {
        out_.year = a.value;
        out_.month = b.value;
      } else if (b.digits > 2) {
        out_.month = a.value;
        out_.year = b.value;
      } else {
        out_.month = a.value;
        out_.day = b.value;
      }
      return true;
    }
    const bool year_first = a.digits > 2;
    out_.year = fullYear(year_first ? a : c);
    out_.month = year_first ? b.value : a.value;
    out_.day = year_first ? c.value : b.value;
    return true;
  }

  const Chars& text_;
  ReadDate& out_;
  uint32_t at_ = 0;
  Number numbers_[kMaxNumbers] = {};
  int count_ = 0;
  bool any_ = false;
};

}  // namespace

bool readDate(const Chars& text, ReadDate& out) {
  out = {};
  return FreeReader(text, out).run();
}

}  // namespace sluice::expression
