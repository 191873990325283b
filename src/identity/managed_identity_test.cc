#include "identity/managed_identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <string>
#include <vector>

namespace sluice::identity {
namespace {

using runtime::Loop;
using runtime::Task;
using std::chrono::minutes;
using std::chrono::seconds;

// Answers from a list, at once or when told.
class FakeTransport final : public TokenTransport {
 public:
  explicit FakeTransport(Loop& loop) : released_(loop) {}
  Task<Result<http::FetchResponse>> fetch(http::FetchRequest request) override {
    requests.push_back(request);
    while (held) std::ignore = co_await released_.wait(runtime::kNever);
    if (answers.empty()) co_return fail("refused");
    http::FetchResponse response;
    response.status = answers.front().first;
    response.body = answers.front().second;
    answers.pop_front();
    co_return response;
  }
  void release() {
    held = false;
    released_.notifyAll();
  }
  std::vector<http::FetchRequest> requests;
  std::deque<std::pair<int, std::string>> answers;
  bool held = false;

 private:
  runtime::Condition released_;
};

std::string answer(const std::string& token, int lifetime) {
  return R"({"access_token":")" + token + R"(","expires_in":")" + std::to_string(lifetime) + R"("})";
}

class ManagedIdentitiesTest : public ::testing::Test {
 protected:
  ManagedIdentitiesTest() { environment.metadata_host = "http://169.254.169.254"; }
  std::string get(ManagedIdentities& identities, std::string resource = "https://r", std::string client = "") {
    auto token = loop.runTask(identities.token(std::move(resource), std::move(client)));
    return token ? std::string((*token)->text()) : "error: " + token.error().message;
  }

  ManualClock clock{UtcTime(seconds(1'700'000'000))};
  Loop loop{clock};
  FakeTransport transport{loop};
  IdentityEnvironment environment;
};

TEST_F(ManagedIdentitiesTest, AsksTheMetadataServiceAndKeepsTheToken) {
  ManagedIdentities identities(loop, transport, environment);
  transport.answers = {{200, answer("one", 3600)}, {200, answer("two", 3600)}};
  EXPECT_EQ(get(identities), "one");
  EXPECT_EQ(get(identities), "one");
  ASSERT_EQ(transport.requests.size(), 1u);
  EXPECT_EQ(transport.requests[0].url,
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fr");
  EXPECT_EQ(get(identities, "https://r", "c"), "two") << "another identity";
  EXPECT_TRUE(transport.requests[1].url.ends_with("&client_id=c"));
}

TEST_F(ManagedIdentitiesTest, RenewsInTheBackgroundFromHalfOfItsLife) {
  ManagedIdentities identities(loop, transport, environment);
  transport.answers = {{200, answer("one", 3600)}, {200, answer("two", 3600)}};
  EXPECT_EQ(get(identities), "one");
  loop.advance(clock, minutes(31));
  transport.held = true;
  EXPECT_EQ(get(identities), "one") << "the old one serves";
  EXPECT_EQ(get(identities), "one");
  EXPECT_EQ(transport.requests.size(), 2u) << "one renewal at a time";
  transport.release();
  EXPECT_EQ(get(identities), "two");
}

TEST_F(ManagedIdentitiesTest, AFailedRenewalKeepsTheOldTokenWhileItIsGood) {
  ManagedIdentities identities(loop, transport, environment);
  transport.answers = {{200, answer("one", 3600)}};
  EXPECT_EQ(get(identities), "one");
  loop.advance(clock, minutes(31));
  EXPECT_EQ(get(identities), "one");
  EXPECT_EQ(get(identities), "one");
  EXPECT_EQ(transport.requests.size(), 2u) << "a failure is not repeated at once";
  loop.advance(clock, minutes(28));
  EXPECT_EQ(get(identities), "error: http://169.254.169.254/metadata/identity/oauth2/token: refused");
}

TEST_F(ManagedIdentitiesTest, SaysWhatIsWrongWithAnAnswer) {
  ManagedIdentities identities(loop, transport, environment);
  transport.answers = {{400, ""}, {200, "x"}, {200, "{}"}, {200, answer("t", 0)}};
  const std::string refused = "error: http://169.254.169.254/metadata/identity/oauth2/token answered 400";
  EXPECT_EQ(get(identities), refused);
  EXPECT_EQ(get(identities), refused);
  EXPECT_EQ(transport.requests.size(), 1u) << "not asked again at once";
  loop.advance(clock, seconds(1));
  EXPECT_EQ(get(identities), "error: the identity service's answer is not a JSON object");
  loop.advance(clock, seconds(1));
  EXPECT_EQ(get(identities), "error: the identity service's answer has no access_token");
  loop.advance(clock, seconds(1));
  EXPECT_EQ(get(identities), "error: the identity service's token has expired already");
}

TEST_F(ManagedIdentitiesTest, AppServiceHasItsOwnEndpoint) {
  environment.endpoint = "http://localhost:42356/msi/token";
  environment.header = Secret("key");
  ManagedIdentities identities(loop, transport, environment);
  transport.answers = {{200, R"({"access_token":"t","expires_on":"1700003600"})"}};
  EXPECT_EQ(get(identities), "t");
  EXPECT_EQ(transport.requests[0].url,
            "http://localhost:42356/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fr");
  EXPECT_EQ(transport.requests[0].headers.back(), std::pair(std::string("X-IDENTITY-HEADER"), std::string("key")));
}

TEST_F(ManagedIdentitiesTest, WorkloadIdentityExchangesTheFilesToken) {
  char path[] = "/tmp/sluice-federated-XXXXXX";
  const int fd = ::mkstemp(path);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::write(fd, "a.b.c", 5), 5);
  ::close(fd);
  environment.federated_token_file = path;
  environment.tenant = "tenant";
  environment.client = "client";
  environment.authority = "https://login.test";
  ManagedIdentities identities(loop, transport, environment);
  transport.answers = {{200, R"({"access_token":"t","expires_in":3600})"}};
  EXPECT_EQ(get(identities), "t");
  ::unlink(path);
  EXPECT_EQ(transport.requests[0].method, "POST");
  EXPECT_EQ(transport.requests[0].url, "https://login.test/tenant/oauth2/v2.0/token");
  EXPECT_NE(transport.requests[0].body.find("client_id=client&scope=https%3A%2F%2Fr%2F.default&"), std::string::npos);
  EXPECT_TRUE(transport.requests[0].body.ends_with("&client_assertion=a.b.c")) << transport.requests[0].body;
}

}  // namespace
}  // namespace sluice::identity
