#include "gateway/debug_credentials.h"

#include <gtest/gtest.h>

#include "gateway/trace_store.h"

namespace sluice::gateway {
namespace {

const UtcTime kNow{std::chrono::seconds(1'767'225'600)};

TEST(DebugCredentials, GrantTheirApiUntilTheyExpire) {
  const DebugCredentials credentials;
  const auto token = credentials.issue("echo", kNow + std::chrono::minutes(5));
  EXPECT_TRUE(token.starts_with("aid=echo&"));
  EXPECT_EQ(credentials.check(token, "Echo", kNow).access, DebugAccess::Granted);
  const auto expired = credentials.check(token, "echo", kNow + std::chrono::minutes(5));
  EXPECT_EQ(expired.access, DebugAccess::Expired);
  EXPECT_EQ(expired.detail, "2026-01-01T00:05:00Z");
  const auto wrong = credentials.check(token, "echo;rev=2", kNow);
  EXPECT_EQ(wrong.access, DebugAccess::WrongApi);
  EXPECT_EQ(wrong.detail, "echo");
}

TEST(DebugCredentials, RefuseWhatTheyDidNotIssue) {
  const DebugCredentials credentials, others;
  const auto expires = kNow + std::chrono::minutes(5);
  auto token = credentials.issue("a&b", expires);
  EXPECT_EQ(credentials.check(token, "a&b", kNow).access, DebugAccess::Granted);
  EXPECT_EQ(others.check(token, "a&b", kNow).access, DebugAccess::Refused);
  for (size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_EQ(credentials.check(changed, "a&b", kNow).access, DebugAccess::Refused) << changed;
  }
  for (const char* text : {"", "&sig=", "aid=a", "aid=a&exp=99999999999&p=tracing&sig="})
    EXPECT_EQ(credentials.check(text, "a", kNow).access, DebugAccess::Refused) << text;
  EXPECT_EQ(credentials.check(std::string(100'000, '&'), "a", kNow).access, DebugAccess::Refused);
}

TEST(DebugCredentials, NameAnApiAsArmDoes) {
  config::Configuration configuration;
  configuration.apis.resize(2);
  configuration.apis[0].name = configuration.apis[1].name = "echo";
  configuration.apis[0].is_current = false;
  configuration.apis[0].revision = "2";
  const auto* old = &configuration.apis[0];
  const auto* current = &configuration.apis[1];
  EXPECT_EQ(debugId(*old), "echo;rev=2");
  EXPECT_EQ(debugId(*current), "echo");
  EXPECT_EQ(findDebugged(configuration, "Echo"), current);
  EXPECT_EQ(findDebugged(configuration, "/subscriptions/s/service/x/apis/echo"), current);
  EXPECT_EQ(findDebugged(configuration, "/apis/echo;rev=1"), current);
  EXPECT_EQ(findDebugged(configuration, "echo;rev=2"), old);
  EXPECT_EQ(findDebugged(configuration, "echo;rev=3"), nullptr);
  EXPECT_EQ(findDebugged(configuration, ""), nullptr);
}

TEST(TraceStore, ForgetsByNumberBytesAndAge) {
  const Instant now{};
  TraceStore store;
  for (size_t i = 0; i <= TraceStore::kMaxTraces; ++i) store.add(std::to_string(i), "{}", now);
  EXPECT_EQ(store.find("0", now), std::nullopt);
  EXPECT_EQ(store.find("1", now), "{}");
  EXPECT_EQ(store.find("1", now + TraceStore::kMaxAge + std::chrono::seconds(1)), std::nullopt);
  const std::string half(TraceStore::kMaxBytes / 2, 'x');
  for (const char* id : {"a", "b", "c"}) store.add(id, half, now);
  EXPECT_EQ(store.find("a", now), std::nullopt);
  EXPECT_EQ(store.find("c", now), half);
}

}  // namespace
}  // namespace sluice::gateway
