// DateTime.ParseExact: the text must follow a format.
#include "expression/library/date_text.h"

namespace sluice::expression {
namespace {

Chars narrow(std::string_view text) {
  return {text.data(), nullptr, static_cast<uint32_t>(text.size())};
}

class ExactReader {
 public:
  ExactReader(const Chars& text, uint32_t styles, ReadDate& out) : text_(text), styles_(styles), out_(out) {}

  bool run(const Chars& format) {
    if ((styles_ & kAllowLeadingWhite) != 0) skipWhite();
    uint32_t from = 0;
    if ((styles_ & kAllowLeadingWhite) != 0)
      while (from < format.size && isWhiteSpace(format[from])) ++from;
    for (uint32_t at = from; at < format.size;) {
      if ((styles_ & kAllowInnerWhite) != 0) skipWhite();
      if (!one(format, at)) return false;
    }
    if ((styles_ & kAllowTrailingWhite) != 0) skipWhite();
    return at_ == text_.size;
  }

 private:
  void skipWhite() {
    while (at_ < text_.size && isWhiteSpace(text_[at_])) ++at_;
  }
  bool literal(char16_t c) {
    if (at_ >= text_.size || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool digit() const { return at_ < text_.size && text_[at_] >= '0' && text_[at_] <= '9'; }
  bool number(uint32_t least, uint32_t most, int& out) {
    int value = 0;
    uint32_t count = 0;
    while (count < most && digit()) value = value * 10 + (text_[at_++] - '0'), ++count;
    if (count < least) return false;
    return set(out, value);
  }
  // A part given twice must be the same.
  static bool set(int& out, int value) {
    if (out >= 0 && out != value) return false;
    out = value;
    return true;
  }

  bool one(const Chars& format, uint32_t& at) {
    const char16_t c = format[at];
    uint32_t count = 1;
    while (at + count < format.size && format[at + count] == c) ++count;
    switch (c) {
      case '"':
      case '\'':
        return quoted(format, at);
      case '\\':
        if (at + 1 >= format.size) return false;
        at += 2;
        return literal(format[at - 1]);
      case '%':
        if (at + 1 >= format.size || format[at + 1] == '%') return false;
        return oneAlone(format, at);
      case '.':
        if (at + 1 < format.size && format[at + 1] == 'F' && !(at_ < text_.size && text_[at_] == '.')) {
          ++at;
          while (at < format.size && format[at] == 'F') ++at;
          return true;
        }
        ++at;
        return literal('.');
      case ' ':
        ++at;
        return literal(' ') || (styles_ & kAllowInnerWhite) != 0;
      default:
        break;
    }
    bool known = true;
    const bool good = part(c, count, known);
    if (known) {
      at += count;
      return good;
    }
    ++at;
    return literal(c);
  }

  // Behind '%': a single letter is a custom format.
  bool oneAlone(const Chars& format, uint32_t& at) {
    const Chars alone = format.sub(0, at + 2);
    ++at;
    return one(alone, at);
  }

  bool part(char16_t c, uint32_t count, bool& known) {
    const uint32_t least = count == 1 ? 1 : 2;
    switch (c) {
      case 'd':
        return count <= 2 ? number(least, 2, out_.day) : name(out_.weekday, takeDayName, count > 3, 0);
      case 'M':
        return count <= 2 ? number(least, 2, out_.month) : name(out_.month, takeMonthName, count > 3, 1);
      case 'y':
        return year(count);
      case 'h':
        out_.twelve_hours = true;
        return number(least, 2, out_.hour);
      case 'H':
        return number(least, 2, out_.hour);
      case 'm':
        return number(least, 2, out_.minute);
      case 's':
        return number(least, 2, out_.second);
      case 'f':
      case 'F':
        return count <= 7 && fraction(count, c == 'F');
      case 't':
        return half(count);
      case 'z':
        return offset(count);
      case 'K':
        if (literal('Z')) {
          out_.utc = true;
          out_.offset = 0;
          return true;
        }
        return at_ >= text_.size || (text_[at_] != '+' && text_[at_] != '-') || offset(3);
      case 'g':
        return era();
      default:
        known = false;
        return false;
    }
  }

  using TakeName = int (*)(const Chars&, uint32_t&, bool);
  bool name(int& out, TakeName take, bool full, int base) {
    const int found = take(text_, at_, full);
    return found >= 0 && set(out, found + base);
  }

  bool year(uint32_t count) {
    if (count > 2) return number(count, count, out_.year);
    int two = -1;
    if (!number(count == 1 ? 1 : 2, 2, two)) return false;
    return set(out_.year, two < 50 ? 2000 + two : 1900 + two);
  }

  bool fraction(uint32_t count, bool optional) {
    int value = 0;
    uint32_t read = 0;
    for (; read < count && digit(); ++read) value = value * 10 + (text_[at_++] - '0');
    if (read < count && !optional) return false;
    for (uint32_t i = read; i < 7; ++i) value *= 10;
    return set(out_.fraction, value);
  }

  bool half(uint32_t count) {
    if (at_ >= text_.size) return false;
    const char16_t c = toLowerInvariant(text_[at_]);
    if (c != 'a' && c != 'p') return false;
    ++at_;
    if (count > 1) {
      if (at_ >= text_.size || toLowerInvariant(text_[at_]) != 'm') return false;
      ++at_;
    }
    return set(out_.half, c == 'p' ? 1 : 0);
  }

  bool era() {
    for (const std::string_view text : {"A.D.", "AD"}) {
      bool same = text_.size - at_ >= text.size();
      for (size_t i = 0; same && i < text.size(); ++i) same = text_[at_ + i] == static_cast<char16_t>(text[i]);
      if (same) return at_ += static_cast<uint32_t>(text.size()), true;
    }
    return false;
  }

  bool offset(uint32_t count) {
    if (at_ >= text_.size || (text_[at_] != '+' && text_[at_] != '-')) {
      // zzz also takes what says UTC.
      if (count >= 3 && literal('Z')) return out_.offset = 0, out_.utc = true;
      return false;
    }
    const bool minus = text_[at_++] == '-';
    int hours = -1, minutes = 0;
    if (!number(count == 1 ? 1 : 2, 2, hours)) return false;
    if (count >= 3) {
      literal(':');
      minutes = -1;
      if (!number(2, 2, minutes) || minutes > 59) return false;
    }
    if (hours > 14) return false;
    out_.offset = (minus ? -1 : 1) * (hours * 60 + minutes);
    return true;
  }

  bool quoted(const Chars& format, uint32_t& at) {
    const char16_t quote = format[at++];
    while (at < format.size) {
      char16_t c = format[at++];
      if (c == quote) return true;
      if (c == '\\') {
        if (at >= format.size) return false;
        c = format[at++];
      }
      if (!literal(c)) return false;
    }
    return false;
  }

  const Chars& text_;
  uint32_t styles_;
  ReadDate& out_;
  uint32_t at_ = 0;
};

}  // namespace

bool readDateExact(const Chars& text, const Chars& format, uint32_t styles, ReadDate& out) {
  out = {};
  if (format.size == 0) return false;
  if (format.size > 1) return ExactReader(text, styles, out).run(format);
  const std::string_view pattern = standardPattern(format[0]);
  if (pattern.empty()) return false;
  if (!ExactReader(text, styles, out).run(narrow(pattern))) return false;
  const char16_t letter = toLowerInvariant(format[0]);
  out.utc = out.utc || letter == 'u' || format[0] == 'U';
  if (letter == 'u' || letter == 'r' || format[0] == 'U') out.offset = out.utc ? 0 : out.offset;
  return true;
}

bool completeDate(ReadDate& read, int64_t today, uint32_t styles, int64_t& clock_ticks) {
  if (read.year < 0 || read.month < 0 || read.day < 0) {
    const DateParts now = partsOf(today);
    if (read.month < 0 && read.day < 0) {
      const bool none = read.year < 0;
      const bool zero = (styles & kNoCurrentDateDefault) != 0;
      read.month = none && !zero ? now.month : 1;
      read.day = none && !zero ? now.day : 1;
      if (none) read.year = zero ? 1 : now.year;
    } else {
      if (read.year < 0) read.year = now.year;
      if (read.month < 0) read.month = 1;
      if (read.day < 0) read.day = 1;
    }
  }
  DateParts p;
  p.year = read.year;
  p.month = read.month;
  p.day = read.day;
  p.hour = std::max(read.hour, 0);
  p.minute = std::max(read.minute, 0);
  p.second = std::max(read.second, 0);
  if (read.twelve_hours || (read.half >= 0 && p.hour <= 12)) {
    if (p.hour > 12) return false;
    p.hour = p.hour % 12 + (read.half == 1 ? 12 : 0);
  } else if ((read.half == 0 && p.hour >= 12) || (read.half == 1 && p.hour < 12)) {
    return false;
  }
  const std::optional<int64_t> ticks = ticksFrom(p);
  if (!ticks) return false;
  clock_ticks = *ticks + std::max(read.fraction, 0);
  if (clock_ticks > kMaxTicks) return false;
  return read.weekday < 0 || read.weekday == dayOfWeek(clock_ticks);
}

}  // namespace sluice::expression
