#include "identity/credential_store.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/log.h"

namespace sluice::identity {
namespace {

using std::chrono::seconds;

constexpr Duration kPatience = seconds(20);                // for an answer of the endpoint
constexpr Duration kEarly = seconds(60);                   // a token is not used in its last minute
constexpr Duration kRetryAfter = seconds(30);              // a renewal that failed, while the old token serves
constexpr Duration kPause = seconds(5);                    // nobody asks again so soon after a failure
constexpr Duration kTurn = std::chrono::milliseconds(20);  // between looks whether another thread is done
constexpr size_t kMaxAnswer = 256u << 10;
constexpr int64_t kDefaultLife = 3600;  // RFC 6749 5.1 only recommends expires_in

// The parts cannot be told apart wrongly: each has its length in front. A refresh token as configured, not as replaced.
std::string keyOf(const config::Authorization& authorization) {
  std::string key;
  for (const std::string_view part : {std::string_view(authorization.provider), std::string_view(authorization.id),
                                      std::string_view(authorization.token_url),
                                      std::string_view(authorization.client_id), std::string_view(authorization.scope),
                                      authorization.client_secret.reveal(), authorization.refresh_token.reveal()})
    key += fmt::format("{}:{}", part.size(), part);
  return key;
}

void addField(std::string& form, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  form += fmt::format("{}{}={}", form.empty() ? "" : "&", name, percentEncode(value));
}

http::FetchRequest requestFor(const config::Authorization& authorization) {
  http::FetchRequest request;
  request.method = "POST";
  request.url = authorization.token_url;
  request.max_body = kMaxAnswer;
  request.timeouts.total = kPatience;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Accept-Encoding", "identity");
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  const bool refreshes = !authorization.refresh_token.empty();
  addField(request.body, "grant_type", refreshes ? "refresh_token" : "client_credentials");
  addField(request.body, "client_id", authorization.client_id);
  addField(request.body, "client_secret", authorization.client_secret.reveal());
  addField(request.body, "refresh_token", authorization.refresh_token.reveal());
  addField(request.body, "scope", authorization.scope);
  return request;
}

}  // namespace

std::shared_ptr<CredentialStore::Entry>* CredentialStore::find(const config::Authorization& authorization) {
  const auto found = entries_.find(keyOf(authorization));
  return found == entries_.end() ? nullptr : &found->second;
}

std::shared_ptr<CredentialStore::Entry> CredentialStore::entryOf(config::Authorization authorization) {
  std::string key = keyOf(authorization);
  const auto found = entries_.find(key);
  if (found != entries_.end()) return found->second;
  // Whoever waits for an entry holds it, so that it may go from the map at any time.
  if (entries_.size() >= kMaxTokens) entries_.erase(entries_.begin());
  auto entry = std::make_shared<Entry>(loop_, key, std::move(authorization));
  return entries_.emplace(std::move(key), std::move(entry)).first->second;
}

CredentialStore::Token CredentialStore::current(const config::Authorization& authorization) {
  const auto* found = find(authorization);
  if (found == nullptr) return nullptr;
  Entry& entry = **found;
  const Instant now = loop_.now();
  if (entry.token == nullptr || now >= entry.expires) return nullptr;
  if (now >= entry.renew && !entry.fetching) startFetch(*found);
  return entry.token;
}

void CredentialStore::startFetch(const std::shared_ptr<Entry>& entry) {
  entry->fetching = true;
  loop_.scope().spawn(fetchInto(entry));
}

runtime::Task<Result<CredentialStore::Token>> CredentialStore::token(config::Authorization authorization) {
  if (Token ready = current(authorization)) co_return ready;
  const std::shared_ptr<Entry> entry = entryOf(std::move(authorization));
  if (!entry->fetching) {
    if (!entry->error.empty() && loop_.now() < entry->retry) co_return fail(entry->error);
    startFetch(entry);
  }
  const Instant deadline = loop_.now() + kPatience;
  while (entry->fetching) {
    const runtime::IoStatus status = co_await entry->arrived.wait(deadline);
    if (status == runtime::IoStatus::Timeout) co_return fail("the token endpoint did not answer in time");
  }
  if (entry->token != nullptr && loop_.now() < entry->expires) co_return entry->token;
  co_return fail(entry->error);
}

runtime::Task<Status> CredentialStore::fetch(Entry& entry) {
  http::FetchRequest request = requestFor(entry.authorization);
  Result<http::FetchResponse> response = co_await transport_.fetch(std::move(request));
  if (!response) co_return fail(response.error().message);
  if (response->status != 200) co_return fail(fmt::format("the token endpoint answered {}", response->status));
  co_return accept(entry, response->body);
}

runtime::Task<Status> CredentialStore::refresh(Entry& entry) {
  const Secret configured = entry.authorization.refresh_token;
  const Instant deadline = loop_.now() + kPatience;
  RefreshGrants::Claim claim = grants_.claim(entry.key, configured, loop_.now(), kPatience + kPause);
  while (claim.turn == RefreshGrants::Turn::Taken) {
    if (loop_.now() >= deadline) co_return fail("the token endpoint did not answer in time");
    co_await loop_.sleepFor(kTurn);
    claim = grants_.claim(entry.key, configured, loop_.now(), kPatience + kPause);
  }
  if (claim.turn == RefreshGrants::Turn::Fresh) {
    entry.token = claim.grant.token;
    entry.renew = claim.grant.renew;
    entry.expires = claim.grant.expires;
    entry.error.clear();
    co_return Status();
  }
  entry.authorization.refresh_token = claim.refresh_token;
  Status outcome = co_await fetch(entry);
  if (!outcome) {
    grants_.failed(entry.key);
    co_return outcome;
  }
  AccessGrant grant;
  grant.token = entry.token;
  grant.renew = entry.renew;
  grant.expires = entry.expires;
  grants_.granted(entry.key, std::move(grant), entry.authorization.refresh_token);
  co_return outcome;
}

runtime::Task<void> CredentialStore::fetchInto(std::shared_ptr<Entry> entry) {
  Status outcome;
  // Not by ?: GCC 12 destroys the awaited value of such an expression twice.
  if (entry->authorization.refresh_token.empty()) {
    outcome = co_await fetch(*entry);
  } else {
    outcome = co_await refresh(*entry);
  }
  if (!outcome) {
    entry->error = outcome.error().message;
    entry->renew = loop_.now() + kRetryAfter;
    entry->retry = loop_.now() + kPause;
    log::warning("no token of a credential provider", {{"provider", entry->authorization.provider},
                                                       {"authorization", entry->authorization.id},
                                                       {"reason", entry->error}});
  }
  entry->fetching = false;
  entry->arrived.notifyAll();
}

Status CredentialStore::accept(Entry& entry, std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  const simdjson::padded_string padded(json);
  if (parser.allocate(std::max<size_t>(json.size(), 1024), 16) || parser.parse(padded).get(root))
    return fail("the token endpoint's answer is not a JSON object");
  std::string_view token;
  if (root.at_key("access_token").get(token) || token.empty())
    return fail("the token endpoint's answer has no access_token");
  int64_t left = kDefaultLife;
  // A number, or its digits as Azure's first version writes them.
  if (std::string_view digits; !root.at_key("expires_in").get(digits)) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left);
    if (error != std::errc() || end != digits.data() + digits.size()) left = kDefaultLife;
  } else if (root.at_key("expires_in").get(left)) {
    left = kDefaultLife;
  }
  const Duration lifetime = seconds(std::clamp<int64_t>(left, 1, 86400 * 30));
  std::string_view refresh;
  if (!entry.authorization.refresh_token.empty() && !root.at_key("refresh_token").get(refresh) && !refresh.empty())
    entry.authorization.refresh_token = Secret(std::string(refresh));
  entry.token = std::make_shared<const Secret>(std::string(token));
  entry.expires = loop_.now() + std::max<Duration>(lifetime - kEarly, lifetime / 10);
  entry.renew = loop_.now() + lifetime / 2;
  entry.error.clear();
  return {};
}

}  // namespace sluice::identity
