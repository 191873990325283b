#include "simulator/services.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/encoding.h"
#include "runtime/address.h"
#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

constexpr std::string_view kAzureSuffix = ".openai.azure.com";
constexpr std::string_view kVaultSuffix = ".vault.azure.net";
constexpr std::string_view kLocalSuffix = ".localhost";
constexpr std::string_view kMetadataPath = "/metadata/identity/oauth2/token";
constexpr std::string_view kAppServicePath = "/msi/token";

bool isIdentityHost(std::string_view host) {
  return equalsIgnoreCase(host, "login.microsoftonline.com") || equalsIgnoreCase(host, "sts.windows.net") ||
         equalsIgnoreCase(host, "login.windows.net") || equalsIgnoreCase(host, "login.localhost");
}

bool hasSuffix(std::string_view host, std::string_view suffix) {
  return host.size() > suffix.size() && equalsIgnoreCase(host.substr(host.size() - suffix.size()), suffix);
}

bool isLocalName(std::string_view host) {
  return equalsIgnoreCase(host, "localhost") || runtime::SocketAddress::parse(host, 0).has_value();
}

// What identity providers of any name have in their paths: metadata, keys, tokens.
bool isIdentityPath(std::string_view path) {
  return path.find("/.well-known/") != std::string_view::npos || path.find("/discovery/") != std::string_view::npos ||
         path.find("/oauth2/") != std::string_view::npos;
}

Reply problem(int status, std::string_view message) {
  JsonWriter json;
  json.beginObject().member("error", message);
  return jsonReply(status, json.endObject().take());
}

// A JSON scalar as the text that a knob is set from; null takes the knob away.
std::string scalarText(const simdjson::dom::element& value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return value.is_null() ? std::string() : simdjson::minify(value);
}

}  // namespace

std::vector<std::string> servedNames() {
  return {"localhost",          "*.localhost",
          "*.openai.azure.com", "*.vault.azure.net",
          "api.openai.com",     "login.microsoftonline.com",
          "login.windows.net",  "sts.windows.net",
          "127.0.0.1",          "::1"};
}

Services::Services(World world, std::unique_ptr<SigningKeys> keys, std::shared_ptr<upstream::Tokenizers> tokenizers)
    : world_(std::move(world)),
      keys_(std::move(keys)),
      counter_(std::move(tokenizers)),
      identity_(world_, *keys_),
      data_plane_(world_, identity_, counter_),
      vaults_(world_, identity_) {
  for (const auto& instance : world_.instances) counters_.instances[instance.name];
}

Services::Outcome Services::handle(const Request& request) {
  auto outcome = route(request);
  if (outcome.tally != nullptr) {
    ++outcome.tally->requests;
    if (!outcome.reply.knobs.reset.value_or(false)) ++outcome.tally->statuses[outcome.reply.status];
  }
  return outcome;
}

Services::Outcome Services::route(const Request& request) {
  const auto host = request.host();
  if (hasSuffix(host, kAzureSuffix)) return azure(request, host.substr(0, host.size() - kAzureSuffix.size()));
  if (hasSuffix(host, kVaultSuffix))
    return {vaults_.handle(request, host.substr(0, host.size() - kVaultSuffix.size())), nullptr};
  if (equalsIgnoreCase(host, "api.openai.com") || equalsIgnoreCase(host, "openai.localhost")) {
    return {data_plane_.openai(request, counters_.openai), &counters_.openai};
  }
  if (isIdentityHost(host)) return {identity_.handle(request), &counters_.identity};
  if (hasSuffix(host, kLocalSuffix)) return azure(request, host.substr(0, host.size() - kLocalSuffix.size()));
  return local(request);
}

Services::Outcome Services::azure(const Request& request, std::string_view instance_name) {
  auto* instance = world_.instance(instance_name);
  Tally* tally = instance == nullptr ? nullptr : &counters_.instances[instance->name];
  Tally nobody;
  return {data_plane_.azure(request, instance, tally == nullptr ? nobody : *tally), tally};
}

// By address or as localhost there is no name to go by: the path decides, and /openai is the first instance.
Services::Outcome Services::local(const Request& request) {
  if (request.path == kMetadataPath || request.path == kAppServicePath)
    return {identity_.managedIdentity(request), &counters_.identity};
  if (request.path.starts_with("/openai/")) return azure(request, world_.instances.front().name);
  if (request.path.starts_with("/v1/")) return {data_plane_.openai(request, counters_.openai), &counters_.openai};
  if (!isLocalName(request.host()) && !isIdentityPath(request.path)) return {stranger(request), nullptr};
  return {identity_.handle(request), &counters_.identity};
}

// A host that is nobody here, called because `hosts:` maps every name to the simulator: says what it was asked.
Reply Services::stranger(const Request& request) {
  JsonWriter json;
  json.beginObject().member("host", request.host()).member("method", request.method).member("path", request.path);
  json.member("query", request.query).member("bytes", static_cast<int64_t>(request.body.size()));
  return jsonReply(200, json.endObject().take());
}

