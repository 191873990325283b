// TimeZoneInfo.AdjustmentRule and TimeZoneInfo.TransitionTime.
#include "expression/library/declarations.h"
#include "expression/library/time_zone.h"

namespace sluice::expression {
namespace {

const TransitionTime& transitionOf(Call& c, size_t index = 0) {
  return *c.object<TransitionTime>(index);
}
const AdjustmentRule& ruleOf(Call& c, size_t index = 0) {
  return *c.object<AdjustmentRule>(index);
}

// The parts that both kinds of transition share; false with an exception pending.
bool readTransition(Call& c, TransitionTime* made) {
  if (kindOf(c[0]) != DateKind::Unspecified) {
    c.eval.raise("System.ArgumentException", "The supplied DateTime must have the Kind property set to Unspecified.",
                 "timeOfDay");
    return false;
  }
  if (c.int32(1) < 1 || c.int32(1) > 12) {
    c.eval.raiseOutOfRange("month", "The Month parameter must be in the range 1 through 12.");
    return false;
  }
  if (ticksOf(c[0]) >= kTicksPerDay || ticksOf(c[0]) % kTicksPerMillisecond != 0) {
    c.eval.raise("System.ArgumentException",
                 "The supplied DateTime must have the Year, Month, and Day properties set to 1, and no fraction of a "
                 "millisecond.",
                 "timeOfDay");
    return false;
  }
  made->time = ticksOf(c[0]);
  made->month = c.int32(1);
  made->week = 1;
  made->day = 1;
  return true;
}

Value createFixed(Call& c) {
  auto* made = newObject<TransitionTime>(c.eval, c.type);
  if (!readTransition(c, made)) return {};
  if (c.int32(2) < 1 || c.int32(2) > 31)
    return c.eval.raiseOutOfRange("day", "The Day parameter must be in the range 1 through 31.");
  made->fixed = true;
  made->day = c.int32(2);
  return Value::object(made);
}

Value createFloating(Call& c) {
  auto* made = newObject<TransitionTime>(c.eval, c.type);
  if (!readTransition(c, made)) return {};
  if (c.int32(2) < 1 || c.int32(2) > 5)
    return c.eval.raiseOutOfRange("week", "The Week parameter must be in the range 1 through 5.");
  if (c.int32(3) < 0 || c.int32(3) > 6)
    return c.eval.raiseOutOfRange("dayOfWeek", "The DayOfWeek enumeration must be in the range 0 through 6.");
  made->week = c.int32(2);
  made->weekday = c.int32(3);
  return Value::object(made);
}

bool same(Call& c) {
  if (c.isNull(0) || c.isNull(1)) return c.isNull(0) && c.isNull(1);
  return sameTransition(transitionOf(c, 0), transitionOf(c, 1));
}

Value transitionsEqual(Call& c) {
  return Value::boolean(same(c));
}

constexpr MemberRow kTransition[] = {
    {"static System.TimeZoneInfo.TransitionTime CreateFixedDateRule(DateTime timeOfDay, int month, int day)",
     createFixed},
    {"static System.TimeZoneInfo.TransitionTime CreateFloatingDateRule(DateTime timeOfDay, int month, int week, "
     "DayOfWeek dayOfWeek)",
     createFloating},
    {"DateTime TimeOfDay { get; }",
     [](Call& c) {
       return dateTime((transitionOf(c).time % kTicksPerDay + kTicksPerDay) % kTicksPerDay, DateKind::Unspecified);
     }},
    {"int Month { get; }", [](Call& c) { return Value::int32(transitionOf(c).month); }},
    {"int Week { get; }", [](Call& c) { return Value::int32(transitionOf(c).week); }},
    {"int Day { get; }", [](Call& c) { return Value::int32(transitionOf(c).day); }},
    {"DayOfWeek DayOfWeek { get; }", [](Call& c) { return newEnum(c.type, transitionOf(c).weekday); }},
    {"bool IsFixedDateRule { get; }", [](Call& c) { return Value::boolean(transitionOf(c).fixed); }},
    {"bool Equals(System.TimeZoneInfo.TransitionTime other)", transitionsEqual},
    {"static bool operator ==(System.TimeZoneInfo.TransitionTime t1, System.TimeZoneInfo.TransitionTime t2)",
     transitionsEqual},
    {"static bool operator !=(System.TimeZoneInfo.TransitionTime t1, System.TimeZoneInfo.TransitionTime t2)",
     [](Call& c) { return Value::boolean(!same(c)); }},
};

bool isDay(const Value& date) {
  return ticksOf(date) % kTicksPerDay == 0 && kindOf(date) == DateKind::Unspecified;
}

Value createRule(Call& c) {
  if (c.isNull(3) || c.isNull(4)) return c.eval.raiseArgumentNull("daylightTransitionStart");
  if (!isDay(c[0]) || !isDay(c[1]))
    return c.raise("System.ArgumentException", "The supplied DateTime includes a TimeOfDay setting.");
  if (ticksOf(c[0]) > ticksOf(c[1]))
    return c.raise("System.ArgumentException", "The DateStart property must come before the DateEnd property.");
  if (sameTransition(transitionOf(c, 3), transitionOf(c, 4)))
    return c.raise("System.ArgumentException",
                   "The DaylightTransitionStart property must not equal the DaylightTransitionEnd property.");
  if (c.int64(2) < -14 * kTicksPerHour || c.int64(2) > 14 * kTicksPerHour)
    return c.eval.raiseOutOfRange("daylightDelta", "The TimeSpan parameter must be within plus or minus 14.0 hours.");
  if (c.int64(2) % kTicksPerMinute != 0)
    return c.raise("System.ArgumentException",
                   "The TimeSpan parameter cannot be specified more precisely than minutes.");
  auto* rule = newObject<AdjustmentRule>(c.eval, c.type);
  rule->from = ticksOf(c[0]);
  rule->to = ticksOf(c[1]);
  rule->delta = c.int64(2);
  rule->start = c.object<TransitionTime>(3);
  rule->end = c.object<TransitionTime>(4);
  return Value::object(rule);
}

constexpr MemberRow kRule[] = {
    {"static System.TimeZoneInfo.AdjustmentRule CreateAdjustmentRule(DateTime dateStart, DateTime dateEnd, "
     "TimeSpan daylightDelta, System.TimeZoneInfo.TransitionTime daylightTransitionStart, "
     "System.TimeZoneInfo.TransitionTime daylightTransitionEnd)",
     createRule},
    {"DateTime DateStart { get; }", [](Call& c) { return dateTime(ruleOf(c).from, DateKind::Unspecified); }},
    {"DateTime DateEnd { get; }", [](Call& c) { return dateTime(ruleOf(c).to, DateKind::Unspecified); }},
    {"TimeSpan DaylightDelta { get; }", [](Call& c) { return timeSpan(ruleOf(c).delta); }},
    {"System.TimeZoneInfo.TransitionTime DaylightTransitionStart { get; }",
     [](Call& c) { return Value::object(ruleOf(c).start); }},
    {"System.TimeZoneInfo.TransitionTime DaylightTransitionEnd { get; }",
     [](Call& c) { return Value::object(ruleOf(c).end); }},
    {"bool Equals(System.TimeZoneInfo.AdjustmentRule other)",
     [](Call& c) { return Value::boolean(!c.isNull(1) && sameRule(ruleOf(c), ruleOf(c, 1))); }},
};

}  // namespace

bool sameTransition(const TransitionTime& a, const TransitionTime& b) {
  if (a.fixed != b.fixed || a.month != b.month || a.time != b.time) return false;
  return a.fixed ? a.day == b.day : a.week == b.week && a.weekday == b.weekday;
}

bool sameRule(const AdjustmentRule& a, const AdjustmentRule& b) {
  return a.from == b.from && a.to == b.to && a.delta == b.delta && sameTransition(*a.start, *b.start) &&
         sameTransition(*a.end, *b.end);
}

void declareTimeZoneRules(Library& library) {
  Hooks transitions;
  transitions.equals = [](Eval&, const Value& a, const Value& b) {
    return b.isObject() && b.asObject()->type == a.asObject()->type &&
           sameTransition(*as<TransitionTime>(a), *as<TransitionTime>(b));
  };
  transitions.hash = [](Eval&, const Value& a) { return static_cast<uint32_t>(as<TransitionTime>(a)->month); };
  Hooks rules;
  rules.equals = [](Eval&, const Value& a, const Value& b) {
    return b.isObject() && b.asObject()->type == a.asObject()->type &&
           sameRule(*as<AdjustmentRule>(a), *as<AdjustmentRule>(b));
  };
  rules.hash = [](Eval&, const Value& a) { return static_cast<uint32_t>(as<AdjustmentRule>(a)->from >> 32); };
  library.add("class System.TimeZoneInfo.TransitionTime : IEquatable<System.TimeZoneInfo.TransitionTime>", kTransition,
              transitions);
  library.add("sealed class System.TimeZoneInfo.AdjustmentRule : IEquatable<System.TimeZoneInfo.AdjustmentRule>", kRule,
              rules);
}

}  // namespace sluice::expression
