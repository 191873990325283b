// cache-remove-value: forgets a kept value (reference 2.6).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& cacheRemoveValueDescriptor();

}  // namespace sluice::policies
