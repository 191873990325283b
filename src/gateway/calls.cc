// The part of a conversation that decides who is called: a backend by itself, behind its circuit breaker, or members of
// a pool one after another until one answers (reference 4.5). What one call is, forward.cc says.
#include <fmt/format.h>

#include "base/log.h"
#include "gateway/conversation.h"
#include "gateway/worker.h"
#include "http/encoding.h"
#include "http/sse.h"
#include "runtime/within.h"
#include "upstream/backpressure.h"

namespace sluice::gateway {
namespace {

using policy::MessageBody;
using policy::Verdict;
using upstream::BackendHealth;
using upstream::BackendPool;
using upstream::CallError;

// A stream's beginning is held back for so long and so far, to see whether it is an error.
constexpr Duration kHoldTime = std::chrono::seconds(2);
constexpr size_t kHoldBytes = 64 * 1024;
// Bodies up to this are read whole before a pool is called, so that they can be sent again.
constexpr uint64_t kPoolAhead = 8u << 20;

CallError errorOf(const Error& error) {
  switch (static_cast<http::ClientError>(error.code)) {
    case http::ClientError::HeadTimeout:
    case http::ClientError::BodyTimeout:
    case http::ClientError::TotalTimeout:
      return CallError::Timeout;
    default:
      return CallError::ConnectionFailure;
  }
}

// Nothing of the request has reached the backend.
bool neverSent(const Error& error) {
  switch (static_cast<http::ClientError>(error.code)) {
    case http::ClientError::NotResolved:
    case http::ClientError::ConnectRefused:
    case http::ClientError::ConnectTimeout:
    case http::ClientError::Tls:
    case http::ClientError::Busy:
      return true;
    default:
      return false;
  }
}

bool isIdempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

std::string secondsUntil(Instant then, Instant now) {
  const auto left = then > now ? std::chrono::ceil<std::chrono::seconds>(then - now).count() : 1;
  return std::to_string(std::max<int64_t>(left, 1));
}

void logChange(const BackendHealth& health, BackendHealth::Change change, const upstream::CallResult& result,
               Instant now) {
  const std::string why = result.status != 0                   ? std::to_string(result.status)
                          : result.error == CallError::Timeout ? "Timeout"
                                                               : "BackendConnectionFailure";
  switch (change) {
    case BackendHealth::Change::None:
      break;
    case BackendHealth::Change::Opened:
      log::warning("circuit breaker opened",
                   {{"backend", health.name()}, {"after", why}, {"seconds", secondsUntil(health.until(), now)}});
      break;
    case BackendHealth::Change::Full:
      log::info("backend is full",
                {{"backend", health.name()}, {"after", why}, {"seconds", secondsUntil(health.until(), now)}});
      break;
    case BackendHealth::Change::Closed:
      log::info("circuit breaker closed", {{"backend", health.name()}});
      break;
  }
}

}  // namespace

Verdict Conversation::unavailable(int status, std::string_view text, Instant until) {
  const Verdict verdict = fail(status, "BackendUnavailable", text, text);
  if (response_frozen) return verdict;
  response.reason = text;
  response.headers.add("Retry-After", arena().copy(secondsUntil(until, worker_.clock().now())));
  return verdict;
}

void Conversation::report(BackendHealth& health, const upstream::BreakerRule& rule,
                          BackendHealth::FullCounts full_counts) {
  // A client that left says nothing of the backend.
  if (client_.clientGone().cancelled()) return;
  const Instant now = worker_.clock().now();
  if (call_.end == CallEnd::Answered)
    call_.result.retry_after = upstream::retryAfter(call_.result.status, call_.head->headers, worker_.clock().utc());
  const auto change = health.ended(now, rule, call_.result, full_counts);
  if (change != BackendHealth::Change::None) logChange(health, change, call_.result, now);
}

runtime::Task<Verdict> Conversation::callGuarded(const GuardedBackend& backend_to_call,
                                                 const policy::ForwardOptions& options) {
  BackendHealth& health = *backend_to_call.health;
  const Instant now = worker_.clock().now();
  const auto state = health.state(now);
  const bool may = state == BackendHealth::State::Well || state == BackendHealth::State::Recovering ||
                   (state == BackendHealth::State::HalfOpen && health.takeProbe(now));
  if (!may) {
    health.countRefused();
    co_return unavailable(backend_to_call.rule.answerStatus(),
                          arena().join({"Backend '", health.name(), "' is temporarily unavailable"}), health.until());
  }
  co_await callOnce();
  if (call_.end == CallEnd::Decided) co_return call_.verdict;
  report(health, backend_to_call.rule, BackendHealth::FullCounts::No);
  if (options.follow_redirects && call_.end == CallEnd::Answered) co_await followRedirects();
  co_return deliver(options);
}

bool Conversation::mayCallElsewhere(const PooledBackends& pool, const BackendPool::Member& member) {
  if (!configuration->settings.upstream.pool_failover) return false;
  // A body that has gone with the stream cannot be sent again; nobody waits for an answer.
  if (upstream_request_->streamed || client_.clientGone().cancelled()) return false;
  if (worker_.clock().now() >= forward_deadline_) return false;
  const upstream::CallResult& result = call_.result;
  // Whose id it is, only asking tells.
  if (names_unknown_id_ && (result.status == 404 || result.status == 400)) return pool.budget.spend();
  if (result.status == 429) return true;
  if (result.status == 503 || (result.status == 0 && neverSent(call_.error))) return pool.budget.spend();
  const bool failed = result.status == 0 || result.status == 500 || result.status == 502 || result.status == 504 ||
                      member.rule.isFailure(result);
  // The backend may have done what was asked. A model asked twice costs tokens, nothing else.
  const bool repeatable = isIdempotent(request.method) || dialect_ != upstream::Dialect::Unknown;
  return failed && repeatable && pool.budget.spend();
}

void Conversation::findInstanceIds(const BackendPool& pool) {
  owner_ = BackendPool::kNone;
  instance_ids_ = upstream::usesInstanceIds(request.url.path);
  if (!instance_ids_) return;
  auto ids = upstream::instanceIds(request.url.path);
  const auto in_body = upstream::instanceIds(request.body.content());
  ids.insert(ids.end(), in_body.begin(), in_body.end());
  const auto owner = worker_.shared().instance_ids.ownerOf(ids);
  names_unknown_id_ = !ids.empty() && !owner;
  if (!owner) return;
  for (size_t i = 0; i < pool.members().size(); ++i)
    if (pool.members()[i].backend->name == *owner) owner_ = static_cast<int>(i);
}

// Before the answer's last byte is released: the client may use the id at once.
void Conversation::learnInstanceId() {
  if (!instance_ids_ || called_.id.empty() || backend_status == 0 || backend_status >= 300) return;
  auto& known = worker_.shared().instance_ids;
  const std::string_view answer = assembled_.empty() ? response_capture_.view() : assembled_;
  if (const auto made = upstream::madeId(answer); !made.empty()) known.learn(made, called_.id);
  if (!names_unknown_id_) return;
  for (const auto named : upstream::instanceIds(request.url.path)) known.learn(named, called_.id);
}

// Nobody else could answer it: what the owner says, or that it cannot at present, is the answer.
runtime::Task<Verdict> Conversation::callOwner(const PooledBackends& pool, const policy::ForwardOptions& options) {
  const auto& member = pool.choice.members()[static_cast<size_t>(owner_)];
  const Instant now = worker_.clock().now();
  const auto state = member.health->state(now);
  if (state == BackendHealth::State::Open ||
      (state == BackendHealth::State::HalfOpen && !member.health->takeProbe(now))) {
    member.health->countRefused();
    co_return unavailable(pool.choice.answerStatus(), pool.choice.answerReason(), member.health->until());
  }
  called_ = {member.backend->url, member.backend->name, member.backend, std::nullopt};
  co_await callOnce();
  if (call_.end == CallEnd::Decided) co_return call_.verdict;
  report(*member.health, member.rule, BackendHealth::FullCounts::Yes);
  co_return deliver(options);
}

runtime::Task<Verdict> Conversation::callPool(const PooledBackends& pool, const policy::ForwardOptions& options) {
  const BackendPool& choice = pool.choice;
  pool.budget.earn();
  findInstanceIds(choice);
  if (owner_ != BackendPool::kNone) co_return co_await callOwner(pool, options);
  const int preferred =
      choice.hasAffinity() ? choice.memberOfCookie(request.headers.find("Cookie").value_or("")) : BackendPool::kNone;
  int chosen = choice.choose(worker_.clock().now(), 0, preferred);
  if (chosen == BackendPool::kNone) {
    for (const auto& member : choice.members()) member.health->countRefused();
    co_return unavailable(choice.answerStatus(), choice.answerReason(), choice.availableFrom());
  }
  upstream::MemberSet tried = 0;
  for (;;) {
    const auto& member = choice.members()[static_cast<size_t>(chosen)];
    tried |= upstream::MemberSet{1} << chosen;
    called_ = {member.backend->url, member.backend->name, member.backend, std::nullopt};
    co_await callOnce();
    if (call_.end == CallEnd::Decided) {
      // Another member has another identity, or a key.
      const int other = call_.without_token ? choice.choose(worker_.clock().now(), tried) : BackendPool::kNone;
      if (other == BackendPool::kNone) co_return call_.verdict;
      forgetError();
      chosen = other;
      continue;
    }
    report(*member.health, member.rule, BackendHealth::FullCounts::Yes);
    const bool refused = call_.result.status == 0 || call_.result.status >= 400;
    if (!refused || !mayCallElsewhere(pool, member)) break;
    const int next = choice.choose(worker_.clock().now(), tried);
    if (next == BackendPool::kNone) break;
    chosen = next;
  }
  if (choice.hasAffinity() && chosen != preferred) keepSession(choice, chosen);
  if (options.follow_redirects && call_.end == CallEnd::Answered) co_await followRedirects();
  co_return deliver(options);
}

void Conversation::keepSession(const BackendPool& pool, int member) {
  const bool secure = request.original.scheme == "https";
  answer_headers.add("Set-Cookie",
                     arena().join({pool.source().session_cookie, "=", pool.members()[static_cast<size_t>(member)].token,
                                   secure ? "; Path=/; HttpOnly; Secure" : "; Path=/; HttpOnly"}));
}

runtime::Task<void> Conversation::callOnce() {
  // The first one's is forward()'s: a clock costs what a policy does.
  if (!tries_.empty()) call_started_ = worker_.clock().now();
  call_ = Call();
  co_await callBackend();
  if (call_.end == CallEnd::Decided) co_return;
  if (call_.end == CallEnd::Answered) {
    const http::ResponseHead& head = *call_.head;
    call_.result.status = head.status;
    if (head.status == 200 && mayHold(head.headers)) co_await holdFirstEvent();
  }
  if (call_.end == CallEnd::NoAnswer) {
    call_.result.status = 0;
    call_.result.error = errorOf(call_.error);
  }
  Try attempt;
  attempt.backend = called_.id.empty() ? backend_host_ : called_.id;
  attempt.status = call_.result.status;
  if (attempt.status == 0)
    attempt.error = call_.result.error == CallError::Timeout ? "Timeout" : "BackendConnectionFailure";
  const bool answered = call_.end == CallEnd::Answered && held_.empty();
  attempt.took = (answered ? upstream_->headAt() : worker_.clock().now()) - call_started_;
  tries_.push_back(attempt);
}

// Where the call could be made again: in a pool, and inside of retry.
bool Conversation::mayHold(const http::Headers& headers) const {
  const bool again = retries_around > 0 || snapshot_.choices().pool(backend.entity) != nullptr;
  return again && !upstream_request_->streamed && isEventStream(headers) &&
         http::contentCoding(headers.find("Content-Encoding").value_or("identity")) == http::ContentCoding::Identity;
}

// Reads up to the first event that says something. What was read is kept for whoever reads the body next.
runtime::Task<void> Conversation::holdFirstEvent() {
  const Instant deadline = worker_.clock().now() + kHoldTime;
  http::SseParser parser(kHoldBytes);
  std::string held;
  for (;;) {
    auto piece = co_await runtime::within(worker_.loop(), upstream_->readBody(), deadline);
    if (!piece) break;  // it takes its time: no error so far
    const bool broken = !piece->has_value();
    if (broken || (*piece)->empty()) {
      // A stream without an event is no answer. A whole one is passed on when nobody else can be asked.
      if (broken) call_.error = piece->error();
      if (broken) call_.end = CallEnd::NoAnswer;
      if (!broken) call_.result.status = 502;
      break;
    }
    held.append(**piece);
    parser.feed(**piece);
    http::SseEvent event;
    auto state = parser.next(event);
    while (state == http::SseParser::State::Event && !event.has_data) state = parser.next(event);
    if (state == http::SseParser::State::TooLarge) break;
    if (state == http::SseParser::State::Event) {
      call_.stream_error = upstream::readStreamError(event.data);
      if (call_.stream_error) {
        call_.result.status = call_.stream_error->status;
        call_.error_event = arena().copy(event.data);
      }
      break;
    }
  }
  held_ = arena().copy(held);
}

// An error instead of a stream's first event, with nobody left to ask, becomes the answer that it should have been:
// clients and the condition of a retry understand that.
void Conversation::answerStreamError() {
  const int status = call_.stream_error->status;
  newResponse(status, http::reasonPhrase(status));
  response.headers.add("Content-Type", "application/json");
  response.body.set(call_.error_event);
  response.from_backend = true;
  backend_status = status;
  held_ = {};
  upstream_ended_ = worker_.clock().now();
  upstream_.reset();
}

Verdict Conversation::deliver(const policy::ForwardOptions& options) {
  if (call_.end == CallEnd::NoAnswer) return upstreamFailed(call_.error);
  first_byte_ = upstream_->headAt();
  takeResponseHead(*call_.head);
  if (call_.stream_error) answerStreamError();
  if (options.fail_on_error_status_code && backend_status >= 400)
    return failWithResponse("BackendStatus", "The backend answered with an error status.");
  return Verdict::Next;
}

// Whether the body is to be read whole, so that it can be sent again.
bool Conversation::mustKeepBody(const policy::ForwardOptions& options, const PooledBackends* pool) const {
  if (request.body.kind() != MessageBody::Kind::Unread) return false;
  if (options.buffer_request_body) return true;
  const http::RequestHead& head = client_.head();
  return pool != nullptr && (head.framing != http::Framing::Length || head.content_length <= kPoolAhead);
}

runtime::Task<Verdict> Conversation::forward(const policy::ForwardOptions& options) {
  const PooledBackends* const pool = snapshot_.choices().pool(backend.entity);
  if (body_streamed_away_ && request.body.kind() == MessageBody::Kind::Consumed)
    co_return fail(
        500, "RequestBodyConsumed",
        "The request's body went to the backend as it came and was not kept: buffer-request-body=\"true\" on "
        "<forward-request> keeps it for a retry.");
  if (mustKeepBody(options, pool))
    if (const Verdict read = co_await readRequestBody(); read != Verdict::Next) co_return read;
  auto body = co_await obtainRequestBody();
  if (!body) {
    request.body.setUnread();
    co_return co_await readRequestBody();  // yields the same failure, with the answer that fits it
  }
  if (const Verdict room = reserveRoom(); room != Verdict::Next) co_return room;
  call_started_ = worker_.clock().now();
  forward_deadline_ = call_started_ + options.timeout;
  http_version_ = options.http_version;
  if (pool != nullptr) co_return co_await callPool(*pool, options);
  called_ = backend;
  if (const auto* guarded = snapshot_.choices().guarded(backend.entity))
    co_return co_await callGuarded(*guarded, options);
  co_await callOnce();
  if (call_.end == CallEnd::Decided) co_return call_.verdict;
  if (options.follow_redirects && call_.end == CallEnd::Answered) co_await followRedirects();
  co_return deliver(options);
}

}  // namespace sluice::gateway
