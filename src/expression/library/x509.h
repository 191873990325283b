// Shared by the files of System.Security.Cryptography.X509Certificates.
#pragma once

#include <span>

#include "expression/library/crypto_rsa.h"

namespace sluice::expression {

// The parsed certificate; null with a CryptographicException pending.
X509Handle openCertificate(Eval& eval, const CertificateObject* certificate);
// DER, PEM (with or without its key), base 64 of DER, or PKCS #12. Null with a CryptographicException pending.
Value loadCertificate(Eval& eval, const Type* type, std::string_view bytes, std::string_view password);
// Does a chain lead from the certificate to an authority that this machine trusts, now? No revocation list is asked.
Value verifyCertificate(Call& c);

// PublicKey, X509Extension and X509ExtensionCollection of a certificate (x509_parts.cc).
Value certificatePublicKey(Call& c);
Value certificateExtensions(Call& c);
Value newDistinguishedName(Eval& eval, const X509_NAME* name);

Hooks certificateHooks();  // of X509Certificate and X509Certificate2 (x509_base.cc)

std::string asn1Text(const ASN1_STRING* text);      // as UTF-8
std::string asn1Bytes(const ASN1_STRING* text);     // its content
Value asn1Date(Call& c, const ASN1_TIME* time);     // Local, as .NET gives NotBefore
std::string serialNumber(const X509* certificate);  // big-endian
std::string encodedName(const X509_NAME* name);     // DER
std::string upperHex(std::string_view bytes);
std::string publicKeyBits(const X509* certificate);
std::string algorithmParameters(const X509_ALGOR* algorithm);  // DER, empty for none

}  // namespace sluice::expression
