#include "base/revocation_list.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace sluice {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(X509_CRL* list) const { X509_CRL_free(list); }
};

std::string derOf(X509_CRL* list) {
  unsigned char* raw = nullptr;
  const int size = i2d_X509_CRL(list, &raw);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(raw), static_cast<size_t>(size));
  OPENSSL_free(raw);
  return der;
}

}  // namespace

Result<std::vector<std::string>> readRevocationLists(std::string_view bytes) {
  std::vector<std::string> lists;
  const std::unique_ptr<BIO, Free> in(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  while (const std::unique_ptr<X509_CRL, Free> list{PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)})
    lists.push_back(derOf(list.get()));
  if (lists.empty()) {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    if (const std::unique_ptr<X509_CRL, Free> list{d2i_X509_CRL(nullptr, &at, static_cast<long>(bytes.size()))})
      lists.emplace_back(bytes);
  }
  ERR_clear_error();
  if (lists.empty()) return fail("it is no revocation list, neither in PEM nor in DER");
  return lists;
}

}  // namespace sluice
