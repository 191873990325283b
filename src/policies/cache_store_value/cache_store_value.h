// cache-store-value: keeps a value for other exchanges (reference 2.6).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& cacheStoreValueDescriptor();

}  // namespace sluice::policies
