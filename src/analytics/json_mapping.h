// JsonMapping: a logger's payload to the cells of its table, as Azure Data Explorer's JSON mapping by key does: a key
// that is missing, null, or of a kind that does not fit the column gives null. What fits:
//   int, long   a whole number in range              real      any number
//   bool        true, false                          datetime  an ISO 8601 string
//   string      a string; of anything else its JSON text
//   dynamic     JSON text; a string that itself holds an object or array gives that text, so that `->` works on it
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analytics/table_definition.h"

namespace sluice::analytics {

// Timestamp: microseconds since 1970, UTC.
struct Timestamp {
  int64_t micros = 0;
  bool operator==(const Timestamp&) const = default;
};
// Strings live until the next map() of the same mapping.
using Cell = std::variant<std::monostate, bool, int64_t, double, Timestamp, std::string_view>;

// ISO 8601: date, optionally T or space and time with seconds and fraction, optionally Z or an offset.
std::optional<Timestamp> parseTimestamp(std::string_view text);

// Not thread-safe: it keeps its parser's memory.
class JsonMapping {
 public:
  explicit JsonMapping(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // One cell per column; nullptr when the payload is not a JSON object, `reason` then says why.
  const std::vector<Cell>* map(std::string_view payload, std::string& reason);
  const std::vector<TableColumn>& columns() const { return columns_; }

 private:
  Cell convert(simdjson::dom::element value, config::ColumnType type);
  std::string_view keep(std::string text);

  std::vector<TableColumn> columns_;
  simdjson::dom::parser parser_;
  simdjson::dom::parser inner_;
  std::vector<Cell> cells_;
  std::vector<std::string> kept_;
};

}  // namespace sluice::analytics
