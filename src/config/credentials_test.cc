// Certificates and credential providers of sluice.yaml.
#include <gtest/gtest.h>

#include "config/loader.h"
#include "config/test_folder.h"
#include "runtime/test_authority.h"

namespace sluice::config {
namespace {

class Credentials : public testing::Test {
 protected:
  Credentials() { folder_.write("apis/.keep", ""); }
  LoadResult load(std::string_view settings) {
    folder_.write("sluice.yaml", settings);
    return config::load(folder_.path(), [](std::string_view name) -> std::optional<std::string> {
      return name == "SECRET" ? std::optional<std::string>("from the environment") : std::nullopt;
    });
  }
  std::string mistakes(std::string_view settings) { return folder_.plain(load(settings).diagnostics.render()); }

  TestFolder folder_;
};

TEST_F(Credentials, CertificatesAreReadFromPem) {
  const runtime::TestAuthority authority;
  const runtime::TlsIdentity identity = authority.issue("DNS:a.test");
  folder_.write("a.pem", identity.chain_pem);
  folder_.write("a.key", identity.key_pem.reveal());
  folder_.write("ca.pem", authority.pem());
  const auto result = load("certificates: {mine: {certificate: a.pem, key: a.key}, issuer: {certificate: ca.pem}}\n");
  ASSERT_NE(result.configuration, nullptr) << result.diagnostics.render();
  const Certificate* mine = result.configuration->findCertificate("MINE");
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(mine->content.chain_pem, identity.chain_pem);
  EXPECT_FALSE(mine->content.key_pem.empty());
  EXPECT_EQ(result.configuration->findThumbprint(mine->content.thumbprint), mine);
  EXPECT_TRUE(result.configuration->findCertificate("issuer")->content.key_pem.empty());
  EXPECT_EQ(result.configuration->findCertificate("gone"), nullptr);
  EXPECT_EQ(result.files.size(), 3u) << "the watcher looks at them";
}

TEST_F(Credentials, CertificatesThatCannotBeUsedAreMistakes) {
  folder_.write("a.pem", "no certificate");
  const std::string found = mistakes(
      "certificates:\n  a: {certificate: a.pem}\n  b: {}\n  c: {pfx: a.pem}\n  d: {pfx: gone.pfx}\n"
      "  e: {pfx: a.pem, certificate: a.pem}\n  f: {pfx: a.pem, password: {env: GONE}}\n");
  EXPECT_NE(found.find("the certificate `a` cannot be used: not a PEM certificate"), std::string::npos) << found;
  EXPECT_NE(found.find("the certificate `b` needs `pfx`, `certificate` or `keyVault`, one of the three"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("the certificate `c` cannot be used: not a PKCS#12 file"), std::string::npos) << found;
  EXPECT_NE(found.find("there is no file `DIR/gone.pfx`"), std::string::npos) << found;
  EXPECT_NE(found.find("the certificate `e` needs"), std::string::npos) << found;
  EXPECT_NE(found.find("comes from the environment variable GONE, which is not set"), std::string::npos) << found;
}

TEST_F(Credentials, AuthorizationsTakeWhatTheirProviderSays) {
  const auto result = load(
      "credentials:\n  github:\n    tokenUrl: https://github.test/token\n    clientId: us\n    clientSecret: {env: "
      "SECRET}\n"
      "    scope: a b\n    authorizations: {ada: {refreshToken: {value: r}, scope: c}, own: {}}\n");
  ASSERT_NE(result.configuration, nullptr) << result.diagnostics.render();
  const Authorization* ada = result.configuration->findAuthorization("GitHub", "ada");
  ASSERT_NE(ada, nullptr);
  EXPECT_EQ(ada->token_url, "https://github.test/token");
  EXPECT_EQ(ada->client_secret.reveal(), "from the environment");
  EXPECT_EQ(ada->refresh_token.reveal(), "r");
  EXPECT_EQ(ada->scope, "c");
  const Authorization* own = result.configuration->findAuthorization("github", "own");
  ASSERT_NE(own, nullptr);
  EXPECT_TRUE(own->refresh_token.empty());
  EXPECT_EQ(own->scope, "a b");
  EXPECT_EQ(result.configuration->findAuthorization("gitlab", "ada"), nullptr);
}

TEST_F(Credentials, ProvidersThatCannotBeAskedAreMistakes) {
  const std::string found =
      mistakes("credentials: {x: {tokenUrl: 'ftp://x', clientId: a, authorizations: {b: {}}}, y: {}}\n");
  EXPECT_NE(found.find("`ftp://x` is not an absolute http or https URL"), std::string::npos) << found;
  EXPECT_NE(found.find("`credentials.y.tokenUrl` is missing"), std::string::npos) << found;
  EXPECT_NE(found.find("`credentials.y.clientId` is missing"), std::string::npos) << found;
}

}  // namespace
}  // namespace sluice::config
