#include "gateway/conversation.h"

#include "base/encoding.h"
#include "gateway/worker.h"
#include "policy/driver.h"
#include "policy/preflight.h"
#include "policy/query.h"
#include "policy/url.h"

namespace sluice::gateway {
namespace {

using policy::Section;
using policy::Verdict;

// Probes of load balancers and Kubernetes (reference 6.4; both spellings are in Microsoft's documentation).
bool isHealthPath(std::string_view path) {
  return path == "/status-0123456789abcdef" || path == "/status-012345678990abcdef";
}

std::string_view hostOf(std::string_view authority, uint16_t& port) {
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return authority;
  uint32_t number = 0;
  for (const char c : authority.substr(colon + 1)) {
    if (c < '0' || c > '9' || number > 65535) return authority;
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  port = static_cast<uint16_t>(number);
  return authority.substr(0, colon);
}

}  // namespace

bool isEventStream(const http::Headers& headers) {
  const auto type = headers.find("Content-Type");
  constexpr std::string_view kStream = "text/event-stream";
  return type && type->size() >= kStream.size() && equalsIgnoreCase(type->substr(0, kStream.size()), kStream);
}

Conversation::Conversation(Worker& worker, const Snapshot& snapshot, http::ServerExchange& client)
    : Exchange(client.arena(), worker, snapshot.globalPipeline()),
      worker_(worker),
      snapshot_(snapshot),
      client_(client),
      tries_(&arena()),
      request_capture_(snapshot.configuration().settings.limits.capture),
      response_capture_(snapshot.configuration().settings.limits.capture) {}

Conversation::~Conversation() {
  bytes_received = client_.bodyBytes();
  bytes_sent = response_bytes_ > 0 ? response_bytes_ : response.body.content().size();
  runAtEnd();
  if (memory_held_ > 0) worker_.shared().buffered.fetch_sub(memory_held_, std::memory_order_relaxed);
}

bool Conversation::holdMemory(uint64_t bytes) {
  constexpr uint64_t kSmall = 64 * 1024;
  if (bytes <= kSmall) return true;
  auto& buffered = worker_.shared().buffered;
  const uint64_t before = buffered.fetch_add(bytes, std::memory_order_relaxed);
  memory_held_ += bytes;
  return before + bytes <= configuration->settings.limits.memory;
}

void Conversation::begin() {
  const http::RequestHead& head = client_.head();
  char* const guid = static_cast<char*>(arena().allocateBytes(kGuidSize, 1));
  writeRandomGuid(guid);
  id = {guid, kGuidSize};
  received = client_.startedAt();
  received_utc = worker_.clock().utc() - (worker_.clock().now() - received);
  configuration = &snapshot_.configuration();
  request.method = request.original_method = head.method;
  request.headers.assign(head.headers, 4);
  request.client_address = client_.peerAddress();
  request.certificate = client_.stream().peerCertificateDer();
  if (client_.hasBody()) request.body.setUnread();

  policy::Url& url = request.original;
  std::string_view target = head.target;
  if (!target.starts_with('/')) {
    const policy::Url absolute = policy::splitUrl(target);
    if (!absolute.host.empty()) target = target.substr(target.find(absolute.host) + absolute.host.size());
    const size_t slash = target.find_first_of("/?");
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  const size_t question = target.find('?');
  url.path = target.substr(0, question);
  url.query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  readScheme();
  url.port = url.scheme == "https" ? 443 : 80;
  url.host = hostOf(head.headers.find("Host").value_or(""), url.port);
  request.url = url;
}

// What the client speaks: the connection's scheme, unless the listener says that a proxy in front takes TLS off.
void Conversation::readScheme() {
  bool tls = client_.isTls();
  const auto said = static_cast<config::ClientScheme>(client_.listenerTag());
  if (said == config::ClientScheme::Http || said == config::ClientScheme::Https) {
    tls = said == config::ClientScheme::Https;
  } else if (said == config::ClientScheme::Forwarded) {
    // Of several proxies' values the first is the outermost's.
    const auto forwarded = request.headers.find("X-Forwarded-Proto");
    if (forwarded) tls = equalsIgnoreCase(forwarded->substr(0, forwarded->find_first_of(", ")), "https");
  }
  request.original.scheme = tls ? "https" : "http";
}

// An API's protocols (reference 4.1). Plain HTTP from the same machine counts as safe where the listener says nothing:
// nobody else hears it, and what ends TLS may well stand there.
bool Conversation::takesScheme(const config::Api& called) const {
  if (called.protocols.empty()) return true;
  for (const auto& protocol : called.protocols)
    if (equalsIgnoreCase(protocol, request.original.scheme)) return true;
  const bool unsaid = static_cast<config::ClientScheme>(client_.listenerTag()) == config::ClientScheme::Connection;
  return unsaid && (request.client_address.starts_with("127.") || request.client_address == "::1");
}

Verdict Conversation::routeFailed(const RouteMatch& match) {
  if (match.outcome == RouteOutcome::LeftOut)
    return fail(501, "ApiNotSupported", match.left_out->reason,
                "This API is of a kind that this gateway does not run.");
  return fail(404, "OperationNotFound", "Unable to match incoming request to an operation.", "Resource not found");
}

// The operation that the browser means to call says which cors policies count.
Verdict Conversation::tryPreflight(const RouteMatch& match) {
  if (match.api == nullptr || !policy::isPreflight(*this)) return Verdict::Next;
  std::pmr::vector<policy::NameValue> ignored(&arena());
  const auto method = request.headers.find("Access-Control-Request-Method").value_or("");
  const RouteMatch meant = snapshot_.router().match(method, request.original.path, request.original.query,
                                                    request.headers, arena(), ignored);
  if (meant.outcome != RouteOutcome::Matched) return Verdict::Next;
  setPipeline(snapshot_.pipeline(meant.index, nullptr));
  return policy::answerPreflight(*this);
}

Verdict Conversation::route() {
  const RouteMatch match = snapshot_.router().match(request.method, request.original.path, request.original.query,
                                                    request.headers, arena(), request.matched);
  api = match.api;
  recording_ = snapshot_.recordingOf(api);
  if (api != nullptr) checkDebugToken();
  if (api != nullptr && !takesScheme(*api)) {
    trace("configuration", "The API does not take the scheme that the client speaks.");
    return routeFailed(RouteMatch{});
  }
  if (match.outcome != RouteOutcome::Matched) {
    const Verdict preflight = tryPreflight(match);
    if (preflight != Verdict::Next) return preflight;
    if (policy::answerCrossDomain(*this) == Verdict::Respond) return Verdict::Respond;
    return routeFailed(match);
  }
  routed_ = true;
  operation = match.operation;
  request.url.path = match.remainder;
  takeOutVersion();
  backend.base_url = api->service_url;
  // A backend entity with that URL is used without being asked for (reference 2.5, set-backend-service).
  if (const config::Backend* entity = snapshot_.backends().ofServiceUrl(*api); entity != nullptr)
    backend = {api->service_url, entity->name, entity, std::nullopt};
  setPipeline(snapshot_.pipeline(match.index, nullptr));
  dialect_ = upstream::dialectOfPath(request.original.path);
  const Verdict access = checkSubscription();
  if (access == Verdict::Next && product != nullptr) setPipeline(snapshot_.pipeline(match.index, product));
  checkLegacyTrace();
  if (tracing()) startTracer();
  return access;
}

// Where a query parameter that chose the version stands beside another of its name (Azure OpenAI's `api-version`), it
// is ours alone: the backend gets the other one. A single one may mean both and goes on.
void Conversation::takeOutVersion() {
  const auto* versions = api->version_set.empty() ? nullptr : configuration->findVersionSet(api->version_set);
  if (versions == nullptr || versions->scheme != config::VersioningScheme::Query || api->version.empty()) return;
  size_t count = 0;
  std::string_view ours;
  eachQueryParameter(request.url.query, [&](std::string_view name, std::string_view value) {
    if (!equalsIgnoreCase(name, versions->query_name)) return true;
    ++count;
    if (ours.empty() && policy::decodesTo(value, api->version))
      ours = {name.data(), static_cast<size_t>(value.data() + value.size() - name.data())};
    return true;
  });
  if (count < 2 || ours.empty()) return;
  const std::string_view query = request.url.query;
  const auto at = static_cast<size_t>(ours.data() - query.data());
  const auto after = query.substr(std::min(at + ours.size() + 1, query.size()));
  auto before = query.substr(0, at);
  if (after.empty() && before.ends_with('&')) before.remove_suffix(1);
  request.url.query = arena().join({before, after});
}

Verdict Conversation::checkSubscription() {
  std::string_view key = request.headers.find(api->key_header).value_or("");
  if (key.empty()) {
    eachQueryParameter(request.original.query, [&](std::string_view name, std::string_view value) {
      if (!equalsIgnoreCase(percentDecode(name, true), api->key_query)) return true;
      key = decodeInto(value, arena());
      return false;
    });
  }
  constexpr std::string_view kBearer = "Bearer ";
  if (key.empty() && api->key_as_bearer) {
    const auto authorization = request.headers.find("Authorization").value_or("");
    if (authorization.size() > kBearer.size() && equalsIgnoreCase(authorization.substr(0, kBearer.size()), kBearer)) {
      key = authorization.substr(kBearer.size());
      key_was_bearer_ = true;
    }
  }
  const AccessDecision decision = snapshot_.subscriptions().decide(*api, key);
  subscription = decision.subscription;
  product = decision.product;
  if (decision.access == Access::Allowed) return Verdict::Next;
  const bool missing = decision.access == Access::KeyMissing;
  const Verdict verdict =
      fail(401, missing ? "SubscriptionKeyNotFound" : "SubscriptionKeyInvalid",
           missing ? "Access denied due to missing subscription key. Make sure to include subscription key when "
                     "making requests to this API."
                   : "Access denied due to invalid subscription key. Make sure to provide a valid key for an "
                     "active subscription.");
  last_error.source = "authorization";
  std::string challenge = "AzureApiManagementKey realm=\"";
  challenge.append(request.original.scheme).append("://").append(request.headers.find("Host").value_or(""));
  challenge.append("/").append(api->path);
  challenge.append("\",name=\"").append(api->key_header).append("\",type=\"header\"");
  response.headers.add("WWW-Authenticate", arena().copy(challenge));
  return verdict;
}

runtime::Task<Verdict> Conversation::runSections() {
  uint32_t pc = 0;
  Verdict verdict = co_await policy::runSection(*this, Section::Inbound, pc);
  if (verdict != Verdict::Next) co_return verdict;
  pc = 0;
  verdict = co_await policy::runSection(*this, Section::Backend, pc);
  if (verdict != Verdict::Next) co_return verdict;
  // No forward-request in the effective backend section: an empty 200 (reference 1.1).
  if (!response.present) newResponse(200, "OK");
  co_return co_await runOutbound();
}

runtime::Task<Verdict> Conversation::runOutbound() {
  uint32_t pc = 0;
  const uint32_t stop = answerKind() == Answer::Streamed ? pipeline().deferred_from : kNever;
  const Verdict verdict = co_await policy::runSection(*this, Section::Outbound, pc, stop);
  if (verdict == Verdict::Next && stop != kNever) deferred_pc_ = pc;
  co_return verdict;
}

Conversation::Answer Conversation::answerKind() const {
  if (!response.from_backend || response.body.kind() != policy::MessageBody::Kind::Unread) return Answer::Whole;
  return isEventStream(response.headers) ? Answer::Streamed : Answer::Relayed;
}

runtime::Task<void> Conversation::run() {
  begin();
  if (isHealthPath(request.original.path)) {
    co_await client_.respond(200, "text/plain", "Service Operational");
    co_return;
  }
  Verdict verdict = route();
  if (verdict == Verdict::Next) verdict = co_await runSections();
  if (verdict == Verdict::Fail) co_await policy::runOnError(*this);
  co_await sendAnswer();
}

}  // namespace sluice::gateway
