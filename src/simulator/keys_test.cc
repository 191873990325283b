// The signing keys and the certificate authority: what is kept, what is issued.
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <filesystem>

#include "base/encoding.h"
#include "identity/verify.h"
#include "simulator/certificate_authority.h"
#include "simulator/signing_keys.h"
#include "simulator/state_folder.h"

namespace sluice::simulator {
namespace {

const UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

class KeysTest : public testing::Test {
 protected:
  KeysTest() : folder_(testing::TempDir() + "sluice-keys-" + randomGuid()) {}
  ~KeysTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_;
};

TEST_F(KeysTest, SigningKeysOutliveARestart) {
  const auto first = SigningKeys::open(folder_).value();
  const auto text = first->signToken(R"({"sub":"x"})").value();
  const auto sealed = first->seal("code", "secret\ntext");
  const auto second = SigningKeys::open(folder_).value();
  EXPECT_EQ(second->currentKeyId(), first->currentKeyId());
  const auto token = identity::Token::parse(text).value();
  EXPECT_EQ(identity::verifySignature(*token, second->publicKeys()).state, identity::SignatureState::Valid);
  EXPECT_EQ(second->unseal("code", sealed), "secret\ntext");
  EXPECT_FALSE(second->unseal("refresh", sealed)) << "another purpose";
  EXPECT_FALSE(second->unseal("code", sealed.substr(1)));
  EXPECT_FALSE(second->unseal("code", ""));
}

TEST_F(KeysTest, RotationKeepsTwoFormerKeysAtMost) {
  const auto keys = SigningKeys::open("").value();
  const auto first = keys->currentKeyId();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(keys->publicKeys().hasKeyId(first), true);
    ASSERT_TRUE(keys->rotate(FormerKeys::Keep));
  }
  EXPECT_FALSE(keys->publicKeys().hasKeyId(first));
  EXPECT_EQ(keys->publicKeys().keys().size(), 3u);
  ASSERT_TRUE(keys->rotate(FormerKeys::Drop));
  EXPECT_EQ(keys->publicKeys().keys().size(), 1u);
}

TEST_F(KeysTest, SpoiledFilesAreErrorsWithTheirNames) {
  ASSERT_TRUE(writeStateFile(folder_, "signing-keys.pem", "nonsense"));
  const auto keys = SigningKeys::open(folder_);
  ASSERT_FALSE(keys);
  EXPECT_NE(keys.error().message.find("signing-keys.pem"), std::string::npos);
}

TEST_F(KeysTest, PrivateFilesAreTheOwnersAlone) {
  ASSERT_TRUE(CertificateAuthority::open(folder_, kNow));
  const auto permissions = std::filesystem::status(folder_ + "/ca-key.pem").permissions();
  EXPECT_EQ(permissions & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
            std::filesystem::perms::none);
}

TEST_F(KeysTest, TheAuthorityOutlivesARestartAndIsRenewedInTime) {
  const auto first = CertificateAuthority::open(folder_, kNow).value();
  EXPECT_EQ(CertificateAuthority::open(folder_, kNow).value().pem(), first.pem());
  const auto later = kNow + std::chrono::hours(24 * 3640);
  EXPECT_NE(CertificateAuthority::open(folder_, later).value().pem(), first.pem());
}

TEST_F(KeysTest, CertificatesVerifyForTheirNames) {
  const auto authority = CertificateAuthority::open("", kNow).value();
  const auto issued = authority.issue({"*.openai.azure.com", "localhost", "127.0.0.1"}, kNow);
  ASSERT_TRUE(issued) << issued.error().message;
  const auto leaf = certificateFromPem(issued->chain_pem).value();
  const auto root = certificateFromPem(authority.pem()).value();
  EXPECT_EQ(X509_verify(leaf.get(), X509_get0_pubkey(root.get())), 1);
  EXPECT_EQ(X509_check_host(leaf.get(), "some.openai.azure.com", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf.get(), "openai.azure.com", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "127.0.0.1", 0), 1);
  EXPECT_FALSE(authority.issue({"bad name"}, kNow));
  EXPECT_FALSE(authority.issue({"a,DNS:evil.example"}, kNow));
}

}  // namespace
}  // namespace sluice::simulator
