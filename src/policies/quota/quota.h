// quota: so many calls or bytes in a fixed period, by subscription (reference 2.1).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& quotaDescriptor();

}  // namespace sluice::policies
