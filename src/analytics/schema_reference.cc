// The reference page of the store's tables.
#include <fmt/format.h>

#include "analytics/schema.h"
#include "event/exchange_record.h"
#include "event/logger_event.h"

namespace sluice::analytics {
namespace {

template <class Columns>
std::string rowsOf(const SqlTable& table, const Columns& columns) {
  std::string rows = "| column | type | |\n| --- | --- | --- |\n";
  for (size_t i = 0; i < columns.size(); ++i) {
    rows += fmt::format("| `{}` | {} | {} |\n", columns[i].name, sqlName(table.columns[i].type), columns[i].sentence);
  }
  return rows;
}

}  // namespace

std::string tablesReference() {
  return fmt::format(
      R"(# The store's tables

What `sluice query` reads. Times are UTC. Text that is absent is null. Names that are words of SQL, such as `user`, need
double quotes. This page is generated from the columns that the gateway writes.

## exchanges

One row for each request, whatever became of it.

{}
## Tables of loggers

A table that `tables:` of sluice.yaml declares has `time` (TIMESTAMP, when the policy ran) and the declared columns:
`int` is INTEGER, `long` BIGINT, `real` DOUBLE, `bool` BOOLEAN, `datetime` TIMESTAMP, `string` and `dynamic` VARCHAR. The
event's JSON object fills them by key; a key that is missing or of a kind that does not fit gives null. `dynamic` keeps
JSON text, also of an object or array that stood in a string, so that `FullRequestBody->>'$.messages[0].role'` works.
When a column's declared type changes, what it held stays under another name: `total_tokens_varchar`.

## events

Messages of loggers without a table.

{}
## unmapped

Messages that are no JSON object although their logger has a table, and events that could not be stored otherwise
(then `payload` is base64). The columns of `events`, and `reason` (VARCHAR).

## sluice_cursor

How far the journal has been read; changes in one transaction with the rows.
)",
      rowsOf(exchangesTable(), event::kExchangeColumns), rowsOf(eventsTable(), event::kLoggerColumns));
}

}  // namespace sluice::analytics
