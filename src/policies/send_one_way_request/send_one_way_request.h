// send-one-way-request: a request whose response nobody waits for (reference 2.9).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& sendOneWayRequestDescriptor();

}  // namespace sluice::policies
