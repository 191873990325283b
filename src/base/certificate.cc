#include "base/certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <memory>

#include "base/encoding.h"

namespace sluice {
namespace {

constexpr size_t kMaxBytes = 1u << 20;
constexpr int kMaxChain = 20;

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(PKCS12* bundle) const { PKCS12_free(bundle); }
  void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, &X509_free); }
};
template <class T>
using Ptr = std::unique_ptr<T, Free>;

Ptr<BIO> reading(std::string_view bytes) {
  return Ptr<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

tl::unexpected<Error> failure(std::string_view what) {
  char reason[256] = "unknown reason";
  if (const unsigned long code = ERR_peek_last_error(); code != 0) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return fail(std::string(what) + ": " + reason);
}

std::string derOf(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

void describe(X509* leaf, KeyedCertificate& into) {
  into.der = derOf(leaf);
  into.thumbprint = thumbprintOf(into.der);
}

Result<KeyedCertificate> assemble(X509* leaf, EVP_PKEY* key, STACK_OF(X509) * others) {
  KeyedCertificate result;
  describe(leaf, result);
  const Ptr<BIO> chain(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(chain.get(), leaf);
  for (int i = 0; others != nullptr && i < sk_X509_num(others) && i < kMaxChain; ++i)
    PEM_write_bio_X509(chain.get(), sk_X509_value(others, i));
  result.chain_pem = written(chain.get());
  if (key == nullptr) return result;
  if (X509_check_private_key(leaf, key) != 1) return failure("the key is not the certificate's");
  const Ptr<BIO> secret(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  result.key_pem = Secret(written(secret.get()));
  return result;
}

// No prompt on a terminal for keys with a passphrase.
int noPassphrase(char*, int, int, void*) {
  return 0;
}

}  // namespace

Result<KeyedCertificate> readPkcs12(std::string_view bytes, std::string_view password) {
  ERR_clear_error();
  if (bytes.size() > kMaxBytes) return fail("the certificate is too large");
  const Ptr<BIO> from = reading(bytes);
  const Ptr<PKCS12> bundle(d2i_PKCS12_bio(from.get(), nullptr));
  if (bundle == nullptr) return failure("not a PKCS#12 file");
  const std::string terminated(password);
  EVP_PKEY* raw_key = nullptr;
  X509* raw_leaf = nullptr;
  STACK_OF(X509)* raw_others = nullptr;
  const char* given =
      password.empty() && PKCS12_verify_mac(bundle.get(), nullptr, 0) == 1 ? nullptr : terminated.c_str();
  const bool parsed = PKCS12_parse(bundle.get(), given, &raw_key, &raw_leaf, &raw_others) == 1;
  const Ptr<EVP_PKEY> key(raw_key);
  const Ptr<X509> leaf(raw_leaf);
  const Ptr<STACK_OF(X509)> others(raw_others);
  if (!parsed) return failure("the PKCS#12 file cannot be opened with this password");
  if (leaf == nullptr) return fail("the PKCS#12 file has no certificate");
  return assemble(leaf.get(), key.get(), others.get());
}

Result<KeyedCertificate> readPem(std::string_view chain, std::string_view key) {
  ERR_clear_error();
  if (chain.size() > kMaxBytes || key.size() > kMaxBytes) return fail("the certificate is too large");
  const Ptr<BIO> from = reading(chain);
  const Ptr<X509> leaf(PEM_read_bio_X509(from.get(), nullptr, &noPassphrase, nullptr));
  if (leaf == nullptr) return failure("not a PEM certificate");
  const Ptr<STACK_OF(X509)> others(sk_X509_new_null());
  while (X509* next = PEM_read_bio_X509(from.get(), nullptr, &noPassphrase, nullptr)) sk_X509_push(others.get(), next);
  ERR_clear_error();
  if (key.empty()) return assemble(leaf.get(), nullptr, others.get());
  const Ptr<BIO> key_from = reading(key);
  const Ptr<EVP_PKEY> private_key(PEM_read_bio_PrivateKey(key_from.get(), nullptr, &noPassphrase, nullptr));
  if (private_key == nullptr) return failure("not a PEM private key without a passphrase");
  return assemble(leaf.get(), private_key.get(), others.get());
}

std::string thumbprintOf(std::string_view der) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(der.data(), der.size(), digest, &size, EVP_sha1(), nullptr) != 1) return {};
  std::string hex = hexEncode({reinterpret_cast<char*>(digest), size});
  for (char& c : hex) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  return hex;
}

bool sameThumbprint(std::string_view a, std::string_view b) {
  const auto plain = [](std::string_view text) {
    std::string hex;
    for (const char c : text)
      if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) hex += c;
    return hex;
  };
  const std::string left = plain(a);
  return !left.empty() && equalsIgnoreCase(left, plain(b));
}

}  // namespace sluice
