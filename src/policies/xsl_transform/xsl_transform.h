// xsl-transform: transforms an XML body by an XSLT 1.0 stylesheet (reference 2.7).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& xslTransformDescriptor();

}  // namespace sluice::policies
