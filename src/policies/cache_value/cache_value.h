// cache-value: a variable from the cache of values, or from the policies inside, which is then kept (reference 2.6;
// known from Microsoft's policy toolkit only).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& cacheValueDescriptor();

}  // namespace sluice::policies
