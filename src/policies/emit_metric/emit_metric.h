// emit-metric: adds a value to a custom metric (reference 2.10).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& emitMetricDescriptor();

}  // namespace sluice::policies
