// ip-filter: lets callers pass by their address (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& ipFilterDescriptor();

}  // namespace sluice::policies
