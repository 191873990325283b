// cross-domain: answers requests for Flash's and Silverlight's policy files (reference 2.8).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& crossDomainDescriptor();

}  // namespace sluice::policies
