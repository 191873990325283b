// .NET's calendar: ticks of 100 ns since 0001-01-01, days, ISO 8601. What System.DateTime, JSON and XML share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "expression/value.h"

namespace sluice::expression {

constexpr int64_t kTicksPerMillisecond = 10'000;
constexpr int64_t kTicksPerSecond = 10'000'000;
constexpr int64_t kTicksPerMinute = 60 * kTicksPerSecond;
constexpr int64_t kTicksPerHour = 60 * kTicksPerMinute;
constexpr int64_t kTicksPerDay = 24 * kTicksPerHour;
constexpr int64_t kMaxTicks = 3'155'378'975'999'999'999;
constexpr int64_t kUnixEpochTicks = 621'355'968'000'000'000;

// System.DateTimeKind
enum class DateKind : uint8_t { Unspecified, Utc, Local };

// A Tag::DateTime value: ticks in the low 62 bits, the kind in the two above.
inline Value dateTime(int64_t ticks, DateKind kind) {
  return Value::tagged(Tag::DateTime, static_cast<uint64_t>(ticks) | (static_cast<uint64_t>(kind) << 62));
}
inline int64_t ticksOf(const Value& date_time) {
  return static_cast<int64_t>(date_time.bits() & 0x3FFFFFFFFFFFFFFFull);
}
inline DateKind kindOf(const Value& date_time) {
  return static_cast<DateKind>(date_time.bits() >> 62);
}

// A Tag::DateTimeOffset value: ticks as the local clock shows, offset in minutes in `extra`.
inline Value dateTimeOffset(int64_t local_ticks, int32_t offset_minutes) {
  return Value::tagged(Tag::DateTimeOffset, static_cast<uint64_t>(local_ticks), static_cast<uint32_t>(offset_minutes));
}
inline int32_t offsetMinutesOf(const Value& offset) {
  return static_cast<int32_t>(offset.extra());
}
inline int64_t utcTicksOf(const Value& offset) {
  return offset.asInt64() - offsetMinutesOf(offset) * kTicksPerMinute;
}
inline Value timeSpan(int64_t ticks) {
  return Value::tagged(Tag::TimeSpan, static_cast<uint64_t>(ticks));
}

struct DateParts {
  int year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  int fraction = 0;  // ticks within the second
};
bool isLeapYear(int year);
int daysInMonth(int year, int month);
// nullopt: there is no such date or time.
std::optional<int64_t> ticksFrom(const DateParts& parts);
DateParts partsOf(int64_t ticks);
int dayOfYear(int64_t ticks);
int dayOfWeek(int64_t ticks);  // Sunday is 0

int64_t ticksOf(UtcTime time);

// yyyy-MM-ddTHH:mm:ss[.fffffff][Z|+hh:mm], and shorter. An offset gives a Local date in UTC's zone, as in a process
// whose zone is UTC. nullopt: not such a date.
struct IsoDate {
  int64_t ticks;
  DateKind kind;
  std::optional<int32_t> offset_minutes;
};
std::optional<IsoDate> parseIsoDate(std::string_view text);
// Format "o": seven decimals, Z or +00:00 by kind.
std::string formatRoundTrip(const Value& date_time);
// As Newtonsoft and XmlConvert write it: without trailing zeros of the fraction.
std::string formatIso(const Value& date_time);
std::string formatIsoOffset(const Value& offset);        // DateTimeOffset, likewise
std::string formatRoundTripOffset(const Value& offset);  // DateTimeOffset in format "o"
// TimeSpan in format "c": [-][d.]hh:mm:ss[.fffffff]
std::string formatTimeSpan(int64_t ticks);

}  // namespace sluice::expression
