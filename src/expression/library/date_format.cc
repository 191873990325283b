#include <cstdio>

#include "expression/library/date_text.h"

namespace sluice::expression {
namespace {

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

Chars narrow(std::string_view text) {
  return {text.data(), nullptr, static_cast<uint32_t>(text.size())};
}

int take(const Chars& text, uint32_t& at, bool full, std::span<const std::string_view> names) {
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = full ? names[i] : names[i].substr(0, 3);
    if (text.size - at < name.size()) continue;
    bool same = true;
    for (size_t k = 0; k < name.size() && same; ++k)
      same = toLowerInvariant(text[at + k]) == toLowerInvariant(static_cast<char16_t>(name[k]));
    if (!same) continue;
    at += static_cast<uint32_t>(name.size());
    return static_cast<int>(i);
  }
  return -1;
}

void addOffset(TextBuilder& out, int32_t minutes, uint32_t count) {
  const int32_t size = minutes < 0 ? -minutes : minutes;
  out.unit(minutes < 0 ? '-' : '+');
  addNumber(out, size / 60, count == 1 ? 1 : 2);
  if (count < 3) return;
  out.unit(':');
  addNumber(out, size % 60, 2);
}

// A custom format, letter by letter.
class Writer {
 public:
  Writer(Eval& eval, const ShownDate& date) : eval_(eval), date_(date), parts_(partsOf(date.ticks)), out_(eval) {}

  Value run(const Chars& format) {
    uint32_t at = 0;
    while (at < format.size) {
      if (!eval_.step()) return {};
      if (!one(format, at)) return eval_.raiseFormat();
    }
    return out_.take();
  }

 private:
  bool one(const Chars& format, uint32_t& at) {
    const char16_t c = format[at];
    uint32_t count = 1;
    while (at + count < format.size && format[at + count] == c) ++count;
    switch (c) {
      case '"':
      case '\'':
      case '\\':
        return addQuoted(out_, format, at);
      case '%':
        if (at + 1 >= format.size || format[at + 1] == '%') return false;
        return oneAlone(format, at);
      case 'f':
      case 'F':
        if (count > 7) return false;
        fraction(count, c == 'F');
        break;
      default:
        if (!letter(c, count)) {
          out_.unit(c);
          count = 1;
        }
    }
    at += count;
    return true;
  }

  // Behind '%': a single letter is a custom format.
  bool oneAlone(const Chars& format, uint32_t& at) {
    const Chars alone = format.sub(0, at + 2);
    ++at;
    return one(alone, at);
  }

  void fraction(uint32_t count, bool trim) {
    const uint32_t before = out_.size();
    addFraction(out_, parts_.fraction, static_cast<int>(count), trim);
    // A point before digits that are all dropped goes too.
    if (trim && out_.size() == before && point_at_ == before && before > 0) out_.truncate(before - 1);
  }

  bool letter(char16_t c, uint32_t count) {
    const int width = count > 1 ? 2 : 1;
    switch (c) {
      case 'd':
        return day(count);
      case 'M':
        return month(count);
      case 'y':
        year(count);
        return true;
      case 'h':
        addNumber(out_, parts_.hour % 12 == 0 ? 12 : parts_.hour % 12, width);
        return true;
      case 'H':
        addNumber(out_, parts_.hour, width);
        return true;
      case 'm':
        addNumber(out_, parts_.minute, width);
        return true;
      case 's':
        addNumber(out_, parts_.second, width);
        return true;
      case 't':
        out_.ascii(std::string_view(parts_.hour < 12 ? "AM" : "PM").substr(0, count > 1 ? 2 : 1));
        return true;
      case 'g':
        out_.ascii("A.D.");
        return true;
      case 'z':
        addOffset(out_, date_.offset.value_or(0), count);
        return true;
      case 'K':
        zone(count);
        return true;
      case '.':
        for (uint32_t i = 0; i < count; ++i) out_.unit('.');
        point_at_ = out_.size();
        return true;
      default:
        return false;
    }
  }

  void zone(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      if (date_.offset) {
        addOffset(out_, *date_.offset, 3);
      } else if (date_.kind == DateKind::Utc) {
        out_.unit('Z');
      } else if (date_.kind == DateKind::Local) {
        out_.ascii("+00:00");
      }
    }
  }

  bool day(uint32_t count) {
    if (count <= 2) {
      addNumber(out_, parts_.day, static_cast<int>(count));
    } else {
      const std::string_view name = kDays[dayOfWeek(date_.ticks)];
      out_.ascii(count == 3 ? name.substr(0, 3) : name);
    }
    return true;
  }

  bool month(uint32_t count) {
    if (count <= 2) {
      addNumber(out_, parts_.month, static_cast<int>(count));
    } else {
      const std::string_view name = kMonths[parts_.month - 1];
      out_.ascii(count == 3 ? name.substr(0, 3) : name);
    }
    return true;
  }

  void year(uint32_t count) {
    if (count <= 2) {
      addNumber(out_, parts_.year % 100, static_cast<int>(count));
    } else {
      addNumber(out_, parts_.year, static_cast<int>(count));
    }
  }

  Eval& eval_;
  const ShownDate& date_;
  DateParts parts_;
  TextBuilder out_;
  uint32_t point_at_ = 0;
};

}  // namespace

