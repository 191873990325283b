// forward-request: sends the request to the backend (reference 2.5).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& forwardRequestDescriptor();

}  // namespace sluice::policies
