#include "policy/value_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::policy {
namespace {

using expression::Value;
using std::chrono::seconds;

class ValueCacheTest : public ::testing::Test {
 protected:
  std::string find(ValueCache& cache, std::string_view key, Instant now) {
    const auto value = cache.find(key, now, arena);
    return value ? std::string(value->bytes()) : "(none)";
  }
  Arena arena;
  const Instant start{std::chrono::hours(1)};
};

TEST_F(ValueCacheTest, KeepsCopiesUntilTheyExpire) {
  ValueCache cache;
  {
    const std::string gone = "value";
    EXPECT_EQ(cache.store("k", Value::ascii(gone), seconds(10), start), ValueCache::Stored::Yes);
  }
  EXPECT_EQ(find(cache, "k", start + seconds(9)), "value");
  EXPECT_EQ(find(cache, "other", start), "(none)");
  EXPECT_EQ(find(cache, "k", start + seconds(10)), "(none)");
  EXPECT_EQ(cache.size(), 0u) << "an expired value goes when it is met";
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST_F(ValueCacheTest, ReplacesAndRemoves) {
  ValueCache cache;
  cache.store("k", Value::ascii("one"), seconds(10), start);
  cache.store("k", Value::ascii("two"), seconds(10), start);
  EXPECT_EQ(find(cache, "k", start), "two");
  EXPECT_EQ(cache.size(), 1u);
  cache.remove("k");
  cache.remove("never");
  EXPECT_EQ(find(cache, "k", start), "(none)");
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST_F(ValueCacheTest, StaysWithinItsBytes) {
  ValueCacheLimits limits;
  limits.bytes = 256 * 1024;
  limits.entry_bytes = 4096;
  ValueCache cache(limits);
  const std::string text(1000, 'x');
  for (int i = 0; i < 2000; ++i) cache.store("k" + std::to_string(i), Value::ascii(text), seconds(10), start);
  EXPECT_LE(cache.bytes(), limits.bytes);
  EXPECT_GT(cache.size(), 50u);
  EXPECT_EQ(find(cache, "k1999", start), text) << "the newest is there";
  EXPECT_EQ(find(cache, "k0", start), "(none)") << "the oldest was pushed out";
}

TEST_F(ValueCacheTest, RefusesWhatIsTooLarge) {
  ValueCacheLimits limits;
  limits.entry_bytes = 10;
  limits.key_bytes = 5;
  ValueCache cache(limits);
  EXPECT_EQ(cache.store("k", Value::ascii("12345678901"), seconds(1), start), ValueCache::Stored::TooLarge);
  EXPECT_EQ(cache.store("123456", Value::ascii("1"), seconds(1), start), ValueCache::Stored::TooLarge);
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace sluice::policy
