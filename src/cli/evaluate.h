// `sluice eval`: one expression, or a file of conformance cases (tests/expressions/README.md).
#pragma once

#include <string>

namespace sluice::cli {

struct EvaluateOptions {
  EvaluateOptions() = default;

  std::string expression;
  std::string fixture;     // JSON file; empty: an empty context
  std::string cases;       // JSON lines
  std::string fixtures;    // folder
  bool reference = false;  // docs/reference/expressions.md instead
};

int runEvaluate(const EvaluateOptions& options);

}  // namespace sluice::cli
