#include "analytics/query_engine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "analytics/store.h"
#include "analytics/test_events.h"

namespace sluice::analytics {
namespace {

// Rows as "a|b"; null as "~".
class Lines final : public ResultReceiver {
 public:
  bool columns(std::span<const ResultColumn> columns) override {
    for (const auto& column : columns) {
      names += (names.empty() ? "" : "|") + column.name;
      kinds += "tnb"[static_cast<size_t>(column.kind)];
    }
    return true;
  }
  bool row(std::span<const ResultCell> cells) override {
    std::string line;
    for (const auto& cell : cells) line += (line.empty() ? "" : "|") + std::string(cell.value_or("~"));
    rows.push_back(line);
    return rows.size() < stop_after;
  }

  std::string names;
  std::string kinds;
  std::vector<std::string> rows;
  size_t stop_after = SIZE_MAX;
};

class QueryEngine : public ::testing::Test {
 protected:
  QueryEngine() {
    StoreOptions options;
    options.path = directory_.store();
    options.memory_limit = 128u << 20;
    options.tables = articleTable();
    options.journal = "j";
    store_ = std::move(*Store::open(options));
    const auto bytes = encoded(loggerEvent(R"({"User":"Ann","total_tokens":12})"));
    const event::StoredEvent event{1, bytes};
    EXPECT_TRUE(store_->deliver({&event, 1}));
  }

  Result<QueryOutcome> run(const std::string& sql, Lines& lines, QueryLimits limits = {}) {
    return runSql(store_->database(), sql, limits, lines);
  }
  std::string one(const std::string& sql) {
    Lines lines;
    const auto outcome = run(sql, lines);
    if (!outcome) return "error: " + outcome.error().message;
    return lines.rows.size() == 1 ? lines.rows[0] : "rows: " + std::to_string(lines.rows.size());
  }

  TestDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(QueryEngine, GivesNamesKindsAndRows) {
  Lines lines;
  const auto outcome = run("SELECT \"User\", total_tokens, true AS t, NULL AS n FROM openaiA; -- done", lines);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(lines.names, "User|total_tokens|t|n");
  EXPECT_EQ(lines.kinds, "tnbn");
  EXPECT_EQ(lines.rows, std::vector<std::string>{"Ann|12|true|~"});
  EXPECT_EQ(outcome->rows, 1u);
  EXPECT_FALSE(outcome->truncated);
}

TEST_F(QueryEngine, ValuesReadAsInDuckDb) {
  EXPECT_EQ(one("SELECT 1::TINYINT, -5::BIGINT, 255::UTINYINT, sum(9223372036854775807) FROM range(3)"),
            "1|-5|255|27670116110564327421");
  EXPECT_EQ(one("SELECT (-170141183460469231731687303715884105727)::HUGEINT"),
            "-170141183460469231731687303715884105727");
  EXPECT_EQ(one("SELECT 1.50, -0.05::DECIMAL(9,2), 12345678901234567890.123::DECIMAL(30,3), 0::DECIMAL(4,4)"),
            "1.50|-0.05|12345678901234567890.123|0.0000");
  EXPECT_EQ(one("SELECT 0.1::DOUBLE, 5::DOUBLE, 'nan'::DOUBLE, '-inf'::DOUBLE, 1e300"), "0.1|5.0|nan|-inf|1e+300");
  EXPECT_EQ(one("SELECT DATE '2024-02-29', TIME '01:02:03.5', TIMESTAMP '1969-12-31 23:59:59.000001'"),
            "2024-02-29|01:02:03.5|1969-12-31 23:59:59.000001");
  EXPECT_EQ(one("SELECT [1,2], {'a': 1}, INTERVAL 1 DAY, 1 AS x, 'a\\x00b'::BLOB, uuid() IS NOT NULL"),
            "[1, 2]|{'a': 1}|1 day|1|a\\x00b|true");
  EXPECT_EQ(one("SELECT chr(228) || '\xf0\x9f\x98\x80'"), "\xc3\xa4\xf0\x9f\x98\x80");
}

TEST_F(QueryEngine, ItsOwnKindsOfQueriesWork) {
  for (const char* sql : {"SHOW TABLES", "DESCRIBE exchanges", "SUMMARIZE openaiA", "FROM openaiA", "TABLE exchanges",
                          "EXPLAIN SELECT 1", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1), (2)"}) {
    Lines lines;
    const auto outcome = run(sql, lines);
    EXPECT_TRUE(outcome) << sql << ": " << (outcome ? "" : outcome.error().message);
    EXPECT_FALSE(lines.names.empty()) << sql;
  }
}

TEST_F(QueryEngine, HostileSqlIsRefused) {
  const auto secret = directory_.path() + "/secret.csv";
  std::ofstream(secret) << "a\n1\n";
  const auto target = directory_.path() + "/out";
  const std::vector<std::string> statements = {
      "INSERT INTO exchanges (\"user\") VALUES ('x')",
      "DELETE FROM openaiA",
      "UPDATE openaiA SET \"User\" = 'x'",
      "DROP TABLE openaiA",
      "CREATE TABLE x (a INT)",
      "CREATE TEMP TABLE x (a INT)",
      "CREATE MACRO f(a) AS a",
      "CREATE SECRET s (TYPE S3)",
      "ALTER TABLE openaiA ADD COLUMN x INT",
      "TRUNCATE openaiA",
      "COPY openaiA TO '" + target + "'",
      "COPY openaiA FROM '" + secret + "'",
      "COPY (SELECT 1) TO '" + target + "'",
      "EXPORT DATABASE '" + target + "'",
      "IMPORT DATABASE '" + target + "'",
      "ATTACH '" + target + "'",
      "ATTACH ':memory:' AS m",
      "DETACH store",
      "USE memory",
      "INSTALL httpfs",
      "LOAD httpfs",
      "LOAD '" + secret + "'",
      "SET memory_limit = '100GB'",
      "SET enable_external_access = true",
      "RESET lock_configuration",
      "PRAGMA enable_profiling",
      "PRAGMA memory_limit = '1GB'",
      "PRAGMA database_size = 1",
      "CALL force_checkpoint()",
      "CHECKPOINT",
      "VACUUM",
      "ANALYZE",
      "BEGIN",
      "COMMIT",
      "ROLLBACK",
      "PREPARE p AS SELECT 1",
      "EXECUTE p",
      "SET VARIABLE x = 1",
      "SELECT * FROM read_csv('" + secret + "')",
      "SELECT * FROM read_text('" + secret + "')",
      "SELECT * FROM read_blob('/proc/self/environ')",
      "SELECT * FROM read_json('" + secret + "')",
      "SELECT * FROM read_parquet('" + secret + "')",
      "SELECT * FROM '" + secret + "'",
      "SELECT * FROM glob('/etc/*')",
      "SELECT * FROM sniff_csv('" + secret + "')",
      "SELECT * FROM query('DELETE FROM openaiA')",
      "SELECT * FROM sqlite_scan('x', 'y')",
      "SELECT getenv('HOME')",
      "EXPLAIN ANALYZE DELETE FROM openaiA",
      "EXPLAIN ANALYZE INSERT INTO openaiA (\"User\") VALUES ('x')",
      "EXPLAIN ANALYZE COPY openaiA TO '" + target + "'",
      "WITH d AS (DELETE FROM openaiA RETURNING *) SELECT * FROM d",
      "SELECT 1; DELETE FROM openaiA",
      "SELECT 1; SELECT 2",
      "COMMIT; DELETE FROM openaiA",
      "SELECT 1 INTO x",
      "",
      ";",
      "nonsense",
  };
  for (const auto& sql : statements) {
    Lines lines;
    const auto outcome = run(sql, lines);
    EXPECT_FALSE(outcome) << sql;
    if (!outcome) {
      EXPECT_FALSE(outcome.error().message.empty()) << sql;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_EQ(one("SELECT \"User\" FROM openaiA"), "Ann");
  EXPECT_EQ(one("SELECT count(*) FROM duckdb_columns() WHERE table_name = 'openaiA'"), "9");
}

TEST_F(QueryEngine, RowsAreLimited) {
  Lines lines;
  QueryLimits limits;
  limits.rows = 5000;
  const auto outcome = run("SELECT range FROM range(1000000)", lines, limits);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->truncated);
  EXPECT_EQ(lines.rows.size(), 5000u);
  EXPECT_EQ(lines.rows.back(), "4999");
  Lines exact;
  EXPECT_FALSE(run("SELECT range FROM range(5000)", exact, limits)->truncated);
}

TEST_F(QueryEngine, TimeIsLimited) {
  Lines lines;
  QueryLimits limits;
  limits.timeout = std::chrono::milliseconds(100);
  const auto before = SystemClock::instance().now();
  const auto outcome = run("SELECT count(*) FROM range(1000000000) a, range(1000000000) b", lines, limits);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the query took longer than it may");
  EXPECT_LT(SystemClock::instance().now() - before, std::chrono::seconds(20));
  // While rows are coming, too.
  const auto streaming = run("SELECT a.range FROM range(1000000000) a, range(1000) b WHERE a.range < 0", lines, limits);
  EXPECT_FALSE(streaming);
}

TEST_F(QueryEngine, MemoryIsLimitedAndTheStoreLivesOn) {
  Lines lines;
  QueryLimits limits;
  const auto outcome = run("SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(1000)", lines, limits);
  EXPECT_FALSE(outcome);
  const auto bytes = encoded(loggerEvent(R"({"User":"Bea"})"));
  const event::StoredEvent event{2, bytes};
  EXPECT_TRUE(store_->deliver({&event, 1}));
  EXPECT_EQ(one("SELECT count(*) FROM openaiA"), "2");
}

TEST_F(QueryEngine, AReceiverThatHasEnoughEndsIt) {
  Lines lines;
  lines.stop_after = 3;
  EXPECT_FALSE(run("SELECT range FROM range(1000000)", lines));
  EXPECT_EQ(lines.rows.size(), 3u);
}

TEST_F(QueryEngine, ReadersSeeNothingHalfStored) {
  // A read-only transaction beside the writer's sees whole batches.
  auto writer = store_->database().connect();
  ASSERT_TRUE(execute(*writer, "BEGIN TRANSACTION"));
  ASSERT_TRUE(execute(*writer, "INSERT INTO openaiA (\"User\") VALUES ('half')"));
  EXPECT_EQ(one("SELECT count(*) FROM openaiA"), "1");
  ASSERT_TRUE(execute(*writer, "COMMIT"));
  EXPECT_EQ(one("SELECT count(*) FROM openaiA"), "2");
}

}  // namespace
}  // namespace sluice::analytics
