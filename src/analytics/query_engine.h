// QueryEngine: runs one read-only SQL statement with limits. Three fences: only a single SELECT (with SHOW, DESCRIBE,
// ...) or EXPLAIN is let through; it runs in a transaction that DuckDB itself holds read-only; and the database was
// opened without access to files, extensions or settings (duck.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "analytics/duck.h"
#include "base/clock.h"
#include "base/result.h"

namespace sluice::analytics {

enum class ColumnKind : uint8_t { Text, Number, Bool };

struct ResultColumn {
  std::string name;
  ColumnKind kind = ColumnKind::Text;
};

// nullopt: null.
using ResultCell = std::optional<std::string_view>;

// Takes a result piece by piece; false ends the query.
class ResultReceiver {
 public:
  virtual ~ResultReceiver() = default;
  virtual bool columns(std::span<const ResultColumn> columns) = 0;
  virtual bool row(std::span<const ResultCell> cells) = 0;
};

struct QueryLimits {
  uint64_t rows = 1'000'000;
  Duration timeout = std::chrono::seconds(60);
  int abandoned_fd = -1;  // a socket: the query ends when its other side has gone
  int stop_fd = -1;       // the query ends when this becomes readable
};

struct QueryOutcome {
  uint64_t rows = 0;
  bool truncated = false;  // there were more than the limit
};

Result<QueryOutcome> runSql(const Database& database, const std::string& sql, const QueryLimits& limits,
                            ResultReceiver& receiver);

}  // namespace sluice::analytics
