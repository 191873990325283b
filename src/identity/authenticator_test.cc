#include "identity/authenticator.h"

#include <gtest/gtest.h>

#include <string>

#include "identity/fake_fetcher.h"
#include "identity/signing_fixture.h"

namespace sluice::identity {
namespace {

using fixtures::FakeFetcher;
using fixtures::keyDocument;
using fixtures::SigningKey;
using runtime::Loop;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string kUrl = "https://idp.example/.well-known/openid-configuration";
const std::string kKeysUrl = "https://idp.example/keys";
constexpr int64_t kStart = 1'700'000'000;

const SigningKey& keyA() {
  static const SigningKey key = SigningKey::rsa();
  return key;
}
const SigningKey& keyB() {
  static const SigningKey key = SigningKey::rsa();
  return key;
}
const SigningKey& curveKey() {
  static const SigningKey key = SigningKey::ec("P-256");
  return key;
}

std::string payload(int64_t expires = kStart + 3600, std::string_view issuer = "https://idp.example") {
  return "{\"iss\":\"" + std::string(issuer) + "\",\"aud\":\"api\",\"exp\":" + std::to_string(expires) + "}";
}

std::string rs256(const SigningKey& key, std::string_view id, std::string_view claims) {
  return key.sign(Algorithm::Rs256, "{\"alg\":\"RS256\",\"kid\":\"" + std::string(id) + "\"}", claims);
}

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() {
    fetcher.put(kUrl, R"({"issuer":"https://idp.example","jwks_uri":"https://idp.example/keys"})");
    fetcher.put(kKeysUrl, keyDocument(keyA().jwk("a") + "," + curveKey().jwk("ec")));
    sources.push_back(KeySource{nullptr, std::make_shared<OpenIdProvider>(kUrl)});
    rules.audiences = audiences;
  }
  // The whole way; the reason's name, or "ok".
  std::string run(std::string_view text) {
    const auto outcome = loop.runTask(authenticator.authenticate(text, sources, rules, loop.now() + seconds(5)));
    EXPECT_NE(outcome.ok(), outcome.failure.has_value());
    return outcome.ok() ? "ok" : std::string(reasonName(outcome.failure->reason));
  }
  std::string tryNow(std::string_view text) {
    const auto outcome = authenticator.tryAuthenticate(text, sources, rules);
    if (!outcome) return "wait";
    return outcome->ok() ? "ok" : std::string(reasonName(outcome->failure->reason));
  }

  ManualClock clock{UtcTime(seconds(kStart))};
  Loop loop{clock};
  FakeFetcher fetcher{loop};
  Authenticator authenticator{fetcher, nullptr};
  const std::vector<std::string_view> audiences = {"api"};
  std::vector<KeySource> sources;
  TokenRules rules;
};

TEST_F(AuthenticatorTest, WaitsForKeysOnceThenAnswersAtOnce) {
  const std::string token = rs256(keyA(), "a", payload());
  EXPECT_EQ(tryNow(token), "wait");
  EXPECT_EQ(run(token), "ok");
  EXPECT_EQ(tryNow(token), "ok");
  EXPECT_EQ(authenticator.cache().size(), 1u);
  EXPECT_EQ(fetcher.fetches(kUrl), 1);
  EXPECT_EQ(tryNow(rs256(keyA(), "a", payload(kStart + 7200))), "ok");
}

TEST_F(AuthenticatorTest, ARememberedTokenStillExpires) {
  const std::string token = rs256(keyA(), "a", payload());
  EXPECT_EQ(run(token), "ok");
  loop.advance(clock, minutes(61));
  EXPECT_EQ(tryNow(token), "TokenExpired");
}

TEST_F(AuthenticatorTest, ARememberedTokenIsJudgedByEachPolicysRules) {
  const std::string token = rs256(keyA(), "a", payload());
  EXPECT_EQ(run(token), "ok");
  const std::vector<std::string_view> others = {"else"};
  rules.audiences = others;
  EXPECT_EQ(tryNow(token), "TokenAudienceNotAllowed");
  rules.audiences = audiences;
  const std::vector<ClaimRule> claims = {{"roles", ClaimMatch::All, "", {}}};
  rules.claims = claims;
  EXPECT_EQ(tryNow(token), "TokenClaimNotFound");
}

TEST_F(AuthenticatorTest, RefusesWhatIsNoGoodToken) {
  EXPECT_EQ(tryNow(""), "TokenNotPresent");
  EXPECT_EQ(tryNow("garbage"), "JwtInvalid");
  EXPECT_EQ(run(rs256(keyB(), "a", payload())), "TokenSignatureInvalid");
  EXPECT_EQ(tryNow(fixtures::unsignedToken(R"({"alg":"none"})", payload())), "TokenSignatureInvalid");
  EXPECT_EQ(run(rs256(keyA(), "a", payload(kStart + 60, "https://else.example"))), "TokenIssuerNotAllowed");
  EXPECT_EQ(run(fixtures::signHmac(Algorithm::Hs256, keyA().jwk("a"), R"({"alg":"HS256","kid":"a"})", payload())),
            "TokenSignatureKeyNotFound");
  EXPECT_EQ(authenticator.cache().size(), 1u) << "only what verified is remembered";
}

TEST_F(AuthenticatorTest, UnsignedTokensPassOnlyWhereNoSignatureIsDemanded) {
  rules.signature = Demand::Optional;
  ASSERT_EQ(run(rs256(keyA(), "a", payload())), "ok");
  const std::string token = fixtures::unsignedToken(R"({"alg":"none"})", payload());
  EXPECT_EQ(tryNow(token), "ok");
  EXPECT_EQ(tryNow(token + "AAAA"), "TokenSignatureInvalid");
  EXPECT_EQ(tryNow(rs256(keyB(), "a", payload())), "TokenSignatureInvalid");
  EXPECT_EQ(authenticator.cache().size(), 1u);
}

TEST_F(AuthenticatorTest, ARotatedKeyIsFetchedAndTheOldOneForgotten) {
  const std::string old_token = rs256(keyA(), "a", payload());
  EXPECT_EQ(run(old_token), "ok");
  fetcher.put(kKeysUrl, keyDocument(keyB().jwk("b")));
  const std::string new_token = rs256(keyB(), "b", payload());
  EXPECT_EQ(tryNow(new_token), "wait");
  EXPECT_EQ(run(new_token), "ok");
  EXPECT_EQ(tryNow(old_token), "TokenSignatureKeyNotFound") << "its key was withdrawn";
  EXPECT_EQ(authenticator.cache().size(), 1u);
  EXPECT_EQ(fetcher.fetches(kKeysUrl), 2);
}

TEST_F(AuthenticatorTest, UnknownKeysDoNotFloodTheProvider) {
  EXPECT_EQ(run(rs256(keyA(), "a", payload())), "ok");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(run(rs256(keyB(), "x" + std::to_string(i), payload())), "TokenSignatureKeyNotFound");
  }
  EXPECT_EQ(fetcher.fetches(kKeysUrl), 2);
}

TEST_F(AuthenticatorTest, AnUnreachableProviderFailsTheRequest) {
  fetcher.remove(kUrl);
  const auto outcome =
      loop.runTask(authenticator.authenticate(rs256(keyA(), "a", payload()), sources, rules, loop.now() + seconds(5)));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.failure->reason, TokenReason::TokenSignatureKeyNotFound);
  EXPECT_NE(outcome.failure->message.find(kUrl), std::string::npos);
}

