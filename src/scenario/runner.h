// Runs scenarios against a real worker, over real sockets on the loopback, under a clock that only the scenario moves.
// When everything waits (a retry's interval), time moves on by itself.
#pragma once

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

}  // namespace sluice::scenario