Reply Services::admin(const Request& request) {
  const bool post = request.method == "POST";
  // A page of some web site must not be able to read or change anything here: no cross-site posts, and no names that
  // somebody else's DNS answers with this address.
  if (!request.header("Origin").empty() || !isLocalName(request.host())) {
    return problem(403, "requests of web pages are refused; call this listener by address or as localhost");
  }
  if (request.path == "/simulator/counters" && request.method == "GET") return jsonReply(200, counters_.json());
  if (request.path == "/simulator/counters" && request.method == "DELETE") {
    for (auto& [name, tally] : counters_.instances) tally = Tally();
    counters_.identity = Tally();
    counters_.openai = Tally();
    return jsonReply(200, counters_.json());
  }
  if (request.path == "/simulator/knobs" && post) return setKnobs(request);
  if (request.path == "/simulator/token" && post) return issueAdminToken(request);
  if (request.path == "/simulator/secrets" && post) return setSecret(request);
  if (request.path == "/simulator/keys/rotate" && post) {
    const auto former = request.queryValue("former").value_or("keep");
    const auto status = keys_->rotate(former == "drop" ? FormerKeys::Drop : FormerKeys::Keep);
    if (!status) return problem(500, status.error().message);
    JsonWriter json;
    json.beginObject().member("kid", keys_->currentKeyId());
    return jsonReply(200, json.endObject().take());
  }
  return problem(404,
                 "there are /simulator/counters, /simulator/knobs, /simulator/secrets, /simulator/token and "
                 "/simulator/keys/rotate");
}

Knobs* Services::knobsOf(std::string_view instance_name, std::string_view deployment_name) {
  if (instance_name.empty()) return &world_.knobs;
  auto* instance = world_.instance(instance_name);
  if (instance == nullptr || deployment_name.empty()) return instance == nullptr ? nullptr : &instance->knobs;
  auto* deployment = instance->deployment(deployment_name);
  return deployment == nullptr ? nullptr : &deployment->knobs;
}

Reply Services::setKnobs(const Request& request) {
  simdjson::dom::parser parser;
  simdjson::dom::object body;
  if (parser.parse(request.body).get(body) != simdjson::SUCCESS) return problem(400, "the body is no JSON object");
  std::string_view instance_name;
  std::string_view deployment_name;
  if (body["instance"].get(instance_name) != simdjson::SUCCESS) instance_name = {};
  if (body["deployment"].get(deployment_name) != simdjson::SUCCESS) deployment_name = {};
  auto* knobs = knobsOf(instance_name, deployment_name);
  if (knobs == nullptr) return problem(404, "no such instance or deployment");
  Knobs changed = *knobs;
  bool reset_all = false;
  if (body["reset-all"].get(reset_all) == simdjson::SUCCESS && reset_all) changed = Knobs();
  for (const auto& [name, value] : body) {
    if (name == "instance" || name == "deployment" || name == "reset-all") continue;
    const auto status = changed.set(name, scalarText(value));
    if (!status) return problem(400, status.error().message);
  }
  *knobs = changed;
  return jsonReply(200, "{}");
}

Reply Services::setSecret(const Request& request) {
  simdjson::dom::parser parser;
  simdjson::dom::object body;
  if (parser.parse(request.body).get(body) != simdjson::SUCCESS) return problem(400, "the body is no JSON object");
  std::string_view vault;
  std::string_view name;
  std::string_view value;
  if (body["vault"].get(vault) != simdjson::SUCCESS || body["name"].get(name) != simdjson::SUCCESS)
    return problem(400, "`vault` and `name` are wanted; without `value` the secret goes");
  if (body["value"].get(value) != simdjson::SUCCESS) value = {};
  vaults_.set(std::string(vault), std::string(name), Secret(std::string(value)));
  return jsonReply(200, "{}");
}

Reply Services::issueAdminToken(const Request& request) {
  simdjson::dom::parser parser;
  simdjson::dom::object body;
  if (parser.parse(request.body).get(body) != simdjson::SUCCESS) return problem(400, "the body is no JSON object");
  std::string_view principal;
  std::string_view audience;
  int64_t seconds = 3600;
  if (body["principal"].get(principal) != simdjson::SUCCESS) return problem(400, "`principal` is missing");
  if (body["audience"].get(audience) != simdjson::SUCCESS) audience = kCognitiveServices;
  if (body["expires_in"].get(seconds) != simdjson::SUCCESS) seconds = 3600;
  seconds = std::clamp<int64_t>(seconds, -366 * 24 * 3600, 366 * 24 * 3600);
  const auto token = identity_.issue(principal, audience, std::chrono::seconds(seconds), request.now);
  if (!token) return problem(404, token.error().message);
  JsonWriter json;
  json.beginObject().member("access_token", *token).member("token_type", "Bearer").member("expires_in", seconds);
  return jsonReply(200, json.endObject().take());
}

}  // namespace sluice::simulator
