// Every conformance case agrees with what real C# gave.
#include "expression/cases.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <sstream>

namespace sluice::expression {
namespace {

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
    EXPECT_EQ(count.agreed, count.total) << group;
  }
  std::printf("%d of %d\n", agreed, total);
  EXPECT_EQ(groups->size(), 24u);
  EXPECT_EQ(total, 1744);
  EXPECT_EQ(agreed, 1744);
}

// Written for this project, with results from real C# (tests/expressions/README.md).
TEST(Cases, OwnOnesAgreeToo) {
  const std::string dir = std::string(SLUICE_SOURCE_DIR) + "/tests/expressions";
  std::ostringstream out;
  std::ostringstream summary;
  const auto groups = runCases(dir + "/own.jsonl", dir + "/fixtures", out, summary);
  ASSERT_TRUE(groups.has_value());
  std::fputs(summary.str().c_str(), stdout);
  EXPECT_FALSE(groups->empty());
  for (const auto& [group, count] : *groups) EXPECT_EQ(count.agreed, count.total) << group;
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
