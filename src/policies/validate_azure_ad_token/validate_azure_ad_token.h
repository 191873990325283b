// validate-azure-ad-token: lets only requests with a good Microsoft Entra token pass (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& validateAzureAdTokenDescriptor();

}  // namespace sluice::policies
