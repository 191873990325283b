// Dates and times as text: .NET's standard and custom formats and its parsing, in the invariant culture. The local zone
// is UTC, as the gateway's is.
#pragma once

#include <cstdint>
#include <optional>

#include "expression/date.h"
#include "expression/library.h"

namespace sluice::expression {

// A date to write. `offset` (minutes) is given for a DateTimeOffset; `ticks` are as the clock there shows.
struct ShownDate {
  int64_t ticks;
  DateKind kind = DateKind::Unspecified;
  std::optional<int32_t> offset;
};
// Raises FormatException for a bad format. An empty format is "G" (date_format.cc).
Value formatDate(Eval& eval, const ShownDate& date, const Chars& format);
// The custom pattern that a standard format letter stands for; empty: none.
std::string_view standardPattern(char16_t letter);

// System.Globalization.DateTimeStyles
enum DateStyle : uint32_t {
  kAllowLeadingWhite = 1,
  kAllowTrailingWhite = 2,
  kAllowInnerWhite = 4,
  kAllowWhiteSpaces = 7,
  kNoCurrentDateDefault = 8,
  kAdjustToUniversal = 16,
  kAssumeLocal = 32,
  kAssumeUniversal = 64,
  kRoundtripKind = 128,
};

// What was read, before missing parts are filled in; -1: not given.
struct ReadDate {
  int year = -1, month = -1, day = -1;
  int hour = -1, minute = -1, second = -1;
  int fraction = -1;  // ticks
  int weekday = -1;
  int half = -1;  // 0 AM, 1 PM
  bool twelve_hours = false;
  bool utc = false;               // Z, GMT
  std::optional<int32_t> offset;  // minutes; of UTC too
};

// DateTime.Parse (date_parse.cc): free forms. False: not a date.
bool readDate(const Chars& text, ReadDate& out);
// DateTime.ParseExact (date_exact.cc): by one format.
bool readDateExact(const Chars& text, const Chars& format, uint32_t styles, ReadDate& out);

// Fills in what is missing from `today` (ticks) and checks everything. False: there is no such date.
bool completeDate(ReadDate& read, int64_t today, uint32_t styles, int64_t& clock_ticks);

// The value of a date as read, as DateTime and DateTimeOffset settle zones by `styles`. False: there is no such date.
bool settleDate(Eval& eval, ReadDate& read, uint32_t styles, Value& out);
bool settleDateOffset(Eval& eval, ReadDate& read, uint32_t styles, Value& out);

// "May", "Monday" and their three letters at the beginning of `text` from `at` on, without case; -1: none. Moves `at`.
int takeMonthName(const Chars& text, uint32_t& at, bool full);
int takeDayName(const Chars& text, uint32_t& at, bool full);

int64_t nowTicks(Eval& eval);  // UTC, by the evaluation's clock
// The result of adding to a date; raises ArgumentOutOfRangeException outside of the calendar.
bool addToDate(Eval& eval, int64_t ticks, int64_t more, int64_t& out);
// `value` times a unit as ticks; raises ArgumentOutOfRangeException.
bool unitsToTicks(Eval& eval, double value, int64_t unit, int64_t& out);
bool addMonths(Eval& eval, int64_t ticks, int64_t months, int64_t& out);

// Shared with TimeSpan: seconds' fraction of `digits` digits, without trailing zeros when `trim`.
void addFraction(TextBuilder& out, int64_t ticks_in_second, int digits, bool trim);
// Text in quotes or behind a backslash at `at` of a format, into `out`; false: it does not end.
bool addQuoted(TextBuilder& out, const Chars& format, uint32_t& at);
void addNumber(TextBuilder& out, int64_t number, int width);

}  // namespace sluice::expression
