// authentication-certificate: shows the backend a certificate of the gateway's own (reference 2.2).
#pragma once

#include "policy/descriptor.h"

namespace sluice::policies {

const policy::Descriptor& authenticationCertificateDescriptor();

}  // namespace sluice::policies
