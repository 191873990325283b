// include-fragment: the policies of a policy fragment, as if written in its place (reference 2.10).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& includeFragmentDescriptor();

}  // namespace sluice::policies
