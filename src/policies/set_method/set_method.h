// set-method: the method that the backend gets (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& setMethodDescriptor();

}  // namespace sluice::policies
