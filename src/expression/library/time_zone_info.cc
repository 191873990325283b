// TimeZoneInfo and TimeZone.
#include "expression/library/date_text.h"
#include "expression/library/declarations.h"
#include "expression/library/time_zone.h"

namespace sluice::expression {
namespace {

const TimeZone& zoneOf(Call& c, size_t index = 0) {
  return *c.object<TimeZone>(index);
}

bool isUtc(Eval& eval, const TimeZone& zone) {
  return zone.id.tag() == Tag::Ascii && toUtf8(eval.arena, zone.id) == "UTC";
}

// The kind of a date that the zone's clock shows.
DateKind kindIn(Eval& eval, const TimeZone& zone) {
  return isUtc(eval, zone) ? DateKind::Utc : DateKind::Unspecified;
}

int64_t clamped(int64_t ticks) {
  return ticks < 0 ? 0 : ticks > kMaxTicks ? kMaxTicks : ticks;
}

// A date as UTC ticks: Utc and Local are UTC already, an unspecified one is by the zone's clock.
int64_t utcOf(const Value& date, const TimeZone& zone) {
  const int64_t ticks = ticksOf(date);
  return kindOf(date) != DateKind::Unspecified ? ticks : clamped(ticks - offsetAtLocal(zone, ticks).ticks);
}

Value shownIn(Eval& eval, const TimeZone& zone, int64_t utc) {
  return dateTime(clamped(utc + offsetAtUtc(zone, utc).ticks), kindIn(eval, zone));
}

bool present(Call& c, size_t index, std::string_view param) {
  if (!c.isNull(index)) return true;
  c.eval.raiseArgumentNull(param);
  return false;
}

const TimeZone* named(Call& c, size_t index, std::string_view param = "id") {
  if (!present(c, index, param)) return nullptr;
  const TimeZone* zone = findZone(c.eval, c.utf8(index));
  if (zone == nullptr && !c.eval.failed())
    c.raise("System.TimeZoneNotFoundException",
            "The time zone ID '" + std::string(c.utf8(index)) + "' was not found on the local computer.");
  return zone;
}

Value find(Call& c) {
  return Value::object(named(c, 0));
}

// ConvertTime(date, source, destination): the date's kind must fit the source.
Value convert(Call& c, const TimeZone& source, const TimeZone& destination) {
  const DateKind kind = kindOf(c[0]);
  if (kind == DateKind::Utc && !isUtc(c.eval, source))
    return c.eval.raise("System.ArgumentException",
                        "The conversion could not be completed because the supplied DateTime did not have the Kind "
                        "property set correctly.",
                        "sourceTimeZone");
  if (kind == DateKind::Unspecified && isInvalidLocal(source, ticksOf(c[0])))
    return c.eval.raise("System.ArgumentException", "The supplied DateTime represents an invalid time.", "dateTime");
  return shownIn(c.eval, destination, utcOf(c[0], source));
}

Value convertTime(Call& c) {
  if (c[0].tag() == Tag::DateTimeOffset) {
    if (!present(c, 1, "destinationTimeZone")) return {};
    const int64_t utc = utcTicksOf(c[0]);
    const int64_t ahead = offsetAtUtc(zoneOf(c, 1), utc).ticks;
    return dateTimeOffset(clamped(utc + ahead), static_cast<int32_t>(ahead / kTicksPerMinute));
  }
  if (c.count > 2 && !present(c, 1, "sourceTimeZone")) return {};
  if (!present(c, c.count - 1, "destinationTimeZone")) return {};
  const TimeZone& source = c.count > 2 ? zoneOf(c, 1) : *utcZone(c.eval);
  return convert(c, source, zoneOf(c, c.count - 1));
}

Value convertById(Call& c) {
  const TimeZone* source = c.count > 2 ? named(c, 1, "sourceTimeZoneId") : utcZone(c.eval);
  const TimeZone* destination = source == nullptr ? nullptr : named(c, c.count - 1, "destinationTimeZoneId");
  if (destination == nullptr) return {};
  if (c[0].tag() != Tag::DateTimeOffset) return convert(c, *source, *destination);
  Value args[] = {c[0], Value::object(destination)};
  Call call{c.eval, args, 2, c.type, {}, c.receiver};
  return convertTime(call);
}

Value fromUtc(Call& c) {
  if (!present(c, 1, "destinationTimeZone")) return {};
  if (kindOf(c[0]) == DateKind::Local)
    return c.eval.raise("System.ArgumentException",
                        "The conversion could not be completed because the supplied DateTime did not have the Kind "
                        "property set correctly.",
                        "dateTime");
  return shownIn(c.eval, zoneOf(c, 1), ticksOf(c[0]));
}

Value toUtc(Call& c) {
  if (c.count > 1 && !present(c, 1, "sourceTimeZone")) return {};
  if (c.count == 1) return dateTime(ticksOf(c[0]), DateKind::Utc);
  return convert(c, zoneOf(c, 1), *utcZone(c.eval));
}

ZoneOffset offsetOf(Call& c) {
  const TimeZone& zone = zoneOf(c);
  if (c[1].tag() == Tag::DateTimeOffset) return offsetAtUtc(zone, utcTicksOf(c[1]));
  return kindOf(c[1]) == DateKind::Unspecified ? offsetAtLocal(zone, ticksOf(c[1])) : offsetAtUtc(zone, ticksOf(c[1]));
}

// A date by the zone's own clock.
int64_t localOf(Call& c) {
  const TimeZone& zone = zoneOf(c);
  if (c[1].tag() == Tag::DateTime && kindOf(c[1]) == DateKind::Unspecified) return ticksOf(c[1]);
  const int64_t utc = c[1].tag() == Tag::DateTime ? ticksOf(c[1]) : utcTicksOf(c[1]);
  return clamped(utc + offsetAtUtc(zone, utc).ticks);
}

Value isAmbiguous(Call& c) {
  return Value::boolean(isAmbiguousLocal(zoneOf(c), localOf(c)));
}

Value ambiguousOffsets(Call& c) {
  const TimeZone& zone = zoneOf(c);
  const int64_t local = localOf(c);
  if (!isAmbiguousLocal(zone, local))
    return c.eval.raise("System.ArgumentException", "The supplied DateTime is not in an ambiguous time range.",
                        "dateTime");
  const int64_t delta = ruleAt(zone, local)->delta;
  ArrayObject* both = newArray(c.eval, c.type, 2);
  both->items[delta > 0 ? 0 : 1] = timeSpan(zone.base);
  both->items[delta > 0 ? 1 : 0] = timeSpan(zone.base + delta);
  return Value::object(both);
}

Value isInvalid(Call& c) {
  return Value::boolean(kindOf(c[1]) == DateKind::Unspecified && isInvalidLocal(zoneOf(c), ticksOf(c[1])));
}

Value adjustmentRules(Call& c) {
  const auto& rules = zoneOf(c).rules;
  ArrayObject* array = newArray(c.eval, c.type, static_cast<uint32_t>(rules.size()));
  for (size_t i = 0; i < rules.size(); ++i) array->items[i] = Value::object(rules[i]);
  return Value::object(array);
}

bool sameRules(const TimeZone& a, const TimeZone& b) {
  if (a.base != b.base || a.rules.size() != b.rules.size()) return false;
  for (size_t i = 0; i < a.rules.size(); ++i)
    if (!sameRule(*a.rules[i], *b.rules[i])) return false;
  return true;
}

bool equal(Eval& eval, const Value& a, const Value& b) {
  if (!b.isObject() || b.asObject()->type != a.asObject()->type) return false;
  return valueEquals(eval, as<TimeZone>(a)->id, as<TimeZone>(b)->id) && sameRules(*as<TimeZone>(a), *as<TimeZone>(b));
}

Value systemZones(Call& c) {
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", c.type->args));
  if (!append(c.eval, list, Value::object(utcZone(c.eval)))) return {};
  for (const TimeZoneRow& row : timeZoneRows()) {
    std::string_view names = row.names;
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find('|'));
      names.remove_prefix(std::min(names.size(), name.size() + 1));
      const TimeZone* zone = findZone(c.eval, name);
      if (zone == nullptr || !append(c.eval, list, Value::object(zone))) return {};
    }
  }
  return Value::object(list);
}

