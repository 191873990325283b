// limit-concurrency: so many at once in the policies inside, by key (reference 2.1).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& limitConcurrencyDescriptor();

}  // namespace sluice::policies
