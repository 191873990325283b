// log-to-eventhub: an event for a logger, committed with the exchange's record (reference 2.9).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& logToEventhubDescriptor();

}  // namespace sluice::policies
