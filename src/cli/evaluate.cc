#include "cli/evaluate.h"

#include <cstdio>
#include <sstream>

#include "expression/cases.h"
#include "expression/reference.h"

namespace sluice::cli {

int runEvaluate(const EvaluateOptions& options) {
  std::ostringstream out, errors;
  int result = 2;
  if (options.reference) {
    out << expression::expressionsReference();
    result = 0;
  } else if (!options.cases.empty()) {
    result = expression::evalCases(options.cases, options.fixtures, out, errors);
  } else if (!options.expression.empty()) {
    result = expression::evalOne(options.fixture, options.expression, out, errors);
  } else {
    errors << "sluice eval: give an EXPRESSION, or --cases FILE --fixtures DIR\n";
  }
  std::fputs(out.str().c_str(), stdout);
  std::fputs(errors.str().c_str(), stderr);
  return result;
}

}  // namespace sluice::cli
