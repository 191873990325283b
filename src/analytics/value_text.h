// Values of a DuckDB result as text, the way its own shell prints them.
#pragma once

#include <string>
#include <string_view>

#include "analytics/duckdb_library.h"

namespace sluice::analytics {

// Whether appendValue() knows the type; others are to be cast to VARCHAR in SQL first.
bool hasText(duckdb_type type);
bool isNumber(duckdb_type type);

// One column of a chunk.
class ColumnText {
 public:
  explicit ColumnText(duckdb_vector vector);
  ~ColumnText();
  ColumnText(ColumnText&& other) noexcept;
  ColumnText& operator=(ColumnText&&) = delete;

  // False: null. The view lives until the next call or as long as the chunk.
  bool at(size_t row, std::string_view& text);

 private:
  void format(size_t row);

  void* data_;
  uint64_t* validity_;
  duckdb_logical_type logical_;
  duckdb_type type_;
  std::string text_;
};

}  // namespace sluice::analytics
