#include "analytics/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "event/exchange_record.h"
#include "event/logger_event.h"

namespace sluice::analytics {
namespace {

SqlType sqlTypeOf(event::ColumnType type) {
  switch (type) {
    case event::ColumnType::String:
    case event::ColumnType::Text:
      return SqlType::Varchar;
    case event::ColumnType::Long:
      return SqlType::Bigint;
    case event::ColumnType::Real:
      return SqlType::Double;
    case event::ColumnType::Bool:
      return SqlType::Boolean;
    case event::ColumnType::Time:
      return SqlType::Timestamp;
  }
  return SqlType::Varchar;
}

template <class Columns>
SqlTable tableOf(std::string_view name, const Columns& columns) {
  SqlTable table{std::string(name), {}};
  for (const auto& column : columns) table.columns.push_back({std::string(column.name), sqlTypeOf(column.type)});
  return table;
}

}  // namespace

std::string_view sqlName(SqlType type) {
  constexpr std::string_view kNames[] = {"VARCHAR", "INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP"};
  return kNames[static_cast<size_t>(type)];
}

std::string quoteName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string SqlTable::createStatement() const {
  std::string list;
  for (const auto& column : columns) {
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", quoteName(column.name), sqlName(column.type));
  }
  return fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", quoteName(name), list);
}

SqlTable exchangesTable() {
  return tableOf(kExchangesTable, event::kExchangeColumns);
}
SqlTable eventsTable() {
  return tableOf(kEventsTable, event::kLoggerColumns);
}

SqlTable unmappedTable() {
  SqlTable table = tableOf(kUnmappedTable, event::kLoggerColumns);
  table.columns.push_back({"reason", SqlType::Varchar});
  return table;
}

SqlType sqlTypeOf(config::ColumnType type) {
  switch (type) {
    case config::ColumnType::Bool:
      return SqlType::Boolean;
    case config::ColumnType::Int:
      return SqlType::Integer;
    case config::ColumnType::Long:
      return SqlType::Bigint;
    case config::ColumnType::Real:
      return SqlType::Double;
    case config::ColumnType::DateTime:
      return SqlType::Timestamp;
    case config::ColumnType::String:
    case config::ColumnType::Dynamic:
      return SqlType::Varchar;
  }
  return SqlType::Varchar;
}

SqlTable loggerTable(const TableDefinition& definition) {
  SqlTable table{definition.name, {{"time", SqlType::Timestamp}}};
  for (const auto& column : definition.columns) {
    const bool taken = std::ranges::any_of(
        table.columns, [&](const auto& other) { return equalsIgnoreCase(other.name, column.name); });
    if (taken) {
      log::warning("a column of the local store is left out: SQL has another of that name",
                   {{"table", definition.name}, {"column", column.name}});
      continue;
    }
    table.columns.push_back({column.name, sqlTypeOf(column.type)});
  }
  return table;
}

}  // namespace sluice::analytics
