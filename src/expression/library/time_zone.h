// Time zones: their rules, and the clocks that they make. Dates are ticks (date.h).
#pragma once

#include <span>
#include <string_view>

#include "expression/date.h"
#include "expression/library.h"

namespace sluice::expression {

// A rule of time_zone_table.cc: POSIX's TZ, and the names of the zones that keep it, separated by '|'.
struct TimeZoneRow {
  std::string_view posix;
  std::string_view names;
};
std::span<const TimeZoneRow> timeZoneRows();

// When a clock is changed within a year.
struct TransitionTime : Object {
  bool fixed;           // by day of the month; otherwise by week and weekday
  int32_t month, week;  // week 5: the last
  int32_t day, weekday;
  int64_t time;  // ticks of the day; of some zones before or behind it
};

// Daylight saving between two dates (days, both included).
struct AdjustmentRule : Object {
  int64_t from, to;  // ticks
  int64_t delta;     // ticks that the clock is ahead
  const TransitionTime* start;
  const TransitionTime* end;
};

struct TimeZone : Object {
  Value id, display, standard, daylight;
  int64_t base;  // ticks ahead of UTC, without daylight saving
  std::span<AdjustmentRule* const> rules;
};

const TimeZone* utcZone(Eval& eval);
const TimeZone* localZone(Eval& eval);  // the process is taken to be in UTC, as the gateway of the service is
// By its IANA or Windows name, without case; null: there is none.
const TimeZone* findZone(Eval& eval, std::string_view name);
// "UTC+05:30" of an offset.
std::string offsetText(int64_t ticks);

// The rule in force on a day of the zone's clock; null: none.
const AdjustmentRule* ruleAt(const TimeZone& zone, int64_t local);
// The start and end of daylight saving in the year of `local` by the zone's clock.
struct DaylightTime {
  int64_t start, end;
};
DaylightTime daylightOf(const AdjustmentRule& rule, int64_t local);

// What the clock is ahead of UTC. A local time that occurs twice is the later, one that never occurs is standard time.
struct ZoneOffset {
  int64_t ticks;
  bool daylight;
};
ZoneOffset offsetAtLocal(const TimeZone& zone, int64_t local);
ZoneOffset offsetAtUtc(const TimeZone& zone, int64_t utc);
bool isAmbiguousLocal(const TimeZone& zone, int64_t local);
bool isInvalidLocal(const TimeZone& zone, int64_t local);

// TimeZoneInfo.AdjustmentRule and TransitionTime (time_zone_rule.cc).
void declareTimeZoneRules(Library& library);
bool sameTransition(const TransitionTime& a, const TransitionTime& b);
bool sameRule(const AdjustmentRule& a, const AdjustmentRule& b);

}  // namespace sluice::expression
