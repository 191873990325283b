// set-body: replaces the body of the request or response (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& setBodyDescriptor();

}  // namespace sluice::policies
