#include <fmt/format.h>

#include <charconv>

#include "config/units.h"
#include "scenario/scenario.h"
#include "text/file.h"
#include "text/yaml_document.h"

namespace sluice::scenario {
namespace {

constexpr size_t kMaxFile = 4u * 1024 * 1024;

// With `policy:` alone, the configuration around it: one API at the root that takes everything.
constexpr std::string_view kApi =
    R"({"properties":{"displayName":"Test","path":"","protocols":["https"],"serviceUrl":"https://backend.test","subscriptionRequired":false}})";
constexpr std::string_view kSpecification = R"(openapi: 3.0.1
info: {title: Test, version: '1'}
paths:
  /*:
    get: {operationId: get, responses: {'200': {description: ok}}}
    post: {operationId: post, responses: {'200': {description: ok}}}
    put: {operationId: put, responses: {'200': {description: ok}}}
    patch: {operationId: patch, responses: {'200': {description: ok}}}
    delete: {operationId: delete, responses: {'200': {description: ok}}}
)";

class Reader {
 public:
  Reader(const text::Document& document, Diagnostics& diagnostics) : document_(document), diagnostics_(diagnostics) {}

  void read(Scenario& scenario) {
    const text::Node& root = document_.root();
    text::expectKeys(
        document_, root,
        {"name", "configuration", "folder", "policy", "named-values", "clock", "issuer", "live", "live-path", "steps"},
        "the scenario", diagnostics_);
    scenario.name = textOf(root.find("name"), scenario.file);
    scenario.folder = textOf(root.find("folder"), "");
    scenario.issuer = textOf(root.find("issuer"), scenario.issuer);
    scenario.files = fields(root.find("configuration"));
    scenario.named_values = fields(root.find("named-values"));
    if (const auto* policy = root.find("policy")) {
      scenario.files.emplace_back("apis/test/apiInformation.json", kApi);
      scenario.files.emplace_back("apis/test/specification.yaml", kSpecification);
      scenario.files.emplace_back("apis/test/policy.xml", textOf(policy, ""));
    }
    scenario.clock = clock(root.find("clock"));
    scenario.live = live(root.find("live"));
    scenario.live_path = textOf(root.find("live-path"), "");
    if (!scenario.live_path.empty() && !scenario.live_path.starts_with('/'))
      error(root.find("live-path")->position, "a path such as /shop is wanted here");
    const auto* steps = root.find("steps");
    if (steps == nullptr || !steps->isSequence()) {
      error(root.position, "a scenario needs `steps`, a list");
      return;
    }
    for (const auto& node : steps->items) scenario.steps.push_back(step(node));
  }

 private:
  void error(text::Position position, std::string message) {
    diagnostics_.add(document_.diagnostic(Severity::Error, position, std::move(message)));
  }

  std::string textOf(const text::Node* node, std::string fallback) {
    if (node == nullptr) return fallback;
    if (node->isScalar()) return node->scalar;
    error(node->position, "a text is wanted here");
    return fallback;
  }

  Fields fields(const text::Node* node) {
    Fields result;
    if (node == nullptr || node->isNull()) return result;
    if (!node->isMapping()) {
      error(node->position, "a mapping is wanted here");
      return result;
    }
    for (const auto& member : node->members) {
      if (member.value.isSequence()) {
        for (const auto& item : member.value.items) result.emplace_back(member.key, textOf(&item, ""));
      } else {
        result.emplace_back(member.key, textOf(&member.value, ""));
      }
    }
    return result;
  }

  std::vector<std::string> texts(const text::Node* node) {
    std::vector<std::string> result;
    if (node == nullptr) return result;
    if (node->isScalar()) return {node->scalar};
    for (const auto& item : node->items) result.push_back(textOf(&item, ""));
    return result;
  }

  Live live(const text::Node* node) {
    const std::string written = textOf(node, "");
    if (written == "true") return Live::Always;
    if (written == "false") return Live::Never;
    if (node != nullptr) error(node->position, "true or false is wanted here");
    return Live::WhereItCan;
  }

  // A header that is `null` is one that must not be sent.
  void requestHeaders(const text::Node* node, Step& step) {
    if (node == nullptr || !node->isMapping()) {
      step.headers = fields(node);
      return;
    }
    for (const auto& member : node->members) {
      if (member.value.isNull()) {
        step.withheld.push_back(member.key);
      } else if (member.value.isSequence()) {
        for (const auto& item : member.value.items) step.headers.emplace_back(member.key, textOf(&item, ""));
      } else {
        step.headers.emplace_back(member.key, textOf(&member.value, ""));
      }
    }
  }

  UtcTime clock(const text::Node* node) {
    std::tm time{};
    const std::string written = textOf(node, "2026-01-01T00:00:00Z");
    if (::strptime(written.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr)
      error(node->position, "a time such as 2026-01-01T00:00:00Z is wanted here");
    return UtcTime(std::chrono::seconds(::timegm(&time)));
  }

  std::optional<int> integer(const text::Node* node) {
    if (node == nullptr) return std::nullopt;
    int value = 0;
    const auto& digits = node->scalar;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem == std::errc() && end == digits.data() + digits.size()) return value;
    error(node->position, "a whole number is wanted here");
    return std::nullopt;
  }

  Expectation expectation(const text::Node* node) {
    Expectation result;
    if (node == nullptr) return result;
    text::expectKeys(document_, *node, {"status", "method", "url", "headers", "body", "bodyJson", "bodyContains"},
                     "`expect`", diagnostics_);
    result.position = node->position;
    result.status = integer(node->find("status"));
    if (const auto* method = node->find("method")) result.method = textOf(method, "");
    if (const auto* url = node->find("url")) result.url = textOf(url, "");
    if (const auto* body = node->find("body")) result.body = textOf(body, "");
    result.body_json = node->find("bodyJson");
    result.body_contains = texts(node->find("bodyContains"));
    if (const auto* headers = node->find("headers"); headers != nullptr && headers->isMapping()) {
      for (const auto& member : headers->members) {
        if (member.value.isNull()) {
          result.absent_headers.push_back(member.key);
        } else {
          result.headers.emplace_back(member.key, textOf(&member.value, ""));
        }
      }
    }
    return result;
  }

  BackendCall backendCall(const text::Node& node) {
    BackendCall call;
    call.position = node.position;
    text::expectKeys(document_, node, {"expect", "respond"}, "a backend call", diagnostics_);
    call.expect = expectation(node.find("expect"));
    const auto* respond = node.find("respond");
    if (respond == nullptr) return call;
    text::expectKeys(document_, *respond, {"status", "headers", "body", "events", "cut", "drop", "delay"}, "`respond`",
                     diagnostics_);
    call.status = integer(respond->find("status")).value_or(200);
    call.headers = fields(respond->find("headers"));
    call.body = textOf(respond->find("body"), "");
    call.events = texts(respond->find("events"));
    call.cut = textOf(respond->find("cut"), "false") == "true";
    call.drop = textOf(respond->find("drop"), "false") == "true";
    if (const auto* delay = respond->find("delay")) {
      const auto time = config::parseDuration(textOf(delay, ""));
      if (!time) error(delay->position, "a duration such as 10s is wanted here");
      call.delay = time.value_or(Duration::zero());
    }
    return call;
  }

  Step step(const text::Node& node) {
    Step result;
    result.position = node.position;
    text::expectKeys(document_, node, {"advance", "request", "backend", "expect", "events", "record", "trace"},
                     "a step", diagnostics_);
    if (const auto* advance = node.find("advance")) {
      result.advance = config::parseDuration(textOf(advance, ""));
      if (!result.advance) error(advance->position, "a duration such as 61s is wanted here");
      return result;
    }
    if (const auto* request = node.find("request")) {
      text::expectKeys(document_, *request, {"method", "url", "headers", "body"}, "`request`", diagnostics_);
      result.method = textOf(request->find("method"), "GET");
      result.url = textOf(request->find("url"), "/");
      requestHeaders(request->find("headers"), result);
      result.body = textOf(request->find("body"), "");
    } else {
      error(node.position, "a step is a `request` or an `advance`");
    }
    if (const auto* backend = node.find("backend")) {
      result.backend_given = true;
      for (const auto& call : backend->items) result.backend.push_back(backendCall(call));
    }
    result.expect = expectation(node.find("expect"));
    if (const auto* events = node.find("events")) result.events = expectedEvents(*events);
    result.record = fields(node.find("record"));
    result.trace = texts(node.find("trace"));
    return result;
  }

  std::vector<ExpectedEvent> expectedEvents(const text::Node& node) {
    std::vector<ExpectedEvent> result;
    for (const auto& item : node.items) {
      text::expectKeys(document_, item, {"logger", "payload", "payloadJson"}, "an event", diagnostics_);
      ExpectedEvent event;
      event.position = item.position;
      if (const auto* logger = item.find("logger")) event.logger = textOf(logger, "");
      if (const auto* payload = item.find("payload")) event.payload = textOf(payload, "");
      event.payload_json = item.find("payloadJson");
      result.push_back(std::move(event));
    }
    return result;
  }

  const text::Document& document_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::optional<Scenario> readScenario(const std::string& file, Diagnostics& diagnostics) {
  auto contents = text::readFile(file, kMaxFile);
  if (!contents) {
    diagnostics.error({file, 0, 0}, contents.error().message);
    return std::nullopt;
  }
  auto document = text::parseYaml(file, std::move(*contents), diagnostics);
  if (!document) return std::nullopt;
  Scenario scenario;
  scenario.file = file;
  scenario.document = std::move(*document);
  const size_t before = diagnostics.errors();
  Reader(*scenario.document, diagnostics).read(scenario);
  if (diagnostics.errors() > before) return std::nullopt;
  return scenario;
}

}  // namespace sluice::scenario
