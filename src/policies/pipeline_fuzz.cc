// Fuzz: a policy document, a request and what backends answer. The document compiles or its author is told why; what
// compiles runs through every section over fake services, and ends or waits for one that never answers.
//
// An input is three parts with lines of ==== between them: the document; a request as `METHOD /target`, header fields,
// an empty line and a body; an answer as its status, fields, an empty line and a body. The last two may be missing.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

using namespace sluice;

namespace {

constexpr size_t kMostInput = 16 * 1024;
// Each runs what it holds up to fifty times over: more inside one another is slow by their author's wish.
constexpr int kMostRetries = 2;
// Hours of a clock that stands still otherwise; an exchange that waits longer is given up as when a client leaves.
constexpr int kMostHours = 50;

void require(bool holds) {
  if (!holds) std::abort();
}

// What precedes `separator`; the rest stays in `text`.
std::string_view cut(std::string_view& text, std::string_view separator) {
  const size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
  return part;
}

int timesIn(std::string_view text, std::string_view what) {
  int count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// Only what the HTTP parsers let through comes to policies.
std::string printable(std::string_view text, char least) {
  std::string kept;
  for (const char c : text)
    if (c >= least && c < 0x7f) kept += c;
  return kept;
}

policy::fixtures::Fields fieldsOf(std::string_view& rest) {
  policy::fixtures::Fields fields;
  while (!rest.empty() && fields.size() < 32) {
    std::string_view line = cut(rest, "\n");
    if (line.empty()) break;
    const std::string name = printable(cut(line, ": "), '!');
    if (!name.empty()) fields.emplace_back(name, printable(line, ' '));
  }
  return fields;
}

class PipelineRun final : public policy::fixtures::PolicyFixture {
 public:
  PipelineRun() : PolicyFixture(policies::builtinCatalogue()) {
    backend("b", "http://b.test/path");
    logger("l");
    fragment("f", R"(<fragment><set-variable name="f" value="of the fragment" /></fragment>)");
    config::Authorization& authorization = configuration.authorizations.emplace_back();
    authorization.provider = "p";
    authorization.id = "a";
    authorization.token_url = "https://token.test/";
    authorization.client_id = "us";
    configuration.products.resize(1);
    configuration.products[0].name = "product";
    configuration.subscriptions.resize(1);
    configuration.subscriptions[0].name = "one";
    product = &configuration.products[0];
    subscription = &configuration.subscriptions[0];
  }
  void TestBody() override {}

  void run(std::string_view text, std::string_view request, std::string_view answer) {
    place(document(std::string(text)));
    const auto pipeline = compile();
    require((pipeline == nullptr) == diagnostics.hasErrors());
    if (pipeline == nullptr) {
      require(!diagnostics.render().empty());
      return;
    }
    readRequest(request);
    readAnswer(answer);
    policy::Exchange exchange(arena, *this, *pipeline);
    prepare(exchange);
    auto task = wholeExchange(exchange);
    bool done = task.start();
    for (int hour = 0; !done && hour < kMostHours; ++hour) {
      loop_.advance(clock_, std::chrono::hours(1));
      done = task.done();
    }
    if (!done) return;
    const bool answered = task.take();
    require(!answered || exchange.response.status >= 100);
  }

 private:
  // A few policies stand in one scope only; any other is as good in an API's document.
  void place(config::PolicyDocument document) {
    const std::string& text = document.source;
    if (text.find("<cross-domain") != std::string::npos)
      configuration.policy = std::move(document);
    else if (text.find("<quota ") != std::string::npos)
      configuration.products[0].policy = std::move(document);
    else
      api().policy = std::move(document);
  }

  void readRequest(std::string_view request) {
    std::string_view line = cut(request, "\n");
    method = printable(cut(line, " "), 'A');
    if (method.empty()) method = "GET";
    url = "http://gateway.test/" + printable(line.substr(std::min<size_t>(line.size(), 1)), '!');
    headers = fieldsOf(request);
    body = request;
  }

  // Every call is answered alike, the first few by this.
  void readAnswer(std::string_view answer) {
    const std::string_view line = cut(answer, "\n");
    policy::fixtures::Reply reply;
    std::from_chars(line.data(), line.data() + line.size(), reply.status);
    if (reply.status != 0) reply.status = std::clamp(reply.status, 200, 599);
    reply.headers = fieldsOf(answer);
    reply.body = answer;
    replies.assign(4, reply);
    if (reply.status != 0) fetch_replies.assign(4, reply);
  }

  void prepare(policy::Exchange& exchange) {
    exchange.id = "00000000-0000-4000-8000-000000000001";
    exchange.received = clock_.now();
    exchange.received_utc = clock_.utc();
    exchange.configuration = &configuration;
    exchange.api = &api();
    exchange.operation = &operation();
    exchange.product = product;
    exchange.subscription = subscription;
    exchange.backend.base_url = api().service_url;
    exchange.request.method = exchange.request.original_method = method;
    exchange.request.original = exchange.request.url = policy::splitUrl(url);
    exchange.request.client_address = "192.0.2.1";
    for (const auto& [name, value] : headers) exchange.request.headers.add(name, value);
    if (!body.empty()) exchange.request.body.set(body);
    exchange.setTracing(true);
  }

  // Whether the exchange was answered by a policy or by on-error.
  static runtime::Task<bool> wholeExchange(policy::Exchange& exchange) {
    for (const auto section : {policy::Section::Inbound, policy::Section::Backend, policy::Section::Outbound}) {
      uint32_t pc = 0;
      const policy::Verdict verdict = co_await policy::runSection(exchange, section, pc);
      if (verdict == policy::Verdict::Respond) co_return true;
      if (verdict == policy::Verdict::Fail) {
        co_await policy::runOnError(exchange);
        co_return true;
      }
    }
    co_return false;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > kMostInput) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view text = cut(rest, "\n====\n");
  const std::string_view request = cut(rest, "\n====\n");
  if (timesIn(text, "<retry") > kMostRetries) return 0;
  PipelineRun run;
  run.run(text, request, rest);
  return 0;
}
