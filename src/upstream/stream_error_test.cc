#include "upstream/stream_error.h"

#include <gtest/gtest.h>

namespace sluice::upstream {
namespace {

int statusOf(std::string_view data) {
  const auto error = readStreamError(data);
  return error ? error->status : 0;
}

TEST(StreamError, TheStatusIsWhatAWholeAnswerWouldHaveHad) {
  EXPECT_EQ(statusOf(R"({"error":{"code":"429","message":"Rate limit"}})"), 429);
  EXPECT_EQ(statusOf(R"({"error":{"code":"rate_limit_exceeded"}})"), 429);
  EXPECT_EQ(statusOf(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"), 503);
  EXPECT_EQ(statusOf(R"({"error":{"message":"The server had an error"}})"), 500);
  EXPECT_EQ(statusOf(R"({"error":{"code":"content_filter"}})"), 400);
  EXPECT_EQ(statusOf(R"({"error":{"code":"99999"}})"), 500);
}

TEST(StreamError, OtherEventsAreNone) {
  for (const auto* data : {"", "[DONE]", "{}", R"({"choices":[]})", R"({"error":null})",
                           R"({"choices":[],"error":{"code":"429"}})", R"({"error":)", R"([{"error":{"code":"429"}}])"})
    EXPECT_EQ(statusOf(data), 0) << data;
}

}  // namespace
}  // namespace sluice::upstream
