// TableAppender: rows for one table, gathered in DuckDB's own column vectors and appended chunk by chunk. Used within
// one transaction: what is appended after the last flush() is lost with it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "analytics/duck.h"
#include "analytics/json_mapping.h"
#include "analytics/schema.h"

namespace sluice::analytics {

class TableAppender {
 public:
  explicit TableAppender(SqlTable table);

  // Fills a row: one put() per column in order, missing ones are null; then endRow().
  void put(const Cell& cell);
  Status endRow(const Connection& connection);
  Status flush(const Connection& connection);
  // Forgets what was not flushed.
  void clear();
  const SqlTable& table() const { return table_; }

 private:
  void putText(duckdb_vector vector, std::string_view text);

  SqlTable table_;
  Chunk chunk_;
  size_t rows_ = 0;
  size_t column_ = 0;
};

}  // namespace sluice::analytics
