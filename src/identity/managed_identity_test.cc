#include "identity/managed_identity.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <string>
#include <vector>

#include "base/encoding.h"

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

std::string rsaKeyPem() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(out);
  EVP_PKEY_free(key);
  return pem;
}

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
  environment.source = config::IdentitySource::AppService;
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
  environment.source = config::IdentitySource::WorkloadIdentity;
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

TEST_F(ManagedIdentitiesTest, AnApplicationProvesItselfWithASecretOrACertificate) {
  environment.source = config::IdentitySource::ClientSecret;
  environment.tenant = "tenant";
  environment.client = "client";
  environment.authority = "https://login.test";
  environment.client_secret = Secret("s&t");
  transport.answers = {{200, answer("one", 3600)}, {200, answer("two", 3600)}};
  ManagedIdentities by_secret(loop, transport, environment);
  EXPECT_EQ(get(by_secret, "https://r/.default", "ignored"), "one");
  EXPECT_EQ(transport.requests[0].body,
            "grant_type=client_credentials&client_id=client&scope=https%3A%2F%2Fr%2F.default&client_secret=s%26t");
  environment.source = config::IdentitySource::ClientCertificate;
  environment.certificate_error = "no file";
  ManagedIdentities without(loop, transport, environment);
  EXPECT_EQ(get(without), "error: no file");
  environment.certificate_error.clear();
  environment.certificate = {"", Secret(rsaKeyPem()), "DER", ""};
  ManagedIdentities by_certificate(loop, transport, environment);
  EXPECT_EQ(get(by_certificate), "two");
  const std::string& body = transport.requests.back().body;
  const size_t at = body.find("&client_assertion=");
  ASSERT_NE(at, std::string::npos) << body;
  const auto header = base64UrlDecode(std::string_view(body).substr(at + 18, body.find('.', at) - at - 18));
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->starts_with(R"({"alg":"RS256","typ":"JWT","x5t":")")) << *header;
  environment.certificate = {"", Secret("no key"), "DER", ""};
  ManagedIdentities broken(loop, transport, environment);
  EXPECT_EQ(get(broken), "error: the certificate's key is no RSA key");
}

TEST_F(ManagedIdentitiesTest, ThreadsShareOneRequest) {
  const auto board = std::make_shared<TokenBoard>();
  ManagedIdentities first(loop, transport, environment, board);
  auto second = std::make_unique<ManagedIdentities>(loop, transport, environment, board);
  transport.answers = {{200, answer("one", 3600)}};
  transport.held = true;
  auto one = first.token("https://r", "");
  auto two = second->token("https://r", "");
  EXPECT_FALSE(one.start());
  EXPECT_FALSE(two.start());
  EXPECT_EQ(transport.requests.size(), 1u);
  transport.release();
  for (int i = 0; i < 100 && !(one.done() && two.done()); ++i) loop.poll(std::chrono::milliseconds(1));
  ASSERT_TRUE(one.done() && two.done());
  EXPECT_EQ((*one.take())->text(), "one");
  EXPECT_EQ((*two.take())->text(), "one");
  ManagedIdentities third(loop, transport, environment, board);
  EXPECT_EQ(get(third), "one") << "known already";
  EXPECT_EQ(transport.requests.size(), 1u);
  // One that has gone while another asks is not told.
  loop.advance(clock, minutes(59));
  transport.answers = {{200, answer("two", 3600)}};
  transport.held = true;
  auto again = first.token("https://r", "");
  EXPECT_FALSE(again.start());
  {
    auto late = second->token("https://r", "");
    EXPECT_FALSE(late.start());
  }
  second.reset();
  transport.release();
  for (int i = 0; i < 100 && !again.done(); ++i) loop.poll(std::chrono::milliseconds(1));
  EXPECT_EQ((*again.take())->text(), "two");
}

TEST(IdentityEnvironment, IsChosenAsDefaultAzureCredentialDoes) {
  using config::IdentitySource;
  const auto with = [](std::initializer_list<std::pair<const char*, const char*>> variables,
                       const config::OutboundCredential& configured = {}) {
    for (const auto& [name, value] : variables) ::setenv(name, value, 1);
    const auto source = identityEnvironment(configured).source;
    for (const auto& [name, value] : variables) ::unsetenv(name);
    return source;
  };
  EXPECT_EQ(with({}), IdentitySource::ManagedIdentity);
  EXPECT_EQ(with({{"IDENTITY_ENDPOINT", "http://x"}, {"IDENTITY_HEADER", "h"}}), IdentitySource::AppService);
  EXPECT_EQ(with({{"AZURE_FEDERATED_TOKEN_FILE", "/f"}, {"AZURE_TENANT_ID", "t"}, {"IDENTITY_ENDPOINT", "http://x"}}),
            IdentitySource::WorkloadIdentity);
  EXPECT_EQ(with({{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_CERTIFICATE_PATH", "/f"}}),
            IdentitySource::ClientCertificate);
  EXPECT_EQ(with({{"AZURE_TENANT_ID", "t"},
                  {"AZURE_CLIENT_ID", "c"},
                  {"AZURE_CLIENT_SECRET", "s"},
                  {"AZURE_FEDERATED_TOKEN_FILE", "/f"}}),
            IdentitySource::ClientSecret);
  config::OutboundCredential configured;
  configured.source = IdentitySource::ManagedIdentity;
  EXPECT_EQ(with({{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "s"}}, configured),
            IdentitySource::ManagedIdentity);
}

}  // namespace
}  // namespace sluice::identity
