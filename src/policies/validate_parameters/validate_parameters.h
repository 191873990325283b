// validate-parameters: the request's headers, query and path parameters against the specification (reference 2.4).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& validateParametersDescriptor();

}  // namespace sluice::policies
