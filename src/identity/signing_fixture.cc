#include "identity/signing_fixture.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "base/assert.h"
#include "base/encoding.h"

namespace sluice::identity::fixtures {
namespace {

std::string numberParam(EVP_PKEY* key, const char* name, size_t width = 0) {
  BIGNUM* number = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string bytes(width == 0 ? static_cast<size_t>(BN_num_bytes(number)) : width, '\0');
  CHECK(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) >= 0);
  BN_free(number);
  return bytes;
}

const EVP_MD* digest(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::Rs384:
    case Algorithm::Ps384:
    case Algorithm::Es384:
    case Algorithm::Hs384:
      return EVP_sha384();
    case Algorithm::Rs512:
    case Algorithm::Ps512:
    case Algorithm::Es512:
    case Algorithm::Hs512:
      return EVP_sha512();
    default:
      return EVP_sha256();
  }
}

bool isPss(Algorithm algorithm) {
  return algorithm == Algorithm::Ps256 || algorithm == Algorithm::Ps384 || algorithm == Algorithm::Ps512;
}

// DER to r and s side by side.
std::string joseSignature(const std::string& der, size_t half) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  CHECK(pair != nullptr);
  std::string out(2 * half, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes, static_cast<int>(half)) >= 0);
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes + half, static_cast<int>(half)) >= 0);
  ECDSA_SIG_free(pair);
  return out;
}

std::string signingInput(std::string_view header, std::string_view payload) {
  return base64UrlEncode(header) + "." + base64UrlEncode(payload);
}

}  // namespace

SigningKey SigningKey::rsa(unsigned bits) {
  EVP_PKEY* key = EVP_RSA_gen(bits);
  CHECK(key != nullptr);
  return SigningKey(key);
}

SigningKey SigningKey::ec(const std::string& curve) {
  std::string name = curve;  // OpenSSL takes a char*
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", name.data());
  CHECK(key != nullptr);
  return SigningKey(key);
}

std::string SigningKey::jwk(std::string_view id, std::string_view more) const {
  std::string out = "{";
  if (!id.empty()) out += "\"kid\":\"" + std::string(id) + "\",";
  if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
    out += R"("kty":"RSA","n":")" + base64UrlEncode(numberParam(key_.get(), OSSL_PKEY_PARAM_RSA_N));
    out += R"(","e":")" + base64UrlEncode(numberParam(key_.get(), OSSL_PKEY_PARAM_RSA_E)) + "\"";
  } else {
    const int bits = EVP_PKEY_get_bits(key_.get());
    const size_t width = (static_cast<size_t>(bits) + 7) / 8;
    out += R"("kty":"EC","crv":"P-)" + std::to_string(bits);
    out += R"(","x":")" + base64UrlEncode(numberParam(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, width));
    out += R"(","y":")" + base64UrlEncode(numberParam(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, width)) + "\"";
  }
  return out + std::string(more) + "}";
}

std::string SigningKey::certificate() const {
  X509* certificate = X509_new();
  CHECK(certificate != nullptr);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key_.get());
  CHECK(X509_sign(certificate, key_.get(), EVP_sha256()) > 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  CHECK(size > 0);
  std::string out(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  X509_free(certificate);
  return out;
}

std::string SigningKey::sign(Algorithm algorithm, std::string_view header, std::string_view payload) const {
  const std::string input = signingInput(header, payload);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  CHECK(EVP_DigestSignInit(context, &options, digest(algorithm), nullptr, key_.get()) == 1);
  if (isPss(algorithm)) {
    CHECK(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
    CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
  size_t size = 0;
  CHECK(EVP_DigestSign(context, nullptr, &size, bytes, input.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, input.size()) == 1);
  signature.resize(size);
  EVP_MD_CTX_free(context);
  if (EVP_PKEY_is_a(key_.get(), "EC") == 1) {
    signature = joseSignature(signature, (static_cast<size_t>(EVP_PKEY_get_bits(key_.get())) + 7) / 8);
  }
  return input + "." + base64UrlEncode(signature);
}

std::string signHmac(Algorithm algorithm, std::string_view secret, std::string_view header, std::string_view payload) {
  const std::string input = signingInput(header, payload);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(HMAC(digest(algorithm), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac, &size) != nullptr);
  return input + "." + base64UrlEncode({reinterpret_cast<const char*>(mac), size});
}

std::string unsignedToken(std::string_view header, std::string_view payload) {
  return signingInput(header, payload) + ".";
}

std::string keyDocument(std::string_view comma_separated_jwks) {
  return "{\"keys\":[" + std::string(comma_separated_jwks) + "]}";
}

}  // namespace sluice::identity::fixtures
