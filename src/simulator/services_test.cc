// The simulated services as a client sees them, without sockets.
#include "simulator/services.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/encoding.h"

namespace sluice::simulator {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::string_view kChat = "/openai/deployments/gpt-35-turbo/chat/completions";
constexpr std::string_view kFounders =
    R"({"messages":[{"role":"user","content":"Who were the founders of Microsoft?"}]})";

std::shared_ptr<upstream::Tokenizers> tokenizers() {
  static const auto shared =
      std::make_shared<upstream::Tokenizers>(std::string(SLUICE_SOURCE_DIR) + "/.deps/tokenizer");
  return shared;
}

class ServicesTest : public testing::Test {
 protected:
  // Keys are kept for all tests: making one takes a tenth of a second.
  static void SetUpTestSuite() { folder = testing::TempDir() + "sluice-services-" + randomGuid(); }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder); }

  ServicesTest() : services_(defaultWorld(), SigningKeys::open(folder).value(), tokenizers()) {}

  Request request(std::string_view path, std::string_view body, std::string_view version = "2023-05-15") {
    Request result;
    result.method = "POST";
    result.authority = "dev-openai-instance-1.openai.azure.com";
    result.path = path;
    if (!version.empty()) result.query = "api-version=" + std::string(version);
    result.body = body;
    result.headers.emplace_back("api-key", "simulated-key-1");
    result.now = now_;
    return result;
  }
  Reply ask(std::string_view path, std::string_view body, std::string_view version = "2023-05-15") {
    return services_.handle(request(path, body, version)).reply;
  }
  Reply askWith(std::string_view knobs, std::string_view body = kFounders, std::string_view version = "2023-05-15") {
    auto question = request(kChat, body, version);
    question.headers.emplace_back("x-simulator", knobs);
    return services_.handle(question).reply;
  }
  simdjson::dom::element json(const std::string& text) {
    simdjson::dom::element element;
    EXPECT_EQ(parser_.parse(text).get(element), simdjson::SUCCESS) << text;
    return element;
  }
  static std::vector<std::string> events(Reply& reply) {
    std::vector<std::string> result;
    if (reply.events == nullptr) ADD_FAILURE() << "no stream: " << reply.body;
    while (reply.events != nullptr) {
      auto event = reply.events->next();
      if (!event) break;
      EXPECT_TRUE(event->text.starts_with("data: ") && event->text.ends_with("\n\n"));
      result.push_back(event->text.substr(6, event->text.size() - 8));
    }
    return result;
  }
  static std::string textAt(const simdjson::dom::element& element, std::string_view pointer) {
    std::string_view text;
    return element.at_pointer(pointer).get(text) == simdjson::SUCCESS ? std::string(text) : "(none)";
  }
  static int64_t numberAt(const simdjson::dom::element& element, std::string_view pointer) {
    int64_t number = -1;
    return element.at_pointer(pointer).get(number) == simdjson::SUCCESS ? number : -1;
  }

  static std::string folder;
  UtcTime now_{hours(24 * 365 * 56)};
  Services services_;
  simdjson::dom::parser parser_;
};

std::string ServicesTest::folder;

// What `hosts: {"*": ...}` brings here.
TEST_F(ServicesTest, AStrangerSaysWhatItWasAsked) {
  auto question = request("/pets/7", "{}", "");
  question.method = "PUT";
  question.authority = "pets.example:443";
  question.query = "a=b";
  const auto reply = services_.handle(question).reply;
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"host":"pets.example","method":"PUT","path":"/pets/7","query":"a=b","bytes":2})");
  question.method = "GET";
  question.path = "/contoso.example/v2.0/.well-known/openid-configuration";
  EXPECT_NE(services_.handle(question).reply.body.find("jwks_uri"), std::string::npos);
}

TEST_F(ServicesTest, AnswersWithExactUsage) {
  const auto reply = ask(kChat, kFounders);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto answer = json(reply.body);
  EXPECT_EQ(textAt(answer, "/choices/0/message/content"),
            "Microsoft was founded by Bill Gates and Paul Allen on April 4, 1975.");
  EXPECT_EQ(textAt(answer, "/choices/0/finish_reason"), "stop");
  EXPECT_EQ(textAt(answer, "/object"), "chat.completion");
  // By tiktoken: 7 tokens of question, 1 of the role, 3 of the message, 3 that prime the answer.
  EXPECT_EQ(numberAt(answer, "/usage/prompt_tokens"), 14);
  EXPECT_EQ(numberAt(answer, "/usage/completion_tokens"), 18);
  EXPECT_EQ(numberAt(answer, "/usage/total_tokens"), 32);
  EXPECT_EQ(reply.header("Content-Type"), "application/json");
  for (const auto* name : {"x-request-id", "apim-request-id", "x-ms-region", "azureml-model-session",
                           "x-ratelimit-remaining-tokens", "x-ms-deployment-name"}) {
    EXPECT_FALSE(reply.header(name).empty()) << name;
  }
}

