// validate-status-code: whether the specification knows the response's status (reference 2.4).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& validateStatusCodeDescriptor();

}  // namespace sluice::policies
