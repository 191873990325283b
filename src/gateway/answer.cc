// The part of a conversation that answers the client. The record is committed before the last byte is released.
#include "base/encoding.h"
#include "gateway/conversation.h"
#include "gateway/record_builder.h"
#include "gateway/stream_relay.h"
#include "gateway/worker.h"
#include "http/encoding.h"
#include "policy/driver.h"
#include "runtime/condition.h"

namespace sluice::gateway {
namespace {

using http::Framing;
using policy::MessageBody;
using policy::Section;
using policy::Verdict;

bool hasNoBody(int status) {
  return status == 204 || status == 304 || status < 200;
}

}  // namespace

http::ResponseHead Conversation::responseHead(Framing framing, uint64_t length) {
  http::ResponseHead head(&arena());
  head.status = response.status;
  head.reason = response.reason;
  head.headers.assign(response.headers, answer_headers.size());
  for (const auto& field : answer_headers) {
    // Vary names what an answer depends on: another value adds to it.
    if (equalsIgnoreCase(field.name, "Vary"))
      head.headers.add(field.name, field.value);
    else
      head.headers.set(field.name, field.value);
  }
  head.framing = framing;
  head.content_length = length;
  return head;
}

runtime::Task<void> Conversation::sendAnswer() {
  if (client_.clientGone().cancelled() && !response.from_backend) {
    co_await commitRecord(event::outcome::kClientGone);
    client_.abort();
    co_return;
  }
  switch (answerKind()) {
    case Answer::Whole:
      co_await sendWhole();
      break;
    case Answer::Relayed:
      co_await relay();
      break;
    case Answer::Streamed:
      co_await relayStream();
      break;
  }
}

runtime::Task<void> Conversation::sendWhole() {
  if (response_capture_.view().empty() && response.from_backend) response_capture_.adopt(response.body.content());
  const bool answered = response.from_backend || backend_status != 0;
  auto outcome = last_error.present ? (attempts > 0 && !answered ? event::outcome::kFailed : event::outcome::kRejected)
                                    : (answered || !routed_ ? event::outcome::kComplete : event::outcome::kRejected);
  // A body that was to be read whole and broke off (forward.cc).
  if (last_error.present && answered && last_error.reason == "BackendConnectionFailure")
    outcome = event::outcome::kUpstreamCut;
  const bool safe = co_await commitRecord(client_.clientGone().cancelled() ? event::outcome::kClientGone : outcome);
  if (!safe) newResponse(503, http::reasonPhrase(503));
  const auto body = hasNoBody(response.status) ? std::string_view() : response.body.content();
  const auto head = responseHead(Framing::Length, body.size());
  client_.startResponse(head);
  // A failure means that the client has left; the record stands.
  std::ignore = co_await client_.finish(body);
}

runtime::Task<void> Conversation::relay() {
  const http::ResponseHead* upstream_head = nullptr;
  if (auto head = co_await upstream_->readHead()) upstream_head = *head;
  const bool known = upstream_head != nullptr && upstream_head->framing == Framing::Length;
  bool started = false;
  std::string_view outcome = event::outcome::kComplete;
  std::string_view last;
  for (;;) {
    auto piece = co_await upstream_->readBody();
    if (!piece) {
      outcome = client_.clientGone().cancelled() ? event::outcome::kClientGone : event::outcome::kUpstreamCut;
      break;
    }
    response_bytes_ += piece->size();
    const bool end = piece->empty() || upstream_->bodyDone();
    if (recording_ != config::RecordBodies::None || instance_ids_) {
      if (end && response_capture_.view().empty()) {
        response_capture_.adopt(*piece);
      } else {
        response_capture_.append(*piece);
      }
    }
    if (end) {
      last = *piece;
      break;
    }
    if (!started) {
      client_.startResponse(
          responseHead(known ? Framing::Length : Framing::Chunked, known ? upstream_head->content_length : 0));
      started = true;
    }
    if (auto written = co_await client_.write(*piece); !written) {
      outcome = event::outcome::kClientGone;
      break;
    }
  }
  upstream_ended_ = worker_.clock().now();
  const bool safe = co_await commitRecord(outcome);
  if (outcome != event::outcome::kComplete || !safe) {
    // Never end a cut answer as if it were whole.
    if (!started && outcome == event::outcome::kUpstreamCut) {
      std::ignore = co_await client_.respond(
          502, "application/json", R"({ "statusCode": 502, "message": "The backend broke off its answer." })");
      co_return;
    }
    client_.abort();
    co_return;
  }
  if (!started) {
    client_.startResponse(responseHead(Framing::Length, last.size()));
  }
  std::ignore = co_await client_.finish(last);
}

runtime::Task<void> Conversation::relayStream() {
  streamed_ = true;
  const bool deferred = deferred_pc_ != kNever;
  StreamWatch watch;
  watch.dialect = observed() ? dialect_ : upstream::Dialect::Unknown;
  watch.take_out_usage = usage_injected_;
  watch.coding = http::contentCoding(response.headers.find("Content-Encoding").value_or("identity"));
  upstream::AssemblyBounds bounds;
  bounds.bytes = configuration->settings.limits.capture;
  StreamRelay relay(watch, bounds, deferred ? &response_capture_ : nullptr);
  response.headers.remove("Content-Length");
  client_.startResponse(responseHead(Framing::Chunked, 0));
  response_frozen = true;
  // The head does not wait for the first event: clients count the time to it.
  std::string_view outcome = event::outcome::kComplete;
  if (auto flushed = co_await client_.write(std::string_view()); !flushed) outcome = event::outcome::kClientGone;
  if (outcome == event::outcome::kComplete) outcome = co_await pumpStream(relay);
  upstream_ended_ = worker_.clock().now();
  // Cancels the upstream at once when the client has left.
  if (outcome != event::outcome::kComplete) upstream_.reset();
  co_await settleStream(relay);
  if (deferred) co_await runDeferred();
  const bool safe = co_await commitRecord(outcome);
  if (outcome != event::outcome::kComplete || !safe) {
    client_.abort();
    co_return;
  }
  std::ignore = co_await client_.finish(relay.held());
}

runtime::Task<std::string_view> Conversation::pumpStream(StreamRelay& relay) {
  std::vector<std::string_view> out;
  if (!held_.empty()) {
    response_bytes_ += held_.size();
    relay.feed(std::exchange(held_, {}), out);
    if (!out.empty()) {
      if (auto written = co_await client_.write(out); !written) co_return event::outcome::kClientGone;
    }
    if (upstream_->bodyDone()) co_return event::outcome::kComplete;
  }
  for (;;) {
    auto piece = co_await upstream_->readBody();
    if (!piece) {
      co_return client_.clientGone().cancelled() ? event::outcome::kClientGone : event::outcome::kUpstreamCut;
    }
    if (piece->empty()) co_return event::outcome::kComplete;
    response_bytes_ += piece->size();
    out.clear();
    relay.feed(*piece, out);
    if (!out.empty()) {
      if (auto written = co_await client_.write(out); !written) co_return event::outcome::kClientGone;
    }
    if (upstream_->bodyDone()) co_return event::outcome::kComplete;
  }
}

runtime::Task<void> Conversation::runDeferred() {
  uint32_t pc = deferred_pc_;
  const Verdict verdict = co_await policy::runSection(*this, Section::Outbound, pc);
  if (verdict == Verdict::Fail) co_await policy::runOnError(*this);
}

runtime::Task<bool> Conversation::commitRecord(std::string_view outcome) {
  learnInstanceId();
  finishTrace();
  // No early return for "record nothing": log-to-eventhub messages are the policy's own and are kept all the same.
  const bool wants_record = recording_ != config::RecordBodies::None;
  if (!wants_record && events.empty()) co_return true;
  RecordBuilder builder(*this);
  co_return co_await builder.commit(outcome, wants_record);
}

}  // namespace sluice::gateway