TEST_F(ServicesTest, TheSamePromptHasTheSameAnswerAndOthersDiffer) {
  const auto content = [&](std::string_view question) {
    return textAt(json(ask(kChat, question).body), "/choices/0/message/content");
  };
  const std::string first = R"({"messages":[{"role":"user","content":"Tell me of rivers"}]})";
  const std::string second = R"({"messages":[{"role":"user","content":"Tell me of lakes"}]})";
  EXPECT_EQ(content(first), content(first));
  EXPECT_NE(content(first), content(second));
}

TEST_F(ServicesTest, TheSeedDecides) {
  const auto bodyBy = [&](uint64_t seed) {
    auto world = defaultWorld();
    world.seed = seed;
    Services services(std::move(world), SigningKeys::open(folder).value(), nullptr);
    return services.handle(request(kChat, R"({"messages":[{"role":"user","content":"Tell me of rivers"}]})"))
        .reply.body;
  };
  EXPECT_EQ(bodyBy(1), bodyBy(1)) << "ids and all";
  EXPECT_NE(bodyBy(1), bodyBy(2));
}

TEST_F(ServicesTest, StreamedChoicesAndCallsComeTogetherAgain) {
  auto reply = ask(kChat, R"({"n":2,"stream":true,"messages":[{"role":"user","content":"Weather?"}],
    "tools":[{"type":"function","function":{"name":"weather","parameters":{"properties":{"city":{"type":"string"}}}}}],
    "tool_choice":"required"})",
                   "2024-10-21");
  std::string arguments[2];
  std::string finish[2];
  for (const auto& event : events(reply)) {
    if (event == "[DONE]") continue;
    const auto chunk = json(event);
    const auto index = numberAt(chunk, "/choices/0/index");
    if (index < 0) continue;
    const auto part = textAt(chunk, "/choices/0/delta/tool_calls/0/function/arguments");
    if (part != "(none)") arguments[index] += part;
    const auto reason = textAt(chunk, "/choices/0/finish_reason");
    if (reason != "(none)") finish[index] += reason;
  }
  for (const int index : {0, 1}) {
    EXPECT_EQ(arguments[index], R"({"city":"a simulated city"})");
    EXPECT_EQ(finish[index], "tool_calls");
  }
}

TEST_F(ServicesTest, MaxTokensCutsTheAnswer) {
  const auto answer = json(ask(kChat, R"({"messages":[{"role":"user","content":"Go on"}],"max_tokens":5})").body);
  EXPECT_EQ(numberAt(answer, "/usage/completion_tokens"), 5);
  EXPECT_EQ(textAt(answer, "/choices/0/finish_reason"), "length");
}

TEST_F(ServicesTest, SeveralChoicesDifferAndAreAllCounted) {
  const auto answer = json(ask(kChat, R"({"messages":[{"role":"user","content":"Go on"}],"n":3})").body);
  EXPECT_NE(textAt(answer, "/choices/0/message/content"), textAt(answer, "/choices/2/message/content"));
  EXPECT_EQ(numberAt(answer, "/choices/2/index"), 2);
  EXPECT_GT(numberAt(answer, "/usage/completion_tokens"), 40);
}

TEST_F(ServicesTest, StreamsWithAzuresEmptyFirstEvent) {
  auto reply =
      ask(kChat, R"({"stream":true,"messages":[{"role":"user","content":"Who were the founders of Microsoft?"}]})");
  EXPECT_EQ(reply.header("Content-Type"), "text/event-stream; charset=utf-8");
  const auto all = events(reply);
  ASSERT_GT(all.size(), 5u);
  EXPECT_EQ(numberAt(json(all[0]), "/prompt_filter_results/0/prompt_index"), 0);
  EXPECT_EQ(textAt(json(all[0]), "/choices/0/index"), "(none)");
  EXPECT_EQ(textAt(json(all[1]), "/choices/0/delta/role"), "assistant");
  std::string text;
  for (size_t i = 1; i + 2 < all.size(); ++i) text += textAt(json(all[i]), "/choices/0/delta/content");
  EXPECT_EQ(text, "Microsoft was founded by Bill Gates and Paul Allen on April 4, 1975.");
  EXPECT_EQ(textAt(json(all[all.size() - 2]), "/choices/0/finish_reason"), "stop");
  EXPECT_EQ(all.back(), "[DONE]");
}

