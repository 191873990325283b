// Certificates with their private keys, as files bring them: PKCS#12 (PFX) or PEM. Pure functions over bytes; what they
// cannot read is an Error with OpenSSL's reason.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace sluice {

struct KeyedCertificate {
  std::string chain_pem;  // leaf first
  Secret key_pem;         // empty: the certificate alone
  std::string der;        // of the leaf
  std::string thumbprint;
};

// `password` empty: both readings of an absent one are tried.
Result<KeyedCertificate> readPkcs12(std::string_view bytes, std::string_view password);
// `key` empty: the certificate alone.
Result<KeyedCertificate> readPem(std::string_view chain, std::string_view key);
// SHA-1 of the DER bytes in upper-case hexadecimal, as Windows and Azure name certificates.
std::string thumbprintOf(std::string_view der);
// Thumbprints are compared without case, and without the blanks and marks that copying them from a dialog brings.
bool sameThumbprint(std::string_view a, std::string_view b);

}  // namespace sluice
