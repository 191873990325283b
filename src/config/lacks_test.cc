#include "config/lacks.h"

#include <gtest/gtest.h>

#include "config/loader.h"
#include "config/test_folder.h"

namespace sluice::config {
namespace {

constexpr std::string_view kSpecification =
    "openapi: 3.0.1\ninfo: {title: Chat, version: '1'}\npaths:\n  /chat: {post: {operationId: chat}}\n";

// An extract that lacks one thing of each kind.
class Lacks : public testing::Test {
 protected:
  Lacks() {
    folder_.write("apis/chat/apiInformation.json", R"({"properties": {"path": "chat"}})");
    folder_.write("apis/chat/specification.yaml", kSpecification);
    folder_.write("apis/chat/policy.xml",
                  "<policies><inbound><set-header name=\"k\"><value>{{key}}{{unheard}}</value></set-header>"
                  "<authentication-certificate certificate-id=\"client\"/>"
                  "<!-- <authentication-certificate certificate-id=\"not-asked-for\"/> {{neither}} -->"
                  "<get-authorization-context provider-id=\"git\" authorization-id=\"a\"/>"
                  "<cache-lookup-value caching-type=\"external\" key=\"k\"/></inbound></policies>");
    folder_.write("named values/5f1/namedValueInformation.json",
                  R"({"properties": {"displayName": "key", "secret": true}})");
    folder_.write("named values/unused/namedValueInformation.json",
                  R"({"properties": {"displayName": "unused", "secret": true}})");
    folder_.write("named values/77a/namedValueInformation.json",
                  R"({"properties": {"displayName": "Logger-Credentials--77b", "secret": true}})");
    folder_.write("backends/b/backendInformation.json", R"({"properties": {"url": "https://{{key}}.example"}})");
    folder_.write("loggers/feed/loggerInformation.json",
                  R"({"properties": {"loggerType": "applicationInsights",)"
                  R"( "credentials": {"instrumentationKey": "{{Logger-Credentials--77b}}"}}})");
    folder_.write("subscriptions/s/subscriptionInformation.json",
                  R"({"properties": {"scope": "/apis", "displayName": "Team", "ownerId": "/users/ann"}})");
  }

  LoadResult load(std::string_view settings = {}) {
    folder_.write("sluice.yaml", settings);
    return config::load(folder_.path(), [](std::string_view name) -> std::optional<std::string> {
      return "value of " + std::string(name);
    });
  }

  TestFolder folder_;
};

TEST_F(Lacks, CertificatesAreAskedForByTheirThumbprintsToo) {
  folder_.write("apis/chat/policy.xml",
                "<policies><inbound>"
                "<authentication-certificate id=\"x\" thumbprint=\"0123456789abcdef0123456789ABCDEF01234567\"/>"
                "<!-- <authentication-certificate thumbprint=\"1123456789abcdef0123456789ABCDEF01234567\"/> -->"
                "<authentication-certificate thumbprint=\"@(context.RequestId.ToString())\"/>"
                "<validate-client-certificate><identities>"
                "<identity thumbprint=\"2123456789abcdef0123456789ABCDEF01234567\"/>"
                "</identities></validate-client-certificate></inbound></policies>");
  const auto lacks = renderLacks(load().lacks);
  EXPECT_NE(lacks.find("certificate `0123456789abcdef0123456789ABCDEF01234567` (by its thumbprint: any id will do): "
                       "wanted by apis/chat/policy.xml\n"),
            std::string::npos)
      << lacks;
  EXPECT_EQ(lacks.find("`1123"), std::string::npos);
  EXPECT_EQ(lacks.find("`2123"), std::string::npos);
}

TEST_F(Lacks, EachKindIsListedWithWhoWantsIt) {
  const auto result = load();
  EXPECT_EQ(result.configuration, nullptr);
  EXPECT_EQ(
      renderLacks(result.lacks),
      "lacks 9 things that no extract holds:\n"
      "  named value `key` (a secret, id 5f1): wanted by backends/b/backendInformation.json, apis/chat/policy.xml\n"
      "  named value `unheard` (not in the extract): wanted by apis/chat/policy.xml\n"
      "  named value `unused` (a secret)\n"
      "  credential of the logger `feed` ({{Logger-Credentials--77b}}): wanted by "
      "loggers/feed/loggerInformation.json\n"
      "  keys of the subscription `s` (Team)\n"
      "  user `ann`: wanted by subscription s\n"
      "  certificate `client`: wanted by apis/chat/policy.xml\n"
      "  credential provider `git`: wanted by apis/chat/policy.xml\n"
      "  cache `external` (an external cache): wanted by apis/chat/policy.xml\n"
      "sluice.yaml supplies them, for example from the environment:\n"
      "  namedValues:\n"
      "    key: {env: KEY}\n"
      "    unheard: {env: UNHEARD}\n"
      "    unused: {env: UNUSED}\n"
      "  loggers:\n"
      "    feed: {connectionString: {env: FEED_CONNECTION}}\n"
      "  subscriptions:\n"
      "    s: {primaryKey: {env: S_KEY}}\n"
      "  users:\n"
      "    ann: {email: someone@example.com, firstName: A, lastName: B}\n"
      "  certificates:\n"
      "    client: {pfx: CLIENT.pfx, password: {env: CLIENT}}\n"
      "  credentials:\n"
      "    git: {tokenUrl: \"https://...\", clientId: \"...\", clientSecret: {env: GIT}}\n");
}

// Ids stand for display names, and the other way round.
TEST_F(Lacks, WhatSluiceYamlSuppliesIsNotLacking) {
  const auto result = load(
      "namedValues:\n  5f1: {env: KEY}\n  unheard: {value: x}\n  unused: {env: U}\n"
      "loggers: {feed: {connectionString: {env: FEED}}}\n"
      "subscriptions:\n  s: {primaryKey: {env: S}}\n  master: {primaryKey: {env: M}, secondaryKey: {env: N}}\n"
      "  own: {scope: /apis/chat, primaryKey: {value: k}}\n"
      "users: {ann: {email: ann@example.com, groups: [devs]}}\n");
  ASSERT_NE(result.configuration, nullptr) << result.diagnostics.render();
  for (const auto& lack : result.lacks) EXPECT_GE(lack.kind, LackKind::Certificate) << lack.name;
  const auto& subscriptions = result.configuration->subscriptions;
  ASSERT_EQ(subscriptions.size(), 3u);
  EXPECT_EQ(subscriptions[0].primary_key.reveal(), "value of S");
  EXPECT_EQ(subscriptions[1].name, "master");
  EXPECT_EQ(subscriptions[1].scope, SubscriptionScope::Service);
  EXPECT_EQ(subscriptions[1].secondary_key.reveal(), "value of N");
  EXPECT_EQ(subscriptions[2].scope, SubscriptionScope::Api);
  EXPECT_EQ(subscriptions[2].target, "chat");
  ASSERT_NE(result.configuration->findUser("ann"), nullptr);
  EXPECT_EQ(result.configuration->findUser("ann")->email, "ann@example.com");
  EXPECT_EQ(result.configuration->findBackend("b")->url, "https://value of KEY.example");
}

TEST_F(Lacks, SubscriptionsOfNobodyAreMistakes) {
  const auto result = load(
      "namedValues: {key: {value: a}, unheard: {value: b}}\nsubscriptions:\n  t: {}\n  u: {scope: chat}\n"
      "  s: {scope: /apis}\n");
  const auto said = folder_.plain(result.diagnostics.render());
  EXPECT_NE(said.find("there is no subscription `t`"), std::string::npos) << said;
  EXPECT_NE(said.find("`chat` is no scope"), std::string::npos) << said;
  EXPECT_NE(said.find("the extract has the subscription `s`, with a scope of its own"), std::string::npos) << said;
  EXPECT_EQ(result.diagnostics.errors(), 3u) << said;
}

}  // namespace
}  // namespace sluice::config
