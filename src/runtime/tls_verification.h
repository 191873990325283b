// What a server's certificate must be when a connection asks for other checks than the usual ones (ServerChecks, in
// tls.h). Internal to this folder.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "runtime/tls.h"

namespace sluice::runtime {

// `checks` must outlive the context.
void useServerChecks(SSL_CTX* context, const ServerChecks& checks);

// The reason for one of OpenSSL's verification errors, among them ours.
std::string verificationFailure(long error);

}  // namespace sluice::runtime
