#include "upstream/backpressure.h"

#include <gtest/gtest.h>

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;

Duration asked(int status, std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return retryAfter(status, headers, UtcTime(std::chrono::seconds(1'767'225'600)));  // Thu, 01 Jan 2026 00:00:00 GMT
}

TEST(Backpressure, RetryAfterInSecondsAndAsADate) {
  EXPECT_EQ(asked(429, {{"Retry-After", "7"}}), 7s);
  EXPECT_EQ(asked(503, {{"Retry-After", "Thu, 01 Jan 2026 00:01:00 GMT"}}), 60s);
  EXPECT_EQ(asked(503, {{"Retry-After", "Wed, 31 Dec 2025 00:01:00 GMT"}}), 0s);
}

TEST(Backpressure, MillisecondsGoBeforeSeconds) {
  EXPECT_EQ(asked(429, {{"retry-after-ms", "250"}, {"Retry-After", "1"}}), 250ms);
}

TEST(Backpressure, AGoodAnswerCanBeTheLastOneForNow) {
  EXPECT_EQ(asked(200, {{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "6s"}}), 6s);
  EXPECT_EQ(asked(200, {{"x-ratelimit-remaining-tokens", "-40"}, {"x-ratelimit-reset-tokens", "1m30s"}}), 90s);
  EXPECT_EQ(asked(200, {{"x-ratelimit-remaining-tokens", "9"}, {"x-ratelimit-reset-tokens", "6s"}}), 0s);
  EXPECT_EQ(asked(200, {{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "120ms"}}), 120ms);
  EXPECT_EQ(asked(200, {{"Retry-After", "9"}}), 0s) << "of a good answer it means something else";
}

TEST(Backpressure, NonsenseAsksForNothingAndTooMuchIsADay) {
  for (const auto* text : {"", "soon", "-5", "1e9", "5 apples", "nan", "inf", "0x10"})
    EXPECT_EQ(asked(429, {{"Retry-After", text}}), 0s) << text;
  EXPECT_EQ(asked(429, {{"Retry-After", "99999999999999999999"}}), 24h);
  EXPECT_EQ(parseReset("1h2m3.5s"), 1h + 2min + 3500ms);
  EXPECT_EQ(parseReset("12"), 12s);
  for (const auto* text : {"s", "5x", "m5", "1s-", "--"}) EXPECT_EQ(parseReset(text), 0s) << text;
}

}  // namespace
}  // namespace sluice::upstream
