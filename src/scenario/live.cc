#include "scenario/live.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace sluice::scenario {
namespace {

constexpr uint64_t kMaxReply = 64u << 20;

bool names(const std::vector<std::string>& headers, const std::string& name) {
  return std::ranges::any_of(headers, [&](const auto& header) { return equalsIgnoreCase(header, name); });
}

bool names(const Fields& headers, const std::string& name) {
  return std::ranges::any_of(headers, [&](const auto& header) { return equalsIgnoreCase(header.first, name); });
}

// What no author's word can make run: time is not ours, and nobody there trusts the scenario's keys.
std::string impossible(const Step& step) {
  if (step.advance) return "time passes in it";
  const bool token = std::ranges::any_of(
      step.headers, [](const auto& header) { return header.second.find("{{token:") != std::string::npos; });
  return token ? "its token is signed by the scenario" : std::string();
}

std::string unseen(const Step& step) {
  if (!step.backend.empty()) return "it scripts a backend";
  if (step.events) return "events are not seen from outside";
  if (!step.record.empty()) return "the record is not seen from outside";
  return step.trace.empty() ? std::string() : "the trace is not seen from outside";
}

}  // namespace

std::string whyNotLive(const Scenario& scenario) {
  if (scenario.live == Live::Never) return "it says `live: false`";
  for (const auto& step : scenario.steps) {
    std::string reason = impossible(step);
    if (reason.empty() && scenario.live != Live::Always) reason = unseen(step);
    if (!reason.empty()) return fmt::format("line {}: {}", step.position.line, reason);
  }
  return {};
}

LiveGateway::LiveGateway(const LiveOptions& options)
    : options_(options), resolver_(loop_), connector_(loop_, resolver_, nullptr), clients_(connector_) {}

Result<std::unique_ptr<LiveGateway>> LiveGateway::create(const LiveOptions& options) {
  std::unique_ptr<LiveGateway> gateway(new LiveGateway(options));
  std::string& url = gateway->options_.url;
  while (url.ends_with('/')) url.pop_back();
  if (url.starts_with("http://")) return gateway;
  if (!url.starts_with("https://")) return fail(fmt::format("`{}` is no http or https URL", options.url));
  runtime::TlsClientOptions tls;
  tls.ca_file = options.ca_file;
  auto context = runtime::TlsClientContext::create(tls);
  if (!context) return tl::make_unexpected(context.error());
  gateway->tls_ = std::move(*context);
  return gateway;
}

Outcome LiveGateway::run(const Scenario& scenario) {
  Outcome outcome;
  outcome.name = scenario.name;
  for (const auto& step : scenario.steps) {
    const auto line = fmt::format("line {}: ", step.position.line);
    Differences found;
    if (const auto reply = request(scenario, step)) {
      compare(step.expect, *reply, "reply", found);
    } else {
      found.push_back("no reply: " + reply.error().message);
    }
    for (const auto& difference : found) outcome.differences.push_back(line + difference);
    if (!outcome.passed()) break;
  }
  return outcome;
}

Result<Message> LiveGateway::request(const Scenario& scenario, const Step& step) {
  http::FetchRequest request;
  request.method = step.method;
  request.url = options_.url + scenario.live_path + step.url;
  for (const auto& [name, value] : step.headers)
    if (!names(options_.headers, name)) request.headers.emplace_back(name, value);
  for (const auto& [name, value] : options_.headers)
    if (!names(step.withheld, name)) request.headers.emplace_back(name, value);
  request.body = step.body;
  request.max_body = kMaxReply;
  request.timeouts.total = options_.timeout;
  request.tls = tls_;
  auto response = loop_.runTask(http::fetch(clients_, std::move(request)));
  if (!response) return tl::make_unexpected(response.error());
  Message message;
  message.status = response->status;
  message.headers = std::move(response->headers);
  message.body = std::move(response->body);
  return message;
}

}  // namespace sluice::scenario