// CreateCustomTimeZone(id, baseUtcOffset, displayName, standardName [, daylightName, rules [, disable]])
Value createCustom(Call& c) {
  if (!present(c, 0, "id")) return {};
  if (c[0].extra() == 0) return c.raise("System.ArgumentException", "The specified ID parameter '' is not supported.");
  if (c.int64(1) % kTicksPerMinute != 0)
    return c.raise("System.ArgumentException",
                   "The TimeSpan parameter cannot be specified more precisely than minutes.");
  if (c.int64(1) < -14 * kTicksPerHour || c.int64(1) > 14 * kTicksPerHour)
    return c.eval.raiseOutOfRange("baseUtcOffset", "The TimeSpan parameter must be within plus or minus 14.0 hours.");
  auto* zone = newObject<TimeZone>(c.eval, c.type);
  zone->id = c[0];
  zone->base = c.int64(1);
  zone->display = c[2];
  zone->standard = c[3];
  zone->daylight = c.count > 4 ? c[4] : c[3];
  const bool disabled = c.count > 6 && c.boolean(6);
  if (c.count < 6 || c.isNull(5) || disabled) return Value::object(zone);
  const auto* given = c.object<ArrayObject>(5);
  const std::span<AdjustmentRule*> rules = c.arena().array<AdjustmentRule*>(given->length);
  for (uint32_t i = 0; i < given->length; ++i) {
    if (given->items[i].isNull())
      return c.raise("System.InvalidTimeZoneException", "The AdjustmentRule array cannot contain null elements.");
    rules[i] = as<AdjustmentRule>(given->items[i]);
    if (i > 0 && rules[i]->from <= rules[i - 1]->to)
      return c.raise("System.InvalidTimeZoneException", "The elements of the AdjustmentRule array must be in order.");
  }
  zone->rules = rules;
  return Value::object(zone);
}

