// validate-jwt: lets only requests with a good JSON Web Token pass (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& validateJwtDescriptor();

}  // namespace sluice::policies
