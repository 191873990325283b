#include "identity/http_key_fetcher.h"

#include <gtest/gtest.h>

#include <string>

#include "http/loopback_fixture.h"
#include "identity/signing_fixture.h"

namespace sluice::identity {
namespace {

using runtime::Task;
using std::chrono::seconds;

const std::string& keys() {
  static const std::string document = fixtures::keyDocument(fixtures::SigningKey::ec("P-256").jwk("k"));
  return document;
}

// An identity provider on loopback.
class HttpKeyFetcherTest : public http::LoopbackTest {
 protected:
  HttpKeyFetcherTest() {
    serve([this](http::ServerExchange& exchange) { return answer(exchange, base()); });
  }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(address.port()); }

  static Task<void> answer(http::ServerExchange& exchange, std::string own) {
    const std::string target(exchange.head().target);
    std::string body = R"({"issuer":"me","jwks_uri":")" + own + "/keys\"}";
    if (target == "/keys") body = keys();
    if (target == "/large") body = std::string(10'000, ' ');
    const int status = target == "/gone" ? 404 : 200;
    co_await exchange.respond(status, "application/json", body);
  }
  Result<std::string> get(const std::string& path, size_t limit = 1000) {
    return loop.runTask(fetcher.get(base() + path, limit, loop.now() + seconds(5)));
  }

  HttpKeyFetcher fetcher{*pool};
};

TEST_F(HttpKeyFetcherTest, GetsADocument) {
  const auto document = get("/keys");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(*document, keys());
}

TEST_F(HttpKeyFetcherTest, FailsOnOtherStatusSizeAddressAndTime) {
  EXPECT_FALSE(get("/gone"));
  EXPECT_FALSE(get("/large"));
  EXPECT_TRUE(get("/large", 20'000));
  EXPECT_FALSE(loop.runTask(fetcher.get("nonsense", 1000, loop.now() + seconds(5))));
  EXPECT_FALSE(loop.runTask(fetcher.get(base() + "/keys", 1000, loop.now())));
}

TEST_F(HttpKeyFetcherTest, AProviderFetchesMetadataAndKeysThroughIt) {
  OpenIdProviders providers;
  const auto provider = providers.provider(base() + "/metadata");
  const auto got = loop.runTask(provider->keys(fetcher, loop.now() + seconds(5)));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ((*got)->issuer, "me");
  EXPECT_TRUE((*got)->keys->hasKeyId("k"));
}

}  // namespace
}  // namespace sluice::identity
