// The part of a conversation that learns what was spent: usage as the backend reports it, else counted with the model's
// own tokenizer and marked estimated (design, Streaming).
#include "gateway/conversation.h"
#include "gateway/stream_relay.h"
#include "gateway/worker.h"
#include "http/encoding.h"
#include "upstream/prompt_tokens.h"

namespace sluice::gateway {

runtime::Task<void> Conversation::settleStream(const StreamRelay& relay) {
  if (!observed() || dialect_ == upstream::Dialect::Unknown) {
    response.body.set(response_capture_.view());
    co_return;
  }
  const upstream::StreamAssembler& answer = relay.answer();
  response_facts_.model = arena().copy(answer.model());
  response_facts_.finish_reason = arena().copy(answer.finishReason());
  response_facts_.content_filter = answer.contentFilter();
  response_facts_.error_code = arena().copy(answer.errorCode());
  response_facts_.usage = answer.usage();
  facts_read_ = true;
  if (!answer.usage().any() && configuration->settings.usage.count_tokens && answer.events() > 0) {
    const auto request_body = request.body_replaced ? request.body.content() : request_capture_.view();
    const auto model = response_facts_.model.empty() ? request_facts_.model : response_facts_.model;
    const auto* tokenizer = co_await worker_.tokenizer(upstream::encodingForModel(model));
    upstream::Usage& usage = response_facts_.usage;
    usage.prompt = upstream::countPromptTokens(dialect_, request_body, model, tokenizer);
    usage.completion = upstream::countText(answer.completionText(), tokenizer);
    usage.total = *usage.prompt + *usage.completion;
    usage_estimated_ = true;
  }
  assembled_ = arena().copy(answer.answer(usage_estimated_ ? &response_facts_.usage : nullptr));
  response.body.set(response_capture_.view());
  response.body.setAssembled(assembled_);
}

void Conversation::readAnswerFacts() {
  if (facts_read_) return;
  facts_read_ = true;
  if (dialect_ == upstream::Dialect::Unknown) dialect_ = upstream::dialectOfPath(request.url.path);
  if (dialect_ == upstream::Dialect::Unknown) return;
  if (!request_facts_.is_object) {
    const auto body = request_capture_.view().empty() ? request.body.content() : request_capture_.view();
    request_facts_ = upstream::readRequest(body, arena());
  }
  std::string_view body = response_capture_.view();
  const auto coding = http::contentCoding(response.headers.find("Content-Encoding").value_or("identity"));
  if (coding != http::ContentCoding::Identity && response.body.kind() == policy::MessageBody::Kind::Unread) {
    std::string plain;
    http::ContentDecoder decoder(coding, configuration->settings.limits.capture);
    if (!decoder.decode(body, plain)) return;
    response_capture_.adopt(arena().copy(plain));
    body = response_capture_.view();
  }
  if (backend_status != 0) response_facts_ = upstream::readResponse(body, arena());
}

}  // namespace sluice::gateway
