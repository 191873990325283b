// Ending an evaluation: what callers learn of an exception.
#pragma once

#include "expression/eval.h"
#include "expression/node.h"

namespace sluice::expression {

// The exception as the rest of the gateway sees it, in the evaluation's arena.
const Exception* describeException(Eval& eval, ExceptionObject& exception);

}  // namespace sluice::expression
