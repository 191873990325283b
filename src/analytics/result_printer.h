// Printers of query results: an aligned table for people, JSON (one object per line) and CSV (RFC 4180) for programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analytics/query.h"
#include "analytics/query_engine.h"

namespace sluice::analytics {

class ResultPrinter : public ResultReceiver {
 public:
  // After the last row.
  virtual void finish(const QueryOutcome& outcome) = 0;
};

// `columns_wide`: what a table may take; 0: any.
std::unique_ptr<ResultPrinter> makePrinter(Format format, size_t columns_wide, std::FILE* out);

}  // namespace sluice::analytics
