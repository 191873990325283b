// find-and-replace: replaces a text in the body (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& findAndReplaceDescriptor();

}  // namespace sluice::policies
