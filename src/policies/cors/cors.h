// cors: lets browsers of other origins read answers (reference 2.8).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& corsDescriptor();

}  // namespace sluice::policies
