// The driver: runs a section's instructions over an exchange. It awaits only when a step says Wait or needs a body that
// is not complete yet.
#pragma once

#include <cstdint>

#include "policy/exchange.h"
#include "runtime/task.h"

namespace sluice::policy {

// Runs from `pc` until the section's end or an instruction at or past `stop`; `pc` is left at where to go on. Next: ran
// to there. Respond, Fail: as the step said.
runtime::Task<Verdict> runSection(Exchange& exchange, Section section, uint32_t& pc, uint32_t stop = Pipeline::kNever);

// Runs on-error after a failure. Whatever happens in it, the exchange has a response afterwards (reference 1.3).
runtime::Task<void> runOnError(Exchange& exchange);

}  // namespace sluice::policy
