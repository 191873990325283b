// wait: runs the policies inside beside one another (reference 2.10).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& waitDescriptor();

}  // namespace sluice::policies
