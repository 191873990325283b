#include "simulator/pem.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace sluice::simulator {
namespace {

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;

Bio memoryBio() {
  return Bio(BIO_new(BIO_s_mem()));
}

Bio memoryBio(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string contentOf(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace

Error opensslError(std::string_view what) {
  char text[256] = "unknown error";
  const auto code = ERR_get_error();
  if (code != 0) ERR_error_string_n(code, text, sizeof(text));
  ERR_clear_error();
  return Error{fmt::format("{}: {}", what, text)};
}

std::string toPem(const PrivateKey& key) {
  const auto bio = memoryBio();
  PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return contentOf(bio);
}

std::string toPem(const Certificate& certificate) {
  const auto bio = memoryBio();
  PEM_write_bio_X509(bio.get(), certificate.get());
  return contentOf(bio);
}

Result<std::vector<PrivateKey>> privateKeysFromPem(std::string_view pem) {
  const auto bio = memoryBio(pem);
  std::vector<PrivateKey> keys;
  while (EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)) keys.emplace_back(key);
  if (keys.empty()) return tl::make_unexpected(opensslError("no private key in the PEM text"));
  ERR_clear_error();  // the end of the text
  return keys;
}

Result<Certificate> certificateFromPem(std::string_view pem) {
  const auto bio = memoryBio(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return tl::make_unexpected(opensslError("no certificate in the PEM text"));
  return certificate;
}

}  // namespace sluice::simulator
