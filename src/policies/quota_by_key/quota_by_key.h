// quota-by-key: so many calls or bytes in a fixed window, by key (reference 2.1).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& quotaByKeyDescriptor();

}  // namespace sluice::policies
