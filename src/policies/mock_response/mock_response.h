// mock-response: answers from the operation's examples and schemas, without a backend (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& mockResponseDescriptor();

}  // namespace sluice::policies
