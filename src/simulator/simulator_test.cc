// The simulator on real sockets: TLS by host name, streams, faults, clients that leave, restarts.
#include "simulator/simulator.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/encoding.h"
#include "http/client.h"
#include "http/sse.h"
#include "runtime/connector.h"
#include "runtime/loop.h"
#include "runtime/resolver.h"

namespace sluice::simulator {
namespace {

using runtime::Task;

constexpr std::string_view kHost = "dev-openai-instance-1.openai.azure.com";
constexpr std::string_view kTarget = "/openai/deployments/gpt-35-turbo/chat/completions?api-version=2024-10-21";
constexpr std::string_view kQuestion =
    R"({"messages":[{"role":"user","content":"Who were the founders of Microsoft?"}]})";
constexpr std::string_view kStreamed =
    R"({"stream":true,"messages":[{"role":"user","content":"Who were the founders of Microsoft?"}]})";

struct Answer {
  int status = 0;
  std::string content_type;
  std::string body;
  int error = 0;  // a ClientError
};

struct Question {
  Question() = default;
  std::string host = std::string(kHost);
  std::string method = "POST";
  std::string target = std::string(kTarget);
  std::string body = std::string(kQuestion);
  std::string key = "simulated-key-1";
  std::string knobs;
  size_t leave_after = SIZE_MAX;  // goes away after so many bytes of the answer's body
};

Task<Answer> ask(http::ClientPool& pool, http::Endpoint endpoint, Question question) {
  Arena arena;
  http::ClientExchange exchange(pool, endpoint, arena);
  http::ClientRequest request;
  const std::string_view body = question.body;
  request.method = question.method;
  request.target = question.target;
  request.headers.add("Content-Type", "application/json");
  request.headers.add("api-key", question.key);
  if (!question.knobs.empty()) request.headers.add("x-simulator", question.knobs);
  if (question.method == "POST") {
    request.framing = http::Framing::Length;
    request.body = std::span(&body, 1);
  }
  Answer answer;
  const auto sent = co_await exchange.send(request);
  const auto head = co_await exchange.readHead();
  if (!sent || !head) {
    answer.error = sent ? head.error().code : sent.error().code;
    co_return answer;
  }
  answer.status = (*head)->status;
  answer.content_type = (*head)->headers.find("Content-Type").value_or("");
  while (answer.body.size() < question.leave_after) {
    const auto piece = co_await exchange.readBody();
    if (!piece) {
      answer.error = piece.error().code;
      break;
    }
    if (piece->empty()) break;
    answer.body += *piece;
  }
  co_return answer;
}

class SimulatorTest : public testing::Test {
 protected:
  // Keys are kept for all tests: making one takes a tenth of a second.
  static void SetUpTestSuite() { folder = testing::TempDir() + "sluice-simulator-" + randomGuid(); }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder); }

  ~SimulatorTest() override {
    pool_.reset();
    simulator_.reset();
  }

