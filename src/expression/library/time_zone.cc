// Zones from POSIX rules (IEEE 1003.1, TZ), and what their clocks show.
#include "expression/library/time_zone.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace sluice::expression {
namespace {

// Reads "EST5EDT,M3.2.0,M11.1.0" and "<-02>2<-01>,M3.5.0/-1,M10.5.0/0". Our own table, so it is not checked.
class PosixReader {
 public:
  explicit PosixReader(std::string_view text) : rest_(text) {}

  bool end() const { return rest_.empty(); }

  std::string_view name() {
    if (take('<')) {
      const std::string_view found = rest_.substr(0, rest_.find('>'));
      rest_.remove_prefix(found.size() + 1);
      return found;
    }
    size_t size = 0;
    while (size < rest_.size() && rest_[size] >= 'A') ++size;
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }

  // [+-]hh[:mm[:ss]]
  int64_t time() {
    const bool minus = take('-');
    if (!minus) take('+');
    int64_t ticks = number() * kTicksPerHour;
    if (take(':')) ticks += number() * kTicksPerMinute;
    if (take(':')) ticks += number() * kTicksPerSecond;
    return minus ? -ticks : ticks;
  }

  bool atRule() const { return rest_.empty() || rest_[0] == ','; }

  // ,Mmonth.week.day[/time]
  TransitionTime* transition(Eval& eval) {
    static const Type* const kType = libraryType("System.TimeZoneInfo.TransitionTime");
    auto* made = newObject<TransitionTime>(eval, kType);
    take(',');
    take('M');
    made->month = static_cast<int32_t>(number());
    take('.');
    made->week = static_cast<int32_t>(number());
    take('.');
    made->weekday = static_cast<int32_t>(number());
    made->day = 1;
    made->time = take('/') ? time() : 2 * kTicksPerHour;
    return made;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  int64_t number() {
    int64_t value = 0;
    const auto [at, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    rest_.remove_prefix(static_cast<size_t>(at - rest_.data()));
    return error == std::errc() ? value : 0;
  }

  std::string_view rest_;
};

TimeZone* newZone(Eval& eval) {
  static const Type* const kType = libraryType("System.TimeZoneInfo");
  return newObject<TimeZone>(eval, kType);
}

// Windows calls both clocks after the zone; other zones have their abbreviations.
void nameZone(Eval& eval, TimeZone* zone, std::string_view id, std::string_view standard, std::string_view daylight) {
  zone->id = fromStd(eval.arena, id);
  const size_t word = id.find("Standard Time");
  const bool windows = word != std::string_view::npos;
  zone->standard = windows ? zone->id : fromStd(eval.arena, standard);
  zone->daylight = windows ? fromStd(eval.arena, std::string(id.substr(0, word)) + "Daylight Time")
                           : fromStd(eval.arena, daylight.empty() ? standard : daylight);
  zone->display = fromStd(eval.arena, "(" + offsetText(zone->base) + ") " + std::string(id));
}

const TimeZone* zoneFrom(Eval& eval, const TimeZoneRow& row, std::string_view id) {
  TimeZone* zone = newZone(eval);
  PosixReader reader(row.posix);
  const std::string_view standard = reader.name();
  zone->base = -reader.time();
  std::string_view daylight;
  if (!reader.end()) {
    daylight = reader.name();
    int64_t delta = reader.atRule() ? kTicksPerHour : -reader.time() - zone->base;
    TransitionTime* start = reader.transition(eval);
    TransitionTime* end = reader.transition(eval);
    // Ireland's summer time is its standard: .NET tells it the other way round.
    if (delta < 0) {
      zone->base += delta;
      delta = -delta;
      std::swap(start, end);
    }
    static const Type* const kType = libraryType("System.TimeZoneInfo.AdjustmentRule");
    auto* rule = newObject<AdjustmentRule>(eval, kType);
    rule->from = 0;
    rule->to = kMaxTicks - kMaxTicks % kTicksPerDay;
    rule->delta = delta;
    rule->start = start;
    rule->end = end;
    const std::span<AdjustmentRule*> rules = eval.arena.array<AdjustmentRule*>(1);
    rules[0] = rule;
    zone->rules = rules;
  }
  nameZone(eval, zone, id, standard, daylight);
  return zone;
}

// The name in the table as `name` has it but for case; empty: not this row.
std::string_view nameIn(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const std::string_view one = names.substr(0, names.find('|'));
    if (equalsIgnoreCase(one, name)) return one;
    names.remove_prefix(std::min(names.size(), one.size() + 1));
  }
  return {};
}

int64_t dayIn(int year, const TransitionTime& t) {
  const int last = daysInMonth(year, t.month);
  if (t.fixed) return *ticksFrom({.year = year, .month = t.month, .day = std::min(t.day, last)});
  const int64_t first = *ticksFrom({.year = year, .month = t.month});
  int day = 1 + (t.weekday - dayOfWeek(first) + 7) % 7 + 7 * (t.week - 1);
  if (day > last) day -= 7;
  return first + (day - 1) * kTicksPerDay;
}

// Is `time` in [start, end), which may go over the turn of the year?
bool within(int64_t time, int64_t start, int64_t end) {
  return start <= end ? time >= start && time < end : time < end || time >= start;
}

}  // namespace

std::string offsetText(int64_t ticks) {
  if (ticks == 0) return "UTC";
  const std::string text = formatTimeSpan(ticks < 0 ? -ticks : ticks);
  return std::string("UTC") + (ticks < 0 ? '-' : '+') + text.substr(0, 5);
}

const TimeZone* utcZone(Eval& eval) {
  TimeZone* zone = newZone(eval);
  zone->id = Value::ascii("UTC");
  zone->display = Value::ascii("(UTC) Coordinated Universal Time");
  zone->standard = zone->daylight = Value::ascii("Coordinated Universal Time");
  return zone;
}

const TimeZone* localZone(Eval& eval) {
  return utcZone(eval);
}

const TimeZone* findZone(Eval& eval, std::string_view name) {
  if (equalsIgnoreCase(name, "UTC")) return utcZone(eval);
  for (const TimeZoneRow& row : timeZoneRows()) {
    if (!eval.step(4)) return nullptr;
    if (const std::string_view found = nameIn(row.names, name); !found.empty()) return zoneFrom(eval, row, found);
  }
  return nullptr;
}

const AdjustmentRule* ruleAt(const TimeZone& zone, int64_t local) {
  const int64_t day = local - local % kTicksPerDay;
  for (const AdjustmentRule* rule : zone.rules)
    if (day >= rule->from && day <= rule->to) return rule;
  return nullptr;
}

DaylightTime daylightOf(const AdjustmentRule& rule, int64_t local) {
  const int year = partsOf(std::clamp<int64_t>(local, 0, kMaxTicks)).year;
  return {dayIn(year, *rule.start) + rule.start->time, dayIn(year, *rule.end) + rule.end->time};
}

ZoneOffset offsetAtLocal(const TimeZone& zone, int64_t local) {
  const AdjustmentRule* rule = ruleAt(zone, local);
  if (rule == nullptr) return {zone.base, false};
  const DaylightTime change = daylightOf(*rule, local);
  const int64_t ahead = std::max<int64_t>(rule->delta, 0);
  const bool daylight = within(local, change.start + ahead, change.end - ahead);
  return {zone.base + (daylight ? rule->delta : 0), daylight};
}

ZoneOffset offsetAtUtc(const TimeZone& zone, int64_t utc) {
  const int64_t standard = utc + zone.base;
  const AdjustmentRule* rule = ruleAt(zone, standard);
  if (rule == nullptr) return {zone.base, false};
  const DaylightTime change = daylightOf(*rule, standard);
  const bool daylight = within(standard, change.start, change.end - rule->delta);
  return {zone.base + (daylight ? rule->delta : 0), daylight};
}

bool isAmbiguousLocal(const TimeZone& zone, int64_t local) {
  const AdjustmentRule* rule = ruleAt(zone, local);
  if (rule == nullptr || rule->delta == 0) return false;
  const DaylightTime change = daylightOf(*rule, local);
  return rule->delta > 0 ? local >= change.end - rule->delta && local < change.end
                         : local >= change.start + rule->delta && local < change.start;
}

bool isInvalidLocal(const TimeZone& zone, int64_t local) {
  const AdjustmentRule* rule = ruleAt(zone, local);
  if (rule == nullptr || rule->delta == 0) return false;
  const DaylightTime change = daylightOf(*rule, local);
  return rule->delta > 0 ? local >= change.start && local < change.start + rule->delta
                         : local >= change.end && local < change.end - rule->delta;
}

}  // namespace sluice::expression
