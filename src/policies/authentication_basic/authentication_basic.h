// authentication-basic: user name and password for the backend (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& authenticationBasicDescriptor();

}  // namespace sluice::policies
