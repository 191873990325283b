// validate-headers: the response's headers against the specification (reference 2.4).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& validateHeadersDescriptor();

}  // namespace sluice::policies
