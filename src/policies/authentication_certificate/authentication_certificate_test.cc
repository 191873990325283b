#include "policies/authentication_certificate/authentication_certificate.h"

#include <openssl/pkcs12.h>

#include "base/encoding.h"
#include "policies/builtin.h"
#include "policy/policy_fixture.h"
#include "runtime/test_authority.h"

namespace sluice::policies {
namespace {

class AuthenticationCertificateTest : public policy::fixtures::PolicyFixture {
 protected:
  AuthenticationCertificateTest() : PolicyFixture(builtinCatalogue()) {
    add("mine", identity_.key_pem.reveal());
    add("keyless", "");
  }
  void add(const std::string& id, std::string_view key) {
    configuration.certificates.push_back({id, *readPem(identity_.chain_pem, key)});
  }
  // The certificate as a bundle.
  std::string bundle(const char* password) const {
    const runtime::OpenSslPtr<BIO> chain(BIO_new_mem_buf(identity_.chain_pem.data(), -1));
    const runtime::OpenSslPtr<X509> leaf(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    const std::string key_pem(identity_.key_pem.reveal());
    const runtime::OpenSslPtr<BIO> key_from(BIO_new_mem_buf(key_pem.data(), -1));
    const runtime::OpenSslPtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(key_from.get(), nullptr, nullptr, nullptr));
    PKCS12* made = PKCS12_create(password, "x", key.get(), leaf.get(), nullptr, 0, 0, 0, 0, 0);
    const runtime::OpenSslPtr<BIO> out(BIO_new(BIO_s_mem()));
    i2d_PKCS12_bio(out.get(), made);
    PKCS12_free(made);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<size_t>(size)};
  }
  // The certificate that the backend would see.
  std::string shown() {
    connections.clear();
    const auto result = run();
    return connections.empty() ? result.error_reason + ": " + result.error_message : connections[0].first;
  }

  runtime::TestAuthority authority_;
  runtime::TlsIdentity identity_ = authority_.issue("DNS:gateway.test");
};

TEST_F(AuthenticationCertificateTest, ByIdAndByThumbprint) {
  inbound("<authentication-certificate certificate-id='MINE'/>");
  EXPECT_EQ(shown(), identity_.chain_pem);
  inbound("<authentication-certificate thumbprint='" + configuration.certificates[0].content.thumbprint + "'/>");
  EXPECT_EQ(shown(), identity_.chain_pem);
  inbound("<authentication-certificate certificate-id='@(context.Request.Headers.GetValueOrDefault(\"Id\"))'/>");
  headers = {{"Id", "mine"}};
  EXPECT_EQ(shown(), identity_.chain_pem);
  headers = {{"Id", "gone"}};
  EXPECT_EQ(shown(), "CertificateNotFound: There is no certificate 'gone'.");
  headers = {{"Id", "keyless"}};
  EXPECT_EQ(shown(), "CertificateNotFound: The certificate has no private key.");
}

TEST_F(AuthenticationCertificateTest, ByBody) {
  inbound("<authentication-certificate body='" + base64Encode(bundle("p")) + "' password='p'/>");
  EXPECT_EQ(shown(), identity_.chain_pem);
  EXPECT_EQ(shown(), identity_.chain_pem);
  inbound("<authentication-certificate body='@(Convert.FromBase64String(\"" + base64Encode(bundle("p")) +
          "\"))' password='@(\"wrong\")'/>");
  EXPECT_NE(shown().find("with this password"), std::string::npos);
}

TEST_F(AuthenticationCertificateTest, SendRequestHasItsOwn) {
  inbound(
      "<send-request mode='new' response-variable-name='r'><set-url>https://a.test/</set-url>"
      "<set-method>GET</set-method><authentication-certificate certificate-id='mine'/></send-request>");
  fetch_replies = {{200, ""}};
  EXPECT_EQ(shown(), identity_.chain_pem);
  EXPECT_EQ(connections.size(), 1u) << "the forwarded request went without";
}

TEST_F(AuthenticationCertificateTest, TellsWhatIsWrong) {
  outbound("<authentication-certificate certificate-id='mine'/>");
  EXPECT_NE(mistakes().find("<authentication-certificate> is not allowed in <outbound>"), std::string::npos);
  inbound("<authentication-certificate/>");
  EXPECT_NE(mistakes().find("needs one of `certificate-id`, `thumbprint` and `body`"), std::string::npos);
  inbound("<authentication-certificate certificate-id='min'/>");
  EXPECT_NE(mistakes().find("Did you mean `mine`?"), std::string::npos);
  inbound("<authentication-certificate certificate-id='keyless' password='x'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("the certificate `keyless` has no private key"), std::string::npos) << told;
  EXPECT_NE(told.find("`password` goes with `body`"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
