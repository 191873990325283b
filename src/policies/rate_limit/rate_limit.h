// rate-limit: so many calls in a sliding window, by subscription (reference 2.1).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& rateLimitDescriptor();

}  // namespace sluice::policies
