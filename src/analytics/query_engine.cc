#include "analytics/query_engine.h"

#include <fmt/format.h>
#include <poll.h>

#include <thread>
#include <vector>

#include "analytics/stop_signal.h"
#include "analytics/value_text.h"

namespace sluice::analytics {
namespace {

// Interrupts the query at its deadline, or when the asker has gone.
class Watchdog {
 public:
  Watchdog(duckdb_connection connection, const QueryLimits& limits)
      : connection_(connection), limits_(limits), thread_([this] { watch(); }) {}
  ~Watchdog() {
    done_.raise();
    thread_.join();
  }
  bool timedOut() const { return timed_out_.load(); }

 private:
  void watch() {
    pollfd entries[3] = {{done_.fd(), POLLIN, 0}, {limits_.abandoned_fd, POLLRDHUP, 0}, {limits_.stop_fd, POLLIN, 0}};
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(limits_.timeout).count();
    const int ready = ::poll(entries, 3, static_cast<int>(millis));
    timed_out_.store(ready == 0);
    // Once is not enough: an interrupt that falls between two phases of a query is forgotten.
    for (bool over = ready > 0 && entries[0].revents != 0; !over;) {
      duckdb_interrupt(connection_);
      over = done_.within(std::chrono::milliseconds(20));
    }
  }

  duckdb_connection connection_;
  const QueryLimits& limits_;
  StopSignal done_;
  std::atomic<bool> timed_out_{false};
  std::thread thread_;
};

Status prepare(const Connection& connection, const std::string& sql, Statement& statement) {
  Statements statements;
  const idx_t count = duckdb_extract_statements(connection.get(), sql.c_str(), statements.out());
  if (count == 0) {
    const char* message = duckdb_extract_statements_error(statements.get());
    return fail(message == nullptr ? "there is no statement" : message);
  }
  if (count > 1) return fail("one statement at a time");
  if (duckdb_prepare_extracted_statement(connection.get(), statements.get(), 0, statement.out()) != DuckDBSuccess) {
    const char* message = duckdb_prepare_error(statement.get());
    return fail(message == nullptr ? "the statement cannot be prepared" : message);
  }
  return {};
}

std::vector<ResultColumn> columnsOf(duckdb_prepared_statement statement, bool& all_have_text) {
  std::vector<ResultColumn> columns;
  all_have_text = true;
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(statement); ++i) {
    const char* name = duckdb_prepared_statement_column_name(statement, i);
    const duckdb_type type = duckdb_prepared_statement_column_type(statement, i);
    all_have_text = all_have_text && hasText(type);
    columns.push_back({name == nullptr ? "" : name, isNumber(type)                ? ColumnKind::Number
                                                    : type == DUCKDB_TYPE_BOOLEAN ? ColumnKind::Bool
                                                                                  : ColumnKind::Text});
    duckdb_free(const_cast<char*>(name));
  }
  return columns;
}

Status checkReadOnly(duckdb_prepared_statement statement) {
  const auto type = duckdb_prepared_statement_type(statement);
  if (type == DUCKDB_STATEMENT_TYPE_SELECT || type == DUCKDB_STATEMENT_TYPE_EXPLAIN) return {};
  return fail("only queries (SELECT, SHOW, DESCRIBE, EXPLAIN) are answered; the store cannot be changed with SQL");
}

// Gives the rows on; false when the receiver had enough.
Status sendRows(duckdb_result& result, const QueryLimits& limits, ResultReceiver& receiver, QueryOutcome& outcome) {
  std::vector<ResultCell> cells(duckdb_column_count(&result));
  while (true) {
    Chunk chunk;
    *chunk.out() = duckdb_fetch_chunk(result);
    if (chunk.get() == nullptr) {
      const char* message = duckdb_result_error(&result);
      return message == nullptr || *message == '\0' ? Status() : fail(message);
    }
    std::vector<ColumnText> columns;
    columns.reserve(cells.size());
    for (idx_t i = 0; i < cells.size(); ++i) columns.emplace_back(duckdb_data_chunk_get_vector(chunk.get(), i));
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row) {
      if (outcome.rows == limits.rows) {
        outcome.truncated = true;
        return {};
      }
      for (size_t i = 0; i < cells.size(); ++i) {
        std::string_view text;
        cells[i] = columns[i].at(row, text) ? ResultCell(text) : ResultCell();
      }
      if (!receiver.row(cells)) return fail("the asker has gone");
      ++outcome.rows;
    }
  }
}

Status runStatement(const Connection& connection, const std::string& sql, const QueryLimits& limits,
                    ResultReceiver& receiver, QueryOutcome& outcome) {
  Statement statement;
  if (auto prepared = prepare(connection, sql, statement); !prepared) return prepared;
  if (auto checked = checkReadOnly(statement.get()); !checked) return checked;
  bool all_have_text = false;
  const auto columns = columnsOf(statement.get(), all_have_text);
  if (!all_have_text && duckdb_prepared_statement_type(statement.get()) == DUCKDB_STATEMENT_TYPE_SELECT) {
    const auto cast = fmt::format("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM query({})", quoteText(sql));
    if (auto prepared = prepare(connection, cast, statement); !prepared) return prepared;
  }
  Pending pending;
  QueryResult result;
  if (duckdb_pending_prepared_streaming(statement.get(), pending.out()) != DuckDBSuccess) {
    return fail(duckdb_pending_error(pending.get()));
  }
  if (duckdb_execute_pending(pending.get(), result.out()) != DuckDBSuccess) {
    const char* message = duckdb_result_error(result.out());
    return fail(message == nullptr ? "the query failed" : message);
  }
  if (!receiver.columns(columns)) return fail("the asker has gone");
  return sendRows(*result.out(), limits, receiver, outcome);
}

}  // namespace

Result<QueryOutcome> runSql(const Database& database, const std::string& sql, const QueryLimits& limits,
                            ResultReceiver& receiver) {
  auto connection = database.connect();
  if (!connection) return tl::make_unexpected(connection.error());
  if (auto begun = execute(*connection, "BEGIN TRANSACTION READ ONLY"); !begun) {
    return tl::make_unexpected(begun.error());
  }
  QueryOutcome outcome;
  bool timed_out = false;
  const auto done = [&] {
    const Watchdog watchdog(connection->get(), limits);
    auto status = guarded([&] { return runStatement(*connection, sql, limits, receiver, outcome); });
    timed_out = watchdog.timedOut();
    return status;
  }();
  (void)execute(*connection, "ROLLBACK");
  if (done) return outcome;
  if (timed_out) return fail("the query took longer than it may");
  return tl::make_unexpected(done.error());
}

}  // namespace sluice::analytics
