#include "analytics/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "analytics/test_events.h"

namespace sluice::analytics {
namespace {

using Lines = std::vector<std::string>;

StoreOptions storeOptions(const TestDirectory& directory, std::vector<TableDefinition> tables = articleTable()) {
  StoreOptions options;
  options.path = directory.store();
  options.memory_limit = 256u << 20;
  options.threads = 1;
  options.tables = std::move(tables);
  options.journal = "j1";
  return options;
}

std::unique_ptr<Store> openStore(const StoreOptions& options) {
  auto store = Store::open(options);
  EXPECT_TRUE(store) << (store ? "" : store.error().message);
  return std::move(*store);
}

Status deliver(Store& store, uint64_t first, const std::vector<std::vector<std::byte>>& events) {
  std::vector<event::StoredEvent> batch;
  for (const auto& bytes : events) batch.push_back({first++, bytes});
  return store.deliver(batch);
}

TEST(Store, TheArticlesEventBecomesARow) {
  TestDirectory directory;
  auto store = openStore(storeOptions(directory));
  const auto event = loggerEvent(
      R"({"completion_tokens":5,"prompt_tokens":7,"total_tokens":12,"WorkloadIdentifier":"hr","Backend":"b1","User":"Ann",)"
      R"("FullRequestBody":"{\"messages\":[{\"role\":\"user\"}]}","FullResponseBody":"{\"id\":\"x\"}"})");
  ASSERT_TRUE(deliver(*store, 1, {encoded(event)}));
  EXPECT_EQ(
      select(store->database(),
             "SELECT time, completion_tokens, prompt_tokens, total_tokens, WorkloadIdentifier, Backend, \"User\", "
             "FullRequestBody->>'$.messages[0].role', FullResponseBody FROM openaiA"),
      Lines{"2023-11-14 22:13:20|5|7|12|hr|b1|Ann|user|{\"id\":\"x\"}"});
}

TEST(Store, WhatAKillLeftOfANewFileIsMadeAgain) {
  TestDirectory directory;
  std::ofstream(directory.store());                                // an older version's, or a full disk's
  std::ofstream(directory.store() + ".new") << "half a database";  // ours
  { openStore(storeOptions(directory)); }
  const auto again = openStore(storeOptions(directory));
  EXPECT_EQ(again->position(), 0u);
  EXPECT_FALSE(std::filesystem::exists(directory.store() + ".new"));
}

TEST(Store, AnExchangeBecomesARowWithEveryColumn) {
  TestDirectory directory;
  auto store = openStore(storeOptions(directory));
  event::ExchangeRecord record;
  record.time = UtcTime(std::chrono::microseconds(1'700'000'000'000'001));
  record.request_id = "id";
  record.user = "Ann";
  record.status = 200;
  record.cost = 0.5;
  record.streamed = true;
  record.total_tokens = 12;
  ASSERT_TRUE(deliver(*store, 1, {encoded(record)}));
  EXPECT_EQ(select(store->database(),
                   "SELECT time, request_id, \"user\", status, cost, streamed, total_tokens, prompt_tokens IS NULL, "
                   "tenant IS NULL, bodies_truncated FROM exchanges"),
            Lines{"2023-11-14 22:13:20.000001|id|Ann|200|0.5|true|12|true|true|false"});
  const auto columns = select(store->database(), "SELECT count(*) FROM duckdb_columns() WHERE table_name='exchanges'");
  EXPECT_EQ(columns[0], std::to_string(event::kExchangeColumns.size()));
}

TEST(Store, NothingIsEverLost) {
  TestDirectory directory;
  auto store = openStore(storeOptions(directory));
  std::vector<std::byte> unknown = {std::byte{99}, std::byte{1}};
  auto cut = encoded(loggerEvent("{}"));
  cut.pop_back();
  ASSERT_TRUE(
      deliver(*store, 1,
              {encoded(loggerEvent("not json")), encoded(loggerEvent("[1]")), encoded(loggerEvent("x", "other")),
               unknown, cut, encoded(loggerEvent("{\"User\":\"\xff\"}")), encoded(loggerEvent("\xff\xfe", "other"))}));
  EXPECT_EQ(select(store->database(), "SELECT payload FROM unmapped WHERE logger = 'OpenAIFeed' ORDER BY payload"),
            (Lines{"[1]", "not json", "{\"User\":\"\xef\xbf\xbd\"}"}));
  EXPECT_EQ(select(store->database(), "SELECT count(*) FROM unmapped WHERE reason LIKE '%base64'"), Lines{"2"});
  EXPECT_EQ(select(store->database(), "SELECT logger, payload, request_id FROM events ORDER BY payload"),
            (Lines{"other|x|11111111-2222-4333-8444-555555555555",
                   "other|\xef\xbf\xbd\xef\xbf\xbd|11111111-2222-4333-8444-555555555555"}));
  EXPECT_EQ(store->position(), 7u);
}

TEST(Store, WhatComesAgainIsPassedOver) {
  TestDirectory directory;
  {
    auto store = openStore(storeOptions(directory));
    ASSERT_TRUE(deliver(*store, 1, {encoded(loggerEvent("a", "l")), encoded(loggerEvent("b", "l"))}));
    ASSERT_TRUE(deliver(*store, 1, {encoded(loggerEvent("a", "l")), encoded(loggerEvent("b", "l"))}));
  }
  auto store = openStore(storeOptions(directory));
  EXPECT_EQ(store->position(), 2u);
  ASSERT_TRUE(deliver(*store, 2, {encoded(loggerEvent("b", "l")), encoded(loggerEvent("c", "l"))}));
  EXPECT_EQ(select(store->database(), "SELECT payload FROM events ORDER BY payload"), (Lines{"a", "b", "c"}));
}

TEST(Store, AnotherJournalBeginsAtItsOwnBeginning) {
  TestDirectory directory;
  auto options = storeOptions(directory);
  {
    auto store = openStore(options);
    ASSERT_TRUE(deliver(*store, 1, {encoded(loggerEvent("a", "l"))}));
  }
  options.journal = "j2";
  auto store = openStore(options);
  EXPECT_EQ(store->position(), 0u);
  ASSERT_TRUE(deliver(*store, 1, {encoded(loggerEvent("b", "l"))}));
  EXPECT_EQ(select(store->database(), "SELECT count(*) FROM events"), Lines{"2"});
}

TEST(Store, ManyRowsGoThroughSeveralChunks) {
  TestDirectory directory;
  auto store = openStore(storeOptions(directory));
  std::vector<std::vector<std::byte>> events;
  for (int i = 0; i < 5000; ++i) {
    events.push_back(encoded(loggerEvent("{\"total_tokens\":" + std::to_string(i) + "}")));
  }
  ASSERT_TRUE(deliver(*store, 1, events));
  EXPECT_EQ(select(store->database(), "SELECT count(*), sum(total_tokens), count(DISTINCT total_tokens) FROM openaiA"),
            Lines{"5000|12497500|5000"});
}

TEST(Store, TablesFollowTheirDeclaration) {
  TestDirectory directory;
  using config::ColumnType;
  const auto put = [&](std::vector<TableColumn> columns, const std::string& payload) {
    auto store = openStore(storeOptions(directory, {{"t", "L", std::move(columns)}}));
    ASSERT_TRUE(deliver(*store, store->position() + 1, {encoded(loggerEvent(payload, "L"))}));
  };
  put({{"a", ColumnType::Int}, {"b", ColumnType::String}}, R"({"a":1,"b":"x"})");
  // A column more, one less, and another order.
  put({{"c", ColumnType::Real}, {"a", ColumnType::Int}}, R"({"a":2,"b":"y","c":1.5})");
  // Another type: the old values stay under another name.
  put({{"a", ColumnType::String}, {"c", ColumnType::Real}}, R"({"a":"three","c":2.5})");
  EXPECT_EQ(selectFrom(directory.store(), "SELECT a_integer, a, b, c FROM t ORDER BY rowid"),
            (Lines{"1||x|", "2|||1.5", "|three||2.5"}));
}

TEST(Store, AnOlderExchangesTableGetsItsMissingColumns) {
  TestDirectory directory;
  {
    auto store = openStore(storeOptions(directory));
    auto connection = store->database().connect();
    ASSERT_TRUE(execute(*connection, "ALTER TABLE exchanges DROP COLUMN cost"));
    ASSERT_TRUE(execute(*connection, "ALTER TABLE exchanges DROP COLUMN \"user\""));
  }
  auto store = openStore(storeOptions(directory));
  event::ExchangeRecord record;
  record.user = "Ann";
  record.cost = 2;
  record.request_id = "r";
  ASSERT_TRUE(deliver(*store, 1, {encoded(record)}));
  EXPECT_EQ(select(store->database(), "SELECT request_id, \"user\", cost FROM exchanges"), Lines{"r|Ann|2.0"});
}

TEST(Store, NamesThatOnlyDifferInCaseAreOneColumnInSql) {
  TestDirectory directory;
  using config::ColumnType;
  auto store = openStore(storeOptions(
      directory,
      {{"t", "L", {{"user", ColumnType::String}, {"User", ColumnType::String}, {"Time", ColumnType::Int}}}}));
  ASSERT_TRUE(deliver(*store, 1, {encoded(loggerEvent(R"({"User":"upper","user":"lower","Time":4})", "L"))}));
  EXPECT_EQ(select(store->database(), "SELECT * FROM t"), Lines{"2023-11-14 22:13:20|lower"});
}

TEST(Store, NamesAreQuotedSoThatNoneIsSql) {
  TestDirectory directory;
  using config::ColumnType;
  auto store =
      openStore(storeOptions(directory, {{"a\"b; DROP TABLE exchanges", "L", {{"x\"); --", ColumnType::Int}}}}));
  ASSERT_TRUE(deliver(*store, 1, {encoded(loggerEvent(R"({"x\"); --":4})", "L"))}));
  EXPECT_EQ(select(store->database(), R"(SELECT "x""); --" FROM "a""b; DROP TABLE exchanges")"), Lines{"4"});
  EXPECT_EQ(select(store->database(), "SELECT count(*) FROM exchanges"), Lines{"0"});
}

TEST(Store, TwoBodiesOf64MiBAreARow) {
  TestDirectory directory;
  auto options = storeOptions(directory);
  options.memory_limit = 512u << 20;
  auto store = openStore(options);
  const std::string body(64u << 20, 'b');
  event::ExchangeRecord record;
  record.request_body = body;
  record.response_body = body;
  ASSERT_TRUE(deliver(*store, 1, {encoded(record)}));
  EXPECT_EQ(select(store->database(), "SELECT length(request_body), length(response_body) FROM exchanges"),
            Lines{"67108864|67108864"});
}

}  // namespace
}  // namespace sluice::analytics
