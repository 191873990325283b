#include "simulator/identity_provider.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <simdjson.h>

#include "base/encoding.h"
#include "identity/jwt.h"
#include "identity/key_set.h"
#include "identity/verify.h"

namespace sluice::simulator {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::string_view kCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
constexpr std::string_view kApp = "5a1b0000-0000-4000-8000-0000000000a1";
constexpr std::string_view kScope = "https://cognitiveservices.azure.com/.default openid profile offline_access";
constexpr std::string_view kVerifier = "a-verifier-that-is-long-enough-to-be-one-0123456789";

class IdentityProviderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_keys = SigningKeys::open("").value().release(); }
  static void TearDownTestSuite() {
    delete shared_keys;
    shared_keys = nullptr;
  }

  IdentityProviderTest() : world_(defaultWorld()), provider_(world_, *shared_keys) {}

  Request request(std::string method, std::string path, std::string query = {}, std::string body = {}) {
    Request result;
    result.method = std::move(method);
    result.authority = "localhost:8443";
    result.path = std::move(path);
    result.query = std::move(query);
    result.body = std::move(body);
    result.now = now_;
    return result;
  }
  Reply get(std::string path, std::string query = {}) {
    return provider_.handle(request("GET", std::move(path), std::move(query)));
  }
  Reply post(std::string path, std::string body) {
    return provider_.handle(request("POST", std::move(path), {}, std::move(body)));
  }
  std::string tenantPath(std::string_view rest) const { return '/' + world_.tenant_id + std::string(rest); }
  Reply token(std::string body) { return post(tenantPath("/oauth2/v2.0/token"), std::move(body)); }

  std::string authorizeQuery() const {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(kVerifier.data()), kVerifier.size(), digest);
    const auto challenge = base64UrlEncode(std::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
    return "client_id=" + std::string(kCli) +
           "&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A1234&scope=" + percentEncode(kScope) +
           "&state=st%26ate&nonce=n0nce&code_challenge_method=S256&code_challenge=" + challenge;
  }
  std::string codeFor(std::string_view user) {
    const auto reply = get(tenantPath("/oauth2/v2.0/authorize"), authorizeQuery() + "&user=" + percentEncode(user));
    EXPECT_EQ(reply.status, 302) << reply.body;
    const std::string location(reply.header("Location"));
    return formParameter(std::string_view(location).substr(location.find('?') + 1), "code").value_or("");
  }
  std::string redeemBody(const std::string& code) const {
    return "grant_type=authorization_code&client_info=1&client_id=" + std::string(kCli) +
           "&code=" + percentEncode(code) +
           "&redirect_uri=http%3A%2F%2Flocalhost%3A1234&code_verifier=" + std::string(kVerifier);
  }

  std::string member(const Reply& reply, const char* name) {
    std::string_view text;
    simdjson::dom::object object;
    if (parser_.parse(reply.body).get(object) != simdjson::SUCCESS) return "(no JSON) " + reply.body;
    if (object[name].get(text) != simdjson::SUCCESS) return "(none) " + reply.body;
    return std::string(text);
  }
  std::shared_ptr<const identity::Token> parse(const std::string& text) {
    auto parsed = identity::Token::parse(text);
    EXPECT_TRUE(parsed) << parsed.error().message;
    return *parsed;
  }

  static SigningKeys* shared_keys;
  World world_;
  IdentityProvider provider_;
  simdjson::dom::parser parser_;
  UtcTime now_{hours(24 * 365 * 56)};
};

SigningKeys* IdentityProviderTest::shared_keys = nullptr;

