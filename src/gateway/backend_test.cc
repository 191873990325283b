#include "gateway/backend.h"

#include <gtest/gtest.h>

#include "config/model.h"

namespace sluice::gateway {
namespace {

class BackendEntityTest : public testing::Test {
 protected:
  config::Backend& add(std::string name, std::string url) {
    config::Backend backend;
    backend.name = std::move(name);
    backend.url = std::move(url);
    configuration_.backends.push_back(std::move(backend));
    return configuration_.backends.back();
  }
  static std::vector<Secret> values(std::initializer_list<const char*> texts) {
    std::vector<Secret> out;
    for (const char* text : texts) out.emplace_back(std::string(text));
    return out;
  }

  config::Configuration configuration_;
  Arena arena_;
};

TEST_F(BackendEntityTest, ItsFieldsReplaceTheCallers) {
  auto& backend = add("a", "https://a.test");
  backend.credentials.headers.emplace_back("X-Key", values({"one", "two"}));
  backend.credentials.authorization_scheme = "Basic";
  backend.credentials.authorization_parameter = Secret("dTpw");
  const BackendEntity entity(configuration_, backend);
  EXPECT_TRUE(entity.hasCredentials());
  EXPECT_TRUE(entity.connection().usual());
  http::Headers headers;
  headers.add("x-key", "mine");
  headers.add("X-Key", "mine too");
  headers.add("authorization", "Bearer mine");
  entity.applyHeaders(headers, {}, nullptr);
  EXPECT_EQ(headers.count("X-Key"), 2u);
  EXPECT_EQ(headers.find("X-Key"), "one");
  EXPECT_EQ(headers.count("Authorization"), 1u);
  EXPECT_EQ(headers.find("Authorization"), "Basic dTpw");
}

TEST_F(BackendEntityTest, TheCallersKeyStaysUnlessItMayPass) {
  const BackendEntity entity(configuration_, add("a", "https://a.test"));
  CallerKey caller;
  caller.header_name = "api-key";
  caller.header_value = "k";
  caller.query_name = "api-key";
  caller.query = "a=1&API-Key=k&b=2";
  http::Headers headers;
  headers.add("API-KEY", "k");
  headers.add("Authorization", "Bearer user");
  entity.applyHeaders(headers, {}, nullptr);
  EXPECT_TRUE(headers.has("api-key"));
  entity.applyHeaders(headers, {}, &caller);
  EXPECT_FALSE(headers.has("api-key"));
  EXPECT_TRUE(headers.has("Authorization")) << "it was not the key";
  headers.add("api-key", "of a policy");
  entity.applyHeaders(headers, "Bearer token", &caller);
  EXPECT_TRUE(headers.has("api-key"));
  EXPECT_EQ(headers.find("Authorization"), "Bearer token");
  EXPECT_EQ(entity.applyQuery(caller.query, &caller, arena_), "a=1&b=2");
  EXPECT_EQ(entity.applyQuery("a=1&api-key=policy", &caller, arena_), "a=1&api-key=policy");
  EXPECT_EQ(entity.applyQuery(caller.query, nullptr, arena_), caller.query);
}

TEST_F(BackendEntityTest, QueryParametersAreEncodedAndReplace) {
  auto& backend = add("a", "https://a.test");
  backend.credentials.query.emplace_back("code", values({"a&b", "c"}));
  const BackendEntity entity(configuration_, backend);
  EXPECT_EQ(entity.applyQuery("", nullptr, arena_), "code=a%26b&code=c");
  EXPECT_EQ(entity.applyQuery("x=1", nullptr, arena_), "x=1&code=a%26b&code=c");
  EXPECT_EQ(entity.applyQuery("c%6Fde=mine&x=1&CODE=again", nullptr, arena_), "x=1&code=a%26b&code=c");
}

TEST_F(BackendEntityTest, ConnectionsAreToldApartByAllThatMakesThem) {
  add("plain", "https://a.test");
  add("pinned", "https://a.test").server_thumbprints = {"AB"};
  add("again", "https://a.test").server_thumbprints = {"AB"};
  add("other", "https://a.test").server_thumbprints = {"CD"};
  add("proxied", "https://a.test").proxy_url = "http://proxy:8080";
  configuration_.certificates.push_back({"mine", {"CHAIN", Secret("KEY"), "", "0A0B"}});
  add("shown", "https://a.test").credentials.certificates = {"0a 0b"};
  const BackendEntities entities(configuration_);
  const auto key = [&](size_t i) { return entities.find(&configuration_.backends[i])->connectionKey(); };
  EXPECT_TRUE(entities.find(&configuration_.backends[0])->connection().usual());
  for (size_t i = 1; i < 6; ++i) EXPECT_FALSE(entities.find(&configuration_.backends[i])->connection().usual()) << i;
  EXPECT_EQ(key(1), key(2));
  EXPECT_NE(key(1), key(3));
  EXPECT_NE(key(1), key(4));
  EXPECT_EQ(entities.find(&configuration_.backends[5])->connection().certificate_pem, "CHAIN");
  EXPECT_EQ(entities.find(nullptr), nullptr);
}

TEST_F(BackendEntityTest, AServiceUrlFindsItsEntity) {
  add("pool", "");
  configuration_.backends[0].pool.push_back({"a", 1, 1});
  add("a", "https://a.test/openai");
  for (const char* url : {"https://A.test:443/openai/", "https://a.test/OpenAI", "", "https://b.test/openai"}) {
    config::Api api;
    api.service_url = url;
    configuration_.apis.push_back(std::move(api));
  }
  const BackendEntities entities(configuration_);
  EXPECT_EQ(entities.ofServiceUrl(configuration_.apis[0]), &configuration_.backends[1]);
  for (size_t i = 1; i < 4; ++i) EXPECT_EQ(entities.ofServiceUrl(configuration_.apis[i]), nullptr) << i;
}

}  // namespace
}  // namespace sluice::gateway
