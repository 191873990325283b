// What becomes of resources that need a value which its Key Vault did not give: an API, or the APIs of a product, are
// left out; a backend takes the APIs that use it with it; a logger does without; the global policy cannot be served
// without.
#pragma once

#include "base/diagnostic.h"
#include "config/model.h"

namespace sluice::config {

// After reading, with UnreadValue::mark in the places of the values; takes the marks out of `named_values`.
void leaveOutUnread(Configuration& configuration, Diagnostics& diagnostics);

}  // namespace sluice::config
