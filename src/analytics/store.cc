#include "analytics/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "base/encoding.h"
#include "base/log.h"
#include "event/event_kind.h"
#include "event/exchange_record.h"

namespace sluice::analytics {
namespace {

int64_t micros(UtcTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

template <class Record>
Cell cellOf(const event::Column<Record>& column, const Record& record) {
  switch (column.type) {
    case event::ColumnType::String:
    case event::ColumnType::Text:
      return (record.*column.view).empty() ? Cell() : Cell(record.*column.view);
    case event::ColumnType::Long:
      return record.*column.number ? Cell(*(record.*column.number)) : Cell();
    case event::ColumnType::Real:
      return record.*column.real ? Cell(*(record.*column.real)) : Cell();
    case event::ColumnType::Bool:
      return Cell(record.*column.flag);
    case event::ColumnType::Time:
      return Timestamp{micros(record.*column.time)};
  }
  return {};
}

template <class Record, class Columns>
void putAll(TableAppender& appender, const Columns& columns, const Record& record) {
  for (const auto& column : columns) appender.put(cellOf(column, record));
}

DatabaseOptions databaseOptions(const StoreOptions& options) {
  return {options.path, options.memory_limit, options.threads, Access::ReadWrite};
}

// Makes the file of a new store. A process killed while DuckDB makes one leaves a file that DuckDB never opens again,
// so it is made aside, and renamed when it is whole. REQUIRES: no other process uses the store (the journal's cursor).
Status makeFile(const StoreOptions& options) {
  std::error_code error;
  if (std::filesystem::file_size(options.path, error) > 0 && !error) return {};
  DatabaseOptions aside = databaseOptions(options);
  aside.path += ".new";
  for (const char* suffix : {"", ".wal"}) std::filesystem::remove(aside.path + suffix, error);
  if (auto made = Database::open(aside); !made) return tl::make_unexpected(made.error());
  std::filesystem::rename(aside.path, options.path, error);
  return error ? fail(fmt::format("cannot make the store {}: {}", options.path, error.message())) : Status();
}

}  // namespace

Store::Store(std::unique_ptr<Database> database, Connection connection, const StoreOptions& options)
    : database_(std::move(database)),
      connection_(std::move(connection)),
      journal_(options.journal),
      exchanges_(exchangesTable()),
      events_(eventsTable()),
      unmapped_(unmappedTable()) {
  for (const auto& definition : options.tables) {
    const SqlTable table = loggerTable(definition);
    // The mapping's columns are the table's without `time`.
    std::vector<TableColumn> columns;
    for (const auto& column : definition.columns) {
      const auto found = std::ranges::find(table.columns, column.name, &SqlColumn::name);
      if (found != table.columns.begin() && found != table.columns.end()) columns.push_back(column);
    }
    mapped_.push_back(
        std::make_unique<Mapped>(Mapped{definition.logger, JsonMapping(std::move(columns)), TableAppender(table)}));
  }
}

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options) {
  if (auto made = makeFile(options); !made) return tl::make_unexpected(made.error());
  auto database = Database::open(databaseOptions(options));
  if (!database) return tl::make_unexpected(database.error());
  auto connection = (*database)->connect();
  if (!connection) return tl::make_unexpected(connection.error());
  auto store = std::unique_ptr<Store>(new Store(std::move(*database), std::move(*connection), options));
  if (auto prepared = store->prepare(); !prepared) return tl::make_unexpected(prepared.error());
  return store;
}

Status Store::prepare() {
  const std::string cursor =
      fmt::format("CREATE TABLE IF NOT EXISTS {} (journal VARCHAR, position UBIGINT)", kCursorTable);
  if (auto made = execute(connection_, "BEGIN TRANSACTION"); !made) return made;
  if (auto made = execute(connection_, cursor); !made) return made;
  if (auto matched = matchColumns(exchanges_.table()); !matched) return matched;
  if (auto matched = matchColumns(events_.table()); !matched) return matched;
  if (auto matched = matchColumns(unmapped_.table()); !matched) return matched;
  for (const auto& one : mapped_) {
    if (auto matched = matchColumns(one->appender.table()); !matched) return matched;
  }
  if (auto read = readPosition(); !read) return read;
  return execute(connection_, "COMMIT");
}

Status Store::matchColumns(const SqlTable& table) {
  if (auto made = execute(connection_, table.createStatement()); !made) return made;
  const auto present = fetchAll(connection_, fmt::format("SELECT column_name, data_type FROM duckdb_columns() WHERE "
                                                         "schema_name = 'main' AND lower(table_name) = lower({})",
                                                         quoteText(table.name)));
  if (!present) return tl::make_unexpected(present.error());
  const auto find = [&](std::string_view name) {
    return std::ranges::find_if(*present, [&](const auto& row) { return equalsIgnoreCase(row[0], name); });
  };
  for (const auto& column : table.columns) {
    const auto at = find(column.name);
    if (at != present->end() && (*at)[1] == sqlName(column.type)) continue;
    const std::string alter = "ALTER TABLE " + quoteName(table.name);
    if (at != present->end()) {
      std::string old = fmt::format("{}_{}", column.name, (*at)[1]);
      std::ranges::transform(old, old.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      while (find(old) != present->end()) old += "_old";
      log::warning("a column of the local store has another type now; what it holds is kept under another name",
                   {{"table", table.name}, {"column", column.name}, {"kept", old}});
      const auto rename = fmt::format("{} RENAME {} TO {}", alter, quoteName((*at)[0]), quoteName(old));
      if (auto renamed = execute(connection_, rename); !renamed) return renamed;
    }
    const auto add = fmt::format("{} ADD COLUMN {} {}", alter, quoteName(column.name), sqlName(column.type));
    if (auto added = execute(connection_, add); !added) return added;
  }
  return {};
}

Status Store::readPosition() {
  const auto rows = fetchAll(
      connection_, fmt::format("SELECT position FROM {} WHERE journal = {}", kCursorTable, quoteText(journal_)));
  if (!rows) return tl::make_unexpected(rows.error());
  if (rows->empty()) {
    return execute(connection_, fmt::format("INSERT INTO {} VALUES ({}, 0)", kCursorTable, quoteText(journal_)));
  }
  const std::string& text = (*rows)[0][0];
  std::from_chars(text.data(), text.data() + text.size(), position_);
  return {};
}

Status Store::deliver(std::span<const event::StoredEvent> batch) {
  while (!batch.empty() && batch.front().sequence <= position_) batch = batch.subspan(1);
  if (batch.empty()) return {};
  const auto done = deliverOnce(batch);
  if (done) return done;
  if (batch.size() > 1) {
    // One of them may be at fault: halve until it is alone.
    if (auto first = deliver(batch.first(batch.size() / 2)); !first) return first;
    return deliver(batch.subspan(batch.size() / 2));
  }
  return setAside(batch.front(), done.error().message);
}

Status Store::deliverOnce(std::span<const event::StoredEvent> batch) {
  return guarded([&]() -> Status {
    if (auto begun = execute(connection_, "BEGIN TRANSACTION"); !begun) return begun;
    auto done = guarded([&] { return appendAll(batch); });
    if (done) done = flushAndCommit(batch.back().sequence);
    if (!done) {
      clear();
      // After a failed commit there is no transaction any more; that is all right.
      (void)execute(connection_, "ROLLBACK");
    }
    return done;
  });
}

Status Store::appendAll(std::span<const event::StoredEvent> batch) {
  for (const auto& event : batch) {
    if (auto appended = append(event); !appended) return appended;
  }
  return {};
}

Status Store::append(const event::StoredEvent& event) {
  const auto kind = event::kindOf(event.bytes);
  if (kind == event::EventKind::Exchange) {
    const auto record = event::decodeExchange(event.bytes);
    if (record) {
      putAll(exchanges_, event::kExchangeColumns, *record);
      return exchanges_.endRow(connection_);
    }
  } else if (kind == event::EventKind::Logger) {
    if (const auto message = event::decodeLogger(event.bytes)) return appendLogger(*message);
  }
  const std::string encoded = base64Encode({reinterpret_cast<const char*>(event.bytes.data()), event.bytes.size()});
  event::LoggerEvent raw;
  raw.payload = encoded;
  return appendUnmapped(raw, "an event that this version cannot read, as base64");
}

Status Store::appendLogger(const event::LoggerEvent& event) {
  bool known = false;
  for (const auto& one : mapped_) {
    if (one->logger != event.logger) continue;
    known = true;
    std::string reason;
    const auto* cells = one->mapping.map(event.payload, reason);
    if (cells == nullptr) {
      if (auto kept = appendUnmapped(event, reason); !kept) return kept;
      continue;
    }
    one->appender.put(Timestamp{micros(event.time)});
    for (const auto& cell : *cells) one->appender.put(cell);
    if (auto ended = one->appender.endRow(connection_); !ended) return ended;
  }
  if (known) return {};
  putAll(events_, event::kLoggerColumns, event);
  return events_.endRow(connection_);
}

Status Store::appendUnmapped(const event::LoggerEvent& event, std::string_view reason) {
  putAll(unmapped_, event::kLoggerColumns, event);
  unmapped_.put(reason);
  return unmapped_.endRow(connection_);
}

Status Store::setAside(const event::StoredEvent& event, std::string_view reason) {
  return guarded([&]() -> Status {
    if (auto begun = execute(connection_, "BEGIN TRANSACTION"); !begun) return begun;
    const std::string encoded = base64Encode({reinterpret_cast<const char*>(event.bytes.data()), event.bytes.size()});
    event::LoggerEvent raw;
    raw.payload = encoded;
    auto done = appendUnmapped(raw, reason);
    if (done) done = flushAndCommit(event.sequence);
    if (!done) {
      clear();
      (void)execute(connection_, "ROLLBACK");
    }
    return done;
  });
}

Status Store::flushAndCommit(uint64_t position) {
  for (TableAppender* appender : {&exchanges_, &events_, &unmapped_}) {
    if (auto flushed = appender->flush(connection_); !flushed) return flushed;
  }
  for (const auto& one : mapped_) {
    if (auto flushed = one->appender.flush(connection_); !flushed) return flushed;
  }
  const auto moved = execute(connection_, fmt::format("UPDATE {} SET position = {} WHERE journal = {}", kCursorTable,
                                                      position, quoteText(journal_)));
  if (!moved) return moved;
  if (auto committed = execute(connection_, "COMMIT"); !committed) return committed;
  position_ = position;
  return {};
}

void Store::clear() {
  for (TableAppender* appender : {&exchanges_, &events_, &unmapped_}) appender->clear();
  for (const auto& one : mapped_) one->appender.clear();
}

}  // namespace sluice::analytics
