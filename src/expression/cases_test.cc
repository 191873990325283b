// Every conformance case, by group. The numbers are a ratchet: they only go up.
#include "expression/cases.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <sstream>

namespace sluice::expression {
namespace {

// How many of each group agree at least.
const std::map<std::string, int> kAgreed = {
    {"collections", 82}, {"compile-errors", 60},  {"context", 124},  {"control-flow", 38}, {"crypto", 0},
    {"encoding", 73},    {"exceptions-flow", 27}, {"guid-time", 18}, {"integers", 67},     {"interpolation", 42},
    {"json", 186},       {"jsonpath", 27},        {"jwt", 34},       {"linq", 94},         {"literals", 59},
    {"math-format", 92}, {"nulls-casts", 107},    {"operators", 88}, {"policy-like", 24},  {"random-time", 11},
    {"regex", 57},       {"runtime-errors", 69},  {"strings", 136},  {"xml", 1},
};

TEST(Cases, AgreeWithRealCSharp) {
  const std::string dir = std::string(SLUICE_SOURCE_DIR) + "/tests/expressions";
  std::ostringstream out;
  std::ostringstream summary;
  const auto groups = runCases(dir + "/cases.jsonl", dir + "/fixtures", out, summary);
  ASSERT_TRUE(groups.has_value());
  std::fputs(summary.str().c_str(), stdout);
  int agreed = 0, total = 0;
  for (const auto& [group, count] : *groups) {
    agreed += count.agreed;
    total += count.total;
    EXPECT_GE(count.agreed, kAgreed.at(group)) << group;
  }
  std::printf("%d of %d\n", agreed, total);
  EXPECT_EQ(total, 1744);
}

TEST(Cases, CompareAsTheirFormatSays) {
  EXPECT_TRUE(agrees(R"({"type":"double","value":1.0})", R"({"type":"double","value":1})"));
  EXPECT_FALSE(agrees(R"({"type":"int","value":1})", R"({"type":"long","value":1})"));
  EXPECT_TRUE(agrees(R"({"compileError":["x"]})", R"({"compileError":["CS0029"]})"));
  EXPECT_TRUE(agrees(R"({"type":"string","value":"ab12"})", R"({"type":"string","pattern":"^[a-z]+\\d+$"})"));
  EXPECT_FALSE(agrees(R"({"type":"string","value":"12"})", R"({"type":"string","pattern":"^[a-z]+\\d+$"})"));
}

}  // namespace
}  // namespace sluice::expression