TEST_F(IdentityProviderTest, MetadataNamesTheHostItWasAskedThroughAndTheOfficialIssuer) {
  const auto v1 = get(tenantPath("/.well-known/openid-configuration"));
  EXPECT_EQ(member(v1, "issuer"), "https://sts.windows.net/" + world_.tenant_id + "/");
  EXPECT_EQ(member(v1, "jwks_uri"), "https://localhost:8443/" + world_.tenant_id + "/discovery/keys");
  EXPECT_EQ(member(v1, "token_endpoint"), "https://localhost:8443/" + world_.tenant_id + "/oauth2/token");
  const auto v2 = get(tenantPath("/v2.0/.well-known/openid-configuration"));
  EXPECT_EQ(member(v2, "issuer"), "https://login.microsoftonline.com/" + world_.tenant_id + "/v2.0");
  EXPECT_EQ(member(v2, "jwks_uri"), "https://localhost:8443/" + world_.tenant_id + "/discovery/v2.0/keys");
  EXPECT_EQ(get("/contoso.example/v2.0/.well-known/openid-configuration").status, 200);
  EXPECT_EQ(get("/other.example/v2.0/.well-known/openid-configuration").status, 400);
}

TEST_F(IdentityProviderTest, CodeWithPkceGivesVersionOneTokens) {
  const auto reply = token(redeemBody(codeFor("alice@contoso.example")));
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto access = parse(member(reply, "access_token"));
  EXPECT_EQ(access->issuer(), "https://sts.windows.net/" + world_.tenant_id + "/");
  EXPECT_EQ(access->audiences()[0], "https://cognitiveservices.azure.com");
  EXPECT_EQ(access->value("ver"), "1.0");
  EXPECT_EQ(access->value("name"), "Alice Archer");
  EXPECT_EQ(access->value("appid"), kCli);
  EXPECT_EQ(access->value("upn"), "alice@contoso.example");
  EXPECT_EQ(access->value("scp"), "user_impersonation");
  EXPECT_EQ(access->find("groups")->values.size(), 1u);
  const auto keys = identity::KeySet::fromJwks(get(tenantPath("/discovery/keys")).body);
  ASSERT_TRUE(keys);
  EXPECT_EQ(identity::verifySignature(*access, **keys).state, identity::SignatureState::Valid);
  EXPECT_EQ(parse(member(reply, "id_token"))->value("nonce"), "n0nce");
  EXPECT_NE(member(reply, "scope").find("https://cognitiveservices.azure.com/.default"), std::string::npos);
  EXPECT_NE(base64UrlDecode(member(reply, "client_info"))->find(world_.users[0].object_id), std::string::npos);
}

TEST_F(IdentityProviderTest, ACodeIsGoodOnceForItsVerifierAndForAWhile) {
  const auto code = codeFor("alice@contoso.example");
  auto wrong = redeemBody(code);
  wrong.replace(wrong.find(kVerifier), 5, "wrong");
  EXPECT_EQ(token(wrong).status, 400);
  EXPECT_EQ(token(redeemBody(code)).status, 200);
  const auto again = token(redeemBody(code));
  EXPECT_EQ(again.status, 400);
  EXPECT_NE(again.body.find("AADSTS54005"), std::string::npos) << again.body;
  const auto late = codeFor("alice@contoso.example");
  now_ += minutes(11);
  EXPECT_NE(token(redeemBody(late)).body.find("AADSTS70008"), std::string::npos);
  EXPECT_EQ(token(redeemBody("forged.code")).status, 400);
}

TEST_F(IdentityProviderTest, RefreshTokensGiveNewTokens) {
  const auto first = token(redeemBody(codeFor("bob@contoso.example")));
  now_ += hours(2);
  const auto second = token("grant_type=refresh_token&client_id=" + std::string(kCli) +
                            "&refresh_token=" + percentEncode(member(first, "refresh_token")));
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(parse(member(second, "access_token"))->value("name"), "Bob Baker");
  const auto foreign =
      token("grant_type=refresh_token&client_id=" + std::string(kApp) +
            "&client_secret=workload-secret&refresh_token=" + percentEncode(member(first, "refresh_token")));
  EXPECT_EQ(foreign.status, 400) << "another client's token";
}

TEST_F(IdentityProviderTest, ClientCredentialsGiveApplicationTokens) {
  const auto base =
      "grant_type=client_credentials&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default&client_id=" +
      std::string(kApp);
  const auto reply = token(base + "&client_secret=workload-secret");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto access = parse(member(reply, "access_token"));
  EXPECT_EQ(access->value("appid"), kApp);
  EXPECT_EQ(access->value("idtyp"), "app");
  EXPECT_EQ(access->find("name"), nullptr);
  EXPECT_EQ(access->value("oid"), access->subject());
  EXPECT_EQ(member(token(base + "&client_secret=wrong"), "error"), "invalid_client");
  EXPECT_EQ(member(token(base), "error"), "invalid_client");
}

