// System.DateTime and its enums. TimeSpan, DateTimeOffset and TimeZoneInfo have their own files.
#include "expression/date.h"
#include "expression/format.h"
#include "expression/library.h"
#include "expression/library/date_text.h"
#include "expression/library/declarations.h"

namespace sluice::expression {

// A date as read, in the kind that the styles ask for.
bool settleDate(Eval& eval, ReadDate& read, uint32_t styles, Value& out) {
  int64_t ticks = 0;
  if (!completeDate(read, nowTicks(eval), styles, ticks)) return false;
  if (read.offset) {
    ticks -= *read.offset * kTicksPerMinute;
    if (ticks < 0 || ticks > kMaxTicks) return false;
    const bool utc = (styles & kAdjustToUniversal) != 0 || (read.utc && (styles & kRoundtripKind) != 0);
    out = dateTime(ticks, utc ? DateKind::Utc : DateKind::Local);
  } else if ((styles & (kAssumeUniversal | kAssumeLocal)) != 0) {
    const bool utc = (styles & kAdjustToUniversal) != 0;
    out = dateTime(ticks, utc ? DateKind::Utc : DateKind::Local);
  } else {
    out = dateTime(ticks, DateKind::Unspecified);
  }
  return true;
}

namespace {

constexpr EnumRow kKind[] = {{"Unspecified", 0}, {"Utc", 1}, {"Local", 2}};
constexpr EnumRow kDay[] = {{"Sunday", 0},   {"Monday", 1}, {"Tuesday", 2}, {"Wednesday", 3},
                            {"Thursday", 4}, {"Friday", 5}, {"Saturday", 6}};
constexpr EnumRow kStyles[] = {{"None", 0},
                               {"AllowLeadingWhite", 1},
                               {"AllowTrailingWhite", 2},
                               {"AllowInnerWhite", 4},
                               {"AllowWhiteSpaces", 7},
                               {"NoCurrentDateDefault", 8},
                               {"AdjustToUniversal", 16},
                               {"AssumeLocal", 32},
                               {"AssumeUniversal", 64},
                               {"RoundtripKind", 128}};

DateParts partsAt(Call& c) {
  return partsOf(ticksOf(c[0]));
}

Value sameKind(Call& c, int64_t ticks) {
  return dateTime(ticks, kindOf(c[0]));
}

// Year, month, day [, hour, minute, second [, millisecond]] [, kind].
Value create(Call& c) {
  uint32_t count = c.count;
  DateKind kind = DateKind::Unspecified;
  if (c[count - 1].tag() == Tag::Enum) {
    --count;
    if (c.int32(count) < 0 || c.int32(count) > 2)
      return c.raise("System.ArgumentException", "Invalid DateTimeKind value.");
    kind = static_cast<DateKind>(c.int32(count));
  }
  DateParts p;
  int* const places[] = {&p.year, &p.month, &p.day, &p.hour, &p.minute, &p.second};
  for (uint32_t i = 0; i < count && i < 6; ++i) *places[i] = c.int32(i);
  const std::optional<int64_t> ticks = ticksFrom(p);
  if (!ticks)
    return c.eval.raiseOutOfRange({}, "Year, Month, and Day parameters describe an un-representable DateTime.");
  const int32_t milliseconds = count > 6 ? c.int32(6) : 0;
  if (milliseconds < 0 || milliseconds > 999)
    return c.eval.raiseOutOfRange("millisecond", "Valid values are between 0 and 999, inclusive.");
  return dateTime(*ticks + milliseconds * kTicksPerMillisecond, kind);
}

Value createFromTicks(Call& c) {
  const int64_t ticks = c.int64(0);
  if (ticks < 0 || ticks > kMaxTicks)
    return c.eval.raiseOutOfRange("ticks",
                                  "Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks.");
  return dateTime(ticks, c.count > 1 ? static_cast<DateKind>(c.int32(1)) : DateKind::Unspecified);
}

template <int64_t unit>
Value addUnits(Call& c) {
  int64_t more = 0;
  int64_t ticks = 0;
  if (!unitsToTicks(c.eval, c.real(1), unit, more) || !addToDate(c.eval, ticksOf(c[0]), more, ticks)) return {};
  return sameKind(c, ticks);
}

Value addTicks(Call& c) {
  int64_t ticks = 0;
  return addToDate(c.eval, ticksOf(c[0]), c.int64(1), ticks) ? sameKind(c, ticks) : Value();
}

Value subtractSpan(Call& c) {
  int64_t ticks = 0;
  const int64_t span = c.int64(1);
  if (!addToDate(c.eval, ticksOf(c[0]), span == INT64_MIN ? INT64_MAX : -span, ticks)) return {};
  return sameKind(c, ticks);
}

Value subtractDate(Call& c) {
  return timeSpan(ticksOf(c[0]) - ticksOf(c[1]));
}

Value addYearsOrMonths(Call& c, int64_t months) {
  int64_t ticks = 0;
  return addMonths(c.eval, ticksOf(c[0]), months, ticks) ? sameKind(c, ticks) : Value();
}

Value daysIn(Call& c) {
  if (c.int32(1) < 1 || c.int32(1) > 12)
    return c.eval.raiseOutOfRange("month", "Month must be between one and twelve.");
  if (c.int32(0) < 1 || c.int32(0) > 9999) return c.eval.raiseOutOfRange("year", "Year must be between 1 and 9999.");
  return Value::int32(daysInMonth(c.int32(0), c.int32(1)));
}

Value isLeap(Call& c) {
  if (c.int32(0) < 1 || c.int32(0) > 9999) return c.eval.raiseOutOfRange("year", "Year must be between 1 and 9999.");
  return Value::boolean(isLeapYear(c.int32(0)));
}

int compareTicks(const Value& a, const Value& b) {
  return ticksOf(a) < ticksOf(b) ? -1 : ticksOf(a) > ticksOf(b) ? 1 : 0;
}

Value format(Eval& eval, const Value& date, const Chars& how) {
  // The full form in UTC shows the date there.
  return formatDate(eval, {ticksOf(date), kindOf(date), std::nullopt}, how);
}

Value toString(Call& c) {
  const bool given = c.count > 1 && c[1].isString();
  return format(c.eval, c[0], given ? c.chars(1) : Chars{"", nullptr, 0});
}

template <char letter>
Value toStringIn(Call& c) {
  static constexpr char kLetter[] = {letter};
  return format(c.eval, c[0], Chars{kLetter, nullptr, 1});
}

constexpr std::string_view kNotADate = "String was not recognized as a valid DateTime.";

// False: no date. `styles`: the index of that argument, or 0.
bool read(Call& c, size_t text, uint32_t styles, Value& out) {
  ReadDate parts;
  return c.eval.step(c.chars(text).size) && readDate(c.chars(text), parts) && settleDate(c.eval, parts, styles, out);
}

// By one format or any of an array.
bool readExact(Call& c, size_t text, const Value& formats, uint32_t styles, Value& out) {
  const auto one = [&](const Value& how) {
    ReadDate parts;
    if (how.isNull()) return false;
    if (!c.eval.step(c.chars(text).size)) return false;
    return readDateExact(c.chars(text), chars(c.eval, how), styles, parts) && settleDate(c.eval, parts, styles, out);
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

Value parse(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
  Value out;
  if (read(c, 0, stylesAt(c, 2), out)) return out;
  return c.eval.failed()
             ? Value()
             : c.eval.raiseFormat("String '" + std::string(c.utf8(0)) + "' was not recognized as a valid DateTime.");
}

Value tryParse(Call& c) {
  Value out;
  const bool good = !c.isNull(0) && read(c, 0, c.count > 3 ? stylesAt(c, 2) : 0, out);
  c[c.count - 1] = good ? out : dateTime(0, DateKind::Unspecified);
  return Value::boolean(good);
}

Value parseExact(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
  if (c.isNull(1)) return c.eval.raiseArgumentNull("format");
  Value out;
  if (readExact(c, 0, c[1], stylesAt(c, 3), out)) return out;
  return c.eval.failed() ? Value() : c.eval.raiseFormat(kNotADate);
}

Value tryParseExact(Call& c) {
  Value out;
  const bool good = !c.isNull(0) && !c.isNull(1) && readExact(c, 0, c[1], stylesAt(c, 3), out);
  c[4] = good ? out : dateTime(0, DateKind::Unspecified);
  return Value::boolean(good);
}

#define PART(signature, member)                                        \
  {                                                                    \
    signature, [](Call& c) { return Value::int32(partsAt(c).member); } \
  }
// ---- Other counts of time: files' (since 1601), Automation's days (since 1899-12-30), and with the kind in the bits
// --

constexpr int64_t kFileEpoch = 504'911'232'000'000'000;
constexpr int64_t kAutomationEpoch = 599'264'352'000'000'000;
constexpr int64_t kDayMilliseconds = kTicksPerDay / kTicksPerMillisecond;

Value toFileTime(Call& c) {
  const int64_t ticks = ticksOf(c[0]) - kFileEpoch;
  return ticks >= 0 ? Value::int64(ticks) : c.eval.raiseOutOfRange("fileTime", "Not a valid Win32 FileTime.");
}

template <DateKind kind>
Value fromFileTime(Call& c) {
  if (c.int64(0) < 0 || c.int64(0) > kMaxTicks - kFileEpoch)
    return c.eval.raiseOutOfRange("fileTime", "Not a valid Win32 FileTime.");
  return dateTime(c.int64(0) + kFileEpoch, kind);
}

Value toAutomation(Call& c) {
  int64_t ticks = ticksOf(c[0]);
  if (ticks == 0) return Value::real(0);
  if (ticks < kTicksPerDay) ticks += kAutomationEpoch;
  if (ticks < 31'241'376'000'000'000)  // the year 100
    return c.raise("System.OverflowException", "Not a legal OleAut date.");
  int64_t milliseconds = (ticks - kAutomationEpoch) / kTicksPerMillisecond;
  if (milliseconds < 0)
    if (const int64_t part = milliseconds % kDayMilliseconds; part != 0) milliseconds -= (kDayMilliseconds + part) * 2;
  return Value::real(static_cast<double>(milliseconds) / static_cast<double>(kDayMilliseconds));
}

Value fromAutomation(Call& c) {
  const double days = c.real(0);
  if (!(days < 2'958'466.0 && days > -657'435.0))
    return c.raise("System.ArgumentException", "Not a legal OleAut date.");
  auto milliseconds = static_cast<int64_t>(days * static_cast<double>(kDayMilliseconds) + (days >= 0 ? 0.5 : -0.5));
  if (milliseconds < 0) milliseconds -= milliseconds % kDayMilliseconds * 2;
  const int64_t ticks = milliseconds * kTicksPerMillisecond + kAutomationEpoch;
  if (ticks < 0 || ticks > kMaxTicks)
    return c.raise("System.ArgumentException", "OleAut date did not convert to a DateTime correctly.");
  return dateTime(ticks, DateKind::Unspecified);
}

Value toBinary(Call& c) {
  const auto kind = static_cast<uint64_t>(kindOf(c[0]));
  return Value::int64(static_cast<int64_t>(static_cast<uint64_t>(ticksOf(c[0])) | kind << 62));
}

Value fromBinary(Call& c) {
  const auto bits = static_cast<uint64_t>(c.int64(0));
  const auto ticks = static_cast<int64_t>(bits & 0x3FFFFFFFFFFFFFFFull);
  if (ticks > kMaxTicks)
    return c.eval.raise("System.ArgumentException",
                        "The binary data must result in a DateTime with ticks between "
                        "DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks.",
                        "dateData");
  return dateTime(ticks, (bits >> 63) != 0 ? DateKind::Local : static_cast<DateKind>(bits >> 62));
}

constexpr MemberRow kCounts[] = {
    {"long ToFileTime()", toFileTime},
    {"long ToFileTimeUtc()", toFileTime},
    {"static DateTime FromFileTime(long fileTime)", fromFileTime<DateKind::Local>},
    {"static DateTime FromFileTimeUtc(long fileTime)", fromFileTime<DateKind::Utc>},
    {"double ToOADate()", toAutomation},
    {"static DateTime FromOADate(double d)", fromAutomation},
    {"long ToBinary()", toBinary},
    {"static DateTime FromBinary(long dateData)", fromBinary},
};

#define COMPARE(op)                                                            \
  {                                                                            \
    "static bool operator " #op "(DateTime t1, DateTime t2)",                  \
        [](Call& c) { return Value::boolean(ticksOf(c[0]) op ticksOf(c[1])); } \
  }

constexpr MemberRow kDateTime[] = {
    {"DateTime(long ticks)", createFromTicks},
    {"DateTime(long ticks, DateTimeKind kind)", createFromTicks},
    {"DateTime(int year, int month, int day)", create},
    {"DateTime(int year, int month, int day, int hour, int minute, int second)", create},
    {"DateTime(int year, int month, int day, int hour, int minute, int second, DateTimeKind kind)", create},
    {"DateTime(int year, int month, int day, int hour, int minute, int second, int millisecond)", create},
    {"DateTime(int year, int month, int day, int hour, int minute, int second, int millisecond, DateTimeKind kind)",
     create},
    {"static readonly DateTime MinValue", [](Call&) { return dateTime(0, DateKind::Unspecified); }},
    {"static readonly DateTime MaxValue", [](Call&) { return dateTime(kMaxTicks, DateKind::Unspecified); }},
    {"static DateTime Now { get; }", [](Call& c) { return dateTime(nowTicks(c.eval), DateKind::Local); }},
    {"static DateTime UtcNow { get; }", [](Call& c) { return dateTime(nowTicks(c.eval), DateKind::Utc); }},
    {"static DateTime Today { get; }",
     [](Call& c) {
       const int64_t now = nowTicks(c.eval);
       return dateTime(now - now % kTicksPerDay, DateKind::Local);
     }},
    PART("int Year { get; }", year),
    PART("int Month { get; }", month),
    PART("int Day { get; }", day),
    PART("int Hour { get; }", hour),
    PART("int Minute { get; }", minute),
    PART("int Second { get; }", second),
    PART("int Millisecond { get; }", fraction / 10'000),
    {"long Ticks { get; }", [](Call& c) { return Value::int64(ticksOf(c[0])); }},
    {"DateTimeKind Kind { get; }", [](Call& c) { return newEnum(c.type, static_cast<int64_t>(kindOf(c[0]))); }},
    {"DayOfWeek DayOfWeek { get; }", [](Call& c) { return newEnum(c.type, dayOfWeek(ticksOf(c[0]))); }},
    {"int DayOfYear { get; }", [](Call& c) { return Value::int32(dayOfYear(ticksOf(c[0]))); }},
    {"DateTime Date { get; }", [](Call& c) { return sameKind(c, ticksOf(c[0]) - ticksOf(c[0]) % kTicksPerDay); }},
    {"TimeSpan TimeOfDay { get; }", [](Call& c) { return timeSpan(ticksOf(c[0]) % kTicksPerDay); }},
    {"DateTime Add(TimeSpan value)", addTicks},
    {"DateTime AddTicks(long value)", addTicks},
    {"DateTime AddDays(double value)", addUnits<kTicksPerDay>},
    {"DateTime AddHours(double value)", addUnits<kTicksPerHour>},
    {"DateTime AddMinutes(double value)", addUnits<kTicksPerMinute>},
    {"DateTime AddSeconds(double value)", addUnits<kTicksPerSecond>},
    {"DateTime AddMilliseconds(double value)", addUnits<kTicksPerMillisecond>},
    {"DateTime AddMonths(int months)",
     [](Call& c) {
       if (c.int32(1) < -120000 || c.int32(1) > 120000)
         return c.eval.raiseOutOfRange("months", "Months value must be between +/-120000.");
       return addYearsOrMonths(c, c.int32(1));
     }},
    {"DateTime AddYears(int value)",
     [](Call& c) {
       if (c.int32(1) < -10000 || c.int32(1) > 10000)
         return c.eval.raiseOutOfRange("years", "Years value must be between +/-10000.");
       return addYearsOrMonths(c, int64_t{c.int32(1)} * 12);
     }},
    {"TimeSpan Subtract(DateTime value)", subtractDate},
    {"DateTime Subtract(TimeSpan value)", subtractSpan},
    {"static DateTime operator +(DateTime d, TimeSpan t)", addTicks},
    {"static DateTime operator -(DateTime d, TimeSpan t)", subtractSpan},
    {"static TimeSpan operator -(DateTime d1, DateTime d2)", subtractDate},
    COMPARE(==),
    COMPARE(!=),
    COMPARE(<),
    COMPARE(<=),
    COMPARE(>),
    COMPARE(>=),
    {"static int Compare(DateTime t1, DateTime t2)", [](Call& c) { return Value::int32(compareTicks(c[0], c[1])); }},
    {"int CompareTo(object value)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
    {"int CompareTo(DateTime value)", [](Call& c) { return Value::int32(compareTicks(c[0], c[1])); }},
    {"bool Equals(DateTime value)", [](Call& c) { return Value::boolean(ticksOf(c[0]) == ticksOf(c[1])); }},
    {"static bool Equals(DateTime t1, DateTime t2)",
     [](Call& c) { return Value::boolean(ticksOf(c[0]) == ticksOf(c[1])); }},
    {"static int DaysInMonth(int year, int month)", daysIn},
    {"static bool IsLeapYear(int year)", isLeap},
    {"bool IsDaylightSavingTime()", [](Call&) { return Value::boolean(false); }},
    {"DateTime ToUniversalTime()", [](Call& c) { return dateTime(ticksOf(c[0]), DateKind::Utc); }},
    {"DateTime ToLocalTime()", [](Call& c) { return dateTime(ticksOf(c[0]), DateKind::Local); }},
    {"static DateTime SpecifyKind(DateTime value, DateTimeKind kind)",
     [](Call& c) { return dateTime(ticksOf(c[0]), static_cast<DateKind>(c.int32(1) & 3)); }},
    {"string ToString()", toString},
    {"string ToString(string format)", toString},
    {"string ToString(IFormatProvider provider)", toString},
    {"string ToString(string format, IFormatProvider provider)", toString},
    {"string ToShortDateString()", toStringIn<'d'>},
    {"string ToLongDateString()", toStringIn<'D'>},
    {"string ToShortTimeString()", toStringIn<'t'>},
    {"string ToLongTimeString()", toStringIn<'T'>},
    {"static DateTime Parse(string s)", parse},
    {"static DateTime Parse(string s, IFormatProvider provider)", parse},
    {"static DateTime Parse(string s, IFormatProvider provider, System.Globalization.DateTimeStyles styles)", parse},
    {"static bool TryParse(string s, out DateTime result)", tryParse},
    {"static bool TryParse(string s, IFormatProvider provider, System.Globalization.DateTimeStyles styles, "
     "out DateTime result)",
     tryParse},
    {"static DateTime ParseExact(string s, string format, IFormatProvider provider)", parseExact},
    {"static DateTime ParseExact(string s, string format, IFormatProvider provider, "
     "System.Globalization.DateTimeStyles style)",
     parseExact},
    {"static DateTime ParseExact(string s, string[] formats, IFormatProvider provider, "
     "System.Globalization.DateTimeStyles style)",
     parseExact},
    {"static bool TryParseExact(string s, string format, IFormatProvider provider, "
     "System.Globalization.DateTimeStyles style, out DateTime result)",
     tryParseExact},
    {"static bool TryParseExact(string s, string[] formats, IFormatProvider provider, "
     "System.Globalization.DateTimeStyles style, out DateTime result)",
     tryParseExact},
};

#undef PART
#undef COMPARE

}  // namespace

Value makeDateTime(UtcTime time) {
  return dateTime(ticksOf(time), DateKind::Utc);
}

std::optional<Value> makeDateTime(std::string_view iso_8601) {
  const std::optional<IsoDate> date = parseIsoDate(iso_8601);
  if (!date) return std::nullopt;
  return dateTime(date->ticks, date->kind);
}

void declareDateTime(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& date) { return format(eval, date, Chars{"", nullptr, 0}); };
  hooks.equals = [](Eval&, const Value& a, const Value& b) { return ticksOf(a) == ticksOf(b); };
  hooks.hash = [](Eval&, const Value& date) { return static_cast<uint32_t>(ticksOf(date) ^ (ticksOf(date) >> 32)); };
  hooks.compare = [](Eval&, const Value& a, const Value& b) { return compareTicks(a, b); };
  hooks.format = format;
  library.addEnum("System.DateTimeKind", kKind);
  library.addEnum("System.DayOfWeek", kDay);
  library.addEnum("System.Globalization.DateTimeStyles", kStyles, true);
  library
      .add(
          "struct System.DateTime : IComparable, IComparable<DateTime>, IEquatable<DateTime>, IFormattable, "
          "IConvertible",
          kDateTime, hooks, Tag::DateTime)
      .rows.push_back(kCounts);
}

}  // namespace sluice::expression
