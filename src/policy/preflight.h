// Preflights (reference 1.3, 2.8): an OPTIONS request of a browser that no operation was defined for is answered by the
// cors policies alone, before any key is looked at.
#pragma once

#include "policy/exchange.h"

namespace sluice::policy {

// OPTIONS with Origin and Access-Control-Request-Method, and no operation of its own.
bool isPreflight(const Exchange& exchange);

// Runs the cors policies that stand directly in the inbound section of the exchange's pipeline. Respond: the exchange
// has its answer, an empty 200 where none of them had one. Next: there is no cors policy. Fail: one failed.
Verdict answerPreflight(Exchange& exchange);

// For a path that no API takes: runs the cross-domain policies that stand directly in the inbound section of the
// exchange's pipeline, the global one. Respond: the exchange has its answer. Next: it is none of theirs.
Verdict answerCrossDomain(Exchange& exchange);

}  // namespace sluice::policy
