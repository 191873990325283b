// DuckDB's C API with owners and Results. The library throws C++ exceptions through it when it finds itself broken;
// they are caught here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analytics/duckdb_library.h"
#include "base/result.h"

namespace sluice::analytics {

// Owns a C handle; Destroy takes its address and may be called on an empty one.
template <class Handle, auto& Destroy>
class Owned {
 public:
  Owned() = default;
  ~Owned() { reset(); }
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Handle get() const { return handle_; }
  Handle* out() {
    reset();
    return &handle_;
  }
  void reset() {
    if (handle_ != nullptr) Destroy(&handle_);
    handle_ = nullptr;
  }

 private:
  Handle handle_ = nullptr;
};

using Connection = Owned<duckdb_connection, duckdb_disconnect>;
using Statement = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using Statements = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;
using Pending = Owned<duckdb_pending_result, duckdb_destroy_pending>;
using Chunk = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using LogicalType = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;

class QueryResult {
 public:
  QueryResult() = default;
  ~QueryResult() { duckdb_destroy_result(&result_); }
  QueryResult(const QueryResult&) = delete;
  QueryResult& operator=(const QueryResult&) = delete;
  duckdb_result* out() { return &result_; }
  const duckdb_result& get() const { return result_; }

 private:
  duckdb_result result_{};
};

enum class Access : uint8_t { ReadWrite, ReadOnly };

struct DatabaseOptions {
  std::string path;
  uint64_t memory_limit = uint64_t{512} << 20;
  unsigned threads = 2;
  Access access = Access::ReadWrite;
};

// Opened so that SQL reaches nothing but the database itself: no other files, no extensions, no settings.
class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);
  Result<Connection> connect() const;

 private:
  Owned<duckdb_database, duckdb_close> handle_;
};

Status execute(const Connection& connection, const std::string& sql);
// All values of a small result as text, null as "".
Result<std::vector<std::vector<std::string>>> fetchAll(const Connection& connection, const std::string& sql);

// Runs `body`, whose calls into DuckDB may throw.
Status guarded(const std::function<Status()>& body);

std::string quoteText(std::string_view text);  // as an SQL string

}  // namespace sluice::analytics
