// set-backend-service: says where forward-request sends to (reference 2.5).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& setBackendServiceDescriptor();

}  // namespace sluice::policies
