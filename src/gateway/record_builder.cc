#include "gateway/record_builder.h"

#include "base/encoding.h"
#include "gateway/completion.h"
#include "gateway/conversation.h"
#include "gateway/worker.h"

namespace sluice::gateway {
namespace {

int64_t microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

std::string_view RecordBuilder::textVariable(std::string_view name) {
  const auto* value = conversation_.variable(name);
  if (value == nullptr || expression::isNull(*value)) return {};
  return expression::toText(*value, conversation_.arena());
}

void RecordBuilder::fillCaller(event::ExchangeRecord& record) {
  const Conversation& c = conversation_;
  record.tenant = c.caller.tenant;
  record.caller_object_id = c.caller.object_id;
  record.caller_application_id = c.caller.application_id;
  const auto& settings = c.configuration->settings.record;
  record.user = textVariable(settings.user_variable);
  if (record.user.empty()) record.user = c.caller.name;
  if (record.user.empty() && c.subscription != nullptr) record.user = c.subscription->owner;
  record.workload = textVariable(settings.workload_variable);
  if (c.subscription != nullptr) record.subscription = c.subscription->name;
  if (c.product != nullptr) record.product = c.product->name;
  record.client_ip = c.request.client_address;
}

void RecordBuilder::fillModel(event::ExchangeRecord& record) {
  const Conversation& c = conversation_;
  record.model = c.response_facts_.model.empty() ? c.request_facts_.model : c.response_facts_.model;
  record.deployment = upstream::deploymentOfPath(c.request.url.path);
  eachQueryParameter(c.request.url.query, [&](std::string_view name, std::string_view value) {
    if (!equalsIgnoreCase(name, "api-version")) return true;
    record.api_version = value;
    return false;
  });
  record.finish_reason = c.response_facts_.finish_reason;
  if (c.response_facts_.content_filter != upstream::ContentFilter::NotReported)
    record.content_filter =
        c.response_facts_.content_filter == upstream::ContentFilter::Filtered ? "filtered" : "passed";
  const upstream::Usage& usage = c.response_facts_.usage;
  if (!usage.any()) return;
  const auto number = [](const std::optional<uint64_t>& value) {
    return value ? std::optional(static_cast<int64_t>(*value)) : std::nullopt;
  };
  record.prompt_tokens = number(usage.prompt);
  record.completion_tokens = number(usage.completion);
  record.total_tokens = static_cast<int64_t>(usage.sum());
  record.cached_tokens = number(usage.cached);
  record.reasoning_tokens = number(usage.reasoning);
  record.tokens_source = c.usage_estimated_ ? event::tokens_source::kEstimated : event::tokens_source::kReported;
}

void RecordBuilder::fillTimes(event::ExchangeRecord& record) {
  const Conversation& c = conversation_;
  const Instant now = conversation_.worker_.clock().now();
  record.total_us = microseconds(now - c.received);
  if (c.upstream_started_ == Instant{}) return;
  record.queue_us = microseconds(c.upstream_started_ - c.received);
  if (c.first_byte_ != Instant{}) record.first_byte_us = microseconds(c.first_byte_ - c.received);
  const Instant ended = c.upstream_ended_ == Instant{} ? now : c.upstream_ended_;
  record.backend_us = microseconds(ended - c.upstream_started_);
}

void RecordBuilder::fillBodies(event::ExchangeRecord& record) {
  const Conversation& c = conversation_;
  record.request_bytes = static_cast<int64_t>(c.client_.bodyBytes());
  record.response_bytes =
      static_cast<int64_t>(c.response_bytes_ > 0 ? c.response_bytes_ : c.response.body.content().size());
  if (c.recording_ != config::RecordBodies::Full) return;
  record.request_body = c.request_capture_.view();
  if (!c.assembled_.empty()) {
    record.response_body = c.assembled_;
  } else if (!c.response_capture_.view().empty()) {
    record.response_body = c.response_capture_.view();
  } else {
    record.response_body = c.response.body.content();
  }
  record.bodies_truncated = c.request_capture_.truncated() || c.response_capture_.truncated();
}

// Names come from the configuration: they have no character that JSON would escape, but for what upsets nobody.
std::string_view RecordBuilder::triesText() {
  Conversation& c = conversation_;
  if (c.tries_.empty() || (c.tries_.size() == 1 && c.tries_.front().status != 0)) return {};
  std::string text = "[";
  for (const auto& attempt : c.tries_) {
    if (text.size() > 1) text += ',';
    text += R"({"backend":")";
    for (const char ch : attempt.backend) {
      if (ch == '"' || ch == '\\') text += '\\';
      text += ch;
    }
    if (attempt.status != 0) {
      text += "\",\"status\":" + std::to_string(attempt.status);
    } else {
      text.append("\",\"error\":\"").append(attempt.error) += '"';
    }
    text += ",\"us\":" + std::to_string(microseconds(attempt.took)) + '}';
  }
  return c.arena().copy(text + ']');
}

event::ExchangeRecord RecordBuilder::build(std::string_view outcome) {
  Conversation& c = conversation_;
  c.readAnswerFacts();
  event::ExchangeRecord record;
  record.time = c.received_utc;
  record.request_id = c.id;
  record.gateway = c.worker_.gatewayName();
  record.method = c.request.method;
  record.url_path = c.request.original.path;
  if (c.api != nullptr) record.api = c.api->name;
  if (c.operation != nullptr) record.operation = c.operation->id;
  if (c.attempts > 0) record.backend = c.called_.id.empty() ? c.backend_host_ : c.called_.id;
  record.status = c.response.status;
  if (outcome == event::outcome::kClientGone && !c.client_.responseStarted()) record.status.reset();
  if (c.backend_status != 0) record.backend_status = c.backend_status;
  if (c.attempts > 0) record.retries = c.attempts - 1;
  record.tries = triesText();
  record.streamed = c.streamed_;
  record.outcome = outcome;
  if (c.last_error.present) {
    record.error_source = c.last_error.source;
    record.error_reason = c.last_error.reason;
    record.error_message = c.last_error.message;
  } else if (!c.response_facts_.error_code.empty()) {
    record.error_source = "backend";
    record.error_reason = c.response_facts_.error_code;
  }
  fillCaller(record);
  fillModel(record);
  fillTimes(record);
  fillBodies(record);
  return record;
}

runtime::Task<bool> RecordBuilder::commit(std::string_view outcome, bool with_record) {
  Conversation& c = conversation_;
  event::Recorder& recorder = c.worker_.recorder();
  if (c.room_.bytes() == 0) {
    auto room = recorder.reserve(event::Recorder::kTypicalRecord);
    if (!room) co_return false;
    c.room_ = std::move(*room);
  }
  // What is not stored at once (a large event, or durability: record) calls back on this thread, after commit().
  Completion completion(c.worker_);
  const auto add = [&](const auto& event) {
    if (recorder.commit(c.room_, event, completion.done()) == event::Commit::Pending) completion.expect();
  };
  for (const auto& logged : c.events) {
    event::LoggerEvent event;
    event.time = c.received_utc;
    event.logger = logged.logger;
    event.request_id = c.id;
    event.payload = logged.payload;
    event.partition_id = logged.partition_id;
    event.partition_key = logged.partition_key;
    add(event);
  }
  if (with_record) add(build(outcome));
  c.room_.release();
  co_return co_await completion.wait();
}

}  // namespace sluice::gateway