TEST_F(ServicesTest, UsageInStreamsWhereTheVersionKnowsIt) {
  const std::string question =
      R"({"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Who were the founders of Microsoft?"}]})";
  auto reply = ask(kChat, question, "2024-10-21");
  const auto all = events(reply);
  const auto usage = json(all[all.size() - 2]);
  EXPECT_EQ(numberAt(usage, "/usage/completion_tokens"), 18);
  EXPECT_EQ(numberAt(usage, "/usage/total_tokens"), 32);
  EXPECT_EQ(all.back(), "[DONE]");
  for (const auto* version : {"2023-05-15", "2024-02-01", "2024-08-01-preview"}) {
    const auto refused = ask(kChat, question, version);
    EXPECT_EQ(refused.status, 400) << version;
    EXPECT_EQ(textAt(json(refused.body), "/error/message"), "Unrecognized request argument supplied: stream_options");
  }
}

TEST_F(ServicesTest, RefusesAsAzureRefuses) {
  const auto code = [&](const Reply& reply) { return textAt(json(reply.body), "/error/code"); };
  const auto message = [&](const Reply& reply) { return textAt(json(reply.body), "/error/message"); };
  EXPECT_EQ(message(ask(kChat, kFounders, "")), "Resource not found");
  EXPECT_EQ(ask(kChat, kFounders, "2023-13-01").status, 404);
  EXPECT_EQ(ask(kChat, kFounders, "2022-12-01").status, 404) << "older than chat";
  EXPECT_EQ(code(ask("/openai/deployments/none/chat/completions", kFounders)), "DeploymentNotFound");
  EXPECT_EQ(code(ask("/openai/deployments/gpt-4o/embeddings", R"({"input":"x"})")), "OperationNotSupported");
  EXPECT_EQ(code(ask("/openai/deployments/text-embedding-ada-002/chat/completions", kFounders)),
            "OperationNotSupported");
  EXPECT_EQ(ask("/openai/deployments/gpt-4o/nothing", kFounders).status, 404);
  const auto broken = ask(kChat, "{\"messages\":");
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(textAt(json(broken.body), "/error/type"), "invalid_request_error");
  EXPECT_EQ(message(ask(kChat, "{}")), "'messages' is a required property");
  EXPECT_EQ(message(ask(kChat, R"({"messages":[]})")), "[] is too short - 'messages'");
  EXPECT_EQ(message(ask(kChat, R"({"messages":[{"role":"king","content":"x"}]})")).find("'king' is not one of"), 0u);
  EXPECT_EQ(message(ask(kChat, R"({"messages":[{"role":"user","content":"x"}],"n":0})")),
            "0 is less than the minimum of 1 - 'n'");
  EXPECT_EQ(ask(kChat, R"({"messages":[{"role":"user","content":"x"}],"stream":"yes"})").status, 400);
}

TEST_F(ServicesTest, KnowsCallersByKeyOrToken) {
  auto question = request(kChat, kFounders);
  question.headers[0].second = "wrong";
  auto reply = services_.handle(question).reply;
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(textAt(json(reply.body), "/error/code"), "401");
  question.headers.clear();
  reply = services_.handle(question).reply;
  EXPECT_EQ(textAt(json(reply.body), "/message").find("Unauthorized. Access token is missing"), 0u) << reply.body;
  const auto withToken = [&](std::string_view who) {
    const auto token = services_.issueToken(who, kCognitiveServices, hours(1), now_);
    question.headers = {{"authorization", "bearer " + *token}};
    return services_.handle(question).reply;
  };
  EXPECT_EQ(withToken("alice@contoso.example").status, 200);
  reply = withToken("carol@contoso.example");
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(textAt(json(reply.body), "/error/code"), "PermissionDenied");
  EXPECT_NE(reply.body.find("The principal `5a1b0000-0000-4000-8000-000000000013` lacks the required data action "
                            "`Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action`"),
            std::string::npos);
}

TEST_F(ServicesTest, ToolCallsWhenForced) {
  const auto reply = ask(kChat, R"({"messages":[{"role":"user","content":"Weather?"}],
    "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object",
      "properties":{"city":{"type":"string"},"days":{"type":"integer"},"unit":{"enum":["C","F"]}}}}}],
    "tool_choice":{"type":"function","function":{"name":"weather"}}})",
                         "2024-10-21");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto answer = json(reply.body);
  EXPECT_EQ(textAt(answer, "/choices/0/finish_reason"), "tool_calls");
  EXPECT_EQ(textAt(answer, "/choices/0/message/tool_calls/0/function/name"), "weather");
  EXPECT_EQ(textAt(answer, "/choices/0/message/tool_calls/0/function/arguments"),
            R"({"city":"a simulated city","days":1,"unit":"C"})");
}

