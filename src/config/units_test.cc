#include "config/units.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Units, Durations) {
  EXPECT_EQ(parseDuration("500ms"), milliseconds(500));
  EXPECT_EQ(parseDuration("30s"), seconds(30));
  EXPECT_EQ(parseDuration("5m"), seconds(300));
  EXPECT_EQ(parseDuration("1h"), seconds(3600));
  EXPECT_EQ(parseDuration("2d"), seconds(172800));
  EXPECT_EQ(parseDuration("0"), seconds(0));
  for (const std::string_view bad : {"", "30", "s", "-1s", "1.5s", "30 seconds", "1y", "99999999999d", "30S"})
    EXPECT_FALSE(parseDuration(bad)) << bad;
  for (const std::string_view text : {"500ms", "30s", "5m", "1h", "2d", "0", "90s"})
    EXPECT_EQ(printDuration(*parseDuration(text)), text);
}

TEST(Units, IsoDurations) {
  EXPECT_EQ(parseIsoDuration("PT1M30S"), seconds(90));
  EXPECT_EQ(parseIsoDuration("P1D"), seconds(86400));
  EXPECT_EQ(parseIsoDuration("P1DT2H"), seconds(93600));
  EXPECT_EQ(parseIsoDuration("PT0S"), seconds(0));
  for (const std::string_view bad :
       {"", "P", "PT", "1M", "PT1", "P1M", "P1Y", "PTM", "PT1H ", "P1DT", "PT1D", "PT99999999999999999999S"})
    EXPECT_FALSE(parseIsoDuration(bad)) << bad;
}

TEST(Units, Sizes) {
  EXPECT_EQ(parseByteSize("64MiB")->bytes, 64u << 20);
  EXPECT_EQ(parseByteSize("1kB")->bytes, 1000u);
  EXPECT_EQ(parseByteSize("12")->bytes, 12u);
  EXPECT_EQ(parseByteSize("2 GiB")->bytes, 2ull << 30);
  for (const std::string_view bad : {"", "MiB", "-1", "1.5GiB", "1mb", "9999999999999TiB"})
    EXPECT_FALSE(parseByteSize(bad)) << bad;
  EXPECT_EQ(printByteSize({64u << 20}), "64MiB");
  EXPECT_EQ(printByteSize({4096}), "4KiB");
  EXPECT_EQ(printByteSize({0}), "0");
}

TEST(Units, Addresses) {
  EXPECT_EQ(parseAddress("127.0.0.1:8080", PortPolicy::Required), (Address{"127.0.0.1", 8080}));
  EXPECT_EQ(parseAddress("[::1]:80", PortPolicy::Required), (Address{"::1", 80}));
  EXPECT_EQ(parseAddress("a.example", PortPolicy::Optional), (Address{"a.example", 0}));
  EXPECT_EQ(parseAddress("[::1]", PortPolicy::Optional), (Address{"::1", 0}));
  EXPECT_FALSE(parseAddress("a.example", PortPolicy::Required));
  for (const std::string_view bad : {"", ":80", "a:99999", "a:", "a:b", "::1", "[::1", "[::1]x", "https://a", "a b:1"})
    EXPECT_FALSE(parseAddress(bad, PortPolicy::Optional)) << bad;
  EXPECT_EQ(printAddress({"::1", 80}), "[::1]:80");
}

TEST(Units, UtcTimes) {
  const UtcTime start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(12);
  EXPECT_EQ(parseUtcTime("2026-01-31T12:00:00Z"), start);
  EXPECT_EQ(parseUtcTime("2026-01-31T12:00:00.4450000Z"), start);
  EXPECT_EQ(parseUtcTime("2026-01-31T12:00:00+00:00"), start);
  EXPECT_EQ(parseUtcTime("0001-01-01T00:00:00Z"), UtcTime{});
  for (const auto* wrong :
       {"", "2026", "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00", "2026-01-31T12:00:00+01:00",
        "2026-01-31 12:00:00Z", "-026-01-31T12:00:00Z", "9999-01-01T00:00:00Z", "2026-01-31T12:00:00Zx"})
    EXPECT_EQ(parseUtcTime(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace sluice::config
