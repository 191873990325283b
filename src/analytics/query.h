// `sluice query --sql`: asks the explorer of a running gateway; when none runs, stores what the journal holds and opens
// the store itself. Prints a table, JSON or CSV.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/clock.h"

namespace sluice::analytics {

enum class Format : uint8_t { Table, Json, Csv };
enum class Width : uint8_t { Terminal, Wide };

struct QueryOptions {
  std::string store_path;
  std::string sql;
  Format format = Format::Table;
  Width width = Width::Terminal;  // Terminal: cells are cut so that a row fits its line
  uint64_t max_rows = 1000;
  Duration timeout = std::chrono::seconds(60);
  std::FILE* out = stdout;
  std::FILE* err = stderr;
};

// 0; 1 when the query failed, 2 when neither explorer nor store can be reached. What went wrong is on `err`.
int runQuery(const QueryOptions& options);

}  // namespace sluice::analytics
