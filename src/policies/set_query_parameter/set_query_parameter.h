// set-query-parameter: sets, appends to or deletes a query parameter of the request (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& setQueryParameterDescriptor();

}  // namespace sluice::policies
