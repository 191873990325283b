// System.TimeSpan.
#include <cmath>

#include "expression/library/date_text.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

Value raiseTooLong(Eval& eval) {
  return eval.raise("System.OverflowException", "TimeSpan overflowed because the duration is too long.");
}

// Days, hours, minutes, seconds, milliseconds; the first may be missing.
Value create(Call& c) {
  if (c.count == 1) return timeSpan(c.int64(0));
  const bool days = c.count > 3;
  const int64_t d = days ? c.int32(0) : 0;
  const size_t at = days ? 1 : 0;
  const int64_t seconds = d * 86'400 + int64_t{c.int32(at)} * 3600 + int64_t{c.int32(at + 1)} * 60 + c.int32(at + 2);
  const int64_t milliseconds = seconds * 1000 + (c.count > 4 ? c.int32(4) : 0);
  int64_t ticks = 0;
  if (__builtin_mul_overflow(milliseconds, kTicksPerMillisecond, &ticks))
    return c.eval.raiseOutOfRange({}, "TimeSpan overflowed because the duration is too long.");
  return timeSpan(ticks);
}

template <int64_t unit>
Value from(Call& c) {
  const double value = c.real(0);
  if (std::isnan(value))
    return c.raise("System.ArgumentException", "TimeSpan does not accept floating point Not-a-Number values.");
  const double ticks = value * static_cast<double>(unit);
  if (ticks > 9223372036854775807.0 || ticks < -9223372036854775808.0) return raiseTooLong(c.eval);
  if (ticks >= 9223372036854775807.0) return timeSpan(INT64_MAX);
  return timeSpan(static_cast<int64_t>(ticks));
}

template <int64_t unit, int64_t within>
Value part(Call& c) {
  return Value::int32(static_cast<int32_t>(c.int64(0) / unit % within));
}

template <int64_t unit>
Value total(Call& c) {
  return Value::real(static_cast<double>(c.int64(0)) / static_cast<double>(unit));
}

Value add(Call& c) {
  int64_t sum = 0;
  return __builtin_add_overflow(c.int64(0), c.int64(1), &sum) ? raiseTooLong(c.eval) : timeSpan(sum);
}

Value subtract(Call& c) {
  int64_t difference = 0;
  return __builtin_sub_overflow(c.int64(0), c.int64(1), &difference) ? raiseTooLong(c.eval) : timeSpan(difference);
}

Value negate(Call& c) {
  if (c.int64(0) == INT64_MIN)
    return c.raise("System.OverflowException", "Negating the minimum value of a twos complement number is invalid.");
  return timeSpan(-c.int64(0));
}

Value duration(Call& c) {
  return c.int64(0) < 0 ? negate(c) : c[0];
}

// Ticks from a product or quotient, rounded half to even.
Value scaled(Call& c, double ticks) {
  ticks = std::nearbyint(ticks);
  if (std::isnan(ticks) || ticks > 9223372036854775807.0 || ticks < -9223372036854775808.0) return raiseTooLong(c.eval);
  return timeSpan(ticks == 9223372036854775808.0 ? INT64_MAX : static_cast<int64_t>(ticks));
}

