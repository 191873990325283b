// set-header: sets, appends to or deletes a header of the request or response (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& setHeaderDescriptor();

}  // namespace sluice::policies
