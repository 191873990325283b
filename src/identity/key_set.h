// KeySet: the keys that tokens may be signed with. Built once (from a JWKS document, RFC 7517, or from configuration),
// then immutable and shared between threads by shared_ptr. Each key is made into OpenSSL's form once, here.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "identity/jwt.h"

namespace sluice::identity {

enum class KeyType : uint8_t { Rsa, EcP256, EcP384, EcP521, Symmetric };

struct PublicKeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, PublicKeyDeleter>;

struct Key {
  std::string id;          // `kid`, or empty: tried for every token
  std::string thumbprint;  // `x5t`, or empty
  KeyType type = KeyType::Rsa;
  Algorithm only = Algorithm::Unknown;  // the key's own `alg`; Unknown: any of its family
  PublicKey public_key;                 // not for Symmetric
  Secret secret;                        // only for Symmetric
};

struct KeySetLimits {
  size_t document_bytes = 512 * 1024;
  size_t keys = 256;
  size_t rsa_bits_least = 2048;  // RFC 7518 section 3.3
  size_t rsa_bits_most = 8192;
  size_t secret_bytes_least = 16;
};

class KeySet {
 public:
  // Keys of a JWKS document that came from the network. Keys that we cannot use (encryption keys, symmetric keys, which
  // no public document may give, unknown curves, weak RSA) are left out and counted; an unreadable document, or one
  // with no usable key, is an error.
  static Result<std::shared_ptr<const KeySet>> fromJwks(std::string_view json, const KeySetLimits& limits = {});

  std::span<const Key> keys() const { return keys_; }
  size_t leftOut() const { return left_out_; }
  bool hasKeyId(std::string_view id) const;
  // Never the same for two sets in one process: what a remembered signature is bound to.
  uint64_t version() const { return version_; }

 private:
  friend class KeySetBuilder;
  KeySet() = default;
  std::vector<Key> keys_;
  size_t left_out_ = 0;
  uint64_t version_ = 0;
};

// Configured keys (validate-jwt's issuer-signing-keys). Each add may fail with what is wrong with that key.
class KeySetBuilder {
 public:
  explicit KeySetBuilder(const KeySetLimits& limits = {}) : limits_(limits) {}
  Status addSymmetric(std::string id, Secret bytes);
  // Big-endian bytes, as decoded from base64url.
  Status addRsa(std::string id, std::string_view modulus, std::string_view exponent);
  // `curve` as in JWK: P-256, P-384, P-521.
  Status addEc(std::string id, std::string_view curve, std::string_view x, std::string_view y);
  // The public key of an X.509 certificate, DER or PEM.
  Status addCertificate(std::string id, std::string_view certificate);
  size_t size() const { return keys_.size(); }
  std::shared_ptr<const KeySet> build();

 private:
  friend class KeySet;
  KeySetLimits limits_;
  std::vector<Key> keys_;
};

}  // namespace sluice::identity
