// validate-client-certificate: checks the client's certificate (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& validateClientCertificateDescriptor();

}  // namespace sluice::policies
