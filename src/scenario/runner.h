// Runs scenarios against a real worker, over real sockets on the loopback, under a clock that only the scenario moves.
// When everything waits (a retry's interval), time moves on by itself.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "policy/catalogue.h"
#include "scenario/scenario.h"

namespace sluice::scenario {

struct Outcome {
  std::string name;
  std::vector<std::string> differences;  // empty: passed
  std::vector<std::string> trace;        // of the step that failed
  bool passed() const { return differences.empty(); }
};

Outcome runScenario(const Scenario& scenario, const policy::Catalogue& catalogue, const std::string& tokenizer_folder);

enum class TraceOutput : uint8_t { Failures, Always };

struct RunOptions {
  RunOptions() = default;

  std::vector<std::string> paths;  // files, or folders searched for *.scenario
  TraceOutput trace = TraceOutput::Failures;
  std::string tokenizer_folder;
};

// `sluice test`: prints a line for each scenario and "N passed, N failed" at the end; the process's exit code.
int runScenarios(const RunOptions& options, const policy::Catalogue& catalogue);

}  // namespace sluice::scenario
