// check-header: lets only requests with a header, or with one of its values, pass (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& checkHeaderDescriptor();

}  // namespace sluice::policies
