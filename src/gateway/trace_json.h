// The policy trace of an exchange as listTrace answers it (reference 6.5): steps by section, with times in .NET's form.
#pragma once

#include <string>
#include <string_view>

#include "policy/exchange.h"
#include "policy/trace_mask.h"

namespace sluice::gateway {

std::string traceJson(const policy::Exchange& exchange, const policy::TraceMask& mask, std::string_view service);

}  // namespace sluice::gateway
