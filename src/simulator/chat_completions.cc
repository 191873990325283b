// POST .../chat/completions
#include <algorithm>

#include "simulator/chat_arguments.h"
#include "simulator/composer.h"
#include "simulator/json_writer.h"
#include "simulator/model_call.h"
#include "simulator/service_errors.h"

namespace sluice::simulator {
namespace {

struct Choice {
  Composition content;
  std::string call_id;
  std::string_view finish_reason;
};

Choice makeChoice(ModelCall& call, const ChatArguments& arguments, uint64_t index) {
  Choice choice;
  if (!arguments.json.empty()) {
    choice.content = composeText(arguments.json, call.model, arguments.max_tokens, *call.counter);
  } else {
    ComposeRequest request;
    request.seed = arguments.prompt_hash ^ call.seed ^ (index * 0x9e3779b97f4a7c15u);
    request.question = arguments.question;
    request.model = call.model;
    request.tokens = call.knobs.tokens;
    if (request.tokens) request.tokens = std::min(*request.tokens, kMostTokens / arguments.choices);
    request.max_tokens = arguments.max_tokens;
    request.stops = arguments.stops;
    choice.content = compose(request, *call.counter);
  }
  choice.finish_reason = "stop";  // also of a forced function_call
  if (arguments.kind == ContentKind::ToolCall) choice.finish_reason = "tool_calls";
  if (choice.content.cut) choice.finish_reason = "length";
  if (arguments.kind == ContentKind::ToolCall) choice.call_id = "call_" + call.ids.token(24);
  return choice;
}

void writeLogprob(JsonWriter& json, const Piece& piece) {
  const auto hash = hashText(piece.text);
  json.beginObject().member("token", piece.text).member("logprob", -static_cast<double>(hash % 1000) / 1000);
  json.key("bytes").beginArray();
  for (const char c : piece.text) json.number(static_cast<unsigned>(static_cast<unsigned char>(c)));
  json.endArray().key("top_logprobs").beginArray().endArray().endObject();
}

void writeMessage(JsonWriter& json, const Choice& choice, const ChatArguments& arguments) {
  const auto text = choice.content.text();
  json.key("message").beginObject();
  if (arguments.kind == ContentKind::Text) {
    json.member("content", text).member("role", "assistant");
  } else {
    json.key("content").null().member("role", "assistant");
  }
  if (arguments.kind == ContentKind::ToolCall) {
    json.key("tool_calls").beginArray().beginObject().key("function").beginObject().member("arguments", text);
    json.member("name", arguments.function_name).endObject().member("id", choice.call_id).member("type", "function");
    json.endObject().endArray();
  } else if (arguments.kind == ContentKind::FunctionCall) {
    json.key("function_call").beginObject().member("arguments", text).member("name", arguments.function_name);
    json.endObject();
  }
  json.endObject();
}

std::string wholeAnswer(ModelCall& call, const ChatArguments& arguments, const std::vector<Choice>& choices,
                        const Usage& usage) {
  const bool filter = call.azure() && call.version.reportsContentFilter();
  JsonWriter json;
  json.beginObject().key("choices").beginArray();
  for (size_t i = 0; i < choices.size(); ++i) {
    json.beginObject();
    if (filter) json.key("content_filter_results").raw(safeContentJson());
    json.member("finish_reason", choices[i].finish_reason).member("index", i);
    if (arguments.logprobs) {
      json.key("logprobs").beginObject().key("content").beginArray();
      for (const auto& piece : choices[i].content.pieces) writeLogprob(json, piece);
      json.endArray().endObject();
    } else if (call.version.knowsArgument(call.dialect, "logprobs")) {
      json.key("logprobs").null();
    }
    writeMessage(json, choices[i], arguments);
    json.endObject();
  }
  json.endArray().member("created", call.created).member("id", "chatcmpl-" + call.ids.token(29));
  json.member("model", call.reported_model).member("object", "chat.completion");
  if (filter) writePromptFilter(json, 1);
  if (call.version.knowsArgument(call.dialect, "seed")) json.member("system_fingerprint", systemFingerprint(call));
  writeUsage(json, call, usage);
  return json.endObject().take();
}

// The events of a streamed answer: Azure's verdict on the prompt, each choice's role, the pieces of all choices in
// turn, each choice's end, usage if asked for, [DONE].
class ChatEvents final : public EventSource {
 public:
  ChatEvents(ModelCall& call, ChatArguments arguments, std::vector<Choice> choices, const Usage& usage)
      : arguments_(std::move(arguments)), choices_(std::move(choices)), azure_(call.azure()) {
    JsonWriter tail;
    tail.member("created", call.created).member("id", "chatcmpl-" + call.ids.token(29));
    tail.member("model", call.reported_model).member("object", "chat.completion.chunk");
    if (call.version.knowsArgument(call.dialect, "seed")) tail.member("system_fingerprint", systemFingerprint(call));
    tail_ = tail.take();
    if (arguments_.include_usage) {
      JsonWriter last;
      last.beginObject().key("choices").beginArray().endArray().raw(tail_);
      writeUsage(last, call, usage);
      usage_event_ = sseEvent(last.endObject().str());
    }
    stage_ = azure_ ? Stage::Prompt : Stage::Roles;
  }

