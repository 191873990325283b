#include "identity/token_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/encoding.h"
#include "identity/signing_fixture.h"

namespace sluice::identity {
namespace {

std::shared_ptr<const Token> token(int number, size_t padding = 0) {
  const std::string payload =
      "{\"n\":" + std::to_string(number) + ",\"p\":\"" + std::string(padding, 'p') + "\",\"name\":\"Ada\"}";
  auto parsed = Token::parse(fixtures::unsignedToken(R"({"alg":"RS256"})", payload) + base64UrlEncode("signature"));
  EXPECT_TRUE(parsed);
  return *parsed;
}

TEST(TokenCache, FindsOnlyTheWholeTokenForItsKeySet) {
  TokenCache cache;
  const auto one = token(1);
  const std::string text(one->text());
  EXPECT_EQ(cache.find(text, 7), nullptr);
  cache.insert(one, 7);
  const auto* found = cache.find(text, 7);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(*found, one);
  EXPECT_EQ((*found)->value("name"), "Ada");
  EXPECT_EQ(cache.find(text, 8), nullptr);
  EXPECT_EQ(cache.find(text.substr(0, text.size() - 1), 7), nullptr);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(cache.find(changed, 7), nullptr) << i;
  }
}

TEST(TokenCache, KeepsOneEntryPerTokenAndKeySet) {
  TokenCache cache;
  cache.insert(token(1), 7);
  cache.insert(token(1), 7);
  EXPECT_EQ(cache.size(), 1u);
  cache.insert(token(1), 8);
  EXPECT_EQ(cache.size(), 2u);
}

TEST(TokenCache, DropsAKeySetsEntriesTogether) {
  TokenCache cache;
  for (int i = 0; i < 10; ++i) cache.insert(token(i), 7);
  cache.insert(token(1), 8);
  cache.dropVersion(7);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.find(token(1)->text(), 7), nullptr);
  EXPECT_NE(cache.find(token(1)->text(), 8), nullptr);
  cache.dropVersion(8);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(TokenCache, StaysWithinItsBytesAndDropsTheLongestUnused) {
  const size_t limit = 40'000;
  TokenCache cache(limit);
  const std::string first(token(0, 500)->text());
  cache.insert(token(0, 500), 1);
  for (int i = 1; i < 200; ++i) {
    cache.insert(token(i, 500), 1);
    ASSERT_NE(cache.find(first, 1), nullptr) << "used all the time, so it stays";
    ASSERT_LE(cache.bytes(), limit);
  }
  EXPECT_GT(cache.size(), 5u);
  EXPECT_LT(cache.size(), 100u);
  EXPECT_EQ(cache.find(token(1, 500)->text(), 1), nullptr);
  EXPECT_NE(cache.find(token(199, 500)->text(), 1), nullptr);
}

TEST(TokenCache, LeavesOutWhatIsLargerThanItself) {
  TokenCache cache(1000);
  cache.insert(token(1, 5000), 1);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(TokenCache, ATokenInUseOutlivesItsEntry) {
  TokenCache cache;
  cache.insert(token(1), 1);
  const std::shared_ptr<const Token> held = *cache.find(token(1)->text(), 1);
  cache.dropVersion(1);
  EXPECT_EQ(held->value("name"), "Ada");
}

}  // namespace
}  // namespace sluice::identity
