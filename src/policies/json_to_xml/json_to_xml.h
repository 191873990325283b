// json-to-xml: converts a JSON body to XML (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& jsonToXmlDescriptor();

}  // namespace sluice::policies
