// rate-limit-by-key: so many calls in a sliding window, by key (reference 2.1).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& rateLimitByKeyDescriptor();

}  // namespace sluice::policies
