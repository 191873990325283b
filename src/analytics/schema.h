// Schema: the store's tables, derived from the event columns and the configured tables. SQL names are quoted with
// double quotes wherever they are used: `user` and the like are words of SQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analytics/table_definition.h"

namespace sluice::analytics {

enum class SqlType : uint8_t { Varchar, Integer, Bigint, Double, Boolean, Timestamp };

// As DuckDB prints them.
std::string_view sqlName(SqlType type);
std::string quoteName(std::string_view name);

struct SqlColumn {
  std::string name;
  SqlType type = SqlType::Varchar;
};

struct SqlTable {
  std::string name;
  std::vector<SqlColumn> columns;

  std::string createStatement() const;
};

inline constexpr std::string_view kExchangesTable = "exchanges";
inline constexpr std::string_view kEventsTable = "events";      // of loggers without a table
inline constexpr std::string_view kUnmappedTable = "unmapped";  // events that could not become rows elsewhere
inline constexpr std::string_view kCursorTable = "sluice_cursor";

SqlTable exchangesTable();
SqlTable eventsTable();
SqlTable unmappedTable();
// `time`, then the declared columns; one whose name another has already (SQL does not tell `User` from `user`) is left
// out, with a line in the log.
SqlTable loggerTable(const TableDefinition& definition);

SqlType sqlTypeOf(config::ColumnType type);

// docs/reference/tables.md, generated from the event columns.
std::string tablesReference();

}  // namespace sluice::analytics
