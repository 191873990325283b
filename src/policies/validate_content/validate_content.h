// validate-content: size, type and JSON schema of a body against the specification (reference 2.4).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& validateContentDescriptor();

}  // namespace sluice::policies
