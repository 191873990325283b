#include "simulator/knobs.h"

#include <gtest/gtest.h>

namespace sluice::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Knobs, ReadsTheHeaderForm) {
  const auto knobs = parseKnobs("latency=200ms; tps=50;status=429; retry-after=2; cut=5; reset=1; slow-body=1.5s;");
  ASSERT_TRUE(knobs) << knobs.error().message;
  EXPECT_EQ(knobs->latency, Duration(milliseconds(200)));
  EXPECT_EQ(knobs->tokens_per_second, 50);
  EXPECT_EQ(knobs->status, 429);
  EXPECT_EQ(knobs->retry_after, 2);
  EXPECT_EQ(knobs->cut, 5);
  EXPECT_EQ(knobs->reset, true);
  EXPECT_EQ(knobs->slow_body, Duration(milliseconds(1500)));
  EXPECT_FALSE(knobs->error_in_stream);
  EXPECT_TRUE(parseKnobs("")->empty());
}

TEST(Knobs, RefusesWhatItDoesNotUnderstand) {
  for (const auto* text : {"latency", "latency=fast", "latency=-1ms", "status=42", "status=200.5", "cut=1.5", "tps=x",
                           "reset=maybe", "speed=1", "latency=1e300s", "cut=nan"}) {
    EXPECT_FALSE(parseKnobs(text)) << text;
  }
  EXPECT_EQ(parseKnobs("speed=1").error().message, "unknown knob `speed`");
}

TEST(Knobs, LayersLieOverEachOther) {
  const auto base = *parseKnobs("latency=1s;tps=10");
  const auto over = *parseKnobs("tps=20;cut=1");
  const auto both = base.with(over);
  EXPECT_EQ(both.latency, Duration(seconds(1)));
  EXPECT_EQ(both.tokens_per_second, 20);
  EXPECT_EQ(both.cut, 1);
}

TEST(Knobs, AnEmptyValueTakesAKnobAway) {
  auto knobs = *parseKnobs("latency=1s;cut=1");
  ASSERT_TRUE(knobs.set("latency", ""));
  EXPECT_FALSE(knobs.latency);
  EXPECT_EQ(knobs.cut, 1);
}

TEST(Knobs, EveryNameCanBeSetAndTakenAway) {
  for (const auto name : knobNames()) {
    Knobs knobs;
    EXPECT_TRUE(knobs.set(name, name == "status" ? "500" : "1")) << name;
    EXPECT_FALSE(knobs.empty()) << name;
    EXPECT_TRUE(knobs.set(name, "")) << name;
    EXPECT_TRUE(knobs.empty()) << name;
  }
}

TEST(Durations, HaveUnits) {
  EXPECT_EQ(*parseDuration("250"), Duration(milliseconds(250)));
  EXPECT_EQ(*parseDuration("1.5s"), Duration(milliseconds(1500)));
  EXPECT_EQ(*parseDuration("2m"), Duration(seconds(120)));
  EXPECT_EQ(*parseDuration("1h"), Duration(seconds(3600)));
  EXPECT_EQ(*parseDuration("1500us"), Duration(std::chrono::microseconds(1500)));
  for (const auto* text : {"", "s", "1d", "1 s", "-1s", "1e9h"}) EXPECT_FALSE(parseDuration(text)) << text;
}

}  // namespace
}  // namespace sluice::simulator
