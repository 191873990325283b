// DuckDB's C API, from a shared library that is loaded when a store is first opened: only the explorer's process opens
// one, and the gateway beside it has neither the library's ten megabytes nor the milliseconds that loading takes.
//
// Here every function of the API that we use is a pointer by the function's own name, which callers in this namespace
// find before the one that <duckdb.h> declares. REQUIRES: loadDuckdb() has succeeded before any is called.
#pragma once

#include <duckdb.h>

#include "base/result.h"

#define SLUICE_DUCKDB_FUNCTIONS(X)           \
  X(duckdb_append_data_chunk)                \
  X(duckdb_appender_add_column)              \
  X(duckdb_appender_close)                   \
  X(duckdb_appender_create)                  \
  X(duckdb_appender_destroy)                 \
  X(duckdb_appender_error)                   \
  X(duckdb_close)                            \
  X(duckdb_column_count)                     \
  X(duckdb_connect)                          \
  X(duckdb_create_config)                    \
  X(duckdb_create_data_chunk)                \
  X(duckdb_create_logical_type)              \
  X(duckdb_data_chunk_get_size)              \
  X(duckdb_data_chunk_get_vector)            \
  X(duckdb_data_chunk_reset)                 \
  X(duckdb_data_chunk_set_size)              \
  X(duckdb_decimal_internal_type)            \
  X(duckdb_decimal_scale)                    \
  X(duckdb_destroy_config)                   \
  X(duckdb_destroy_data_chunk)               \
  X(duckdb_destroy_extracted)                \
  X(duckdb_destroy_logical_type)             \
  X(duckdb_destroy_pending)                  \
  X(duckdb_destroy_prepare)                  \
  X(duckdb_destroy_result)                   \
  X(duckdb_disconnect)                       \
  X(duckdb_execute_pending)                  \
  X(duckdb_extract_statements)               \
  X(duckdb_extract_statements_error)         \
  X(duckdb_fetch_chunk)                      \
  X(duckdb_free)                             \
  X(duckdb_from_date)                        \
  X(duckdb_from_time)                        \
  X(duckdb_from_timestamp)                   \
  X(duckdb_get_type_id)                      \
  X(duckdb_interrupt)                        \
  X(duckdb_is_finite_timestamp)              \
  X(duckdb_open_ext)                         \
  X(duckdb_pending_error)                    \
  X(duckdb_pending_prepared_streaming)       \
  X(duckdb_prepare_error)                    \
  X(duckdb_prepare_extracted_statement)      \
  X(duckdb_prepared_statement_column_count)  \
  X(duckdb_prepared_statement_column_name)   \
  X(duckdb_prepared_statement_column_type)   \
  X(duckdb_prepared_statement_type)          \
  X(duckdb_query)                            \
  X(duckdb_result_error)                     \
  X(duckdb_row_count)                        \
  X(duckdb_set_config)                       \
  X(duckdb_string_t_data)                    \
  X(duckdb_string_t_length)                  \
  X(duckdb_validity_row_is_valid)            \
  X(duckdb_validity_set_row_invalid)         \
  X(duckdb_value_varchar)                    \
  X(duckdb_vector_assign_string_element_len) \
  X(duckdb_vector_ensure_validity_writable)  \
  X(duckdb_vector_get_column_type)           \
  X(duckdb_vector_get_data)                  \
  X(duckdb_vector_get_validity)              \
  X(duckdb_vector_size)

namespace sluice::analytics {

#define SLUICE_DECLARE(name) extern decltype(&::name) name;
SLUICE_DUCKDB_FUNCTIONS(SLUICE_DECLARE)
#undef SLUICE_DECLARE

// Thread-safe; done once. An error says what to install.
Status loadDuckdb();

}  // namespace sluice::analytics
