// authentication-managed-identity: a token of this machine's identity for the backend (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& authenticationManagedIdentityDescriptor();

}  // namespace sluice::policies
