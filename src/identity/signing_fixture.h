// For tests of this module and of those that use it: makes keys with OpenSSL and signs tokens with them.
#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>

#include "identity/key_set.h"

namespace sluice::identity::fixtures {

class SigningKey {
 public:
  static SigningKey rsa(unsigned bits = 2048);
  static SigningKey ec(const std::string& curve);  // "P-256", "P-384", "P-521"

  // The public half as a JWK (RFC 7517). `more`: further members, each beginning with a comma.
  std::string jwk(std::string_view id, std::string_view more = {}) const;
  // A self-signed certificate, DER.
  std::string certificate() const;
  // A compact JWS. `header` and `payload` are JSON as they are to be sent; `algorithm` says how to sign.
  std::string sign(Algorithm algorithm, std::string_view header, std::string_view payload) const;

 private:
  explicit SigningKey(EVP_PKEY* key) : key_(key) {}
  PublicKey key_;  // a key pair
};

std::string signHmac(Algorithm algorithm, std::string_view secret, std::string_view header, std::string_view payload);
// header.payload. with an empty signature.
std::string unsignedToken(std::string_view header, std::string_view payload);
std::string keyDocument(std::string_view comma_separated_jwks);

}  // namespace sluice::identity::fixtures