int takeMonthName(const Chars& text, uint32_t& at, bool full) {
  return take(text, at, full, kMonths);
}
int takeDayName(const Chars& text, uint32_t& at, bool full) {
  return take(text, at, full, kDays);
}

void addNumber(TextBuilder& out, int64_t number, int width) {
  // Years may be asked for with any number of digits.
  char text[32];
  constexpr int kMost = 20;
  for (int more = width; more > kMost; --more) out.unit('0');
  const int size = std::snprintf(text, sizeof text, "%0*lld", std::min(width, kMost), static_cast<long long>(number));
  out.ascii({text, static_cast<size_t>(size)});
}

void addFraction(TextBuilder& out, int64_t ticks, int digits, bool trim) {
  char text[16];
  std::snprintf(text, sizeof text, "%07lld", static_cast<long long>(ticks));
  std::string_view shown(text, static_cast<size_t>(digits));
  while (trim && !shown.empty() && shown.back() == '0') shown.remove_suffix(1);
  out.ascii(shown);
}

bool addQuoted(TextBuilder& out, const Chars& format, uint32_t& at) {
  const char16_t quote = format[at++];
  if (quote == '\\') {
    if (at >= format.size) return false;
    out.unit(format[at++]);
    return true;
  }
  while (at < format.size) {
    char16_t c = format[at++];
    if (c == quote) return true;
    if (c == '\\') {
      if (at >= format.size) return false;
      c = format[at++];
    }
    out.unit(c);
  }
  return false;
}

std::string_view standardPattern(char16_t letter) {
  switch (letter) {
    case 'd':
      return "MM/dd/yyyy";
    case 'D':
      return "dddd, dd MMMM yyyy";
    case 'f':
      return "dddd, dd MMMM yyyy HH:mm";
    case 'F':
    case 'U':
      return "dddd, dd MMMM yyyy HH:mm:ss";
    case 'g':
      return "MM/dd/yyyy HH:mm";
    case 'G':
      return "MM/dd/yyyy HH:mm:ss";
    case 'm':
    case 'M':
      return "MMMM dd";
    case 'o':
    case 'O':
      return "yyyy-MM-ddTHH:mm:ss.fffffffK";
    case 'r':
    case 'R':
      return "ddd, dd MMM yyyy HH:mm:ss 'GMT'";
    case 's':
      return "yyyy-MM-ddTHH:mm:ss";
    case 't':
      return "HH:mm";
    case 'T':
      return "HH:mm:ss";
    case 'u':
      return "yyyy-MM-dd HH:mm:ss'Z'";
    case 'y':
    case 'Y':
      return "yyyy MMMM";
    default:
      return {};
  }
}

Value formatDate(Eval& eval, const ShownDate& date, const Chars& format) {
  if (format.size == 0)
    return Writer(eval, date).run(narrow(date.offset ? "MM/dd/yyyy HH:mm:ss zzz" : "MM/dd/yyyy HH:mm:ss"));
  if (format.size > 1) return Writer(eval, date).run(format);
  const std::string_view pattern = standardPattern(format[0]);
  if (pattern.empty() || (format[0] == 'U' && date.offset)) return eval.raiseFormat();
  ShownDate shown = date;
  const char16_t letter = toLowerInvariant(format[0]);
  // These say UTC, so an offset is taken off; a DateTime is written as it stands.
  if (date.offset && (letter == 'r' || letter == 'u')) {
    shown.ticks -= *date.offset * kTicksPerMinute;
    shown.offset = 0;
  }
  return Writer(eval, shown).run(narrow(pattern));
}

int64_t nowTicks(Eval& eval) {
  const Clock& clock = eval.context() != nullptr ? eval.context()->clock() : SystemClock::instance();
  return ticksOf(clock.utc());
}

bool addToDate(Eval& eval, int64_t ticks, int64_t more, int64_t& out) {
  if (__builtin_add_overflow(ticks, more, &out) || out < 0 || out > kMaxTicks) {
    eval.raiseOutOfRange("value", "The added or subtracted value results in an un-representable DateTime.");
    return false;
  }
  return true;
}

bool unitsToTicks(Eval& eval, double value, int64_t unit, int64_t& out) {
  const double whole = __builtin_trunc(value);
  const double most = static_cast<double>(kMaxTicks) / static_cast<double>(unit);
  if (!(whole >= -most && whole <= most)) {
    eval.raiseOutOfRange("value", "Value to add was out of range.");
    return false;
  }
  out = static_cast<int64_t>(whole) * unit + static_cast<int64_t>((value - whole) * static_cast<double>(unit));
  return true;
}

bool addMonths(Eval& eval, int64_t ticks, int64_t months, int64_t& out) {
  DateParts p = partsOf(ticks);
  const int64_t month = int64_t{p.year} * 12 + p.month - 1 + months;
  const int64_t year = month >= 0 ? month / 12 : -1;
  if (year < 1 || year > 9999) {
    eval.raiseOutOfRange("months", "The added or subtracted value results in an un-representable DateTime.");
    return false;
  }
  const int day = p.day;
  p.year = static_cast<int>(year);
  p.month = static_cast<int>(month % 12) + 1;
  p.day = std::min(day, daysInMonth(p.year, p.month));
  out = *ticksFrom(p);
  return true;
}

}  // namespace sluice::expression
