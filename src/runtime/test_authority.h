// For tests: a certificate authority made on the spot, and certificates by it.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "runtime/tls_context.h"

namespace sluice::runtime {

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "Test CA") : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    fill(certificate_.get(), name, key_.get());
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    EXPECT_GT(X509_sign(certificate_.get(), key_.get(), EVP_sha256()), 0);
  }

  std::string pem() const { return toPem(certificate_.get()); }

  // `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1".
  TlsIdentity issue(const std::string& names) const {
    const OpenSslPtr<EVP_PKEY> key(EVP_EC_gen("P-256"));
    const OpenSslPtr<X509> leaf(X509_new());
    fill(leaf.get(), "leaf", key.get());
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
    extend(leaf.get(), NID_subject_alt_name, names.c_str());
    EXPECT_GT(X509_sign(leaf.get(), key_.get(), EVP_sha256()), 0);
    const OpenSslPtr<BIO> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return TlsIdentity(toPem(leaf.get()), Secret(contents(out.get())));
  }

  // In DER; with those certificates (PEM) that it names. Until `next_update` seconds from now.
  std::string revocationList(const std::vector<std::string>& revoked, long next_update = 86400) const {
    X509_CRL* list = X509_CRL_new();
    X509_CRL_set_version(list, 1);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate_.get()));
    ASN1_TIME* time = X509_gmtime_adj(nullptr, -3600);
    X509_CRL_set1_lastUpdate(list, time);
    for (const auto& pem : revoked) {
      const OpenSslPtr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
      const OpenSslPtr<X509> leaf(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
      X509_REVOKED* entry = X509_REVOKED_new();
      X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(leaf.get()));
      X509_REVOKED_set_revocationDate(entry, time);
      X509_CRL_add0_revoked(list, entry);
    }
    X509_gmtime_adj(time, next_update);
    X509_CRL_set1_nextUpdate(list, time);
    ASN1_TIME_free(time);
    X509_CRL_sort(list);
    EXPECT_GT(X509_CRL_sign(list, key_.get(), EVP_sha256()), 0);
    unsigned char* raw = nullptr;
    const int size = i2d_X509_CRL(list, &raw);
    std::string der(reinterpret_cast<char*>(raw), static_cast<size_t>(size));
    OPENSSL_free(raw);
    X509_CRL_free(list);
    return der;
  }

 private:
  static void fill(X509* certificate, const std::string& name, EVP_PKEY* key) {
    static long serial = 1;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  }
  static void extend(X509* certificate, int what, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
    ASSERT_NE(extension, nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static std::string contents(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<size_t>(size));
  }
  static std::string toPem(X509* certificate) {
    const OpenSslPtr<BIO> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate);
    return contents(out.get());
  }

  OpenSslPtr<EVP_PKEY> key_;
  OpenSslPtr<X509> certificate_;
};

}  // namespace sluice::runtime
