// The simulated Key Vault and the proofs that its callers' identities are asked for, without sockets.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/encoding.h"
#include "simulator/services.h"

namespace sluice::simulator {
namespace {

class SimulatedVault : public testing::Test {
 protected:
  static void SetUpTestSuite() { folder = testing::TempDir() + "sluice-vault-" + randomGuid(); }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder); }
  static World world() {
    World made = defaultWorld();
    made.secrets.push_back({"kv", "first", Secret("one")});
    return made;
  }
  SimulatedVault()
      : services_(world(), SigningKeys::open(folder).value(),
                  std::make_shared<upstream::Tokenizers>(std::string(SLUICE_SOURCE_DIR) + "/.deps/tokenizer")) {}

  Reply get(const std::string& path, const std::string& token, const std::string& query = "api-version=7.4") {
    Request request;
    request.method = "GET";
    request.authority = "kv.vault.azure.net";
    request.path = path;
    request.query = query;
    request.now = now_;
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    return services_.handle(request).reply;
  }
  std::string token(std::string_view audience = kKeyVault) {
    return services_.issueToken("5a1b0000-0000-4000-8000-0000000000a1", audience, std::chrono::minutes(5), now_)
        .value();
  }
  void set(const std::string& body) {
    Request request;
    request.method = "POST";
    request.authority = "localhost";
    request.path = "/simulator/secrets";
    request.body = body;
    EXPECT_EQ(services_.admin(request).status, 200);
  }
  Reply tokenFor(const std::string& claims) {
    const std::string assertion =
        base64UrlEncode(R"({"alg":"RS256","typ":"JWT"})") + "." + base64UrlEncode(claims) + ".c2ln";
    Request request;
    request.method = "POST";
    request.authority = "login.microsoftonline.com";
    request.path = "/5a1b0000-0000-4000-8000-000000000001/oauth2/v2.0/token";
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = "grant_type=client_credentials&client_id=5a1b0000-0000-4000-8000-0000000000a1&scope=" +
                   percentEncode("https://vault.azure.net/.default") +
                   "&client_assertion_type=" + percentEncode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
                   "&client_assertion=" + assertion;
    request.now = now_;
    return services_.handle(request).reply;
  }

  static std::string folder;
  Services services_;
  UtcTime now_ = UtcTime(std::chrono::seconds(1'700'000'000));
};
std::string SimulatedVault::folder;

TEST_F(SimulatedVault, GivesSecretsToWhoHasATokenForIt) {
  const auto challenged = get("/secrets/first", "");
  EXPECT_EQ(challenged.status, 401);
  EXPECT_EQ(challenged.header("WWW-Authenticate"),
            "Bearer authorization=\"https://login.microsoftonline.com/5a1b0000-0000-4000-8000-000000000001\", "
            "resource=\"https://vault.azure.net\"");
  EXPECT_EQ(get("/secrets/first", token(kCognitiveServices)).status, 401);
  EXPECT_EQ(get("/secrets/first", token(), "").status, 400);
  const auto found = get("/secrets/First", token());
  EXPECT_EQ(found.status, 200);
  EXPECT_NE(found.body.find(R"("value":"one")"), std::string::npos) << found.body;
  EXPECT_EQ(get("/secrets/second", token()).status, 404);
}

TEST_F(SimulatedVault, KeepsVersions) {
  set(R"({"vault":"kv","name":"first","value":"two"})");
  EXPECT_NE(get("/secrets/first", token()).body.find(R"("value":"two")"), std::string::npos);
  EXPECT_NE(get("/secrets/first/00000000000000000000000000000001", token()).body.find(R"("value":"one")"),
            std::string::npos);
  EXPECT_EQ(get("/secrets/first/9", token()).status, 404);
  set(R"({"vault":"KV","name":"FIRST"})");
  EXPECT_EQ(get("/secrets/first", token()).status, 404);
}

TEST_F(SimulatedVault, LooksAtWhatAClientAssertionSays) {
  constexpr std::string_view kOwn = "5a1b0000-0000-4000-8000-0000000000a1";
  const auto claims = [&](std::string_view issuer, std::string_view subject, std::string_view audience,
                          int64_t expires) {
    return fmt::format(R"({{"iss":"{}","sub":"{}","aud":"{}","exp":{}}})", issuer, subject, audience, expires);
  };
  constexpr std::string_view kEndpoint =
      "https://login.microsoftonline.com/5a1b0000-0000-4000-8000-000000000001/oauth2/v2.0/token";
  const auto good = tokenFor(claims(kOwn, kOwn, kEndpoint, 1'700'000'600));
  EXPECT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(
      tokenFor(claims("https://kubernetes", "system:serviceaccount:a:b", "api://AzureADTokenExchange", 1'700'000'600))
          .status,
      200);
  EXPECT_EQ(tokenFor(claims("other", "other", kEndpoint, 1'700'000'600)).status, 401);
  EXPECT_EQ(tokenFor(claims(kOwn, kOwn, "https://elsewhere", 1'700'000'600)).status, 401);
  EXPECT_EQ(tokenFor(claims(kOwn, kOwn, kEndpoint, 1'699'999'999)).status, 401);
  EXPECT_EQ(tokenFor("no json").status, 401);
}

}  // namespace
}  // namespace sluice::simulator
