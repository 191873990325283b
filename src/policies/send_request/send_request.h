// send-request: a request of the policy's own, its response in a variable (reference 2.9).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& sendRequestDescriptor();

}  // namespace sluice::policies