  std::optional<Event> next() override {
    switch (stage_) {
      case Stage::Prompt:
        stage_ = Stage::Roles;
        return Event{promptFilterEvent(1), 0};
      case Stage::Roles:
        return role();
      case Stage::Pieces:
        return piece();
      case Stage::Ends:
        return end();
      case Stage::Usage:
        stage_ = Stage::Done;
        if (!usage_event_.empty()) return Event{usage_event_, 0};
        [[fallthrough]];
      case Stage::Done:
        stage_ = Stage::Over;
        return Event{sseEvent("[DONE]"), 0};
      case Stage::Over:
        break;
    }
    return std::nullopt;
  }

 private:
  enum class Stage { Prompt, Roles, Pieces, Ends, Usage, Done, Over };

  // One chunk with one choice; `delta` is the JSON of its delta.
  std::string chunk(size_t index, std::string_view delta, std::string_view finish_reason, const Piece* logprob) const {
    JsonWriter json;
    json.beginObject().key("choices").beginArray().beginObject();
    if (azure_) json.key("content_filter_results").raw(delta == "{}" ? "{}" : safeContentJson());
    json.key("delta").raw(delta).key("finish_reason");
    finish_reason.empty() ? json.null() : json.text(finish_reason);
    json.member("index", index).key("logprobs");
    if (arguments_.logprobs && logprob != nullptr) {
      json.beginObject().key("content").beginArray();
      writeLogprob(json, *logprob);
      json.endArray().endObject();
    } else {
      json.null();
    }
    json.endObject().endArray().raw(tail_);
    if (arguments_.include_usage) json.key("usage").null();
    return sseEvent(json.endObject().str());
  }

  Event role() {
    const size_t index = choice_++;
    JsonWriter delta;
    delta.beginObject();
    if (arguments_.kind == ContentKind::Text) {
      delta.member("content", "").member("role", "assistant");
    } else {
      delta.key("content").null().member("role", "assistant");
      writeCallStart(delta, choices_[index]);
    }
    if (choice_ == choices_.size()) move(Stage::Pieces);
    return Event{chunk(index, delta.endObject().str(), {}, nullptr), 0};
  }

  void writeCallStart(JsonWriter& delta, const Choice& choice) const {
    if (arguments_.kind == ContentKind::ToolCall) {
      delta.key("tool_calls").beginArray().beginObject().key("function").beginObject().member("arguments", "");
      delta.member("name", arguments_.function_name).endObject().member("id", choice.call_id).member("index", 0);
      delta.member("type", "function").endObject().endArray();
    } else {
      delta.key("function_call").beginObject().member("arguments", "").member("name", arguments_.function_name);
      delta.endObject();
    }
  }

  std::string deltaOf(const Piece& piece) const {
    JsonWriter delta;
    delta.beginObject();
    if (arguments_.kind == ContentKind::Text) {
      delta.member("content", piece.text);
    } else if (arguments_.kind == ContentKind::FunctionCall) {
      delta.key("function_call").beginObject().member("arguments", piece.text).endObject();
    } else {
      delta.key("tool_calls").beginArray().beginObject().key("function").beginObject();
      delta.member("arguments", piece.text).endObject().member("index", 0).endObject().endArray();
    }
    return delta.endObject().take();
  }

  std::optional<Event> piece() {
    for (size_t tried = 0; tried < choices_.size(); ++tried) {
      const size_t index = choice_;
      const auto& pieces = choices_[index].content.pieces;
      const size_t at = piece_;
      if (++choice_ == choices_.size()) {
        choice_ = 0;
        ++piece_;
      }
      if (at >= pieces.size()) continue;
      return Event{chunk(index, deltaOf(pieces[at]), {}, &pieces[at]), pieces[at].tokens};
    }
    move(Stage::Ends);
    return end();
  }

  Event end() {
    const size_t index = choice_++;
    if (choice_ == choices_.size()) move(Stage::Usage);
    return Event{chunk(index, "{}", choices_[index].finish_reason, nullptr), 0};
  }

  void move(Stage stage) {
    stage_ = stage;
    choice_ = 0;
  }

  ChatArguments arguments_;
  std::vector<Choice> choices_;
  std::string tail_;  // the members that all chunks share
  std::string usage_event_;
  size_t choice_ = 0;
  size_t piece_ = 0;
  Stage stage_ = Stage::Prompt;
  bool azure_;
};

}  // namespace

Reply chatCompletions(ModelCall& call) {
  ChatArguments arguments;
  if (auto error = readChatArguments(call, arguments)) return std::move(*error);
  Usage usage;
  usage.prompt = call.promptTokens();
  std::vector<Choice> choices;
  for (int64_t i = 0; i < arguments.choices; ++i) {
    choices.push_back(makeChoice(call, arguments, static_cast<uint64_t>(i)));
    usage.completion += choices.back().content.tokens;
  }
  if (!arguments.stream) return jsonReply(200, wholeAnswer(call, arguments, choices, usage));
  Reply reply;
  reply.set("Content-Type", "text/event-stream; charset=utf-8");
  reply.events = std::make_unique<ChatEvents>(call, std::move(arguments), std::move(choices), usage);
  return reply;
}

}  // namespace sluice::simulator
