// `sluice test`: many scenario files, here or against a live gateway, and what is printed about them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/catalogue.h"
#include "scenario/live.h"

namespace sluice::scenario {

enum class TraceOutput : uint8_t { Failures, Always };

struct RunOptions {
  RunOptions() = default;

  std::vector<std::string> paths;  // files, or folders searched for *.scenario
  TraceOutput trace = TraceOutput::Failures;
  std::string tokenizer_folder;
  std::optional<LiveOptions> live;  // --against: nothing is run here
};

// Prints a line for each scenario and "N passed, N failed" at the end, and how many were left out; the process's exit
// code.
int runScenarios(const RunOptions& options, const policy::Catalogue& catalogue);

}  // namespace sluice::scenario
