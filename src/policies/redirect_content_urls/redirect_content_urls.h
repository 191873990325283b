// redirect-content-urls: makes links in a body point to the gateway instead of the backend, or back (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& redirectContentUrlsDescriptor();

}  // namespace sluice::policies