constexpr MemberRow kZone[] = {
    {"static TimeZoneInfo Utc { get; }", [](Call& c) { return Value::object(utcZone(c.eval)); }},
    {"static TimeZoneInfo Local { get; }", [](Call& c) { return Value::object(localZone(c.eval)); }},
    {"string Id { get; }", [](Call& c) { return zoneOf(c).id; }},
    {"string DisplayName { get; }", [](Call& c) { return zoneOf(c).display; }},
    {"string StandardName { get; }", [](Call& c) { return zoneOf(c).standard; }},
    {"string DaylightName { get; }", [](Call& c) { return zoneOf(c).daylight; }},
    {"TimeSpan BaseUtcOffset { get; }", [](Call& c) { return timeSpan(zoneOf(c).base); }},
    {"bool SupportsDaylightSavingTime { get; }", [](Call& c) { return Value::boolean(!zoneOf(c).rules.empty()); }},
    {"static TimeZoneInfo FindSystemTimeZoneById(string id)", find},
    {"static IReadOnlyList<TimeZoneInfo> GetSystemTimeZones()", systemZones},
    {"static DateTime ConvertTime(DateTime dateTime, TimeZoneInfo destinationTimeZone)", convertTime},
    {"static DateTimeOffset ConvertTime(DateTimeOffset dateTimeOffset, TimeZoneInfo destinationTimeZone)", convertTime},
    {"static DateTime ConvertTime(DateTime dateTime, TimeZoneInfo sourceTimeZone, TimeZoneInfo destinationTimeZone)",
     convertTime},
    {"static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string destinationTimeZoneId)", convertById},
    {"static DateTimeOffset ConvertTimeBySystemTimeZoneId(DateTimeOffset dateTimeOffset, string destinationTimeZoneId)",
     convertById},
    {"static DateTime ConvertTimeBySystemTimeZoneId(DateTime dateTime, string sourceTimeZoneId, "
     "string destinationTimeZoneId)",
     convertById},
    {"static DateTime ConvertTimeFromUtc(DateTime dateTime, TimeZoneInfo destinationTimeZone)", fromUtc},
    {"static DateTime ConvertTimeToUtc(DateTime dateTime)", toUtc},
    {"static DateTime ConvertTimeToUtc(DateTime dateTime, TimeZoneInfo sourceTimeZone)", toUtc},
    {"TimeSpan GetUtcOffset(DateTime dateTime)", [](Call& c) { return timeSpan(offsetOf(c).ticks); }},
    {"TimeSpan GetUtcOffset(DateTimeOffset dateTimeOffset)", [](Call& c) { return timeSpan(offsetOf(c).ticks); }},
    {"bool IsDaylightSavingTime(DateTime dateTime)", [](Call& c) { return Value::boolean(offsetOf(c).daylight); }},
    {"bool IsDaylightSavingTime(DateTimeOffset dateTimeOffset)",
     [](Call& c) { return Value::boolean(offsetOf(c).daylight); }},
    {"bool IsAmbiguousTime(DateTime dateTime)", isAmbiguous},
    {"bool IsAmbiguousTime(DateTimeOffset dateTimeOffset)", isAmbiguous},
    {"bool IsInvalidTime(DateTime dateTime)", isInvalid},
    {"TimeSpan[] GetAmbiguousTimeOffsets(DateTime dateTime)", ambiguousOffsets},
    {"TimeSpan[] GetAmbiguousTimeOffsets(DateTimeOffset dateTimeOffset)", ambiguousOffsets},
    {"System.TimeZoneInfo.AdjustmentRule[] GetAdjustmentRules()", adjustmentRules},
    {"static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, "
     "string standardDisplayName)",
     createCustom},
    {"static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, "
     "string standardDisplayName, string daylightDisplayName, System.TimeZoneInfo.AdjustmentRule[] adjustmentRules)",
     createCustom},
    {"static TimeZoneInfo CreateCustomTimeZone(string id, TimeSpan baseUtcOffset, string displayName, "
     "string standardDisplayName, string daylightDisplayName, System.TimeZoneInfo.AdjustmentRule[] adjustmentRules, "
     "bool disableDaylightSavingTime)",
     createCustom},
    {"bool HasSameRules(TimeZoneInfo other)",
     [](Call& c) { return present(c, 1, "other") ? Value::boolean(sameRules(zoneOf(c), zoneOf(c, 1))) : Value(); }},
    {"bool Equals(TimeZoneInfo other)", [](Call& c) { return Value::boolean(equal(c.eval, c[0], c[1])); }},
    {"static void ClearCachedData()", [](Call&) { return Value(); }},
};

