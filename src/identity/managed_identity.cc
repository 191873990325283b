#include "identity/managed_identity.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "base/log.h"

namespace sluice::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kPatience = seconds(15);
constexpr Duration kEarly = minutes(2);        // a token this near its end is not used any more
constexpr Duration kRetryAfter = seconds(30);  // between background renewals that fail
constexpr Duration kPause = seconds(1);        // between attempts while there is no token to serve
constexpr size_t kMaxAnswer = 64 * 1024;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A number, or a text of one: services differ.
std::optional<int64_t> numberOf(simdjson::dom::object root, std::string_view name) {
  simdjson::dom::element element;
  if (root.at_key(name).get(element)) return std::nullopt;
  int64_t number = 0;
  if (!element.get(number)) return number;
  std::string_view text;
  if (element.get(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

IdentityEnvironment identityEnvironment() {
  IdentityEnvironment result;
  result.federated_token_file = variable("AZURE_FEDERATED_TOKEN_FILE");
  result.tenant = variable("AZURE_TENANT_ID");
  result.client = variable("AZURE_CLIENT_ID");
  result.authority = variable("AZURE_AUTHORITY_HOST");
  if (result.authority.empty()) result.authority = "https://login.microsoftonline.com";
  while (result.authority.ends_with('/')) result.authority.pop_back();
  result.endpoint = variable("IDENTITY_ENDPOINT");
  result.header = Secret(variable("IDENTITY_HEADER"));
  result.metadata_host = variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
  if (result.metadata_host.empty()) result.metadata_host = "http://169.254.169.254";
  while (result.metadata_host.ends_with('/')) result.metadata_host.pop_back();
  return result;
}

ManagedIdentities::ManagedIdentities(runtime::Loop& loop, TokenTransport& transport, IdentityEnvironment environment)
    : loop_(loop), transport_(transport), environment_(std::move(environment)) {}

std::shared_ptr<ManagedIdentities::Entry> ManagedIdentities::entryOf(const Key& key) {
  const auto found = entries_.find(key);
  if (found != entries_.end()) return found->second;
  // Whoever waits for an entry holds it, so that it may go from the map at any time.
  if (entries_.size() >= kMaxTokens) entries_.erase(entries_.begin());
  return entries_.emplace(key, std::make_shared<Entry>(loop_)).first->second;
}

ManagedIdentities::Token ManagedIdentities::current(std::string_view resource, std::string_view client_id) {
  const Key key(resource, client_id);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  Entry& entry = *found->second;
  const Instant now = loop_.now();
  if (entry.token == nullptr || now >= entry.expires) return nullptr;
  if (now >= entry.renew && !entry.fetching) startFetch(key, found->second);
  return entry.token;
}

void ManagedIdentities::startFetch(const Key& key, const std::shared_ptr<Entry>& entry) {
  entry->fetching = true;
  loop_.scope().spawn(fetchInto(key, entry));
}

runtime::Task<Result<ManagedIdentities::Token>> ManagedIdentities::token(std::string resource, std::string client_id) {
  if (Token ready = current(resource, client_id)) co_return ready;
  const Key key(std::move(resource), std::move(client_id));
  const std::shared_ptr<Entry> entry = entryOf(key);
  if (!entry->fetching) {
    if (!entry->error.empty() && loop_.now() < entry->retry) co_return fail(entry->error);
    startFetch(key, entry);
  }
  const Instant deadline = loop_.now() + kPatience;
  while (entry->fetching) {
    const runtime::IoStatus status = co_await entry->arrived.wait(deadline);
    if (status == runtime::IoStatus::Timeout) co_return fail("the identity service did not answer in time");
  }
  if (entry->token != nullptr && loop_.now() < entry->expires) co_return entry->token;
  co_return fail(entry->error);
}

runtime::Task<void> ManagedIdentities::fetchInto(Key key, std::shared_ptr<Entry> entry) {
  Status outcome;
  Result<http::FetchRequest> request = requestFor(key);
  if (!request) {
    outcome = tl::make_unexpected(request.error());
  } else {
    const std::string where = request->url.substr(0, request->url.find('?'));
    Result<http::FetchResponse> response = co_await transport_.fetch(std::move(*request));
    if (!response) {
      outcome = fail(fmt::format("{}: {}", where, response.error().message));
    } else if (response->status != 200) {
      outcome = fail(fmt::format("{} answered {}", where, response->status));
    } else {
      outcome = accept(*entry, response->body);
    }
  }
  if (!outcome) {
    entry->error = outcome.error().message;
    entry->renew = loop_.now() + kRetryAfter;
    entry->retry = loop_.now() + kPause;
    log::warning("no token for a managed identity", {{"resource", key.first}, {"reason", entry->error}});
  }
  entry->fetching = false;
  entry->arrived.notifyAll();
}

Result<http::FetchRequest> ManagedIdentities::requestFor(const Key& key) const {
  const auto& [resource, client] = key;
  http::FetchRequest request;
  request.max_body = kMaxAnswer;
  request.timeouts.total = kPatience;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Accept-Encoding", "identity");
  if (!environment_.federated_token_file.empty()) {
    // Read anew each time: Kubernetes replaces it.
    std::ifstream file(environment_.federated_token_file);
    const std::string assertion((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (assertion.empty()) return fail("AZURE_FEDERATED_TOKEN_FILE names no readable file");
    const std::string& own = client.empty() ? environment_.client : client;
    const std::string scope = resource + (resource.ends_with("/.default") ? "" : "/.default");
    request.method = "POST";
    request.url = fmt::format("{}/{}/oauth2/v2.0/token", environment_.authority, environment_.tenant);
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body =
        fmt::format("grant_type=client_credentials&client_id={}&scope={}&client_assertion_type={}&client_assertion={}",
                    percentEncode(own), percentEncode(scope),
                    percentEncode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), percentEncode(assertion));
    return request;
  }
  const bool app_service = !environment_.endpoint.empty();
  request.url =
      app_service ? fmt::format("{}?api-version=2019-08-01&resource={}", environment_.endpoint, percentEncode(resource))
                  : fmt::format("{}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={}",
                                environment_.metadata_host, percentEncode(resource));
  if (!client.empty()) request.url += "&client_id=" + percentEncode(client);
  if (app_service) {
    request.headers.emplace_back("X-IDENTITY-HEADER", std::string(environment_.header.reveal()));
  } else {
    request.headers.emplace_back("Metadata", "true");
  }
  return request;
}

Status ManagedIdentities::accept(Entry& entry, std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  const simdjson::padded_string padded(json);
  if (parser.allocate(std::max<size_t>(json.size(), 1024), 16) || parser.parse(padded).get(root))
    return fail("the identity service's answer is not a JSON object");
  std::string_view token;
  if (root.at_key("access_token").get(token) || token.empty())
    return fail("the identity service's answer has no access_token");
  Duration lifetime{};
  if (const auto left = numberOf(root, "expires_in")) {
    lifetime = seconds(std::clamp<int64_t>(*left, 0, 86400 * 30));
  } else if (const auto end = numberOf(root, "expires_on")) {
    const int64_t now = std::chrono::duration_cast<seconds>(loop_.clock().utc().time_since_epoch()).count();
    lifetime = seconds(std::clamp<int64_t>(*end - now, 0, 86400 * 30));
  }
  if (lifetime <= Duration::zero()) return fail("the identity service's token has expired already");
  entry.token = std::make_shared<const AccessToken>(token);
  entry.expires = loop_.now() + std::max<Duration>(lifetime - kEarly, lifetime / 10);
  entry.renew = loop_.now() + lifetime / 2;
  entry.error.clear();
  return {};
}

}  // namespace sluice::identity
