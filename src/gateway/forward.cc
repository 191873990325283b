// The part of a conversation that talks to the backend: forward-request (reference 2.5).
#include "base/encoding.h"
#include "gateway/conversation.h"
#include "gateway/worker.h"
#include "policy/url.h"
#include "upstream/deployment_map.h"
#include "upstream/usage_injection.h"

namespace sluice::gateway {
namespace {

using http::ClientError;
using http::Framing;
using policy::MessageBody;
using policy::Verdict;

// RFC 9110 7.6.1: meant for one connection. Framing fields are the codec's.
bool isHopByHop(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "Connection", "Keep-Alive", "Proxy-Connection",   "Transfer-Encoding",  "TE",
      "Trailer",    "Upgrade",    "Proxy-Authenticate", "Proxy-Authorization"};
  for (const auto hop : kNames)
    if (equalsIgnoreCase(name, hop)) return true;
  return false;
}

bool isNamedByConnection(const http::Headers& headers, std::string_view name) {
  for (const auto& field : headers) {
    if (!equalsIgnoreCase(field.name, "Connection")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      std::string_view token = rest.substr(0, comma);
      while (token.starts_with(' ') || token.starts_with('\t')) token.remove_prefix(1);
      while (token.ends_with(' ') || token.ends_with('\t')) token.remove_suffix(1);
      if (equalsIgnoreCase(token, name)) return true;
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return false;
}

// Connection almost always says keep-alive or close: only another value can name fields.
bool connectionNamesFields(const http::Headers& headers) {
  const auto value = headers.find("Connection");
  return value && !equalsIgnoreCase(*value, "keep-alive") && !equalsIgnoreCase(*value, "close");
}

// Bodies up to these sizes are read whole before forwarding, when somebody observes them and when nobody does: head and
// body then leave in one write, and a stale upstream connection can be tried again. Larger ones stream.
constexpr uint64_t kObservedAhead = 1u << 20;
constexpr uint64_t kUnobservedAhead = 32u << 10;

}  // namespace

Verdict Conversation::reserveRoom() {
  if (recording_ == config::RecordBodies::None || room_.bytes() > 0) return Verdict::Next;
  const size_t body = request.body.content().size();
  // Both bodies in the record, and once more in a log-to-eventhub message as the article writes it.
  auto room = worker_.recorder().reserve(2 * event::Recorder::kTypicalRecord + 4 * body);
  if (!room)
    return fail(503, "RecordingUnavailable", room.error().message,
                "The gateway cannot record this request at present. Try again later.");
  room_ = std::move(*room);
  return Verdict::Next;
}

runtime::Task<Status> Conversation::obtainRequestBody() {
  if (request.body.kind() != MessageBody::Kind::Unread) co_return Status();
  const http::RequestHead& head = client_.head();
  const uint64_t limit = observed() ? kObservedAhead : kUnobservedAhead;
  if (head.framing == Framing::Length && head.content_length <= limit) {
    auto body = co_await client_.readWholeBody(limit);
    if (!body) co_return tl::make_unexpected(std::move(body.error()));
    request.body.set(*body);
    request_capture_.adopt(*body);
  }
  co_return Status();
}

Verdict Conversation::memoryRefused() {
  client_.closeAfterResponse();
  return fail(503, "MemoryBudgetExceeded", "Buffered bodies use all of limits.memory.",
              "The gateway is busy. Try again later.");
}

runtime::Task<Verdict> Conversation::readRequestBody() {
  const uint64_t limit = configuration->settings.limits.request_body;
  const bool declared = client_.head().framing == Framing::Length;
  if (declared && client_.head().content_length <= limit && !holdMemory(client_.head().content_length))
    co_return memoryRefused();
  auto body = co_await client_.readWholeBody(limit);
  if (body) {
    if (!declared && !holdMemory(body->size())) co_return memoryRefused();
    request.body.set(*body);
    request_capture_.adopt(*body);
    co_return Verdict::Next;
  }
  switch (static_cast<http::ExchangeError>(body.error().code)) {
    case http::ExchangeError::TooLarge:
      client_.closeAfterResponse();
      co_return fail(413, "RequestBodyTooLarge", "The request's body is larger than this gateway takes.");
    case http::ExchangeError::Malformed:
      co_return fail(400, "MalformedRequest", "The request's body is not proper HTTP.");
    case http::ExchangeError::Timeout:
      client_.closeAfterResponse();
      co_return fail(408, "RequestTimeout", "The request's body did not arrive in time.");
    case http::ExchangeError::Gone:
      break;
  }
  co_return fail(499, "ClientConnectionFailure", "The client closed the connection.");
}

std::string_view Conversation::upstreamTarget(std::string_view base_path, std::string_view query) {
  std::string_view own = request.url.path;
  if (called_.entity != nullptr) {
    query = upstream::mapApiVersion(own, query, called_.entity->api_version, arena());
    own = upstream::mapDeployment(own, called_.entity->deployments, arena());
  }
  sent_query_ = query;
  const auto path = policy::joinPath(base_path, own, arena());
  return query.empty() ? path : arena().join({path, "?", query});
}

// What of the request is the caller's key to this gateway: an entity with credentials of its own does not get it.
CallerKey Conversation::callerKey() const {
  const http::Headers& sent = client_.head().headers;
  CallerKey key;
  key.header_name = api->key_header;
  key.header_value = sent.find(api->key_header).value_or("");
  key.query_name = api->key_query;
  key.query = request.original.query;
  if (key_was_bearer_) key.authorization = sent.find("Authorization").value_or("");
  return key;
}

// The entity's fields and query parameters, over what policies have made of the request.
std::string_view Conversation::applyCredentials() {
  const BackendEntity& entity = *backend_entity_;
  const CallerKey key = api != nullptr ? callerKey() : CallerKey();
  const CallerKey* taken_out = configuration->settings.upstream.forward_caller_key ? nullptr : &key;
  entity.applyHeaders(upstream_request_->headers,
                      backend_token_ != nullptr ? backend_token_->authorization() : std::string_view(), taken_out);
  return entity.applyQuery(request.url.query, taken_out, arena());
}

runtime::Task<Verdict> Conversation::obtainToken() {
  const config::ManagedIdentity* wanted = backend_entity_->identity();
  auto& identities = worker_.identities();
  backend_token_ = identities.current(wanted->resource, wanted->client_id);
  if (backend_token_ != nullptr) co_return Verdict::Next;
  std::string resource = wanted->resource, client = wanted->client_id;
  auto token = co_await identities.token(std::move(resource), std::move(client));
  if (token) {
    backend_token_ = std::move(*token);
    co_return Verdict::Next;
  }
  co_return fail(500, "ManagedIdentityTokenNotObtained",
                 arena().join({"No token for the backend '", backend_entity_->source().name,
                               "': ", arena().copy(token.error().message)}),
                 "The gateway cannot authenticate itself with the backend at present.");
}

// A policy's own certificate or proxy goes before the entity's.
policy::Connection Conversation::connectionOf(const BackendEntity& entity) const {
  policy::Connection connection = entity.connection();
  const policy::Connection& own = request.connection;
  if (!own.certificate_pem.empty()) {
    connection.certificate_pem = own.certificate_pem;
    connection.key_pem = own.key_pem;
  }
  if (!own.proxy_url.empty()) {
    connection.proxy_url = own.proxy_url;
    connection.proxy_user = own.proxy_user;
    connection.proxy_password = own.proxy_password;
  }
  return connection;
}

Result<const Backend*> Conversation::findUpstream() {
  const bool plain = backend_entity_ == nullptr || backend_entity_->connection().usual();
  if (request.connection.usual() && plain) {
    const Backend* found = worker_.backendFor(called_.base_url);
    if (found != nullptr) return found;
    return sluice::fail("The backend's URL is missing or is not an absolute http(s) URL.");
  }
  if (backend_entity_ == nullptr) return worker_.backendFor(called_.base_url, request.connection);
  if (request.connection.usual()) return worker_.backendFor(*backend_entity_, called_.base_url);
  return worker_.backendFor(called_.base_url, connectionOf(*backend_entity_));
}

void Conversation::copyRequestHeaders() {
  http::Headers& to = upstream_request_->headers;
  const std::string_view own_host = client_.head().headers.find("Host").value_or("");
  const bool named = connectionNamesFields(request.headers);
  std::string_view forwarded_for;
  to.reserve(request.headers.size() + 2);
  for (const auto& field : request.headers) {
    if (isHopByHop(field.name) || (named && isNamedByConnection(request.headers, field.name))) continue;
    // The backend's own host is sent, unless a policy has set another (reference 2.5).
    if (equalsIgnoreCase(field.name, "Host") && field.value.data() == own_host.data()) continue;
    if (equalsIgnoreCase(field.name, "X-Forwarded-For")) {
      forwarded_for = field.value;
      continue;
    }
    // Observers need plain bytes; asking for identity costs less than decoding.
    if (observed() && equalsIgnoreCase(field.name, "Accept-Encoding")) continue;
    to.add(field.name, field.value);
  }
  if (observed()) to.add("Accept-Encoding", "identity");
  const auto peer = request.client_address;
  if (forwarded_for.empty()) {
    to.add("X-Forwarded-For", peer);
  } else {
    to.add("X-Forwarded-For", arena().join({forwarded_for, ", ", peer}));
  }
}

void Conversation::injectUsageRequest() {
  if (request.body.kind() != MessageBody::Kind::Ready || !observed()) return;
  const auto body = request.body.content();
  if (dialect_ == upstream::Dialect::Unknown) dialect_ = upstream::dialectOfPath(request.url.path);
  if (dialect_ == upstream::Dialect::Unknown) return;
  request_facts_ = upstream::readRequest(body, arena());
  if (!configuration->settings.usage.include_usage || !request_facts_.stream || request_facts_.include_usage) return;
  std::string_view api_version;
  eachQueryParameter(sent_query_, [&](std::string_view name, std::string_view value) {
    if (!equalsIgnoreCase(name, "api-version")) return true;
    api_version = value;
    return false;
  });
  const auto edited = upstream::injectUsage(dialect_, api_version, upstream_body_);
  if (!edited) return;
  upstream_body_ = arena().copy(*edited);
  usage_injected_ = true;
}

Verdict Conversation::prepareUpstream() {
  const auto found = findUpstream();
  if (!found) return fail(500, "BackendConnectionFailure", found.error().message);
  const Backend* const target = *found;
  upstream_request_.emplace(&arena());
  http::ClientRequest& to = *upstream_request_;
  to.method = request.method;
  copyRequestHeaders();
  const bool credentials = backend_entity_ != nullptr && backend_entity_->hasCredentials();
  to.target = upstreamTarget(target->base_path, credentials ? applyCredentials() : request.url.query);
  if (!to.headers.has("Host")) to.headers.add("Host", arena().copy(target->authority));
  backend_host_ = arena().copy(target->host_name);
  const auto& settings = configuration->settings.upstream;
  to.timeouts.connect = settings.connect_timeout;
  // forward-request's timeout is for all members of a pool together, firstByteTimeout for each.
  to.timeouts.first_byte = std::min<Duration>(forward_deadline_ - call_started_, settings.first_byte_timeout);
  to.timeouts.body_idle = settings.read_timeout;
  to.cancellation = &client_.clientGone();
  upstream_body_ = request.body.content();
  if (called_.entity != nullptr && !called_.entity->deployments.empty())
    upstream_body_ = upstream::mapModel(upstream_body_, called_.entity->deployments, arena());
  usage_injected_ = false;
  injectUsageRequest();
  switch (request.body.kind()) {
    case MessageBody::Kind::Empty:
      to.framing = Framing::None;
      break;
    case MessageBody::Kind::Unread:
      to.framing = client_.head().framing;
      to.content_length = client_.head().content_length;
      to.streamed = true;
      break;
    case MessageBody::Kind::Ready:
    case MessageBody::Kind::Consumed:
      to.framing = Framing::Length;
      to.body = {&upstream_body_, 1};
      break;
  }
  upstream_.emplace(worker_.clients(), worker_.clients().host(target->host, http_version_), arena());
  return Verdict::Next;
}

runtime::Task<Status> Conversation::pumpRequestBody() {
  for (;;) {
    auto piece = co_await client_.readBody();
    if (!piece) {
      request_body_failed_ = true;
      co_return tl::make_unexpected(std::move(piece.error()));
    }
    if (observed()) request_capture_.append(*piece);
    if (piece->empty() || client_.bodyDone()) co_return co_await upstream_->finishBody(*piece);
    if (upstream_->responded()) co_return Status();
    if (auto sent = co_await upstream_->writeBody(*piece); !sent) co_return sent;
  }
}

runtime::Task<Status> Conversation::sendUpstream() {
  Status sent = co_await upstream_->send(*upstream_request_);
  if (sent && upstream_request_->streamed) {
    sent = co_await pumpRequestBody();
    // The body is spent: a later reader sees what was captured, or that it is consumed.
    body_streamed_away_ = true;
    request.body.set(request_capture_.view());
    if (!observed() || request_capture_.truncated()) request.body.consume();
  }
  co_return sent;
}

Verdict Conversation::upstreamFailed(const Error& error) {
  upstream_.reset();
  if (client_.clientGone().cancelled())
    return fail(499, "ClientConnectionFailure", "The client closed the connection.");
  switch (static_cast<ClientError>(error.code)) {
    case ClientError::HeadTimeout:
    case ClientError::TotalTimeout:
      return fail(504, "Timeout", "The backend did not answer in time.", "The backend did not answer in time.");
    default:
      // The reason for the operator, not for the client.
      return fail(500, "BackendConnectionFailure",
                  "A connection was not established with the backend or was aborted by the backend. " + error.message);
  }
}

void Conversation::takeResponseHead(const http::ResponseHead& head) {
  newResponse(head.status, head.reason);
  const bool named = connectionNamesFields(head.headers);
  response.headers.reserve(head.headers.size() + 2);
  for (const auto& field : head.headers) {
    if (isHopByHop(field.name) || (named && isNamedByConnection(head.headers, field.name))) continue;
    response.headers.add(field.name, field.value);
  }
  response.from_backend = true;
  backend_status = head.status;
  if (!upstream_->bodyDone() || !held_.empty()) response.body.setUnread();
}

// One call of called_, to the head of its answer.
runtime::Task<void> Conversation::callBackend() {
  upstream_.reset();
  held_ = {};
  call_.end = CallEnd::Decided;
  backend_entity_ = snapshot_.backends().find(called_.entity);
  backend_token_ = nullptr;
  call_.verdict = Verdict::Next;
  if (backend_entity_ != nullptr && backend_entity_->identity() != nullptr) {
    call_.verdict = co_await obtainToken();
    call_.without_token = call_.verdict != Verdict::Next;
  }
  if (call_.verdict == Verdict::Next) call_.verdict = prepareUpstream();
  if (call_.verdict != Verdict::Next) co_return;
  ++attempts;
  if (upstream_started_ == Instant{}) upstream_started_ = call_started_;
  auto sent = co_await sendUpstream();
  if (request_body_failed_) {
    upstream_.reset();
    call_.verdict = co_await readRequestBody();  // yields the same failure, with the answer that fits it
    co_return;
  }
  call_.end = CallEnd::NoAnswer;
  if (!sent && !upstream_->responded()) {
    call_.error = std::move(sent.error());
    co_return;
  }
  auto head = co_await upstream_->readHead();
  if (!head) {
    call_.error = std::move(head.error());
    co_return;
  }
  call_.end = CallEnd::Answered;
  call_.head = *head;
}

runtime::Task<Verdict> Conversation::readResponseBody() {
  const uint64_t limit = configuration->settings.limits.buffered_response;
  auto body = co_await upstream_->readWholeBody(limit);
  if (body && !held_.empty()) body = arena().join({std::exchange(held_, {}), *body});
  upstream_ended_ = worker_.clock().now();
  if (body) {
    if (!holdMemory(body->size())) co_return memoryRefused();
    response_bytes_ = body->size();
    response.body.set(*body);
    co_return Verdict::Next;
  }
  const auto error = static_cast<ClientError>(body.error().code);
  if (client_.clientGone().cancelled())
    co_return fail(499, "ClientConnectionFailure", "The client closed the connection.");
  if (error == ClientError::TooLarge)
    co_return fail(502, "ResponseBodyTooLarge", "The response's body is larger than this gateway buffers.",
                   "The backend's answer is too large.");
  co_return fail(500, "BackendConnectionFailure", body.error().message);
}

}  // namespace sluice::gateway
