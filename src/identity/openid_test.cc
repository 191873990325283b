#include "identity/openid.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>

#include "identity/fake_fetcher.h"
#include "identity/signing_fixture.h"

namespace sluice::identity {
namespace {

using fixtures::FakeFetcher;
using fixtures::keyDocument;
using fixtures::SigningKey;
using runtime::Loop;
using runtime::Task;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string kUrl = "https://idp.example/t/.well-known/openid-configuration";
const std::string kKeysUrl = "https://idp.example/t/keys";

std::string metadata(std::string_view issuer = "https://idp.example/t", std::string_view keys_url = kKeysUrl) {
  return "{\"issuer\":\"" + std::string(issuer) + "\",\"jwks_uri\":\"" + std::string(keys_url) + "\",\"other\":[1]}";
}

const std::string& jwk(const std::string& id) {
  static const SigningKey key = SigningKey::rsa();
  static std::map<std::string, std::string> made;
  auto& text = made[id];
  if (text.empty()) text = key.jwk(id);
  return text;
}

// One loop under a manual clock, one fetcher with a working identity provider behind it.
class OpenId : public ::testing::Test {
 public:
  OpenId() {
    fetcher.put(kUrl, metadata());
    fetcher.put(kKeysUrl, keyDocument(jwk("a")));
  }
  Instant in(Duration time) { return loop.now() + time; }
  Result<OpenIdProvider::Keys> keys() { return loop.runTask(provider->keys(fetcher, in(seconds(5)))); }

