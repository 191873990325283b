// set-status: sets status code and reason of the response (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& setStatusDescriptor();

}  // namespace sluice::policies