TEST_F(ServicesTest, CompletionsAnswerAndStream) {
  const std::string_view path = "/openai/deployments/gpt-35-turbo-instruct/completions";
  const auto answer = json(ask(path, R"({"prompt":["One","Two"],"max_tokens":4})").body);
  EXPECT_EQ(numberAt(answer, "/choices/1/index"), 1);
  EXPECT_EQ(numberAt(answer, "/usage/prompt_tokens"), 2);
  EXPECT_EQ(numberAt(answer, "/usage/completion_tokens"), 8);
  auto reply = ask(path, R"({"prompt":"One","max_tokens":4,"stream":true})");
  const auto all = events(reply);
  std::string text;
  for (size_t i = 1; i + 2 < all.size(); ++i) text += textAt(json(all[i]), "/choices/0/text");
  EXPECT_EQ(text, textAt(json(ask(path, R"({"prompt":"One","max_tokens":4})").body), "/choices/0/text"));
  EXPECT_EQ(all.back(), "[DONE]");
}

std::vector<float> vectorOf(const simdjson::dom::element& answer, std::string_view pointer) {
  std::vector<float> result;
  simdjson::dom::array values;
  if (answer.at_pointer(pointer).get(values) != simdjson::SUCCESS) return result;
  for (const auto value : values) result.push_back(static_cast<float>(value.get_double().value_unsafe()));
  return result;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

TEST_F(ServicesTest, EmbeddingsAreUnitVectorsNearForLikeTexts) {
  const std::string_view path = "/openai/deployments/text-embedding-ada-002/embeddings";
  const auto reply = ask(path, R"({"input":["the red house","the blue house","quantum tunnelling diode"]})");
  const auto answer = json(reply.body);
  const auto red = vectorOf(answer, "/data/0/embedding");
  const auto blue = vectorOf(answer, "/data/1/embedding");
  const auto diode = vectorOf(answer, "/data/2/embedding");
  ASSERT_EQ(red.size(), 1536u);
  EXPECT_NEAR(dot(red, red), 1, 1e-5);
  EXPECT_GT(dot(red, blue), dot(red, diode) + 0.2);
  EXPECT_EQ(numberAt(answer, "/usage/completion_tokens"), -1);
  EXPECT_EQ(numberAt(answer, "/usage/prompt_tokens"), numberAt(answer, "/usage/total_tokens"));
  const auto coded = json(ask(path, R"({"input":"the red house","encoding_format":"base64"})").body);
  const auto bytes = base64Decode(textAt(coded, "/data/0/embedding"));
  ASSERT_TRUE(bytes);
  std::vector<float> decoded(bytes->size() / sizeof(float));
  std::memcpy(decoded.data(), bytes->data(), bytes->size());
  EXPECT_NEAR(dot(decoded, red), 1, 1e-5);
}

TEST_F(ServicesTest, ShorterEmbeddingsForNewModels) {
  const std::string_view path = "/openai/deployments/text-embedding-3-small/embeddings";
  const auto answer = json(ask(path, R"({"input":"x","dimensions":256})", "2024-10-21").body);
  const auto vector = vectorOf(answer, "/data/0/embedding");
  EXPECT_EQ(vector.size(), 256u);
  EXPECT_NEAR(dot(vector, vector), 1, 1e-5);
}

TEST_F(ServicesTest, KnobsInTheHeader) {
  auto reply = askWith("status=429; retry-after=2");
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.header("Retry-After"), "2");
  EXPECT_EQ(textAt(json(reply.body), "/error/code"), "429");
  EXPECT_EQ(askWith("status=503").status, 503);
  EXPECT_EQ(askWith("nonsense=1").status, 400);
  EXPECT_EQ(numberAt(json(askWith("tokens=400").body), "/usage/completion_tokens"), 400);
  EXPECT_EQ(textAt(json(askWith("content-filter=1").body), "/error/code"), "content_filter");
  EXPECT_EQ(askWith("reset=1").knobs.reset, true);
  EXPECT_EQ(askWith("latency=1s").knobs.latency, Duration(seconds(1)));
  int failures = 0;
  for (int i = 0; i < 9; ++i) failures += askWith("status=500; every=3").status == 500 ? 1 : 0;
  EXPECT_EQ(failures, 3);
}

