// Private keys and certificates as PEM text.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulator/signing_keys.h"

namespace sluice::simulator {

struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, CertificateDeleter>;

std::string toPem(const PrivateKey& key);
std::string toPem(const Certificate& certificate);
// All private keys of a text, in order.
Result<std::vector<PrivateKey>> privateKeysFromPem(std::string_view pem);
Result<Certificate> certificateFromPem(std::string_view pem);
// "what: " and OpenSSL's newest complaint.
Error opensslError(std::string_view what);

}  // namespace sluice::simulator
