// cache-lookup-value: a variable from the cache of values (reference 2.6).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& cacheLookupValueDescriptor();

}  // namespace sluice::policies
