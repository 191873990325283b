#include "identity/verify.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>

namespace sluice::identity {
namespace {

enum class Family : uint8_t { None, RsaPkcs, RsaPss, Ecdsa, Hmac };

Family familyOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::Rs256:
    case Algorithm::Rs384:
    case Algorithm::Rs512:
      return Family::RsaPkcs;
    case Algorithm::Ps256:
    case Algorithm::Ps384:
    case Algorithm::Ps512:
      return Family::RsaPss;
    case Algorithm::Es256:
    case Algorithm::Es384:
    case Algorithm::Es512:
      return Family::Ecdsa;
    case Algorithm::Hs256:
    case Algorithm::Hs384:
    case Algorithm::Hs512:
      return Family::Hmac;
    case Algorithm::None:
    case Algorithm::Unknown:
      return Family::None;
  }
  return Family::None;
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Fetched once: a fetch costs about a microsecond and takes a lock inside OpenSSL.
const EVP_MD* digestOf(Algorithm algorithm) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA2-384", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA2-512", nullptr);
  switch (algorithm) {
    case Algorithm::Rs256:
    case Algorithm::Ps256:
    case Algorithm::Es256:
    case Algorithm::Hs256:
      return sha256;
    case Algorithm::Rs384:
    case Algorithm::Ps384:
    case Algorithm::Es384:
    case Algorithm::Hs384:
      return sha384;
    default:
      return sha512;
  }
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

bool verifyDigest(const Key& key, Algorithm algorithm, std::string_view input, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // owned by context
  if (!context ||
      EVP_DigestVerifyInit(context.get(), &options, digestOf(algorithm), nullptr, key.public_key.get()) != 1) {
    return false;
  }
  // PS: MGF1 with the same hash, salt as long as the hash (RFC 7518 section 3.5).
  if (familyOf(algorithm) == Family::RsaPss &&
      (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(input), input.size()) == 1;
}

// JOSE gives r and s side by side, each as long as the curve's order (RFC 7518 section 3.4); OpenSSL wants DER.
bool verifyEcdsa(const Key& key, Algorithm algorithm, std::string_view input, std::string_view signature) {
  const size_t half = algorithm == Algorithm::Es256 ? 32 : algorithm == Algorithm::Es384 ? 48 : 66;
  if (signature.size() != 2 * half) return false;
  ECDSA_SIG* pair = ECDSA_SIG_new();
  BIGNUM* r = BN_bin2bn(bytes(signature), static_cast<int>(half), nullptr);
  BIGNUM* s = BN_bin2bn(bytes(signature.substr(half)), static_cast<int>(half), nullptr);
  if (pair == nullptr || ECDSA_SIG_set0(pair, r, s) != 1) {
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return false;
  }
  std::array<unsigned char, 160> der;
  unsigned char* end = der.data();
  const int size = i2d_ECDSA_SIG(pair, nullptr);
  const bool fits = size > 0 && static_cast<size_t>(size) <= der.size() && i2d_ECDSA_SIG(pair, &end) == size;
  ECDSA_SIG_free(pair);
  return fits &&
         verifyDigest(key, algorithm, input, {reinterpret_cast<const char*>(der.data()), static_cast<size_t>(size)});
}

bool verifyHmac(const Key& key, Algorithm algorithm, std::string_view input, std::string_view signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected;
  unsigned int size = 0;
  const std::string_view secret = key.secret.reveal();
  if (HMAC(digestOf(algorithm), secret.data(), static_cast<int>(secret.size()), bytes(input), input.size(),
           expected.data(), &size) == nullptr) {
    return false;
  }
  return signature.size() == size && CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
}

bool verifyWith(const Key& key, const Token& token) {
  switch (familyOf(token.algorithm())) {
    case Family::RsaPkcs:
    case Family::RsaPss:
      return verifyDigest(key, token.algorithm(), token.signingInput(), token.signature());
    case Family::Ecdsa:
      return verifyEcdsa(key, token.algorithm(), token.signingInput(), token.signature());
    case Family::Hmac:
      return verifyHmac(key, token.algorithm(), token.signingInput(), token.signature());
    case Family::None:
      return false;
  }
  return false;
}

// A key that has an id is meant for tokens that name it. Entra's v1 tokens name it by `x5t` too.
bool idFits(const Key& key, const Token& token) {
  if (token.keyId().empty() && token.thumbprint().empty()) return true;
  if (key.id.empty() && key.thumbprint.empty()) return true;
  if (!token.keyId().empty()) return key.id.empty() || key.id == token.keyId();
  return key.thumbprint.empty() ? key.id == token.thumbprint() : key.thumbprint == token.thumbprint();
}

}  // namespace

bool keyFits(const Key& key, Algorithm algorithm) {
  if (key.only != Algorithm::Unknown && key.only != algorithm) return false;
  switch (familyOf(algorithm)) {
    case Family::RsaPkcs:
    case Family::RsaPss:
      return key.type == KeyType::Rsa;
    case Family::Hmac:
      return key.type == KeyType::Symmetric;
    case Family::Ecdsa:
      return key.type == (algorithm == Algorithm::Es256   ? KeyType::EcP256
                          : algorithm == Algorithm::Es384 ? KeyType::EcP384
                                                          : KeyType::EcP521);
    case Family::None:
      return false;
  }
  return false;
}

Verification verifySignature(const Token& token, const KeySet& keys) {
  if (familyOf(token.algorithm()) == Family::None) return {SignatureState::Refused, nullptr};
  size_t tried = 0;
  for (const Key& key : keys.keys()) {
    if (!keyFits(key, token.algorithm()) || !idFits(key, token)) continue;
    if (++tried > kKeysTried) break;
    if (verifyWith(key, token)) return {SignatureState::Valid, &key};
  }
  return {tried == 0 ? SignatureState::KeyNotFound : SignatureState::Invalid, nullptr};
}

bool isSlow(Algorithm algorithm) {
  return familyOf(algorithm) == Family::Ecdsa;
}

}  // namespace sluice::identity
