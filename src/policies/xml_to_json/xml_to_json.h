// xml-to-json: converts an XML body to JSON (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& xmlToJsonDescriptor();

}  // namespace sluice::policies
