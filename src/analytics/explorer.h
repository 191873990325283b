// The explorer: a child process of the gateway that alone owns the DuckDB store. It reads the journal, appends to the
// store and answers queries on a Unix socket, so that DuckDB's memory, threads and faults stay out of the data plane.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analytics/table_definition.h"
#include "base/result.h"

namespace sluice::analytics {

struct ExplorerOptions {
  std::string journal_directory;
  std::string store_path;
  uint64_t memory_limit = uint64_t{512} << 20;  // of DuckDB, bytes
  unsigned threads = 2;                         // of DuckDB
  std::vector<TableDefinition> tables;
};

// Where the explorer of a store listens, and where its options are kept for `sluice explorer` and `sluice query`.
std::string socketPath(const std::string& store_path);
std::string optionsPath(const std::string& store_path);

// As JSON, for the owner only.
Status saveOptions(const ExplorerOptions& options);
Result<ExplorerOptions> loadOptions(const std::string& path);

// What `sluice explorer --options FILE --parent PID` runs: the exit code. Ends on SIGTERM, which the kernel also sends
// when the parent dies, after it has stored all that the journal holds for it. SIGINT is left to the gateway.
int runExplorer(const ExplorerOptions& options, pid_t parent);

}  // namespace sluice::analytics
