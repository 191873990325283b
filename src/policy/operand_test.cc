#include "policy/operand.h"

#include <gtest/gtest.h>

namespace sluice::policy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Operand, ReadsDurationsInThreeNotations) {
  EXPECT_EQ(parseDuration("30"), seconds(30));
  EXPECT_EQ(parseDuration("0.25"), milliseconds(250));
  EXPECT_EQ(parseDuration("PT1M30S"), seconds(90));
  EXPECT_EQ(parseDuration("P1DT2H"), hours(26));
  EXPECT_EQ(parseDuration("P1M"), hours(24 * 30)) << "a month is 30 days, as in .NET";
  EXPECT_EQ(parseDuration("00:05:00"), minutes(5));
  EXPECT_EQ(parseDuration("1.02:03:04.5"), hours(26) + minutes(3) + milliseconds(4500));
}

TEST(Operand, RefusesWhatIsNoDuration) {
  for (const auto* text : {"", "-1", "P", "PT", "P1", "PTS", "1:2", "24:00:00", "00:60:00", "00:00:60", "soon", "1e3",
                           "99999999999999", "P9999Y", "nan", "inf"})
    EXPECT_EQ(parseDuration(text), std::nullopt) << text;
}

TEST(Operand, ReadsOtherLiterals) {
  EXPECT_EQ(parseBool("True"), true);
  EXPECT_EQ(parseBool("false"), false);
  EXPECT_EQ(parseBool("1"), std::nullopt);
  EXPECT_EQ(parseInteger("-12"), -12);
  EXPECT_EQ(parseInteger("12x"), std::nullopt);
  EXPECT_EQ(parseInteger("99999999999999999999"), std::nullopt);
  static constexpr std::string_view kChoices[] = {"override", "skip"};
  EXPECT_EQ(parseChoice("SKIP", kChoices), 1u);
  EXPECT_EQ(parseChoice("", kChoices), std::nullopt);
}

}  // namespace
}  // namespace sluice::policy