  void start(World world = defaultWorld()) {
    SimulatorOptions options;
    options.world = std::move(world);
    options.state_folder = folder;
    options.plain_listen = "127.0.0.1:0";
    auto started = Simulator::start(loop_, std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    simulator_ = std::move(*started);
    auto hosts = std::make_shared<runtime::HostsMap>();
    const auto tls = "127.0.0.1:" + std::to_string(simulator_->addresses().tls);
    for (const auto* name : {"*.openai.azure.com:443", "login.microsoftonline.com:443"}) {
      ASSERT_TRUE(hosts->add(name, tls, folder + "/ca.pem"));
    }
    connector_.setHosts(hosts);
    pool_ = std::make_unique<http::ClientPool>(connector_);
  }

  Answer askTls(Question question) {
    http::Endpoint endpoint(question.host, 443, client_tls_);
    return loop_.runTask(ask(*pool_, std::move(endpoint), std::move(question)));
  }
  Answer askPort(uint16_t port, Question question) {
    http::Endpoint endpoint("127.0.0.1", port, nullptr);
    return loop_.runTask(ask(*pool_, std::move(endpoint), std::move(question)));
  }
  Answer admin(std::string method, std::string target, std::string body = {}) {
    Question question;
    question.method = std::move(method);
    question.target = std::move(target);
    question.body = std::move(body);
    return askPort(simulator_->addresses().admin, std::move(question));
  }
  // Turns the loop until the counters contain the text.
  bool countersShow(std::string_view text) {
    for (int turn = 0; turn < 500; ++turn) {
      if (simulator_->counters().find(text) != std::string::npos) return true;
      loop_.poll(std::chrono::milliseconds(10));
    }
    return false;
  }

  static std::string folder;
  runtime::Loop loop_;
  runtime::Resolver resolver_{loop_};
  runtime::Connector connector_{loop_, resolver_, nullptr};
  std::shared_ptr<const runtime::TlsClientContext> client_tls_ =
      runtime::TlsClientContext::create(runtime::TlsClientOptions()).value();
  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<http::ClientPool> pool_;
};

std::string SimulatorTest::folder;

TEST_F(SimulatorTest, AnswersOverTlsByHostName) {
  start();
  const auto answer = askTls(Question());
  EXPECT_EQ(answer.status, 200) << answer.body << answer.error;
  EXPECT_NE(answer.body.find("Bill Gates"), std::string::npos);
  Question other;
  other.host = "dev-openai-instance-2.openai.azure.com";
  EXPECT_EQ(askTls(other).status, 401);
  Question metadata;
  metadata.host = "login.microsoftonline.com";
  metadata.method = "GET";
  metadata.target = "/common/v2.0/.well-known/openid-configuration";
  const auto document = askTls(metadata);
  EXPECT_EQ(document.status, 200);
  EXPECT_NE(document.body.find("https://login.microsoftonline.com/common/oauth2/v2.0/token"), std::string::npos);
}

TEST_F(SimulatorTest, StreamsWholeEventsToTheEnd) {
  start();
  Question question;
  question.body = kStreamed;
  const auto answer = askTls(question);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/event-stream; charset=utf-8");
  http::SseParser parser;
  parser.feed(answer.body);
  http::SseEvent event;
  std::string last;
  size_t count = 0;
  while (parser.next(event) == http::SseParser::State::Event) {
    last = event.data;
    ++count;
  }
  EXPECT_EQ(last, "[DONE]");
  EXPECT_GT(count, 10u);
  EXPECT_TRUE(countersShow("\"streams_ended\":1"));
}

TEST_F(SimulatorTest, PaceAndLatencyTakeTheirTime) {
  start();
  Question question;
  question.body = kStreamed;
  question.knobs = "latency=20ms; first-token=20ms; tps=400; tokens=20";
  const auto before = SystemClock::instance().now();
  const auto answer = askPort(simulator_->addresses().plain, question);
  const auto took = SystemClock::instance().now() - before;
  EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n")) << answer.body;
  EXPECT_GE(took, Duration(std::chrono::milliseconds(80)));
}

TEST_F(SimulatorTest, CutsAndResetsAreSeenAsSuch) {
  start();
  Question cut;
  cut.body = kStreamed;
  cut.knobs = "cut=3";
  const auto answer = askTls(cut);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.error, 0) << "a cut stream never ends as if it were whole";
  Question half;
  half.knobs = "cut=0";
  EXPECT_NE(askTls(half).error, 0);
  Question reset;
  reset.knobs = "reset=1";
  EXPECT_EQ(askTls(reset).status, 0);
  EXPECT_TRUE(countersShow("\"cut\":3"));
}

TEST_F(SimulatorTest, ErrorsInsideAStreamEndItProperly) {
  start();
  Question question;
  question.body = kStreamed;
  question.knobs = "error-in-stream=4";
  const auto answer = askTls(question);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.error, 0);
  EXPECT_NE(answer.body.find(R"({"error":{"message":)"), std::string::npos);
  EXPECT_EQ(answer.body.find("[DONE]"), std::string::npos);
}

TEST_F(SimulatorTest, CountsClientsThatLeave) {
  start();
  Question question;
  question.body = kStreamed;
  question.knobs = "tps=5; tokens=500";
  question.leave_after = 10;
  EXPECT_EQ(askTls(question).status, 200);
  EXPECT_TRUE(countersShow("\"aborted\":1")) << simulator_->counters();
  EXPECT_TRUE(countersShow("\"open_requests\":0"));
}

TEST_F(SimulatorTest, SlowBodiesArriveWhole) {
  start();
  Question question;
  question.knobs = "slow-body=30ms";
  const auto answer = askTls(question);
  EXPECT_EQ(answer.error, 0);
  EXPECT_TRUE(answer.body.ends_with("}"));
}

TEST_F(SimulatorTest, AdminListenerWorksAndServicesHaveNoAdminPages) {
  start();
  EXPECT_EQ(admin("POST", "/simulator/knobs", R"({"status":503,"retry-after":1})").status, 200);
  EXPECT_EQ(askTls(Question()).status, 503);
  EXPECT_EQ(admin("POST", "/simulator/knobs", R"({"reset-all":true})").status, 200);
  EXPECT_EQ(askTls(Question()).status, 200);
  EXPECT_NE(admin("GET", "/simulator/counters").body.find("\"requests\":2"), std::string::npos);
  Question question;
  question.target = "/simulator/counters";
  question.method = "GET";
  EXPECT_NE(askPort(simulator_->addresses().plain, question).status, 200);
}

TEST_F(SimulatorTest, AuthorityAndTokensOutliveARestart) {
  start();
  const auto pem = simulator_->authorityPem();
  const auto token = simulator_->issueToken("alice@contoso.example", kCognitiveServices, std::chrono::hours(1));
  ASSERT_TRUE(token);
  pool_.reset();
  simulator_.reset();
  start();
  EXPECT_EQ(simulator_->authorityPem(), pem);
  EXPECT_EQ(askTls(Question()).status, 200) << "the certificate verifies against the kept ca.pem";
}

TEST_F(SimulatorTest, BadAddressesAreErrors) {
  SimulatorOptions options;
  options.tls_listen = "not an address";
  EXPECT_FALSE(Simulator::start(loop_, std::move(options)));
}

}  // namespace
}  // namespace sluice::simulator