int order(int64_t a, int64_t b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

struct SpanParts {
  uint64_t days;
  int64_t hours, minutes, seconds, fraction;
};

SpanParts split(int64_t ticks) {
  const uint64_t magnitude = ticks < 0 ? 0 - static_cast<uint64_t>(ticks) : static_cast<uint64_t>(ticks);
  const auto rest = static_cast<int64_t>(magnitude % static_cast<uint64_t>(kTicksPerDay));
  return {magnitude / static_cast<uint64_t>(kTicksPerDay), rest / kTicksPerHour, rest / kTicksPerMinute % 60,
          rest / kTicksPerSecond % 60, rest % kTicksPerSecond};
}

// "g" and "G".
Value general(Eval& eval, int64_t ticks, bool full) {
  const SpanParts p = split(ticks);
  TextBuilder out(eval, 32);
  if (ticks < 0) out.unit('-');
  if (full || p.days > 0) {
    addNumber(out, static_cast<int64_t>(p.days), 1);
    out.unit(':');
  }
  addNumber(out, p.hours, full ? 2 : 1);
  out.unit(':');
  addNumber(out, p.minutes, 2);
  out.unit(':');
  addNumber(out, p.seconds, 2);
  if (full || p.fraction > 0) {
    out.unit('.');
    addFraction(out, p.fraction, 7, !full);
  }
  return out.take();
}

Value custom(Eval& eval, int64_t ticks, const Chars& format) {
  const SpanParts p = split(ticks);
  TextBuilder out(eval, 32);
  for (uint32_t at = 0; at < format.size;) {
    if (!eval.step()) return {};
    const char16_t c = format[at];
    uint32_t count = 1;
    while (at + count < format.size && format[at + count] == c) ++count;
    bool good = true;
    switch (c) {
      case 'h':
      case 'm':
      case 's':
        good = count <= 2;
        addNumber(out, c == 'h' ? p.hours : c == 'm' ? p.minutes : p.seconds, static_cast<int>(std::min(count, 2u)));
        break;
      case 'd':
        good = count <= 8;
        addNumber(out, static_cast<int64_t>(p.days), static_cast<int>(std::min(count, 8u)));
        break;
      case 'f':
      case 'F':
        good = count <= 7;
        if (good) addFraction(out, p.fraction, static_cast<int>(count), c == 'F');
        break;
      case '%':
        good = at + 1 < format.size && format[at + 1] != '%';
        count = 1;
        break;
      case '"':
      case '\'':
      case '\\': {
        uint32_t after = at;
        good = addQuoted(out, format, after);
        count = after - at;
        break;
      }
      default:
        good = false;
    }
    if (!good) return eval.raiseFormat();
    at += count;
  }
  return out.take();
}

Value format(Eval& eval, const Value& span, const Chars& how) {
  const int64_t ticks = span.asInt64();
  if (how.size > 1) return custom(eval, ticks, how);
  const char16_t letter = how.size == 0 ? u'c' : how[0];
  switch (letter) {
    case 'c':
    case 't':
    case 'T':
      return fromStd(eval.arena, formatTimeSpan(ticks));
    case 'g':
    case 'G':
      return general(eval, ticks, letter == 'G');
    default:
      return eval.raiseFormat();
  }
}

Value toString(Call& c) {
  const bool given = c.count > 1 && c[1].isString();
  return format(c.eval, c[0], given ? c.chars(1) : Chars{"", nullptr, 0});
}

enum class Outcome : uint8_t { Good, Malformed, TooLarge };

// [-]{d | [d.|d:]hh:mm[:ss[.fffffff]]}
class SpanReader {
 public:
  explicit SpanReader(const Chars& text) : text_(text) {
    while (size() > 0 && isWhiteSpace(text_[text_.size - 1])) --text_.size;
    while (at_ < text_.size && isWhiteSpace(text_[at_])) ++at_;
  }

  Outcome run(int64_t& ticks) {
    const bool negative = take('-');
    if (!number(0)) return Outcome::Malformed;
    if (end()) return finish(negative, ticks, numbers_[0], 0, 0, 0);
    int64_t days = 0;
    bool has_days = take('.');
    if (has_days && (!number(1) || end())) return Outcome::Malformed;
    size_t count = has_days ? 2 : 1;
    while (count < 4 + (has_days ? 1u : 0u) && take(':'))
      if (!number(count++)) return Outcome::Malformed;
    const size_t first = has_days ? 1 : 0;
    if (has_days) days = numbers_[0];
    if (count - first < 2) return Outcome::Malformed;
    size_t hours = first;
    if (!has_days && count == 4) {
      days = numbers_[0];
      hours = 1;
    } else if (count - first > 3) {
      return Outcome::Malformed;
    }
    int64_t seconds = 0;
    if (count - hours == 3) {
      seconds = numbers_[hours + 2];
      if (take('.') && !fraction()) return Outcome::Malformed;
    }
    if (!end()) return Outcome::Malformed;
    return finish(negative, ticks, days, numbers_[hours], numbers_[hours + 1], seconds);
  }

 private:
  uint32_t size() const { return text_.size - std::min(at_, text_.size); }
  bool end() const { return at_ >= text_.size; }
  bool take(char16_t c) {
    if (end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool number(size_t index) {
    const uint32_t from = at_;
    int64_t value = 0;
    while (!end() && text_[at_] >= '0' && text_[at_] <= '9') {
      if (value < 1'000'000'000) value = value * 10 + (text_[at_] - '0');
      ++at_;
    }
    numbers_[index] = value;
    return at_ > from;
  }
  bool fraction() {
    const uint32_t from = at_;
    int scale = 1'000'000;
    bool up = false;
    for (; !end() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      fraction_ += (text_[at_] - '0') * int64_t{scale};
      if (at_ - from == 7) up = text_[at_] >= '5';
      scale /= 10;
    }
    fraction_ += up ? 1 : 0;
    return at_ > from;
  }

  Outcome finish(bool negative, int64_t& ticks, int64_t days, int64_t hours, int64_t minutes, int64_t seconds) const {
    constexpr int64_t kMaxDays = 10'675'199;
    if (hours > 23 || minutes > 59 || seconds > 59 || days > kMaxDays) return Outcome::TooLarge;
    const int64_t whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    const int64_t sign = negative ? -1 : 1;
    if (__builtin_mul_overflow(sign * whole, kTicksPerSecond, &ticks) ||
        __builtin_add_overflow(ticks, sign * fraction_, &ticks))
      return Outcome::TooLarge;
    return Outcome::Good;
  }

  Chars text_;
  uint32_t at_ = 0;
  int64_t numbers_[6] = {};
  int64_t fraction_ = 0;
};

// By a custom format.
bool readCustom(const Chars& text, const Chars& format, int64_t& ticks) {
  uint32_t in = 0;
  const auto digits = [&](uint32_t least, uint32_t most, int64_t& out, uint32_t* read = nullptr) {
    uint32_t count = 0;
    out = 0;
    while (count < most && in < text.size && text[in] >= '0' && text[in] <= '9')
      out = out * 10 + (text[in++] - '0'), ++count;
    if (read != nullptr) *read = count;
    return count >= least;
  };
  int64_t days = 0, hours = 0, minutes = 0, seconds = 0, fraction = 0;
  for (uint32_t at = 0; at < format.size;) {
    const char16_t c = format[at];
    uint32_t count = 1;
    while (at + count < format.size && format[at + count] == c) ++count;
    bool good = true;
    switch (c) {
      case 'd':
        good = count <= 8 && digits(count, count == 1 ? 8 : count, days);
        break;
      case 'h':
        good = count <= 2 && digits(count, 2, hours);
        break;
      case 'm':
        good = count <= 2 && digits(count, 2, minutes);
        break;
      case 's':
        good = count <= 2 && digits(count, 2, seconds);
        break;
      case 'f':
      case 'F': {
        uint32_t read = 0;
        good = count <= 7 && digits(c == 'f' ? count : 0, count, fraction, &read);
        for (uint32_t i = read; i < 7; ++i) fraction *= 10;
        break;
      }
      case '%':
        count = 1;
        break;
      case '\\':
        good = at + 1 < format.size && in < text.size && text[in++] == format[at + 1];
        count = 2;
        break;
      case '\'':
      case '"':
        for (count = 1; good && at + count < format.size && format[at + count] != c; ++count)
          good = in < text.size && text[in++] == format[at + count];
        good = good && at + count < format.size;
        ++count;
        break;
      default:
        good = false;
    }
    if (!good) return false;
    at += count;
  }
  if (in != text.size || hours > 23 || minutes > 59 || seconds > 59 || days > 10'675'198) return false;
  ticks = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * kTicksPerSecond + fraction;
  return true;
}

Outcome readSpan(const Chars& text, int64_t& ticks) {
  return SpanReader(text).run(ticks);
}

bool readExact(Call& c, const Value& formats, bool negative, int64_t& ticks) {
  const auto one = [&](const Value& how) {
    if (how.isNull()) return false;
    const Chars format = chars(c.eval, how);
    if (format.size == 0 || !c.eval.step(format.size)) return false;
    bool good = false;
    if (format.size > 1) {
      good = readCustom(c.chars(0), format, ticks);
      if (good && negative) ticks = -ticks;
    } else if (std::u16string_view(u"cgGtT").find(format[0]) != std::u16string_view::npos) {
      good = readSpan(c.chars(0), ticks) == Outcome::Good;
    }
    return good;
  };
  if (!isKind(formats, ObjectKind::Array)) return one(formats);
  const auto* array = as<ArrayObject>(formats);
  for (uint32_t i = 0; i < array->length; ++i)
    if (one(array->items[i])) return true;
  return false;
}

Value parse(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("input");
  int64_t ticks = 0;
  switch (readSpan(c.chars(0), ticks)) {
    case Outcome::Good:
      return timeSpan(ticks);
    case Outcome::TooLarge:
      return c.raise("System.OverflowException",
                     "The TimeSpan string '" + std::string(c.utf8(0)) +
                         "' could not be parsed because at least one of the numeric components is out of range or "
                         "contains too many digits.");
    default:
      return c.eval.raiseFormat("String '" + std::string(c.utf8(0)) + "' was not recognized as a valid TimeSpan.");
  }
}

Value tryParse(Call& c) {
  int64_t ticks = 0;
  const bool good = !c.isNull(0) && readSpan(c.chars(0), ticks) == Outcome::Good;
  c[c.count - 1] = timeSpan(good ? ticks : 0);
  return Value::boolean(good);
}

Value parseExact(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("input");
  if (c.isNull(1)) return c.eval.raiseArgumentNull("format");
  int64_t ticks = 0;
  if (readExact(c, c[1], c.count > 3 && c.int32(3) == 1, ticks)) return timeSpan(ticks);
  return c.eval.raiseFormat("Input string was not in a correct format.");
}

Value tryParseExact(Call& c) {
  int64_t ticks = 0;
  const bool negative = c.count > 4 && c.int32(3) == 1;
  const bool good = !c.isNull(0) && !c.isNull(1) && readExact(c, c[1], negative, ticks);
  c[c.count - 1] = timeSpan(good ? ticks : 0);
  return Value::boolean(good);
}

#define COMPARE(op)                                                      \
  {                                                                      \
    "static bool operator " #op "(TimeSpan t1, TimeSpan t2)",            \
        [](Call& c) { return Value::boolean(c.int64(0) op c.int64(1)); } \
  }

constexpr MemberRow kTimeSpan[] = {
    {"TimeSpan(long ticks)", create},
    {"TimeSpan(int hours, int minutes, int seconds)", create},
    {"TimeSpan(int days, int hours, int minutes, int seconds)", create},
    {"TimeSpan(int days, int hours, int minutes, int seconds, int milliseconds)", create},
    {"const long TicksPerDay", [](Call&) { return Value::int64(kTicksPerDay); }},
    {"const long TicksPerHour", [](Call&) { return Value::int64(kTicksPerHour); }},
    {"const long TicksPerMinute", [](Call&) { return Value::int64(kTicksPerMinute); }},
    {"const long TicksPerSecond", [](Call&) { return Value::int64(kTicksPerSecond); }},
    {"const long TicksPerMillisecond", [](Call&) { return Value::int64(kTicksPerMillisecond); }},
    {"static readonly TimeSpan Zero", [](Call&) { return timeSpan(0); }},
    {"static readonly TimeSpan MinValue", [](Call&) { return timeSpan(INT64_MIN); }},
    {"static readonly TimeSpan MaxValue", [](Call&) { return timeSpan(INT64_MAX); }},
    {"long Ticks { get; }", [](Call& c) { return Value::int64(c.int64(0)); }},
    {"int Days { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(c.int64(0) / kTicksPerDay)); }},
    {"int Hours { get; }", part<kTicksPerHour, 24>},
    {"int Minutes { get; }", part<kTicksPerMinute, 60>},
    {"int Seconds { get; }", part<kTicksPerSecond, 60>},
    {"int Milliseconds { get; }", part<kTicksPerMillisecond, 1000>},
    {"double TotalDays { get; }", total<kTicksPerDay>},
    {"double TotalHours { get; }", total<kTicksPerHour>},
    {"double TotalMinutes { get; }", total<kTicksPerMinute>},
    {"double TotalSeconds { get; }", total<kTicksPerSecond>},
    {"double TotalMilliseconds { get; }", total<kTicksPerMillisecond>},
    {"static TimeSpan FromDays(double value)", from<kTicksPerDay>},
    {"static TimeSpan FromHours(double value)", from<kTicksPerHour>},
    {"static TimeSpan FromMinutes(double value)", from<kTicksPerMinute>},
    {"static TimeSpan FromSeconds(double value)", from<kTicksPerSecond>},
    {"static TimeSpan FromMilliseconds(double value)", from<kTicksPerMillisecond>},
    {"static TimeSpan FromTicks(long value)", [](Call& c) { return timeSpan(c.int64(0)); }},
    {"TimeSpan Add(TimeSpan ts)", add},
    {"TimeSpan Subtract(TimeSpan ts)", subtract},
    {"TimeSpan Negate()", negate},
    {"TimeSpan Duration()", duration},
    {"static TimeSpan operator +(TimeSpan t)", [](Call& c) { return c[0]; }},
    {"static TimeSpan operator -(TimeSpan t)", negate},
    {"static TimeSpan operator +(TimeSpan t1, TimeSpan t2)", add},
    {"static TimeSpan operator -(TimeSpan t1, TimeSpan t2)", subtract},
    {"static TimeSpan operator *(TimeSpan timeSpan, double factor)",
     [](Call& c) { return scaled(c, static_cast<double>(c.int64(0)) * c.real(1)); }},
    {"static TimeSpan operator *(double factor, TimeSpan timeSpan)",
     [](Call& c) { return scaled(c, c.real(0) * static_cast<double>(c.int64(1))); }},
    {"static TimeSpan operator /(TimeSpan timeSpan, double divisor)",
     [](Call& c) { return scaled(c, static_cast<double>(c.int64(0)) / c.real(1)); }},
    {"static double operator /(TimeSpan t1, TimeSpan t2)",
     [](Call& c) { return Value::real(static_cast<double>(c.int64(0)) / static_cast<double>(c.int64(1))); }},
    COMPARE(==),
    COMPARE(!=),
    COMPARE(<),
    COMPARE(<=),
    COMPARE(>),
    COMPARE(>=),
    {"static int Compare(TimeSpan t1, TimeSpan t2)",
     [](Call& c) { return Value::int32(order(c.int64(0), c.int64(1))); }},
    {"int CompareTo(object value)", [](Call& c) { return Value::int32(valueCompare(c.eval, c[0], c[1])); }},
    {"int CompareTo(TimeSpan value)", [](Call& c) { return Value::int32(order(c.int64(0), c.int64(1))); }},
    {"bool Equals(TimeSpan obj)", [](Call& c) { return Value::boolean(c.int64(0) == c.int64(1)); }},
    {"static bool Equals(TimeSpan t1, TimeSpan t2)", [](Call& c) { return Value::boolean(c.int64(0) == c.int64(1)); }},
    {"string ToString()", toString},
    {"string ToString(string format)", toString},
    {"string ToString(string format, IFormatProvider formatProvider)", toString},
    {"static TimeSpan Parse(string input)", parse},
    {"static TimeSpan Parse(string input, IFormatProvider formatProvider)", parse},
    {"static bool TryParse(string input, out TimeSpan result)", tryParse},
    {"static bool TryParse(string input, IFormatProvider formatProvider, out TimeSpan result)", tryParse},
    {"static TimeSpan ParseExact(string input, string format, IFormatProvider formatProvider)", parseExact},
    {"static TimeSpan ParseExact(string input, string[] formats, IFormatProvider formatProvider)", parseExact},
    {"static TimeSpan ParseExact(string input, string format, IFormatProvider formatProvider, "
     "System.Globalization.TimeSpanStyles styles)",
     parseExact},
    {"static bool TryParseExact(string input, string format, IFormatProvider formatProvider, out TimeSpan result)",
     tryParseExact},
    {"static bool TryParseExact(string input, string[] formats, IFormatProvider formatProvider, out TimeSpan result)",
     tryParseExact},
    {"static bool TryParseExact(string input, string format, IFormatProvider formatProvider, "
     "System.Globalization.TimeSpanStyles styles, out TimeSpan result)",
     tryParseExact},
};

#undef COMPARE

constexpr EnumRow kStyles[] = {{"None", 0}, {"AssumeNegative", 1}};

}  // namespace

void declareTimeSpan(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& span) { return fromStd(eval.arena, formatTimeSpan(span.asInt64())); };
  hooks.hash = [](Eval&, const Value& span) { return static_cast<uint32_t>(span.bits() ^ (span.bits() >> 32)); };
  hooks.format = format;
  library.addEnum("System.Globalization.TimeSpanStyles", kStyles, true);
  library.add("struct System.TimeSpan : IComparable, IComparable<TimeSpan>, IEquatable<TimeSpan>, IFormattable",
              kTimeSpan, hooks, Tag::TimeSpan);
}

}  // namespace sluice::expression
