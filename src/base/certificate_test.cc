#include "base/certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <memory>

namespace sluice {
namespace {

std::string takeText(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free_all(bio);
  return text;
}

// A self-signed certificate, in all forms.
struct Made {
  Made() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("made"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    BIO* chain = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(chain, certificate);
    pem = takeText(chain);
    BIO* secret = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(secret, key, nullptr, nullptr, 0, nullptr, nullptr);
    key_pem = takeText(secret);
    for (auto* to : {&pfx, &open_pfx}) {
      PKCS12* bundle = PKCS12_create(to == &pfx ? "secret" : "", "made", key, certificate, nullptr, 0, 0, 0, 0, 0);
      BIO* bytes = BIO_new(BIO_s_mem());
      i2d_PKCS12_bio(bytes, bundle);
      *to = takeText(bytes);
      PKCS12_free(bundle);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  std::string pem, key_pem, pfx, open_pfx;
};

TEST(Certificate, ReadsPkcs12AndPemAlike) {
  const Made made;
  const auto pfx = readPkcs12(made.pfx, "secret");
  ASSERT_TRUE(pfx) << pfx.error().message;
  const auto pem = readPem(made.pem, made.key_pem);
  ASSERT_TRUE(pem) << pem.error().message;
  EXPECT_EQ(pfx->der, pem->der);
  EXPECT_EQ(pfx->chain_pem, made.pem);
  EXPECT_EQ(pfx->thumbprint, thumbprintOf(pem->der));
  EXPECT_EQ(pfx->thumbprint.size(), 40u);
  EXPECT_FALSE(pfx->key_pem.empty());
  const auto open = readPkcs12(made.open_pfx, "");
  ASSERT_TRUE(open) << open.error().message;
  EXPECT_EQ(open->der, pem->der);
}

TEST(Certificate, SaysWhatIsWrong) {
  const Made made, other;
  EXPECT_NE(readPkcs12(made.pfx, "wrong").error().message.find("with this password"), std::string::npos);
  EXPECT_NE(readPkcs12("no", "").error().message.find("not a PKCS#12 file"), std::string::npos);
  EXPECT_NE(readPem("no", "").error().message.find("not a PEM certificate"), std::string::npos);
  EXPECT_NE(readPem(made.pem, "no").error().message.find("not a PEM private key"), std::string::npos);
  EXPECT_NE(readPem(made.pem, other.key_pem).error().message.find("not the certificate's"), std::string::npos);
  EXPECT_TRUE(readPem(made.pem, "")->key_pem.empty());
}

TEST(Certificate, ThumbprintsCompareAsPeopleCopyThem) {
  EXPECT_TRUE(sameThumbprint("AB 12:cd",
                             "\xE2\x80\x8E"
                             "ab12CD"));
  EXPECT_FALSE(sameThumbprint("AB12", "AB13"));
  EXPECT_FALSE(sameThumbprint("", ""));
}

}  // namespace
}  // namespace sluice
