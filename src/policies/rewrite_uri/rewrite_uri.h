// rewrite-uri: the path and query that the backend gets (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& rewriteUriDescriptor();

}  // namespace sluice::policies
