// return-response: ends the pipeline with a response of its own (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& returnResponseDescriptor();

}  // namespace sluice::policies
