// The signed statement by which an application proves itself with a certificate instead of a secret (RFC 7523; Entra's
// certificate credentials). Signing takes a millisecond, once per token: it is done where it is asked for.
#pragma once

#include <string>
#include <string_view>

#include "base/certificate.h"
#include "base/clock.h"
#include "base/result.h"

namespace sluice::identity {

inline constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// `audience`: the token endpoint's URL. RS256; good for ten minutes from `now`.
Result<std::string> clientAssertion(const KeyedCertificate& certificate, std::string_view client_id,
                                    std::string_view audience, UtcTime now);

}  // namespace sluice::identity