TEST_F(ServicesTest, QuotasPerMinute) {
  const std::string knobs = "tpm=100";
  EXPECT_EQ(askWith(knobs, R"({"messages":[{"role":"user","content":"x"}],"max_tokens":80})").status, 200);
  const auto refused = askWith(knobs, R"({"messages":[{"role":"user","content":"x"}],"max_tokens":80})");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "60");
  EXPECT_NE(refused.body.find("have exceeded token rate limit"), std::string::npos);
  now_ += seconds(61);
  EXPECT_EQ(askWith(knobs, R"({"messages":[{"role":"user","content":"x"}],"max_tokens":80})").status, 200);
}

TEST_F(ServicesTest, VersionOneSurfaceTakesTheDeploymentFromTheBody) {
  const std::string body = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]})";
  EXPECT_EQ(textAt(json(ask("/openai/v1/chat/completions", body, "").body), "/model"), "gpt-4o-2024-11-20");
  auto question = request("/openai/v1/chat/completions", body, "");
  question.headers = {{"Authorization", "Bearer simulated-key-1"}};
  EXPECT_EQ(services_.handle(question).reply.status, 200);
}

TEST_F(ServicesTest, PlainOpenAi) {
  auto question =
      request("/v1/chat/completions", R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]})", "");
  question.authority = "api.openai.com";
  question.headers = {{"Authorization", "Bearer sk-simulated"}};
  EXPECT_EQ(textAt(json(services_.handle(question).reply.body), "/model"), "gpt-4o-mini");
  question.headers[0].second = "Bearer sk-wrong";
  EXPECT_EQ(textAt(json(services_.handle(question).reply.body), "/error/code"), "invalid_api_key");
  question.path = "/v1/nothing";
  EXPECT_EQ(services_.handle(question).reply.status, 404);
}

TEST_F(ServicesTest, HostsTellServicesApart) {
  auto question = request("/openai/deployments", "", "2023-05-15");
  question.method = "GET";
  EXPECT_EQ(services_.handle(question).reply.status, 200);
  question.authority = "dev-openai-instance-2.openai.azure.com:8443";
  EXPECT_EQ(services_.handle(question).reply.status, 401) << "the other instance has another key";
  question.authority = "unknown.openai.azure.com";
  EXPECT_EQ(services_.handle(question).reply.status, 404);
  question.authority = "LOGIN.microsoftonline.com";
  question.path = "/common/discovery/instance";
  EXPECT_EQ(services_.handle(question).reply.status, 200);
  question.authority = "127.0.0.1:8443";
  question.path = "/openai/deployments";
  EXPECT_EQ(services_.handle(question).reply.status, 200) << "the first instance";
}

TEST_F(ServicesTest, AdminSetsKnobsAndCounts) {
  const auto admin = [&](std::string method, std::string path, std::string body = {}, std::string query = {}) {
    Request ask;
    ask.method = std::move(method);
    ask.authority = "127.0.0.1:8444";
    ask.path = std::move(path);
    ask.body = std::move(body);
    ask.query = std::move(query);
    ask.now = now_;
    return services_.admin(ask);
  };
  EXPECT_EQ(admin("POST", "/simulator/knobs", R"({"instance":"dev-openai-instance-1","status":500})").status, 200);
  EXPECT_EQ(ask(kChat, kFounders).status, 500);
  EXPECT_EQ(admin("POST", "/simulator/knobs", R"({"instance":"dev-openai-instance-1","status":null})").status, 200);
  EXPECT_EQ(ask(kChat, kFounders).status, 200);
  EXPECT_EQ(admin("POST", "/simulator/knobs", R"({"instance":"none","status":500})").status, 404);
  EXPECT_EQ(admin("POST", "/simulator/knobs", R"({"speed":1})").status, 400);
  const auto counters = json(admin("GET", "/simulator/counters").body);
  EXPECT_EQ(numberAt(counters, "/instances/dev-openai-instance-1/requests"), 2);
  EXPECT_EQ(numberAt(counters, "/instances/dev-openai-instance-1/statuses/500"), 1);
  const auto issued =
      json(admin("POST", "/simulator/token", R"({"principal":"bob@contoso.example","expires_in":-5})").body);
  EXPECT_NE(textAt(issued, "/access_token"), "(none)");
  const auto rotated = admin("POST", "/simulator/keys/rotate", "", "former=drop");
  EXPECT_EQ(rotated.status, 200);
  EXPECT_EQ(admin("GET", "/simulator/nothing").status, 404);
  Request rebound;
  rebound.method = "GET";
  rebound.authority = "evil.example:8444";
  rebound.path = "/simulator/counters";
  EXPECT_EQ(services_.admin(rebound).status, 403);
}

}  // namespace
}  // namespace sluice::simulator
