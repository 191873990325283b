// choose: runs the policies of the first branch whose condition holds (reference 2.10).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& chooseDescriptor();

}  // namespace sluice::policies
