// For tests: one API with one operation and its policies, and a run of an exchange through them without a network. The
// backend answers from a list; time stands still until a policy waits, and then jumps.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/model.h"
#include "http/client.h"
#include "identity/authenticator.h"
#include "identity/credential_store.h"
#include "identity/fake_fetcher.h"
#include "identity/managed_identity.h"
#include "policy/catalogue.h"
#include "policy/compiler.h"
#include "policy/counters.h"
#include "policy/driver.h"
#include "policy/exchange.h"
#include "policy/metrics.h"
#include "policy/services.h"
#include "policy/url.h"
#include "policy/value_cache.h"
#include "runtime/loop.h"

namespace sluice::policy::fixtures {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct SentRequest {
  std::string method, url, body;
  Fields headers;
};

struct Reply {
  int status = 200;
  std::string body;
  Fields headers;
  std::string reason;
};

inline std::string fieldOf(const Fields& fields, std::string_view name) {
  std::string joined;
  for (const auto& [key, value] : fields)
    if (key == name) joined += (joined.empty() ? "" : "|") + value;
  return joined;
}

// What came of an exchange; LastError's parts are empty when nothing failed.
struct RunResult {
  Reply reply;
  std::string error_source, error_reason, error_message, error_path;
  std::vector<std::string> traces;
  std::vector<std::pair<std::string, std::string>> events;  // logger, payload
};

class PolicyFixture : public ::testing::Test, protected Services, protected identity::TokenTransport {
 protected:
  explicit PolicyFixture(const Catalogue& catalogue) : catalogue_(catalogue) {
    configuration.apis.resize(1);
    api().name = api().display_name = "a";
    api().service_url = "http://backend.test/base";
    api().operations.resize(1);
    operation().id = "all";
    operation().method = "POST";
    operation().url_template = operation().path = "/*";
  }

  static config::PolicyDocument document(std::string text, std::string file = "policy.xml") {
    config::PolicyDocument result;
    result.file = std::move(file);
    result.source = text;
    result.expanded.text = std::move(text);
    return result;
  }
  config::Api& api() { return configuration.apis.front(); }
  config::Operation& operation() { return api().operations.front(); }
  // The API's policy document, whole or by section.
  void policies(std::string text) { api().policy = document(std::move(text)); }
  void inbound(const std::string& text) { policies("<policies><inbound>" + text + "</inbound></policies>"); }
  void outbound(const std::string& text) { policies("<policies><outbound>" + text + "</outbound></policies>"); }
  void fragment(std::string name, std::string text) {
    config::Fragment fragment;
    fragment.name = std::move(name);
    fragment.policy = document(std::move(text), fragment.name + "/policy.xml");
    configuration.fragments.push_back(std::move(fragment));
  }
  void backend(std::string name, std::string base_url) {
    config::Backend backend;
    backend.name = std::move(name);
    backend.url = std::move(base_url);
    configuration.backends.push_back(std::move(backend));
  }
  void logger(std::string name) {
    config::Logger logger;
    logger.name = std::move(name);
    configuration.loggers.push_back(std::move(logger));
  }

  std::shared_ptr<const Pipeline> compile() {
    diagnostics = {};
    Compiler compiler(configuration, catalogue_, diagnostics);
    return compiler.pipelineFor(&api(), &operation(), product);
  }
  // What an author is told; empty when all is well.
  std::string mistakes() {
    const bool compiled = compile() != nullptr;
    EXPECT_EQ(compiled, !diagnostics.hasErrors()) << diagnostics.render();
    return diagnostics.render();
  }

  // Runs one exchange; the pipeline must compile. A product of request_* and replies.
  RunResult run() {
    RunResult result;
    const auto pipeline = compile();
    EXPECT_NE(pipeline, nullptr) << diagnostics.render();
    if (pipeline == nullptr) return result;
    arena.reset();
    Exchange exchange(arena, *this, *pipeline);
    prepare(exchange);
    auto task = wholeExchange(exchange);
    for (bool done = task.start(); !done; done = task.done()) loop_.advance(clock_, std::chrono::milliseconds(100));
    task.take();
    collect(exchange, result);
    exchange.bytes_sent = bytes_of_next;
    return result;
  }

