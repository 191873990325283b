#include "analytics/table_appender.h"

#include <fmt/format.h>

#include <string>

#include "analytics/utf8.h"
#include "base/encoding.h"

namespace sluice::analytics {
namespace {

duckdb_type duckType(SqlType type) {
  switch (type) {
    case SqlType::Varchar:
      return DUCKDB_TYPE_VARCHAR;
    case SqlType::Integer:
      return DUCKDB_TYPE_INTEGER;
    case SqlType::Bigint:
      return DUCKDB_TYPE_BIGINT;
    case SqlType::Double:
      return DUCKDB_TYPE_DOUBLE;
    case SqlType::Boolean:
      return DUCKDB_TYPE_BOOLEAN;
    case SqlType::Timestamp:
      return DUCKDB_TYPE_TIMESTAMP;
  }
  return DUCKDB_TYPE_INVALID;
}

template <class T>
void set(duckdb_vector vector, size_t row, T value) {
  static_cast<T*>(duckdb_vector_get_data(vector))[row] = value;
}

void setNull(duckdb_vector vector, size_t row) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

}  // namespace

TableAppender::TableAppender(SqlTable table) : table_(std::move(table)) {
  std::vector<LogicalType> owned;
  std::vector<duckdb_logical_type> types;
  for (const auto& column : table_.columns) {
    owned.emplace_back();
    *owned.back().out() = duckdb_create_logical_type(duckType(column.type));
    types.push_back(owned.back().get());
  }
  *chunk_.out() = duckdb_create_data_chunk(types.data(), types.size());
}

void TableAppender::putText(duckdb_vector vector, std::string_view text) {
  // DuckDB takes it for granted that text is UTF-8.
  if (isValidUtf8(text)) {
    duckdb_vector_assign_string_element_len(vector, rows_, text.data(), text.size());
  } else {
    const std::string mended = replaceInvalidUtf8(text);
    duckdb_vector_assign_string_element_len(vector, rows_, mended.data(), mended.size());
  }
}

void TableAppender::put(const Cell& cell) {
  if (column_ >= table_.columns.size()) return;
  const SqlType type = table_.columns[column_].type;
  duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_.get(), column_++);
  if (const auto* text = std::get_if<std::string_view>(&cell); text != nullptr && type == SqlType::Varchar) {
    putText(vector, *text);
  } else if (const auto* flag = std::get_if<bool>(&cell); flag != nullptr && type == SqlType::Boolean) {
    set(vector, rows_, *flag);
  } else if (const auto* number = std::get_if<int64_t>(&cell); number != nullptr && type == SqlType::Bigint) {
    set(vector, rows_, *number);
  } else if (number != nullptr && type == SqlType::Integer) {
    set(vector, rows_, static_cast<int32_t>(*number));
  } else if (const auto* real = std::get_if<double>(&cell); real != nullptr && type == SqlType::Double) {
    set(vector, rows_, *real);
  } else if (const auto* time = std::get_if<Timestamp>(&cell); time != nullptr && type == SqlType::Timestamp) {
    set(vector, rows_, time->micros);
  } else {
    setNull(vector, rows_);
  }
}

Status TableAppender::endRow(const Connection& connection) {
  while (column_ < table_.columns.size()) put({});
  column_ = 0;
  ++rows_;
  return rows_ < duckdb_vector_size() ? Status() : flush(connection);
}

Status TableAppender::flush(const Connection& connection) {
  if (rows_ == 0) return {};
  duckdb_data_chunk_set_size(chunk_.get(), rows_);
  Owned<duckdb_appender, duckdb_appender_destroy> appender;
  const auto refused = [&] {
    const char* message = duckdb_appender_error(appender.get());
    return fail(fmt::format("cannot append to {}: {}", table_.name, message == nullptr ? "" : message));
  };
  if (duckdb_appender_create(connection.get(), nullptr, table_.name.c_str(), appender.out()) != DuckDBSuccess) {
    return refused();
  }
  // The table may have columns that are no longer declared.
  for (const auto& column : table_.columns) {
    if (duckdb_appender_add_column(appender.get(), column.name.c_str()) != DuckDBSuccess) return refused();
  }
  if (duckdb_append_data_chunk(appender.get(), chunk_.get()) != DuckDBSuccess ||
      duckdb_appender_close(appender.get()) != DuckDBSuccess) {
    return refused();
  }
  clear();
  return {};
}

void TableAppender::clear() {
  duckdb_data_chunk_reset(chunk_.get());
  rows_ = 0;
  column_ = 0;
}

}  // namespace sluice::analytics
