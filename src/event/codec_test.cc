#include "event/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "event/exchange_record.h"
#include "event/logger_event.h"

namespace sluice::event {
namespace {

// Gives every column a value of its own, derived from its place. `texts` keeps what the views point to.
ExchangeRecord fullRecord(std::vector<std::string>& texts) {
  texts.reserve(kExchangeColumns.size());
  ExchangeRecord record;
  int64_t place = 0;
  for (const auto& column : kExchangeColumns) {
    ++place;
    switch (column.type) {
      case ColumnType::String:
      case ColumnType::Text:
        texts.push_back(std::string(column.name) + std::string(static_cast<size_t>(place) * 7, 'x'));
        record.*column.view = texts.back();
        break;
      case ColumnType::Long:
        record.*column.number = place * place * place * (place % 2 == 0 ? -1 : 1);
        break;
      case ColumnType::Real:
        record.*column.real = 0.125 * static_cast<double>(place);
        break;
      case ColumnType::Bool:
        record.*column.flag = true;
        break;
      case ColumnType::Time:
        record.*column.time = UtcTime(std::chrono::microseconds(1'700'000'000'123'456));
        break;
    }
  }
  return record;
}

template <class Record, size_t N>
void expectEqual(const std::array<Column<Record>, N>& columns, const Record& a, const Record& b) {
  for (const auto& column : columns) {
    if (column.view != nullptr) {
      EXPECT_EQ(a.*column.view, b.*column.view) << column.name;
    }
    if (column.number != nullptr) {
      EXPECT_EQ(a.*column.number, b.*column.number) << column.name;
    }
    if (column.real != nullptr) {
      EXPECT_EQ(a.*column.real, b.*column.real) << column.name;
    }
    if (column.flag != nullptr) {
      EXPECT_EQ(a.*column.flag, b.*column.flag) << column.name;
    }
    if (column.time != nullptr) {
      EXPECT_EQ(a.*column.time, b.*column.time) << column.name;
    }
  }
}

template <class Event>
std::vector<std::byte> encoded(const Event& event) {
  std::vector<std::byte> bytes(encodedSize(event));
  encode(event, bytes);
  return bytes;
}

TEST(Codec, EveryColumnComesBack) {
  std::vector<std::string> texts;
  const ExchangeRecord record = fullRecord(texts);
  const auto bytes = encoded(record);
  const auto decoded = decodeExchange(bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  expectEqual(kExchangeColumns, record, *decoded);
  EXPECT_EQ(kindOf(bytes), EventKind::Exchange);
}

TEST(Codec, AnEmptyRecordIsSmallAndAllNull) {
  const auto bytes = encoded(ExchangeRecord{});
  EXPECT_LT(bytes.size(), 32u);
  const auto decoded = decodeExchange(bytes);
  ASSERT_TRUE(decoded);
  expectEqual(kExchangeColumns, ExchangeRecord{}, *decoded);
}

TEST(Codec, NumbersAtTheirLimits) {
  for (const int64_t value : {int64_t{0}, int64_t{-1}, int64_t{63}, int64_t{64}, INT64_MAX, INT64_MIN}) {
    ExchangeRecord record;
    record.total_tokens = value;
    const auto decoded = decodeExchange(encoded(record));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->total_tokens, value);
  }
}

TEST(Codec, LoggerEventsComeBack) {
  LoggerEvent event;
  event.time = UtcTime(std::chrono::microseconds(5));
  event.logger = "OpenAIFeed";
  event.request_id = "id";
  event.payload = "{\"a\":1}";
  event.partition_key = "k";
  const auto bytes = encoded(event);
  const auto decoded = decodeLogger(bytes);
  ASSERT_TRUE(decoded);
  expectEqual(kLoggerColumns, event, *decoded);
  EXPECT_EQ(kindOf(bytes), EventKind::Logger);
  EXPECT_FALSE(decodeExchange(bytes));
}

// A newer writer's columns come after ours; an older one's are fewer.
TEST(Codec, ReadersPassOverColumnsThatTheyDoNotKnow) {
  LoggerEvent event;
  event.logger = "L";
  event.partition_id = "7";
  auto bytes = encoded(event);
  // One more column, a text "new": the count, its bit, and its value at the end.
  static_assert(kLoggerColumns.size() < 8);
  bytes[2] = static_cast<std::byte>(kLoggerColumns.size() + 1);
  bytes[4] |= std::byte{1} << kLoggerColumns.size();
  for (const char c : std::string("\3new")) bytes.push_back(static_cast<std::byte>(c));
  const auto newer = decodeLogger(bytes);
  ASSERT_TRUE(newer);
  expectEqual(kLoggerColumns, event, *newer);

  static constexpr auto kOld = std::to_array<Column<LoggerEvent>>({kLoggerColumns[0], kLoggerColumns[1]});
  std::array<std::byte, 64> buffer;  // a vector sized by a folded constant makes GCC 12 see an overrun
  const auto old = std::span(buffer).first(sizeWith<kOld>(event));
  encodeWith<kOld>(EventKind::Logger, event, old);
  const auto older = decodeLogger(old);
  ASSERT_TRUE(older);
  EXPECT_EQ(older->logger, "L");
  EXPECT_TRUE(older->partition_id.empty());
}

TEST(Codec, EveryCutIsRefusedAndNoDamageReadsOutside) {
  std::vector<std::string> texts;
  const auto bytes = encoded(fullRecord(texts));
  for (size_t length = 0; length < bytes.size(); ++length) {
    // An exact allocation, so that the sanitizer sees a byte too far.
    const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length));
    EXPECT_FALSE(decodeExchange(cut)) << length;
  }
  std::mt19937 random(7);
  size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    auto damaged = bytes;
    for (int flips = 0; flips < 3; ++flips)
      damaged[random() % damaged.size()] ^= static_cast<std::byte>(1 << random() % 8);
    if (!decodeExchange(damaged)) ++refused;
  }
  EXPECT_GT(refused, 0u);
}

TEST(Codec, ColumnsHaveDistinctNamesAndASentence) {
  std::set<std::string_view> names;
  for (const auto& column : kExchangeColumns) {
    EXPECT_TRUE(names.insert(column.name).second) << column.name;
    EXPECT_TRUE(column.sentence.ends_with('.')) << column.name;
  }
}

// The wire form depends on the order: a new column goes to the end, and this list with it.
TEST(Codec, TheOrderOfColumnsIsFixed) {
  std::string names;
  for (const auto& column : kExchangeColumns) names += std::string(column.name) + " ";
  EXPECT_EQ(names,
            "time request_id gateway trace_id tenant caller_object_id caller_application_id user subscription product "
            "workload api operation backend model deployment api_version method url_path client_ip status "
            "backend_status retries streamed outcome finish_reason content_filter error_source error_reason "
            "error_message prompt_tokens completion_tokens total_tokens cached_tokens reasoning_tokens tokens_source "
            "cost queue_us connect_us first_byte_us backend_us total_us request_bytes response_bytes request_body "
            "response_body bodies_truncated tries ");
}

}  // namespace
}  // namespace sluice::event
