#include "expression/date.h"

#include <cstdio>

namespace sluice::expression {
namespace {

constexpr int kDaysPer400Years = 146'097;

int64_t daysBefore(int year, int month, int day) {
  // Days since 0001-01-01, with the year beginning in March so that leap days come last.
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = y / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPer400Years + day_of_era - 306;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool digits(size_t count, int& out) {
    if (at_ + count > text_.size()) return false;
    out = 0;
    for (size_t i = 0; i < count; ++i) {
      const char c = text_[at_ + i];
      if (c < '0' || c > '9') return false;
      out = out * 10 + (c - '0');
    }
    at_ += count;
    return true;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool end() const { return at_ == text_.size(); }
  bool fraction(int& ticks) {
    int scale = 1'000'000;
    bool any = false;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      ticks += (text_[at_++] - '0') * scale;
      scale /= 10;
      any = true;
    }
    return any;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

std::string fractionText(int ticks, bool trim) {
  if (trim && ticks == 0) return {};
  char text[16];
  std::snprintf(text, sizeof text, ".%07d", ticks);
  std::string fraction = text;
  while (trim && fraction.back() == '0') fraction.pop_back();
  return fraction;
}

std::string offsetText(int32_t minutes) {
  char text[16];
  const int magnitude = minutes < 0 ? -minutes : minutes;
  std::snprintf(text, sizeof text, "%c%02d:%02d", minutes < 0 ? '-' : '+', magnitude / 60, magnitude % 60);
  return text;
}

std::string isoText(int64_t ticks, bool trim) {
  const DateParts p = partsOf(ticks);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", p.year, p.month, p.day, p.hour, p.minute, p.second);
  return text + fractionText(p.fraction, trim);
}

std::string kindText(DateKind kind) {
  return kind == DateKind::Utc ? "Z" : kind == DateKind::Local ? "+00:00" : "";
}

}  // namespace

bool isLeapYear(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int daysInMonth(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && isLeapYear(year) ? 29 : kDays[month - 1];
}

std::optional<int64_t> ticksFrom(const DateParts& p) {
  if (p.year < 1 || p.year > 9999 || p.month < 1 || p.month > 12 || p.day < 1 || p.day > daysInMonth(p.year, p.month) ||
      p.hour < 0 || p.hour > 23 || p.minute < 0 || p.minute > 59 || p.second < 0 || p.second > 59)
    return std::nullopt;
  return daysBefore(p.year, p.month, p.day) * kTicksPerDay + p.hour * kTicksPerHour + p.minute * kTicksPerMinute +
         p.second * kTicksPerSecond + p.fraction;
}

DateParts partsOf(int64_t ticks) {
  DateParts p;
  const int64_t days = ticks / kTicksPerDay + 306;
  const int64_t era = days / kDaysPer400Years;
  const int64_t day_of_era = days - era * kDaysPer400Years;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  p.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  p.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  p.year = static_cast<int>(year_of_era + era * 400 + (p.month <= 2 ? 1 : 0));
  const int64_t in_day = ticks % kTicksPerDay;
  p.hour = static_cast<int>(in_day / kTicksPerHour);
  p.minute = static_cast<int>(in_day / kTicksPerMinute % 60);
  p.second = static_cast<int>(in_day / kTicksPerSecond % 60);
  p.fraction = static_cast<int>(in_day % kTicksPerSecond);
  return p;
}

int dayOfYear(int64_t ticks) {
  const int year = partsOf(ticks).year;
  return static_cast<int>(ticks / kTicksPerDay - daysBefore(year, 1, 1)) + 1;
}

int dayOfWeek(int64_t ticks) {
  return static_cast<int>((ticks / kTicksPerDay + 1) % 7);
}

int64_t ticksOf(UtcTime time) {
  return kUnixEpochTicks + time.time_since_epoch().count() / 100;
}

std::optional<IsoDate> parseIsoDate(std::string_view text) {
  Scanner s(text);
  DateParts p;
  if (!s.digits(4, p.year) || !s.take('-') || !s.digits(2, p.month) || !s.take('-') || !s.digits(2, p.day))
    return std::nullopt;
  IsoDate date{0, DateKind::Unspecified, std::nullopt};
  if (!s.end()) {
    if (!s.take('T') || !s.digits(2, p.hour) || !s.take(':') || !s.digits(2, p.minute) || !s.take(':') ||
        !s.digits(2, p.second))
      return std::nullopt;
    if (s.take('.') && !s.fraction(p.fraction)) return std::nullopt;
    if (s.take('Z')) {
      date.kind = DateKind::Utc;
    } else if (!s.end()) {
      const bool minus = s.take('-');
      int hours = 0, minutes = 0;
      if ((!minus && !s.take('+')) || !s.digits(2, hours)) return std::nullopt;
      s.take(':');
      if (!s.end() && !s.digits(2, minutes)) return std::nullopt;
      if (hours > 14 || minutes > 59) return std::nullopt;
      date.kind = DateKind::Local;
      date.offset_minutes = (minus ? -1 : 1) * (hours * 60 + minutes);
    }
  }
  const bool end_of_day = p.hour == 24 && p.minute == 0 && p.second == 0 && p.fraction == 0;
  if (end_of_day) p.hour = 0;
  const std::optional<int64_t> ticks = ticksFrom(p);
  if (!s.end() || !ticks) return std::nullopt;
  date.ticks = *ticks + (end_of_day ? kTicksPerDay : 0);
  if (date.offset_minutes) date.ticks -= *date.offset_minutes * kTicksPerMinute;
  if (date.ticks < 0 || date.ticks > kMaxTicks) return std::nullopt;
  return date;
}

std::string formatRoundTrip(const Value& value) {
  return isoText(ticksOf(value), false) + kindText(kindOf(value));
}

std::string formatIso(const Value& value) {
  return isoText(ticksOf(value), true) + kindText(kindOf(value));
}

std::string formatIsoOffset(const Value& offset) {
  return isoText(offset.asInt64(), true) + offsetText(offsetMinutesOf(offset));
}

std::string formatRoundTripOffset(const Value& offset) {
  return isoText(offset.asInt64(), false) + offsetText(offsetMinutesOf(offset));
}

std::string formatTimeSpan(int64_t ticks) {
  // The smallest span has no positive counterpart: work on the unsigned magnitude.
  const uint64_t magnitude = ticks < 0 ? 0 - static_cast<uint64_t>(ticks) : static_cast<uint64_t>(ticks);
  const uint64_t days = magnitude / static_cast<uint64_t>(kTicksPerDay);
  const auto rest = static_cast<int64_t>(magnitude % static_cast<uint64_t>(kTicksPerDay));
  char text[64];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(rest / kTicksPerHour),
                static_cast<int>(rest / kTicksPerMinute % 60), static_cast<int>(rest / kTicksPerSecond % 60));
  std::string shown = text;
  const auto fraction = static_cast<int>(rest % kTicksPerSecond);
  if (fraction != 0) shown += fractionText(fraction, false);
  if (days != 0) shown = std::to_string(days) + "." + shown;
  return ticks < 0 ? "-" + shown : shown;
}

}  // namespace sluice::expression
