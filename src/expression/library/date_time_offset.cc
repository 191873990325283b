// System.DateTimeOffset: the time that a clock shows and how far it is from UTC.
#include "expression/library/date_text.h"
#include "expression/library/declarations.h"

namespace sluice::expression {

bool settleDateOffset(Eval& eval, ReadDate& read, uint32_t styles, Value& out) {
  int64_t local = 0;
  if (!completeDate(read, nowTicks(eval), styles, local)) return false;
  const int32_t offset = read.offset.value_or(0);
  const int64_t utc = local - offset * kTicksPerMinute;
  if (utc < 0 || utc > kMaxTicks) return false;
  out = (styles & kAdjustToUniversal) != 0 ? dateTimeOffset(utc, 0) : dateTimeOffset(local, offset);
  return true;
}

namespace {

constexpr int64_t kMaxOffset = 14 * 60;
// 0001-01-01 and 9999-12-31T23:59:59 in seconds since 1970.
constexpr int64_t kFirstUnixSecond = -62'135'596'800;
constexpr int64_t kLastUnixSecond = 253'402'300'799;

int64_t localTicks(const Value& value) {
  return value.asInt64();
}

// Checks the offset and both times; raises what .NET's constructors raise.
Value make(Eval& eval, int64_t local, int64_t offset_ticks) {
  if (offset_ticks % kTicksPerMinute != 0)
    return eval.raise("System.ArgumentException", "Offset must be specified in whole minutes.", "offset");
  const int64_t minutes = offset_ticks / kTicksPerMinute;
  if (minutes < -kMaxOffset || minutes > kMaxOffset)
    return eval.raiseOutOfRange("offset", "Offset must be within plus or minus 14 hours.");
  const int64_t utc = local - offset_ticks;
  if (local < 0 || local > kMaxTicks || utc < 0 || utc > kMaxTicks)
    return eval.raiseOutOfRange(
        "offset", "The UTC time represented when the offset is applied must be between year 0 and 10,000.");
  return dateTimeOffset(local, static_cast<int32_t>(minutes));
}

Value fromUtc(int64_t utc) {
  return dateTimeOffset(utc, 0);
}

Value fromDate(Call& c) {
  if (c.count == 1) return fromUtc(ticksOf(c[0]));
  const DateKind kind = kindOf(c[0]);
  if (kind != DateKind::Unspecified && c.int64(1) != 0)
    return c.raise("System.ArgumentException",
                   kind == DateKind::Utc
                       ? "The UTC Offset for Utc DateTime instances must be 0."
                       : "The UTC Offset of the local dateTime parameter does not match the offset argument.");
  return make(c.eval, ticksOf(c[0]), c.int64(1));
}

Value fromTicks(Call& c) {
  if (c.int64(0) < 0 || c.int64(0) > kMaxTicks) return c.eval.raiseOutOfRange("ticks");
  return make(c.eval, c.int64(0), c.int64(1));
}

Value fromParts(Call& c) {
  const uint32_t offset = c.count - 1;
  DateParts p;
  int* const places[] = {&p.year, &p.month, &p.day, &p.hour, &p.minute, &p.second};
  for (uint32_t i = 0; i < 6; ++i) *places[i] = c.int32(i);
  const std::optional<int64_t> ticks = ticksFrom(p);
  if (!ticks)
    return c.eval.raiseOutOfRange({}, "Year, Month, and Day parameters describe an un-representable DateTime.");
  const int32_t milliseconds = offset > 6 ? c.int32(6) : 0;
  if (milliseconds < 0 || milliseconds > 999)
    return c.eval.raiseOutOfRange("millisecond", "Valid values are between 0 and 999, inclusive.");
  return make(c.eval, *ticks + milliseconds * kTicksPerMillisecond, c.int64(offset));
}

Value fromUnixSeconds(Call& c) {
  const int64_t seconds = c.int64(0);
  if (seconds < kFirstUnixSecond || seconds > kLastUnixSecond)
    return c.eval.raiseOutOfRange("seconds", "Valid values are between -62135596800 and 253402300799, inclusive.");
  return fromUtc(seconds * kTicksPerSecond + kUnixEpochTicks);
}

Value fromUnixMilliseconds(Call& c) {
  const int64_t milliseconds = c.int64(0);
  if (milliseconds < kFirstUnixSecond * 1000 || milliseconds > kLastUnixSecond * 1000 + 999)
    return c.eval.raiseOutOfRange("milliseconds",
                                  "Valid values are between -62135596800000 and 253402300799999, inclusive.");
  return fromUtc(milliseconds * kTicksPerMillisecond + kUnixEpochTicks);
}

int64_t floorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Adds to the clock time, with the same offset.
Value moved(Call& c, int64_t more) {
  int64_t local = 0;
  if (!addToDate(c.eval, localTicks(c[0]), more, local)) return {};
  return make(c.eval, local, offsetMinutesOf(c[0]) * kTicksPerMinute);
}

template <int64_t unit>
Value addUnits(Call& c) {
  int64_t more = 0;
  return unitsToTicks(c.eval, c.real(1), unit, more) ? moved(c, more) : Value();
}

Value addSomeMonths(Call& c, int64_t months) {
  int64_t local = 0;
  if (!addMonths(c.eval, localTicks(c[0]), months, local)) return {};
  return make(c.eval, local, offsetMinutesOf(c[0]) * kTicksPerMinute);
}

Value addSpan(Call& c) {
  return moved(c, c.int64(1));
}
Value subtractSpan(Call& c) {
  return moved(c, c.int64(1) == INT64_MIN ? INT64_MAX : -c.int64(1));
}
Value subtractOffset(Call& c) {
  return timeSpan(utcTicksOf(c[0]) - utcTicksOf(c[1]));
}

Value toOffset(Call& c) {
  return make(c.eval, utcTicksOf(c[0]) + c.int64(1), c.int64(1));
}

int order(const Value& a, const Value& b) {
  return utcTicksOf(a) < utcTicksOf(b) ? -1 : utcTicksOf(a) > utcTicksOf(b) ? 1 : 0;
}

Value format(Eval& eval, const Value& value, const Chars& how) {
  return formatDate(eval, {localTicks(value), DateKind::Unspecified, offsetMinutesOf(value)}, how);
}

Value toString(Call& c) {
  const bool given = c.count > 1 && c[1].isString();
  return format(c.eval, c[0], given ? c.chars(1) : Chars{"", nullptr, 0});
}

bool read(Call& c, uint32_t styles, Value& out) {
  ReadDate parts;
  return c.eval.step(c.chars(0).size) && readDate(c.chars(0), parts) && settleDateOffset(c.eval, parts, styles, out);
}

bool readExact(Call& c, const Value& formats, uint32_t styles, Value& out) {
  const auto one = [&](const Value& how) {
    ReadDate parts;
    if (how.isNull() || !c.eval.step(c.chars(0).size)) return false;
    return readDateExact(c.chars(0), chars(c.eval, how), styles, parts) && settleDateOffset(c.eval, parts, styles, out);
  };
  if (!isKind(formats, ObjectKind::Array)) return one(formats);
  const auto* array = as<ArrayObject>(formats);
  for (uint32_t i = 0; i < array->length; ++i)
    if (one(array->items[i])) return true;
  return false;
}

uint32_t stylesAt(Call& c, size_t index) {
  return index < c.count ? static_cast<uint32_t>(c.int32(index)) : 0;
}

Value notADate(Call& c) {
  if (c.eval.failed()) return {};
  return c.eval.raiseFormat("String '" + std::string(c.utf8(0)) + "' was not recognized as a valid DateTime.");
}

Value parse(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("input");
  Value out;
  return read(c, stylesAt(c, 2), out) ? out : notADate(c);
}

Value tryParse(Call& c) {
  Value out;
  const bool good = !c.isNull(0) && read(c, c.count > 3 ? stylesAt(c, 2) : 0, out);
  c[c.count - 1] = good ? out : fromUtc(0);
  return Value::boolean(good);
}

Value parseExact(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("input");
  if (c.isNull(1)) return c.eval.raiseArgumentNull("format");
  Value out;
  return readExact(c, c[1], stylesAt(c, 3), out) ? out : notADate(c);
}

Value tryParseExact(Call& c) {
  Value out;
  const bool good = !c.isNull(0) && !c.isNull(1) && readExact(c, c[1], stylesAt(c, 3), out);
  c[4] = good ? out : fromUtc(0);
  return Value::boolean(good);
}

#define PART(signature, member)                                                       \
  {                                                                                   \
    signature, [](Call& c) { return Value::int32(partsOf(localTicks(c[0])).member); } \
  }
#define COMPARE(op)                                                                  \
  {                                                                                  \
    "static bool operator " #op "(DateTimeOffset left, DateTimeOffset right)",       \
        [](Call& c) { return Value::boolean(utcTicksOf(c[0]) op utcTicksOf(c[1])); } \
  }

constexpr MemberRow kOffset[] = {
    {"DateTimeOffset(DateTime dateTime)", fromDate},
    {"DateTimeOffset(DateTime dateTime, TimeSpan offset)", fromDate},
    {"DateTimeOffset(long ticks, TimeSpan offset)", fromTicks},
    {"DateTimeOffset(int year, int month, int day, int hour, int minute, int second, TimeSpan offset)", fromParts},
    {"DateTimeOffset(int year, int month, int day, int hour, int minute, int second, int millisecond, TimeSpan offset)",
     fromParts},
    {"static readonly DateTimeOffset MinValue", [](Call&) { return fromUtc(0); }},
    {"static readonly DateTimeOffset MaxValue", [](Call&) { return fromUtc(kMaxTicks); }},
    {"static DateTimeOffset FromFileTime(long fileTime)",
     [](Call& c) {
       constexpr int64_t kFileEpoch = 504'911'232'000'000'000;
       if (c.int64(0) < 0 || c.int64(0) > kMaxTicks - kFileEpoch)
         return c.eval.raiseOutOfRange("fileTime", "Not a valid Win32 FileTime.");
       return fromUtc(c.int64(0) + kFileEpoch);
     }},
    {"long ToFileTime()",
     [](Call& c) {
       constexpr int64_t kFileEpoch = 504'911'232'000'000'000;
       const int64_t ticks = utcTicksOf(c[0]) - kFileEpoch;
       return ticks >= 0 ? Value::int64(ticks) : c.eval.raiseOutOfRange("fileTime", "Not a valid Win32 FileTime.");
     }},
    {"static DateTimeOffset Now { get; }", [](Call& c) { return fromUtc(nowTicks(c.eval)); }},
    {"static DateTimeOffset UtcNow { get; }", [](Call& c) { return fromUtc(nowTicks(c.eval)); }},
    {"static implicit operator DateTimeOffset(DateTime dateTime)", fromDate},
    PART("int Year { get; }", year),
    PART("int Month { get; }", month),
    PART("int Day { get; }", day),
    PART("int Hour { get; }", hour),
    PART("int Minute { get; }", minute),
    PART("int Second { get; }", second),
    PART("int Millisecond { get; }", fraction / 10'000),
    {"long Ticks { get; }", [](Call& c) { return Value::int64(localTicks(c[0])); }},
    {"long UtcTicks { get; }", [](Call& c) { return Value::int64(utcTicksOf(c[0])); }},
    {"TimeSpan Offset { get; }", [](Call& c) { return timeSpan(offsetMinutesOf(c[0]) * kTicksPerMinute); }},
    {"DateTime DateTime { get; }", [](Call& c) { return dateTime(localTicks(c[0]), DateKind::Unspecified); }},
    {"DateTime UtcDateTime { get; }", [](Call& c) { return dateTime(utcTicksOf(c[0]), DateKind::Utc); }},
    {"DateTime LocalDateTime { get; }", [](Call& c) { return dateTime(utcTicksOf(c[0]), DateKind::Local); }},
    {"DateTime Date { get; }",
     [](Call& c) { return dateTime(localTicks(c[0]) - localTicks(c[0]) % kTicksPerDay, DateKind::Unspecified); }},
    {"TimeSpan TimeOfDay { get; }", [](Call& c) { return timeSpan(localTicks(c[0]) % kTicksPerDay); }},
    {"DayOfWeek DayOfWeek { get; }", [](Call& c) { return newEnum(c.type, dayOfWeek(localTicks(c[0]))); }},
    {"int DayOfYear { get; }", [](Call& c) { return Value::int32(dayOfYear(localTicks(c[0]))); }},
    {"DateTimeOffset Add(TimeSpan timeSpan)", addSpan},
    {"DateTimeOffset AddTicks(long ticks)", addSpan},
    {"DateTimeOffset AddDays(double days)", addUnits<kTicksPerDay>},
    {"DateTimeOffset AddHours(double hours)", addUnits<kTicksPerHour>},
    {"DateTimeOffset AddMinutes(double minutes)", addUnits<kTicksPerMinute>},
    {"DateTimeOffset AddSeconds(double seconds)", addUnits<kTicksPerSecond>},
    {"DateTimeOffset AddMilliseconds(double milliseconds)", addUnits<kTicksPerMillisecond>},
    {"DateTimeOffset AddMonths(int months)", [](Call& c) { return addSomeMonths(c, c.int32(1)); }},
    {"DateTimeOffset AddYears(int years)", [](Call& c) { return addSomeMonths(c, int64_t{c.int32(1)} * 12); }},
    {"TimeSpan Subtract(DateTimeOffset value)", subtractOffset},
    {"DateTimeOffset Subtract(TimeSpan value)", subtractSpan},
    {"static DateTimeOffset operator +(DateTimeOffset dateTimeOffset, TimeSpan timeSpan)", addSpan},
    {"static DateTimeOffset operator -(DateTimeOffset dateTimeOffset, TimeSpan timeSpan)", subtractSpan},
    {"static TimeSpan operator -(DateTimeOffset left, DateTimeOffset right)", subtractOffset},
    COMPARE(==),
    COMPARE(!=),
    COMPARE(<),
    COMPARE(<=),
    COMPARE(>),
    COMPARE(>=),
    {"static int Compare(DateTimeOffset first, DateTimeOffset second)",
     [](Call& c) { return Value::int32(order(c[0], c[1])); }},
    {"int CompareTo(DateTimeOffset other)", [](Call& c) { return Value::int32(order(c[0], c[1])); }},
    {"bool Equals(DateTimeOffset other)", [](Call& c) { return Value::boolean(order(c[0], c[1]) == 0); }},
    {"static bool Equals(DateTimeOffset first, DateTimeOffset second)",
     [](Call& c) { return Value::boolean(order(c[0], c[1]) == 0); }},
    {"bool EqualsExact(DateTimeOffset other)",
     [](Call& c) { return Value::boolean(c[0].bits() == c[1].bits() && c[0].extra() == c[1].extra()); }},
    {"DateTimeOffset ToOffset(TimeSpan offset)", toOffset},
    {"DateTimeOffset ToUniversalTime()", [](Call& c) { return fromUtc(utcTicksOf(c[0])); }},
    {"DateTimeOffset ToLocalTime()", [](Call& c) { return fromUtc(utcTicksOf(c[0])); }},
    {"static DateTimeOffset FromUnixTimeSeconds(long seconds)", fromUnixSeconds},
    {"static DateTimeOffset FromUnixTimeMilliseconds(long milliseconds)", fromUnixMilliseconds},
    {"long ToUnixTimeSeconds()",
     [](Call& c) { return Value::int64(floorDivide(utcTicksOf(c[0]) - kUnixEpochTicks, kTicksPerSecond)); }},
    {"long ToUnixTimeMilliseconds()",
     [](Call& c) { return Value::int64(floorDivide(utcTicksOf(c[0]) - kUnixEpochTicks, kTicksPerMillisecond)); }},
    {"string ToString()", toString},
    {"string ToString(string format)", toString},
    {"string ToString(IFormatProvider formatProvider)", toString},
    {"string ToString(string format, IFormatProvider formatProvider)", toString},
    {"static DateTimeOffset Parse(string input)", parse},
    {"static DateTimeOffset Parse(string input, IFormatProvider formatProvider)", parse},
    {"static DateTimeOffset Parse(string input, IFormatProvider formatProvider, "
     "System.Globalization.DateTimeStyles styles)",
     parse},
    {"static bool TryParse(string input, out DateTimeOffset result)", tryParse},
    {"static bool TryParse(string input, IFormatProvider formatProvider, System.Globalization.DateTimeStyles styles, "
     "out DateTimeOffset result)",
     tryParse},
    {"static DateTimeOffset ParseExact(string input, string format, IFormatProvider formatProvider)", parseExact},
    {"static DateTimeOffset ParseExact(string input, string format, IFormatProvider formatProvider, "
     "System.Globalization.DateTimeStyles styles)",
     parseExact},
    {"static DateTimeOffset ParseExact(string input, string[] formats, IFormatProvider formatProvider, "
     "System.Globalization.DateTimeStyles styles)",
     parseExact},
    {"static bool TryParseExact(string input, string format, IFormatProvider formatProvider, "
     "System.Globalization.DateTimeStyles styles, out DateTimeOffset result)",
     tryParseExact},
    {"static bool TryParseExact(string input, string[] formats, IFormatProvider formatProvider, "
     "System.Globalization.DateTimeStyles styles, out DateTimeOffset result)",
     tryParseExact},
};

#undef PART
#undef COMPARE

}  // namespace

void declareDateTimeOffset(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& value) { return format(eval, value, Chars{"", nullptr, 0}); };
  hooks.equals = [](Eval&, const Value& a, const Value& b) { return order(a, b) == 0; };
  hooks.hash = [](Eval&, const Value& value) {
    return static_cast<uint32_t>(utcTicksOf(value) ^ (utcTicksOf(value) >> 32));
  };
  hooks.compare = [](Eval&, const Value& a, const Value& b) { return order(a, b); };
  hooks.format = format;
  library.add(
      "struct System.DateTimeOffset : IComparable, IComparable<DateTimeOffset>, IEquatable<DateTimeOffset>, "
      "IFormattable",
      kOffset, hooks, Tag::DateTimeOffset);
}

}  // namespace sluice::expression
