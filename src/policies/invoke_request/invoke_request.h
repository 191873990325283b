// invoke-request: a request whose response goes into a variable, or is the answer (reference 2.9; known from
// Microsoft's policy toolkit only).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& invokeRequestDescriptor();

}  // namespace sluice::policies
