#include "identity/client_assertion.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <memory>

#include "base/encoding.h"

namespace sluice::identity {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};

std::string text(const unsigned char* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

Result<std::string> sign(std::string_view key_pem, std::string_view message) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return fail("the certificate's key is no RSA key");
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) != 1)
    return fail("the certificate's key cannot sign");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, message.size()) !=
      1)
    return fail("the certificate's key cannot sign");
  signature.resize(size);
  return signature;
}

}  // namespace

Result<std::string> clientAssertion(const KeyedCertificate& certificate, std::string_view client_id,
                                    std::string_view audience, UtcTime now) {
  const auto* der = reinterpret_cast<const unsigned char*>(certificate.der.data());
  unsigned char sha1[SHA_DIGEST_LENGTH];
  unsigned char sha256[SHA256_DIGEST_LENGTH];
  SHA1(der, certificate.der.size(), sha1);
  SHA256(der, certificate.der.size(), sha256);
  const int64_t from = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  constexpr int64_t kLifetime = 600;
  const std::string header =
      fmt::format(R"({{"alg":"RS256","typ":"JWT","x5t":"{}","x5t#S256":"{}"}})",
                  base64UrlEncode(text(sha1, sizeof sha1)), base64UrlEncode(text(sha256, sizeof sha256)));
  const std::string claims =
      fmt::format(R"({{"aud":"{0}","iss":"{1}","sub":"{1}","jti":"{2}","nbf":{3},"iat":{3},"exp":{4}}})", audience,
                  client_id, randomGuid(), from, from + kLifetime);
  std::string assertion = base64UrlEncode(header) + "." + base64UrlEncode(claims);
  auto signature = sign(certificate.key_pem.reveal(), assertion);
  if (!signature) return signature;
  return assertion + "." + base64UrlEncode(*signature);
}

}  // namespace sluice::identity