TEST_F(IdentityProviderTest, VersionTwoTokensWhereTheApplicationSaysSo) {
  world_.applications[1].token_version = 2;
  const auto reply = token(
      "grant_type=client_credentials&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default"
      "&client_secret=workload-secret&client_id=" +
      std::string(kApp));
  const auto access = parse(member(reply, "access_token"));
  EXPECT_EQ(access->value("ver"), "2.0");
  EXPECT_EQ(access->value("azp"), kApp);
  EXPECT_EQ(access->audiences()[0], "7d312290-28c8-473c-a0ed-8e53749b6d6d");
  EXPECT_EQ(access->issuer(), "https://login.microsoftonline.com/" + world_.tenant_id + "/v2.0");
  EXPECT_TRUE(provider_.check(access->text(), now_));
}

TEST_F(IdentityProviderTest, VersionOneEndpointTakesAResource) {
  const auto reply = post(tenantPath("/oauth2/token"),
                          "grant_type=client_credentials&resource=https%3A%2F%2Fcognitiveservices.azure.com"
                          "&client_secret=workload-secret&client_id=" +
                              std::string(kApp));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(member(reply, "expires_in"), "4200");
  EXPECT_EQ(member(reply, "resource"), "https://cognitiveservices.azure.com");
}

TEST_F(IdentityProviderTest, TheSignInPageListsUsersAndKeepsParametersEscaped) {
  const auto reply = get(tenantPath("/oauth2/v2.0/authorize"), authorizeQuery() + "&prompt=select_account&x=%3Cb%3E");
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find("alice@contoso.example"), std::string::npos);
  EXPECT_NE(reply.body.find("value=\"st&amp;ate\""), std::string::npos);
  EXPECT_EQ(reply.body.find("<b>\""), std::string::npos);
}

TEST_F(IdentityProviderTest, HintAndAutomaticSignInSkipThePage) {
  const auto path = tenantPath("/oauth2/v2.0/authorize");
  const auto hint = authorizeQuery() + "&login_hint=bob%40contoso.example";
  EXPECT_EQ(get(path, hint).status, 302);
  EXPECT_EQ(get(path, hint + "&prompt=select_account").status, 200);
  const auto none = get(path, authorizeQuery() + "&prompt=none");
  EXPECT_NE(none.header("Location").find("error=login_required"), std::string::npos);
  world_.automatic_user = "carol@contoso.example";
  EXPECT_EQ(get(path, authorizeQuery() + "&prompt=select_account").status, 302);
}

TEST_F(IdentityProviderTest, RedirectsGoOnlyWhereTheyMay) {
  auto query = authorizeQuery() + "&user=alice%40contoso.example";
  const std::string local = "http%3A%2F%2Flocalhost%3A1234";
  for (const std::string bad :
       {"http%3A%2F%2Flocalhost.evil.example", "https%3A%2F%2Fevil.example", "javascript%3Ax"}) {
    auto changed = query;
    changed.replace(changed.find(local), local.size(), bad);
    EXPECT_EQ(get(tenantPath("/oauth2/v2.0/authorize"), changed).status, 400) << bad;
  }
  const auto state = get(tenantPath("/oauth2/v2.0/authorize"), query);
  EXPECT_NE(state.header("Location").find("state=st%26ate"), std::string::npos);
  const auto form = get(tenantPath("/oauth2/v2.0/authorize"), query + "&response_mode=form_post");
  EXPECT_EQ(form.status, 200);
  EXPECT_NE(form.body.find("action=\"http://localhost:1234\""), std::string::npos);
}

