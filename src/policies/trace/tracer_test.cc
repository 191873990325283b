// The policy trace over real policies: what policy/tracer.h promises.
#include "policy/tracer.h"

#include <fmt/format.h>

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

class TracerTest : public policy::fixtures::PolicyFixture {
 protected:
  TracerTest() : PolicyFixture(builtinCatalogue()) {}

  // Runs the exchange traced; the trace as text, a line for each entry and detail.
  std::string traced() {
    const auto pipeline = compile();
    EXPECT_NE(pipeline, nullptr) << diagnostics.render();
    arena.reset();
    policy::Exchange exchange(arena, *this, *pipeline);
    exchange.configuration = &configuration;
    exchange.api = &api();
    exchange.received = clock_.now();
    exchange.request.method = exchange.request.original_method = method;
    exchange.request.original = exchange.request.url = policy::splitUrl(url);
    for (const auto& [name, value] : headers) exchange.request.headers.add(name, value);
    exchange.request.body.set(body);
    exchange.backend.base_url = api().service_url;
    policy::Tracer tracer(exchange);
    exchange.setTracer(tracer);
    uint32_t pc = 0;
    auto task = policy::runSection(exchange, policy::Section::Inbound, pc);
    for (bool done = task.start(); !done; done = task.done()) loop_.advance(clock_, std::chrono::milliseconds(100));
    EXPECT_TRUE(exchange.tracing());
    std::string text;
    for (const auto& entry : exchange.traces) {
      text += fmt::format("{} {} {} {}\n", entry.source, entry.scope, entry.path, entry.message);
      for (const auto& detail : entry.details)
        text += fmt::format("  {} | {} | {}\n", detail.name, detail.before, detail.after);
      most_text_ = std::max(most_text_, entry.message.size());
      for (const auto& detail : entry.details) most_text_ = std::max(most_text_, detail.after.size());
    }
    entries_ = exchange.traces.size();
    return text;
  }

  void secret(std::string value) {
    config::NamedValue named;
    named.name = named.display_name = "s";
    named.secret = named.resolved = true;
    named.value = Secret(std::move(value));
    configuration.named_values.push_back(std::move(named));
  }

  size_t most_text_ = 0, entries_ = 0;
};

TEST_F(TracerTest, SaysWhatEachPolicyChanged) {
  headers = {{"X-Old", "1"}};
  body = "before";
  inbound(R"xml(<set-variable name="n" value="@(1 + context.Request.Method.Length)" />
             <set-header name="X-Old" exists-action="delete" />
             <set-header name="X-New"><value>@("v" + context.Variables["n"])</value></set-header>
             <set-method>PUT</set-method>
             <rewrite-uri template="/y" />
             <set-backend-service base-url="http://other.test" />
             <set-body>after</set-body>)xml");
  const auto text = traced();
  const auto expect = [&](std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  };
  expect("request   POST /x?y=1\n  request header X-Old |  | 1\n  api |  | a\n");
  expect("set-variable api set-variable \n  @(1 + context.Request.Method.Length) |  | 5\n  variable n |  | 5\n");
  expect("set-header api set-header[1] \n  request header X-Old | 1 | \n");
  expect("  request header X-New |  | v5\n");
  expect("  request | POST /x?y=1 | PUT /x?y=1\n");
  expect("  request | PUT /x?y=1 | PUT /y?y=1\n");
  expect("  backend | http://backend.test/base | http://other.test\n");
  expect("  request body | 6 bytes: before | 5 bytes: after\n");
}

TEST_F(TracerTest, TakesBranchesAndFailuresDown) {
  inbound(R"xml(<choose><when condition="@(context.Tracing)"><set-status code="202" reason="x" /></when></choose>
             <set-variable name="n" value="@(int.Parse("x"))" />)xml");
  const auto text = traced();
  EXPECT_NE(text.find("@(context.Tracing) |  | True"), std::string::npos) << text;
  EXPECT_NE(text.find("System.FormatException"), std::string::npos) << text;
  EXPECT_NE(text.find("set-variable api set-variable Failed."), std::string::npos) << text;
}

TEST_F(TracerTest, HidesSecrets) {
  secret("hunter2 & co");
  const std::string token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
  headers = {{"Authorization", "Bearer opaque-credential"}, {"api-key", "key-of-ada"}, {"X-Note", "see " + token}};
  url = "http://gateway.test/x?subscription-key=key-of-ada&y=hunter2%20%26%20co";
  inbound(R"xml(<set-variable name="a" value="@(context.Request.Headers.GetValueOrDefault("api-key"))" />
             <set-variable name="b" value="@("hunter2 & co".Substring(2))" />
             <set-variable name="c" value="hunter2 &amp; co" />
             <set-variable name="d" value="@(context.Request.Headers["Authorization"].First().Substring(7))" />
             <trace source="s"><message>@("as hunter2 & co".Trim())</message></trace>
             <authentication-basic username="u" password="pass-of-u" />
             <set-body>{"k":"hunter2 &amp; co"}</set-body>)xml");
  const auto text = traced();
  for (const char* hidden : {"hunter2", "nter2", "key-of-ada", "opaque-credential", "eyJ", "pass-of-u", "dTpwYXNz"})
    EXPECT_EQ(text.find(hidden), std::string::npos) << hidden << "\n" << text;
  EXPECT_NE(text.find("request header X-Note |  | see ***\n"), std::string::npos) << text;
  EXPECT_NE(text.find("variable c |  | ***\n"), std::string::npos) << text;
}

TEST_F(TracerTest, IsBounded) {
  std::string many = R"xml(<set-variable name="n" value="@(new string('x', 100000))" />
                           <retry condition="@(true)" count="20" interval="1">)xml";
  for (int i = 0; i < 100; ++i) many += fmt::format("<set-header name=\"h{}\"><value>x</value></set-header>", i);
  inbound(many + "</retry>");
  const auto text = traced();
  EXPECT_EQ(most_text_, policy::Tracer::kMaxText);
  EXPECT_EQ(entries_, policy::Tracer::kMaxEntries);
  EXPECT_NE(text.find("The trace is full"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