  ManualClock clock{UtcTime(seconds(1'700'000'000))};
  Loop loop{clock};
  FakeFetcher fetcher{loop};
  std::shared_ptr<OpenIdProvider> provider = std::make_shared<OpenIdProvider>(kUrl);
};

TEST(OpenIdMetadata, DemandsIssuerAndASafeKeyAddress) {
  EXPECT_TRUE(parseOpenIdMetadata(metadata(), kUrl));
  EXPECT_TRUE(parseOpenIdMetadata(metadata("i", "http://127.0.0.1:8080/keys"), "http://127.0.0.1:8080/config"));
  EXPECT_FALSE(parseOpenIdMetadata(metadata("i", "http://idp.example/keys"), kUrl));
  for (const std::string_view url : {"", "/keys", "file:///etc/passwd", "https://", "https://user:word@host/keys",
                                     "https://host/ke ys", "ftp://host/keys", "https:///keys"}) {
    EXPECT_FALSE(parseOpenIdMetadata(metadata("i", url), kUrl)) << url;
  }
  for (const std::string_view json :
       {"", "[]", "{}", R"({"issuer":7,"jwks_uri":"https://h/k"})", R"({"issuer":"i"})"}) {
    EXPECT_FALSE(parseOpenIdMetadata(json, kUrl)) << json;
  }
}

TEST_F(OpenId, FetchesOnceForAllWhoAsk) {
  fetcher.hold();
  int answered = 0;
  const auto ask = [](OpenId& test, int& count) -> Task<void> {
    const Result<OpenIdProvider::Keys> keys = co_await test.provider->keys(test.fetcher, test.in(seconds(5)));
    EXPECT_TRUE(keys);
    ++count;
  };
  for (int i = 0; i < 5; ++i) loop.scope().spawn(ask(*this, answered));
  loop.settle();
  EXPECT_EQ(answered, 0);
  fetcher.release();
  loop.settle();
  EXPECT_EQ(answered, 5);
  EXPECT_EQ(fetcher.fetches(kUrl), 1);
  EXPECT_EQ(fetcher.fetches(kKeysUrl), 1);
  EXPECT_EQ(provider->version(), 1u);
  EXPECT_EQ(provider->current()->issuer, "https://idp.example/t");
  EXPECT_TRUE(provider->current()->keys->hasKeyId("a"));
}

TEST_F(OpenId, AFirstFailureFailsAndIsTriedAgainSoonButNotAtOnce) {
  fetcher.remove(kKeysUrl);
  EXPECT_FALSE(keys());
  EXPECT_NE(provider->lastError().find("503"), std::string::npos);
  EXPECT_FALSE(keys());
  EXPECT_EQ(fetcher.fetches(kUrl), 1);
  fetcher.put(kKeysUrl, keyDocument(jwk("a")));
  loop.advance(clock, seconds(11));
  EXPECT_TRUE(keys());
  EXPECT_EQ(fetcher.fetches(kUrl), 2);
}

TEST_F(OpenId, AWaitHasADeadlineAndTheFetchGoesOn) {
  fetcher.hold();
  Task<Result<OpenIdProvider::Keys>> wait = provider->keys(fetcher, in(seconds(1)));
  EXPECT_FALSE(wait.start());
  loop.advance(clock, seconds(2));
  ASSERT_TRUE(wait.done());
  EXPECT_FALSE(wait.take());
  fetcher.release();
  loop.settle();
  EXPECT_NE(provider->current(), nullptr);
}

TEST_F(OpenId, RefreshesInTheBackgroundEachHour) {
  ASSERT_TRUE(keys());
  const auto first = provider->current();
  loop.advance(clock, minutes(59));
  provider->refreshIfDue(fetcher, loop.now());
  loop.settle();
  EXPECT_EQ(fetcher.fetches(kUrl), 1);
  loop.advance(clock, minutes(2));
  provider->refreshIfDue(fetcher, loop.now());
  provider->refreshIfDue(fetcher, loop.now());
  loop.settle();
  EXPECT_EQ(fetcher.fetches(kUrl), 2);
  // Nothing new: the key set, and with it every remembered signature, stays.
  EXPECT_EQ(provider->version(), 1u);
  EXPECT_EQ(provider->current()->keys, first->keys);
}

TEST_F(OpenId, KeepsTheLastGoodKeysWhileFetchesFail) {
  ASSERT_TRUE(keys());
  fetcher.put(kKeysUrl, "<html>down for maintenance</html>");
  loop.advance(clock, minutes(61));
  provider->refreshIfDue(fetcher, loop.now());
  loop.settle();
  EXPECT_EQ(fetcher.fetches(kUrl), 2);
  EXPECT_TRUE(provider->current()->keys->hasKeyId("a"));
  EXPECT_EQ(provider->version(), 1u);
  loop.advance(clock, minutes(4));
  provider->refreshIfDue(fetcher, loop.now());
  EXPECT_EQ(fetcher.fetches(kUrl), 2);
  fetcher.put(kKeysUrl, keyDocument(jwk("b")));
  loop.advance(clock, minutes(2));
  provider->refreshIfDue(fetcher, loop.now());
  loop.settle();
  EXPECT_EQ(provider->version(), 2u);
  EXPECT_TRUE(provider->current()->keys->hasKeyId("b"));
}

TEST_F(OpenId, AnUnknownKeyRefetchesAtMostOncePerInterval) {
  ASSERT_TRUE(keys());
  fetcher.put(kKeysUrl, keyDocument(jwk("b")));
  EXPECT_TRUE(provider->mayBecomeNewer(1, loop.now()));
  EXPECT_TRUE(loop.runTask(provider->newerThan(1, fetcher, in(seconds(5)))));
  EXPECT_EQ(provider->version(), 2u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(provider->mayBecomeNewer(2, loop.now()));
    EXPECT_FALSE(loop.runTask(provider->newerThan(2, fetcher, in(seconds(5)))));
  }
  EXPECT_EQ(fetcher.fetches(kUrl), 2);
  EXPECT_TRUE(loop.runTask(provider->newerThan(1, fetcher, in(seconds(5)))));
  loop.advance(clock, minutes(6));
  EXPECT_FALSE(loop.runTask(provider->newerThan(2, fetcher, in(seconds(5)))));
  EXPECT_EQ(fetcher.fetches(kUrl), 3);
}

TEST_F(OpenId, ACancelledWaiterLeavesNothingBehind) {
  fetcher.hold();
  {
    Task<Result<OpenIdProvider::Keys>> wait = provider->keys(fetcher, in(seconds(5)));
    EXPECT_FALSE(wait.start());
    Task<Result<OpenIdProvider::Keys>> other = provider->keys(fetcher, in(seconds(5)));
    EXPECT_FALSE(other.start());
  }
  fetcher.release();
  loop.settle();
  EXPECT_NE(provider->current(), nullptr);
}

TEST_F(OpenId, AFetchCutShortByItsLoopCountsAsFailed) {
  {
    Loop other(clock);
    FakeFetcher slow(other);
    slow.hold();
    Task<Result<OpenIdProvider::Keys>> wait = provider->keys(slow, in(seconds(60)));
    EXPECT_FALSE(wait.start());
    wait.cancel();
  }
  EXPECT_EQ(provider->lastError(), "the fetch was given up");
  loop.advance(clock, seconds(11));
  EXPECT_TRUE(keys());
}

TEST(OpenIdProviders, ShareOneFetchAmongThreads) {
  OpenIdProviders providers;
  const auto provider = providers.provider(kUrl);
  EXPECT_EQ(providers.provider(kUrl), provider);
  EXPECT_NE(providers.provider(kUrl + "2"), provider);
  EXPECT_EQ(providers.all().size(), 2u);
  const std::string document = keyDocument(jwk("a"));
  const auto run = [&] {
    Loop loop;
    FakeFetcher fetcher(loop);
    fetcher.put(kUrl, metadata());
    fetcher.put(kKeysUrl, document);
    const auto keys = loop.runTask(provider->keys(fetcher, loop.now() + seconds(20)));
    return keys && (*keys)->keys->hasKeyId("a") ? fetcher.fetches(kUrl) : -100;
  };
  std::vector<std::future<int>> threads;
  for (int i = 0; i < 8; ++i) threads.push_back(std::async(std::launch::async, run));
  int fetches = 0;
  for (auto& thread : threads) fetches += thread.get();
  EXPECT_EQ(fetches, 1);
  EXPECT_EQ(provider->version(), 1u);
}

}  // namespace
}  // namespace sluice::identity
