// set-variable: gives a value a name for the rest of the exchange (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& setVariableDescriptor();

}  // namespace sluice::policies
