#include "expression/json/date_text.h"

#include <charconv>

#include "expression/date.h"

namespace sluice::expression {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool end() const { return at_ >= text_.size(); }
  bool take(char c) {
    if (end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool digits(size_t count, int& out) {
    if (at_ + count > text_.size()) return false;
    int number = 0;
    for (size_t i = 0; i < count; ++i) {
      const char c = text_[at_ + i];
      if (c < '0' || c > '9') return false;
      number = number * 10 + (c - '0');
    }
    at_ += count;
    out = number;
    return true;
  }
  // One to seven digits.
  bool fraction(int& out) {
    int number = 0, count = 0;
    for (int digit = 0; count < 7 && digits(1, digit); ++count) number = number * 10 + digit;
    if (count == 0) return false;
    for (; count < 7; ++count) number *= 10;
    out = number;
    return true;
  }
  char here() const { return end() ? '\0' : text_[at_]; }
  size_t left() const { return text_.size() - at_; }
  void skip(size_t count) { at_ += count; }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

// Z, z or an offset of hours and maybe minutes, with any numbers; 0: none. False: something else follows.
bool zone(Scanner& s, DateKind& kind, int64_t& offset_minutes) {
  if (s.end()) return true;
  if (s.take('Z') || s.take('z')) {
    kind = DateKind::Utc;
    return s.end();
  }
  const char sign = s.here();
  int hours = 0, minutes = 0;
  if ((sign != '+' && sign != '-') || s.left() < 3) return false;
  s.skip(1);
  if (!s.digits(2, hours)) return false;
  s.take(':');
  s.digits(2, minutes);
  kind = DateKind::Local;
  offset_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
  return s.end();
}

std::optional<Value> isoDate(std::string_view text) {
  Scanner s(text);
  DateParts p;
  if (!s.digits(4, p.year) || !s.take('-') || !s.digits(2, p.month) || !s.take('-') || !s.digits(2, p.day) ||
      !s.take('T') || !s.digits(2, p.hour) || !s.take(':') || !s.digits(2, p.minute) || !s.take(':') ||
      !s.digits(2, p.second))
    return std::nullopt;
  if (s.take('.') && !s.fraction(p.fraction)) return std::nullopt;
  DateKind kind = DateKind::Unspecified;
  int64_t offset_minutes = 0;
  if (!zone(s, kind, offset_minutes)) return std::nullopt;
  const bool end_of_day = p.hour == 24 && p.minute == 0 && p.second == 0 && p.fraction == 0;
  if (end_of_day) p.hour = 0;
  std::optional<int64_t> ticks = ticksFrom(p);
  if (!ticks) return std::nullopt;
  if (end_of_day) *ticks += kTicksPerDay;
  *ticks -= offset_minutes * kTicksPerMinute;
  if (*ticks < 0) *ticks = 0;
  if (*ticks > kMaxTicks) *ticks = kMaxTicks;
  return dateTime(*ticks, kind);
}

// /Date(1198908717056+0100)/
std::optional<Value> microsoftDate(std::string_view text) {
  if (!text.ends_with(")/")) return std::nullopt;
  text = text.substr(6, text.size() - 8);
  int64_t milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (error != std::errc{}) return std::nullopt;
  DateKind kind = DateKind::Utc;
  if (end != text.data() + text.size()) {
    Scanner s(text.substr(static_cast<size_t>(end - text.data())));
    int64_t offset_minutes = 0;
    if (!zone(s, kind, offset_minutes) || kind != DateKind::Local) return std::nullopt;
  }
  if (milliseconds < -kUnixEpochTicks / kTicksPerMillisecond ||
      milliseconds > (kMaxTicks - kUnixEpochTicks) / kTicksPerMillisecond)
    return std::nullopt;
  return dateTime(kUnixEpochTicks + milliseconds * kTicksPerMillisecond, kind);
}

}  // namespace

std::optional<Value> dateFromJsonText(std::string_view text) {
  if (!mayBeJsonDate(text)) return std::nullopt;
  return text[0] == '/' ? microsoftDate(text) : isoDate(text);
}

}  // namespace sluice::expression
