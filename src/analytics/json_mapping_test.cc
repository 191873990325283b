#include "analytics/json_mapping.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::analytics {
namespace {

using config::ColumnType;

std::string show(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "null";
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<int64_t>(&cell)) return fmt::format("{}", *number);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}r", *real);
  if (const auto* time = std::get_if<Timestamp>(&cell)) return fmt::format("{}us", time->micros);
  return fmt::format("'{}'", std::get<std::string_view>(cell));
}

struct Case {
  ColumnType type;
  std::string json;
  std::string expected;
};

class Mapping : public ::testing::TestWithParam<Case> {};

TEST_P(Mapping, GivesWhatFitsElseNull) {
  const Case& c = GetParam();
  JsonMapping mapping({{"v", c.type}});
  std::string reason;
  const auto* cells = mapping.map("{\"v\": " + c.json + "}", reason);
  ASSERT_NE(cells, nullptr) << reason;
  EXPECT_EQ(show((*cells)[0]), c.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Json, Mapping,
    ::testing::Values(
        Case{ColumnType::Int, "7", "7"}, Case{ColumnType::Int, "-2147483648", "-2147483648"},
        Case{ColumnType::Int, "2147483648", "null"}, Case{ColumnType::Int, "7.5", "null"},
        Case{ColumnType::Int, "\"7\"", "null"}, Case{ColumnType::Int, "null", "null"},
        Case{ColumnType::Int, "true", "null"}, Case{ColumnType::Int, "[1]", "null"},
        Case{ColumnType::Long, "9223372036854775807", "9223372036854775807"},
        Case{ColumnType::Long, "9223372036854775808", "null"}, Case{ColumnType::Long, "2147483648", "2147483648"},
        Case{ColumnType::Real, "7", "7r"}, Case{ColumnType::Real, "0.25", "0.25r"},
        Case{ColumnType::Real, "\"x\"", "null"}, Case{ColumnType::Bool, "true", "true"},
        Case{ColumnType::Bool, "false", "false"}, Case{ColumnType::Bool, "1", "null"},
        Case{ColumnType::String, "\"a\\u00e4\\n\"", "'a\xc3\xa4\n'"}, Case{ColumnType::String, "\"\"", "''"},
        Case{ColumnType::String, "7", "'7'"}, Case{ColumnType::String, "{\"a\": [1, 2]}", "'{\"a\":[1,2]}'"},
        Case{ColumnType::String, "null", "null"}, Case{ColumnType::DateTime, "\"1970-01-01T00:00:01Z\"", "1000000us"},
        Case{ColumnType::DateTime, "\"2023-11-14T22:13:20.123456789+02:00\"", "1699992800123456us"},
        Case{ColumnType::DateTime, "\"1969-12-31 23:59\"", "-60000000us"},
        Case{ColumnType::DateTime, "\"2024-02-29\"", "1709164800000000us"},
        Case{ColumnType::DateTime, "\"2023-02-29\"", "null"}, Case{ColumnType::DateTime, "\"now\"", "null"},
        Case{ColumnType::DateTime, "\"2023-11-14T22:13:20Zx\"", "null"}, Case{ColumnType::DateTime, "5", "null"},
        Case{ColumnType::Dynamic, "{\"a\": 1}", "'{\"a\":1}'"}, Case{ColumnType::Dynamic, "[1,\"x\"]", "'[1,\"x\"]'"},
        Case{ColumnType::Dynamic, "\"{\\\"messages\\\": [ ]}\"", "'{\"messages\": [ ]}'"},
        Case{ColumnType::Dynamic, "\"plain\"", "'\"plain\"'"},
        Case{ColumnType::Dynamic, "\"{broken\"", "'\"{broken\"'"}, Case{ColumnType::Dynamic, "12", "'12'"},
        Case{ColumnType::Dynamic, "null", "null"}));

TEST(JsonMapping, KeysAreFoundInAnyOrderAndCaseMatters) {
  JsonMapping mapping({{"a", ColumnType::Int}, {"B", ColumnType::String}, {"missing", ColumnType::Dynamic}});
  std::string reason;
  const auto* cells = mapping.map(R"({"x":{"a":9},"b":"no","B":"yes","a":3})", reason);
  ASSERT_NE(cells, nullptr);
  EXPECT_EQ(show((*cells)[0]) + show((*cells)[1]) + show((*cells)[2]), "3'yes'null");
}

TEST(JsonMapping, WhatIsNoObjectIsSaidSo) {
  JsonMapping mapping({{"a", ColumnType::Int}});
  for (const char* payload : {"", "  ", "{", "[1]", "7", "{\"a\":1}{", "\xff\xfe", "{\"a\":\"\xff\"}"}) {
    std::string reason;
    EXPECT_EQ(mapping.map(payload, reason), nullptr) << payload;
    EXPECT_FALSE(reason.empty()) << payload;
  }
}

TEST(JsonMapping, DepthIsBounded) {
  JsonMapping mapping({{"a", ColumnType::Dynamic}});
  std::string reason;
  const std::string deep(100000, '[');
  EXPECT_EQ(mapping.map("{\"a\":" + deep, reason), nullptr);
  // Deep text inside a string is only a string.
  EXPECT_NE(mapping.map("{\"a\":\"" + deep + "\"}", reason), nullptr);
}

}  // namespace
}  // namespace sluice::analytics