  // What the client sends.
  std::string method = "POST", url = "http://gateway.test/x?y=1", body = "{}";
  Fields headers;
  Fields matched;
  const config::Subscription* subscription = nullptr;
  uint64_t bytes_of_next = 0;  // what the exchange is said to have sent, once it is over
  // What backends answer, in turn; then 200 and nothing. Status 0: the connection breaks.
  std::deque<Reply> replies;
  std::vector<SentRequest> sent;
  std::string client_certificate;  // DER
  const config::Product* product = nullptr;

  config::Configuration configuration;
  Diagnostics diagnostics;
  Arena arena;
  ManualClock clock_{UtcTime(std::chrono::seconds(1'767'225'600))};  // 2026-01-01
  runtime::Loop loop_{clock_};
  identity::fixtures::FakeFetcher fetcher{loop_};

  // --- Services ---
  runtime::Loop& loop() override { return loop_; }
  const Clock& clock() const override { return clock_; }
  http::ClientPool& clients() override {
    CHECK(false && "this test has no network");
    std::abort();
  }
  // Answered by fetch_replies in turn; then by an error.
  runtime::Task<Result<http::FetchResponse>> fetch(http::FetchRequest request) override {
    fetched.push_back(request);
    if (fetch_replies.empty()) return failedFetch();
    Reply reply = std::move(fetch_replies.front());
    fetch_replies.pop_front();
    http::FetchResponse response;
    response.status = reply.status;
    response.reason = reply.reason;
    response.headers = reply.headers;
    response.body = reply.body;
    return runtime::Task<Result<http::FetchResponse>>::ready(std::move(response));
  }
  runtime::Task<Result<http::FetchResponse>> fetchOver(const Connection& connection,
                                                       http::FetchRequest request) override {
    connections.emplace_back(connection.certificate_pem, connection.proxy_url);
    return fetch(std::move(request));
  }
  Fields connections;  // of fetches and forwards that are not the usual ones: certificate, proxy
  std::vector<http::FetchRequest> fetched;
  std::deque<Reply> fetch_replies;
  ValueCache& values() override { return values_; }
  Counters& counters() override { return counters_; }
  Metrics& metrics() override { return metrics_; }
  identity::Authenticator& authenticator() override { return authenticator_; }
  identity::ManagedIdentities& identities() override { return identities_; }
  identity::CredentialStore& credentials() override { return credentials_; }
  const std::shared_ptr<identity::OpenIdProvider>& openid(const std::string& metadata_url) override {
    auto& provider = providers_[metadata_url];
    if (provider == nullptr) provider = std::make_shared<identity::OpenIdProvider>(metadata_url);
    return provider;
  }
  runtime::Task<Verdict> bufferRequestBody(Exchange&) override { return runtime::Task<Verdict>::ready(Verdict::Next); }
  runtime::Task<Verdict> bufferResponseBody(Exchange&) override { return runtime::Task<Verdict>::ready(Verdict::Next); }
  runtime::Task<Verdict> forward(Exchange& exchange, const ForwardOptions& options) override {
    forwarded_with = options;
    if (const Connection& connection = exchange.request.connection; !connection.usual())
      connections.emplace_back(connection.certificate_pem, connection.proxy_url);
    const Url base = splitUrl(exchange.backend.base_url);
    SentRequest request;
    request.method = exchange.request.method;
    request.url = std::string(base.scheme) + "://" + std::string(base.host) +
                  std::string(joinPath(base.path, exchange.request.url.path, arena));
    if (!exchange.request.url.query.empty()) request.url += "?" + std::string(exchange.request.url.query);
    request.body = exchange.request.body.content();
    for (const auto& header : exchange.request.headers) request.headers.emplace_back(header.name, header.value);
    sent.push_back(std::move(request));
    Reply reply;
    if (!replies.empty()) {
      reply = std::move(replies.front());
      replies.pop_front();
    }
    if (reply.status == 0)
      return runtime::Task<Verdict>::ready(exchange.fail(500, "BackendConnectionFailure", "It broke.", "Internal"));
    exchange.newResponse(reply.status, arena.copy(reply.reason));
    for (const auto& [name, value] : reply.headers) exchange.response.headers.add(arena.copy(name), arena.copy(value));
    exchange.response.body.set(arena.copy(reply.body));
    return runtime::Task<Verdict>::ready(Verdict::Next);
  }
  ForwardOptions forwarded_with;

 private:
  static runtime::Task<Result<http::FetchResponse>> failedFetch() {
    return runtime::Task<Result<http::FetchResponse>>::ready(
        tl::make_unexpected(Error{"refused", static_cast<int>(http::ClientError::ConnectRefused)}));
  }

  void prepare(Exchange& exchange) {
    exchange.id = "00000000-0000-4000-8000-000000000001";
    exchange.received = clock_.now();
    exchange.received_utc = clock_.utc();
    exchange.configuration = &configuration;
    exchange.api = &api();
    exchange.operation = &operation();
    exchange.subscription = subscription;
    exchange.product = product;
    exchange.request.certificate = client_certificate;
    exchange.backend.base_url = api().service_url;
    exchange.request.method = exchange.request.original_method = method;
    exchange.request.original = exchange.request.url = splitUrl(url);
    exchange.request.client_address = "192.0.2.1";
    for (const auto& [name, value] : headers) exchange.request.headers.add(name, value);
    for (const auto& [name, value] : matched) exchange.request.matched.push_back({name, value});
    if (!body.empty()) exchange.request.body.set(body);
    exchange.setTracing(true);
  }

  static runtime::Task<void> wholeExchange(Exchange& exchange) {
    for (const Section section : {Section::Inbound, Section::Backend, Section::Outbound}) {
      uint32_t pc = 0;
      const Verdict verdict = co_await runSection(exchange, section, pc);
      if (verdict == Verdict::Respond) co_return;
      if (verdict == Verdict::Fail) {
        co_await runOnError(exchange);
        co_return;
      }
    }
  }

  static void collect(Exchange& exchange, RunResult& result) {
    result.reply.status = exchange.response.status;
    result.reply.reason = exchange.response.reason;
    result.reply.body = exchange.response.body.content();
    for (const auto& header : exchange.answer_headers) exchange.response.headers.set(header.name, header.value);
    for (const auto& header : exchange.response.headers) result.reply.headers.emplace_back(header.name, header.value);
    if (exchange.last_error.present) {
      result.error_source = exchange.last_error.source;
      result.error_reason = exchange.last_error.reason;
      result.error_message = exchange.last_error.message;
      result.error_path = exchange.last_error.path;
    }
    for (const auto& trace : exchange.traces)
      result.traces.push_back(std::string(trace.source) + ": " + std::string(trace.message));
    for (const auto& event : exchange.events) result.events.emplace_back(event.logger, event.payload);
  }

  const Catalogue& catalogue_;
  ValueCache values_;
  Counters counters_;
  Metrics metrics_;
  static identity::IdentityEnvironment machine() {
    identity::IdentityEnvironment environment;
    environment.metadata_host = "http://169.254.169.254";
    return environment;
  }
  identity::Authenticator authenticator_{fetcher, nullptr};
  identity::ManagedIdentities identities_{loop_, *this, machine()};
  identity::RefreshGrants grants_;
  identity::CredentialStore credentials_{loop_, *this, grants_};
  std::map<std::string, std::shared_ptr<identity::OpenIdProvider>> providers_;
};

}  // namespace sluice::policy::fixtures
