// Every conformance case, by group. The figures are a ratchet: they only go up.
#include "expression/cases.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <sstream>

namespace sluice::expression {
namespace {

TEST(Cases, AgreeWithRealCSharp) {
  const std::string dir = std::string(SLUICE_SOURCE_DIR) + "/tests/expressions";
  std::ostringstream out;
  std::ostringstream summary;
  const auto groups = runCases(dir + "/cases.jsonl", dir + "/fixtures", out, summary);
  ASSERT_TRUE(groups.has_value());
  std::cout << summary.str();
  int agreed = 0, total = 0;
  for (const auto& [group, count] : *groups) {
    agreed += count.agreed;
    total += count.total;
  }
  std::cout << agreed << " of " << total << "\n";
  EXPECT_EQ(total, 1744);
}

}  // namespace
}  // namespace sluice::expression
