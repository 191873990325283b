// trace: writes a line to the exchange's trace (reference 2.10).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& traceDescriptor();

}  // namespace sluice::policies