TEST_F(IdentityProviderTest, DeviceCodesWaitForApproval) {
  const auto begun =
      post(tenantPath("/oauth2/v2.0/devicecode"), "client_id=" + std::string(kCli) + "&scope=" + percentEncode(kScope));
  ASSERT_EQ(begun.status, 200) << begun.body;
  const auto poll =
      "grant_type=device_code&client_id=" + std::string(kCli) + "&device_code=" + member(begun, "device_code");
  EXPECT_EQ(member(token(poll), "error"), "authorization_pending");
  const auto approved =
      get("/common/oauth2/deviceauth", "code=" + member(begun, "user_code") + "&user=alice%40contoso.example");
  EXPECT_EQ(approved.status, 200);
  EXPECT_EQ(parse(member(token(poll), "access_token"))->value("name"), "Alice Archer");
  EXPECT_EQ(member(token(poll), "error"), "bad_verification_code");
}

TEST_F(IdentityProviderTest, ChecksTokensAsAzureOpenAiDoes) {
  const auto issued = [&](std::string_view who, std::string_view audience, Duration lifetime) {
    return provider_.issue(who, audience, lifetime, now_).value();
  };
  const auto good = issued("alice@contoso.example", kCognitiveServices, hours(1));
  ASSERT_TRUE(provider_.check(good, now_));
  EXPECT_TRUE(provider_.check(good, now_)->openai_user);
  EXPECT_FALSE(provider_.check(good, now_ + hours(1)));
  EXPECT_FALSE(provider_.check(issued("alice@contoso.example", kCognitiveServices, -minutes(1)), now_));
  EXPECT_FALSE(provider_.check(issued("alice@contoso.example", "https://graph.example", hours(1)), now_));
  EXPECT_FALSE(provider_.check(issued("carol@contoso.example", kCognitiveServices, hours(1)), now_)->openai_user);
  EXPECT_TRUE(provider_.check(issued(kApp, kCognitiveServices, hours(1)), now_)->openai_user);
  EXPECT_FALSE(provider_.check("nonsense", now_));
  const auto other = SigningKeys::open("").value();
  IdentityProvider impostor(world_, *other);
  EXPECT_FALSE(provider_.check(*impostor.issue("alice@contoso.example", kCognitiveServices, hours(1), now_), now_));
  EXPECT_FALSE(provider_.issue("nobody", kCognitiveServices, hours(1), now_));
}

TEST_F(IdentityProviderTest, KeysRotateByTimeAndFormerOnesStayPublished) {
  world_.key_rotation = hours(1);
  const auto token_text = *provider_.issue("alice@contoso.example", kCognitiveServices, hours(9), now_);
  provider_.tick(now_);
  const auto before = shared_keys->currentKeyId();
  provider_.tick(now_ + minutes(59));
  EXPECT_EQ(shared_keys->currentKeyId(), before);
  provider_.tick(now_ + minutes(61));
  EXPECT_NE(shared_keys->currentKeyId(), before);
  EXPECT_TRUE(provider_.check(token_text, now_));
  ASSERT_TRUE(shared_keys->rotate(FormerKeys::Drop));
  EXPECT_FALSE(provider_.check(token_text, now_));
}

TEST_F(IdentityProviderTest, ManagedIdentityWantsItsHeader) {
  auto ask = request("GET", "/metadata/identity/oauth2/token",
                     "api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com");
  EXPECT_EQ(provider_.managedIdentity(ask).status, 400);
  ask.headers.emplace_back("Metadata", "true");
  const auto reply = provider_.managedIdentity(ask);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_TRUE(provider_.check(member(reply, "access_token"), now_)->openai_user);
}

TEST_F(IdentityProviderTest, ErrorsAreWordedAsEntraWordsThem) {
  const auto unknown = token("grant_type=client_credentials&client_id=nobody");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(member(unknown, "error_description").find("AADSTS700016: Application with identifier 'nobody'"),
            std::string::npos);
  EXPECT_EQ(member(token("client_id=" + std::string(kCli)), "error"), "invalid_request");
  EXPECT_EQ(member(token("grant_type=x&client_id=" + std::string(kCli)), "error"), "unsupported_grant_type");
  const auto resource = token(
      "grant_type=password&username=alice%40contoso.example&scope=https%3A%2F%2Fnone.example%2F."
      "default&client_id=" +
      std::string(kCli));
  EXPECT_EQ(member(resource, "error"), "invalid_resource");
}

}  // namespace
}  // namespace sluice::simulator