constexpr MemberRow kOldZone[] = {
    {"static TimeZone CurrentTimeZone { get; }",
     [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
    {"string StandardName { get; }", [](Call& c) { return localZone(c.eval)->standard; }},
    {"string DaylightName { get; }", [](Call& c) { return localZone(c.eval)->daylight; }},
    {"TimeSpan GetUtcOffset(DateTime time)", [](Call&) { return timeSpan(0); }},
    {"bool IsDaylightSavingTime(DateTime time)", [](Call&) { return Value::boolean(false); }},
    {"DateTime ToLocalTime(DateTime time)", [](Call& c) { return dateTime(ticksOf(c[1]), DateKind::Local); }},
    {"DateTime ToUniversalTime(DateTime time)", [](Call& c) { return dateTime(ticksOf(c[1]), DateKind::Utc); }},
};

}  // namespace

void declareTimeZone(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval&, const Value& zone) { return as<TimeZone>(zone)->display; };
  hooks.equals = equal;
  hooks.hash = [](Eval& eval, const Value& zone) { return valueHash(eval, as<TimeZone>(zone)->id); };
  library.add("sealed class System.TimeZoneInfo : IEquatable<TimeZoneInfo>", kZone, hooks);
  library.add("abstract class System.TimeZone", kOldZone);
  declareTimeZoneRules(library);
}

}  // namespace sluice::expression
