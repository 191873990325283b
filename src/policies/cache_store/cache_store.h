// cache-store: keeps the response for cache-lookup (reference 2.6).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& cacheStoreDescriptor();

}  // namespace sluice::policies
