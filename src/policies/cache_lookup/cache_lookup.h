// cache-lookup: answers with a response that cache-store has kept (reference 2.6).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& cacheLookupDescriptor();

}  // namespace sluice::policies
