#include "simulator/certificate_authority.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "simulator/state_folder.h"

namespace sluice::simulator {
namespace {

constexpr std::string_view kCertificateFile = "ca.pem";
constexpr std::string_view kKeyFile = "ca-key.pem";
constexpr long kDay = 24 * 3600;

time_t unixTime(UtcTime time) {
  return static_cast<time_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

// Random, positive, 16 bytes (RFC 5280 section 4.1.2.2).
void setSerial(X509* certificate) {
  std::string bytes = randomBytes(16);
  bytes[0] = static_cast<char>((bytes[0] & 0x7f) | 0x40);
  BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), 16, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
}

Certificate blank(EVP_PKEY* key, UtcTime now, long days, const char* common_name) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  setSerial(certificate.get());
  time_t from = unixTime(now) - kDay;  // clocks differ
  X509_time_adj_ex(X509_getm_notBefore(certificate.get()), 0, 0, &from);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), static_cast<int>(days), 0, &from);
  X509_set_pubkey(certificate.get(), key);
  const auto* name = reinterpret_cast<const unsigned char*>(common_name);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0);
  return certificate;
}

bool addExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool isAddress(const std::string& name) {
  unsigned char buffer[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), buffer) == 1 || inet_pton(AF_INET6, name.c_str(), buffer) == 1;
}

Result<std::string> alternativeNames(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names) {
    if (name.empty() || name.find_first_of(",;\n ") != std::string::npos) {
      return fail(fmt::format("`{}` cannot stand in a certificate", name));
    }
    result += fmt::format("{}{}:{}", result.empty() ? "" : ",", isAddress(name) ? "IP" : "DNS", name);
  }
  return result;
}

bool lasts(const Certificate& certificate, UtcTime now) {
  time_t then = unixTime(now) + 30 * kDay;
  return X509_cmp_time(X509_get0_notAfter(certificate.get()), &then) > 0;
}

}  // namespace

Result<CertificateAuthority> CertificateAuthority::make(UtcTime now) {
  CertificateAuthority authority;
  authority.key_.reset(EVP_EC_gen("P-256"));
  if (authority.key_ == nullptr) return tl::make_unexpected(opensslError("cannot make a key"));
  authority.certificate_ = blank(authority.key_.get(), now, 3650, "Sluice simulator");
  X509* self = authority.certificate_.get();
  X509_set_issuer_name(self, X509_get_subject_name(self));
  const bool complete = addExtension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                        addExtension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                        addExtension(self, self, NID_subject_key_identifier, "hash");
  if (!complete || X509_sign(self, authority.key_.get(), EVP_sha256()) == 0) {
    return tl::make_unexpected(opensslError("cannot make the authority's certificate"));
  }
  authority.pem_ = toPem(authority.certificate_);
  return authority;
}

Result<CertificateAuthority> CertificateAuthority::open(const std::string& folder, UtcTime now) {
  if (folder.empty()) return make(now);
  const auto certificate_pem = readStateFile(folder, kCertificateFile);
  const auto key_pem = readStateFile(folder, kKeyFile);
  if (!certificate_pem) return tl::make_unexpected(certificate_pem.error());
  if (!key_pem) return tl::make_unexpected(key_pem.error());
  if (*certificate_pem && *key_pem) {
    CertificateAuthority kept;
    auto certificate = certificateFromPem(**certificate_pem);
    auto keys = privateKeysFromPem(**key_pem);
    if (!certificate) return fail(fmt::format("{}/{}: {}", folder, kCertificateFile, certificate.error().message));
    if (!keys) return fail(fmt::format("{}/{}: {}", folder, kKeyFile, keys.error().message));
    kept.certificate_ = std::move(*certificate);
    kept.key_ = std::move(keys->front());
    kept.pem_ = toPem(kept.certificate_);
    if (lasts(kept.certificate_, now)) return kept;
  }
  auto made = make(now);
  if (!made) return made;
  auto status = writeStateFile(folder, kKeyFile, toPem(made->key_));
  if (status) status = writeStateFile(folder, kCertificateFile, made->pem_);
  if (!status) return tl::make_unexpected(status.error());
  return made;
}

Result<CertificateAuthority::Issued> CertificateAuthority::issue(const std::vector<std::string>& names,
                                                                 UtcTime now) const {
  const auto alternatives = alternativeNames(names);
  if (!alternatives) return tl::make_unexpected(alternatives.error());
  const PrivateKey key(EVP_EC_gen("P-256"));
  if (key == nullptr) return tl::make_unexpected(opensslError("cannot make a key"));
  const auto certificate = blank(key.get(), now, 90, "Sluice simulator's services");
  X509* leaf = certificate.get();
  X509_set_issuer_name(leaf, X509_get_subject_name(certificate_.get()));
  const bool complete = addExtension(leaf, certificate_.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                        addExtension(leaf, certificate_.get(), NID_key_usage, "critical,digitalSignature") &&
                        addExtension(leaf, certificate_.get(), NID_ext_key_usage, "serverAuth") &&
                        addExtension(leaf, certificate_.get(), NID_subject_key_identifier, "hash") &&
                        addExtension(leaf, certificate_.get(), NID_authority_key_identifier, "keyid:always") &&
                        addExtension(leaf, certificate_.get(), NID_subject_alt_name, *alternatives);
  if (!complete || X509_sign(leaf, key_.get(), EVP_sha256()) == 0) {
    return tl::make_unexpected(opensslError("cannot make the server's certificate"));
  }
  return Issued{toPem(certificate), Secret(toPem(key))};
}

}  // namespace sluice::simulator
