// jsonp: wraps a JSON answer into a call of the client's own function (reference 2.8).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& jsonpDescriptor();

}  // namespace sluice::policies
