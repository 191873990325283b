// System.DateTime and its enums. TimeSpan and DateTimeOffset have their own files.
#include "expression/date.h"
#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

constexpr EnumRow kKind[] = {{"Unspecified", 0}, {"Utc", 1}, {"Local", 2}};
constexpr EnumRow kDay[] = {{"Sunday", 0},   {"Monday", 1}, {"Tuesday", 2}, {"Wednesday", 3},
                            {"Thursday", 4}, {"Friday", 5}, {"Saturday", 6}};

}  // namespace

Value makeDateTime(UtcTime time) { return dateTime(ticksOf(time), DateKind::Utc); }

std::optional<Value> makeDateTime(std::string_view iso_8601) {
  const std::optional<IsoDate> date = parseIsoDate(iso_8601);
  if (!date) return std::nullopt;
  return dateTime(date->ticks, date->kind);
}

void declareDateTime(Library& library) {
  library.add("sealed struct System.DateTime : IComparable, IComparable<DateTime>, IEquatable<DateTime>, IFormattable", {}, {}, Tag::DateTime);
  library.add("sealed struct System.TimeSpan : IComparable, IComparable<TimeSpan>, IEquatable<TimeSpan>, IFormattable", {}, {}, Tag::TimeSpan);
  library.add("sealed struct System.DateTimeOffset : IComparable, IComparable<DateTimeOffset>, IEquatable<DateTimeOffset>, IFormattable", {}, {}, Tag::DateTimeOffset);
  library.addEnum("System.DateTimeKind", kKind);
  library.addEnum("System.DayOfWeek", kDay);
}

}  // namespace sluice::expression
