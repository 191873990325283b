// Values of Key Vaults: which are wanted, what comes of those that are there and of those that are not.
#include "config/vault.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/loader.h"
#include "config/test_folder.h"

namespace sluice::config {
namespace {

constexpr std::string_view kSpecification =
    "openapi: 3.0.1\ninfo: {title: A, version: '1'}\npaths: {/x: {get: {operationId: x}}}\n";

class Vault : public testing::Test {
 protected:
  void api(const std::string& name, std::string_view policy) {
    folder_.write("apis/" + name + "/apiInformation.json",
                  R"({"properties": {"path": ")" + name + R"(", "serviceUrl": "https://b.test"}})");
    folder_.write("apis/" + name + "/specification.yaml", kSpecification);
    folder_.write("apis/" + name + "/policy.xml", policy);
  }
  void value(const std::string& name) {
    folder_.write("named values/" + name + "/namedValueInformation.json",
                  R"({"properties": {"displayName": ")" + name +
                      R"(", "secret": true, "keyVault": {"secretIdentifier": "https://kv.vault.azure.net/secrets/)" +
                      name + R"(", "identityClientId": "me"}}})");
  }
  LoadResult load() {
    return config::load(
        folder_.path(), [](std::string_view) { return std::optional<std::string>(); }, overrides_);
  }
  void fetched(const std::string& name, const std::string& text) {
    overrides_.vault[{"https://kv.vault.azure.net/secrets/" + name, "me"}].value = Secret(text);
  }

  TestFolder folder_;
  Overrides overrides_;
};

TEST(VaultSecretUrl, IsOneOfASecretOrACertificate) {
  EXPECT_EQ(vaultSecretUrl("https://kv.vault.azure.net/secrets/a-1/"), "https://kv.vault.azure.net/secrets/a-1");
  EXPECT_EQ(vaultSecretUrl("https://kv.vault.azure.net/certificates/a/0f"), "https://kv.vault.azure.net/secrets/a/0f");
  for (const char* bad : {"", "http://kv/secrets/a", "https:///secrets/a", "https://kv/keys/a", "https://kv/secrets/",
                          "https://kv/secrets/a/b/c", "https://kv/secrets/a?b", "https://kv/secrets/../a"})
    EXPECT_FALSE(vaultSecretUrl(bad)) << bad;
}

TEST_F(Vault, AFetchedValueIsTaken) {
  value("a");
  api("chat", "<policies><inbound>{{a}}</inbound></policies>");
  fetched("a", "from the vault");
  const auto result = load();
  ASSERT_NE(result.configuration, nullptr) << result.diagnostics.render();
  EXPECT_EQ(result.configuration->apis.at(0).policy->expanded.text,
            "<policies><inbound>from the vault</inbound></policies>");
  ASSERT_EQ(result.vault.size(), 1u);
  EXPECT_EQ(result.vault[0].identity, "me");
  EXPECT_EQ(result.vault[0].used_for, "the named value `a`");
  const std::string before = result.configuration->fingerprint;
  fetched("a", "another");
  EXPECT_NE(load().configuration->fingerprint, before) << "a change of value is a change";
}

TEST_F(Vault, SluiceYamlGoesBeforeTheVault) {
  value("a");
  api("chat", "<policies><inbound>{{a}}</inbound></policies>");
  folder_.write("sluice.yaml", "namedValues: {a: {value: mine}}\n");
  const auto result = load();
  ASSERT_NE(result.configuration, nullptr) << result.diagnostics.render();
  EXPECT_TRUE(result.vault.empty());
  EXPECT_EQ(result.configuration->findNamedValue("a")->value.reveal(), "mine");
}

TEST_F(Vault, AnApiWithoutItsValueIsLeftOutAlone) {
  for (const char* name : {"a", "b", "c"}) value(name);
  fetched("a", "here");
  overrides_.vault[{"https://kv.vault.azure.net/secrets/b", "me"}].error = "the vault answered 404";
  api("good", "<policies><inbound>{{a}}</inbound></policies>");
  api("bad", "<policies><inbound>{{b}}</inbound></policies>");
  api("by-backend", "<policies><inbound><set-backend-service backend-id='keyed'/></inbound></policies>");
  folder_.write("backends/keyed/backendInformation.json",
                R"({"properties": {"url": "https://k", "credentials": {"header": {"x": ["{{c}}"]}}}})");
  const auto result = load();
  ASSERT_NE(result.configuration, nullptr) << result.diagnostics.render();
  ASSERT_EQ(result.configuration->apis.size(), 1u);
  EXPECT_EQ(result.configuration->apis[0].name, "good");
  ASSERT_EQ(result.configuration->left_out.size(), 2u);
  const auto& left_out = result.configuration->left_out;
  const auto bad = std::ranges::find(left_out, "bad", &LeftOutApi::name);
  ASSERT_NE(bad, left_out.end());
  EXPECT_EQ(bad->reason,
            "the named value `b` comes from https://kv.vault.azure.net/secrets/b, which could not be read: the vault "
            "answered 404");
  EXPECT_TRUE(result.configuration->backends.empty());
  EXPECT_FALSE(result.configuration->findNamedValue("b")->resolved);
}

TEST_F(Vault, WhatEverythingNeedsIsAnError) {
  value("a");
  api("chat", "<policies><inbound><base/></inbound></policies>");
  folder_.write("policy.xml", "<policies><inbound>{{a}}</inbound></policies>");
  const auto result = load();
  EXPECT_EQ(result.configuration, nullptr);
  EXPECT_NE(result.draft, nullptr);
  EXPECT_NE(result.diagnostics.render().find("the global policy cannot run: the named value `a` comes from"),
            std::string::npos);
  overrides_.vault_mode = VaultMode::StandIns;
  EXPECT_NE(load().configuration, nullptr) << "a check goes on with stand-ins";
}

TEST_F(Vault, OtherSourcesAndCertificatesComeFromItToo) {
  api("chat", "<policies><inbound><base/></inbound></policies>");
  folder_.write("sluice.yaml",
                "subscriptions: {master: {primaryKey: {keyVault: 'https://kv.vault.azure.net/secrets/key'}}}\n"
                "certificates: {mine: {keyVault: 'https://kv.vault.azure.net/certificates/mine'}}\n"
                "namedValues: {x: {keyVault: 'https://elsewhere'}}\n");
  const auto result = load();
  const std::string found = result.diagnostics.render();
  EXPECT_EQ(result.vault.size(), 2u);
  EXPECT_NE(found.find("a key of the subscription `master` comes from https://kv.vault.azure.net/secrets/key, which "
                       "could not be read: it has not been fetched"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("the certificate `mine` comes from https://kv.vault.azure.net/secrets/mine"), std::string::npos);
  EXPECT_NE(found.find("`https://elsewhere`, which is no secret of a Key Vault"), std::string::npos);
}

}  // namespace
}  // namespace sluice::config
