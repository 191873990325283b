// get-authorization-context: gets an access token of a credential provider (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& getAuthorizationContextDescriptor();

}  // namespace sluice::policies
