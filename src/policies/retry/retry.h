// retry: repeats the policies in it while a condition holds (reference 2.10).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& retryDescriptor();

}  // namespace sluice::policies
