// Runs conformance cases (tests/expressions/README.md): a fixture file as a Context, an expression evaluated in it, and
// the result as the cases write it.
#pragma once

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "base/result.h"
#include "expression/context.h"

namespace sluice::expression {

// A context held in memory, as a fixture file describes it. A fresh one for each evaluation.
std::unique_ptr<Context> fixtureContext(std::string_view json);

// One result: {"type":..,"value":..}, {"exception":".."} or {"compileError":[..]}.
std::string runCase(std::string_view expression, Context& context);
// Does a result agree with what is expected (both JSON texts)?
bool agrees(std::string_view actual, std::string_view expected);

struct GroupCount {
  int agreed = 0;
  int total = 0;
};
// Runs a cases file. A line for each case goes to `out`, those that differ and the summary by group to `summary`.
Result<std::map<std::string, GroupCount>> runCases(const std::string& cases_file, const std::string& fixtures_dir,
                                                   std::ostream& out, std::ostream& summary);

// sluice eval --cases FILE --fixtures DIR: 0 when all agree.
int evalCases(const std::string& cases_file, const std::string& fixtures_dir, std::ostream& out, std::ostream& errors);
// sluice eval [--fixture FILE] EXPRESSION; without a fixture the context is empty. 1: the file cannot be read.
int evalOne(const std::string& fixture_file, std::string_view expression, std::ostream& out, std::ostream& errors);

}  // namespace sluice::expression
