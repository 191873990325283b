#include "config/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/assert.h"
#include "base/encoding.h"

namespace sluice::config {

Digest::Digest() : state_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  CHECK(state_ && EVP_DigestInit_ex(state_.get(), EVP_sha256(), nullptr) == 1);
}

void Digest::add(std::string_view name, std::string_view bytes) {
  const std::string head = fmt::format("{} {} {}\n", name.size(), name, bytes.size());
  CHECK(EVP_DigestUpdate(state_.get(), head.data(), head.size()) == 1);
  CHECK(EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Digest::text() const {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> copy(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(copy && EVP_MD_CTX_copy_ex(copy.get(), state_.get()) == 1);
  CHECK(EVP_DigestFinal_ex(copy.get(), bytes, &size) == 1 && size >= 8);
  return hexEncode({reinterpret_cast<const char*>(bytes), 8});
}

}  // namespace sluice::config