TEST_F(AuthenticatorTest, ConfiguredKeysStandBesideAProvider) {
  KeySetBuilder builder;
  ASSERT_TRUE(builder.addSymmetric("s", Secret(std::string(32, 'k'))));
  sources.push_back(KeySource{builder.build(), nullptr});
  fetcher.remove(kUrl);
  const std::string token =
      fixtures::signHmac(Algorithm::Hs256, std::string(32, 'k'), R"({"alg":"HS256","kid":"s"})", payload());
  EXPECT_EQ(run(token), "TokenIssuerNotAllowed") << "no issuer is known while the provider is away";
  const std::vector<std::string_view> issuers = {"https://idp.example"};
  rules.issuers = issuers;
  EXPECT_EQ(run(token), "ok") << "the provider that is away does not matter to this token";
  EXPECT_EQ(tryNow(token), "ok");
}

TEST_F(AuthenticatorTest, SlowSignaturesGoToAWorker) {
  runtime::WorkerPool workers(1);
  Authenticator with_workers(fetcher, &workers);
  const std::string token = curveKey().sign(Algorithm::Es256, R"({"alg":"ES256","kid":"ec"})", payload());
  ASSERT_EQ(run(rs256(keyA(), "a", payload())), "ok");
  EXPECT_FALSE(with_workers.tryAuthenticate(token, sources, rules));
  const auto outcome = loop.runTask(with_workers.authenticate(token, sources, rules, loop.now() + seconds(5)));
  EXPECT_TRUE(outcome.ok());
  EXPECT_TRUE(with_workers.tryAuthenticate(token, sources, rules)) << "remembered, so it is answered at once";
  EXPECT_EQ(run(token), "ok") << "without workers it is verified on the loop";
  std::string changed = token;
  changed[token.rfind('.') + 3] = changed[token.rfind('.') + 3] == 'A' ? 'B' : 'A';
  const auto refused = loop.runTask(with_workers.authenticate(changed, sources, rules, loop.now() + seconds(5)));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure->reason, TokenReason::TokenSignatureInvalid);
}

}  // namespace
}  // namespace sluice::identity
