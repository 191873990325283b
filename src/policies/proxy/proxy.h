// proxy: sends requests through an HTTP proxy (reference 2.5).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& proxyDescriptor();

}  // namespace sluice::policies
