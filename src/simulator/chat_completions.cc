// POST .../chat/completions
#include <fmt/format.h>

#include "simulator/composer.h"
#include "simulator/example_json.h"
#include "simulator/json_writer.h"
#include "simulator/model_call.h"
#include "simulator/service_errors.h"

namespace sluice::simulator {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kRoles = "['system', 'assistant', 'user', 'function', 'tool', 'developer']";

enum class ContentKind { Text, ToolCall, FunctionCall };

struct ChatArguments : GenerationArguments {
  std::string question;  // text of the last user message
  uint64_t prompt_hash = 0;
  bool logprobs = false;
  ContentKind kind = ContentKind::Text;
  std::string function_name;
  std::string json;  // arguments of the forced call, or the structured answer; empty: prose
};

struct Choice {
  Composition content;
  std::string call_id;
  std::string_view finish_reason;
};

std::string textOf(const element& content) {
  std::string_view text;
  if (content.get(text) == simdjson::SUCCESS) return std::string(text);
  std::string result;
  simdjson::dom::array parts;
  if (content.get(parts) != simdjson::SUCCESS) return result;
  for (const element part : parts) {
    if (part["text"].get(text) == simdjson::SUCCESS) result += text;
  }
  return result;
}

std::optional<Reply> readMessage(const element& message, size_t index, ChatArguments& arguments) {
  if (!message.is_object()) {
    return modelError(400, fmt::format("{} is not of type 'object' - 'messages.{}'", simdjson::minify(message), index));
  }
  std::string_view role;
  if (message["role"].get(role) != simdjson::SUCCESS) {
    return modelError(400, fmt::format("'role' is a required property - 'messages.{}'", index));
  }
  if (role.empty() || kRoles.find(fmt::format("'{}'", role)) == std::string_view::npos) {
    return modelError(400, fmt::format("'{}' is not one of {} - 'messages.{}.role'", role, kRoles, index));
  }
  element content;
  const bool has_content = message["content"].get(content) == simdjson::SUCCESS;
  if (role == "user") {
    if (!has_content) return modelError(400, fmt::format("'content' is a required property - 'messages.{}'", index));
    arguments.question = textOf(content);
  }
  return std::nullopt;
}

std::optional<Reply> readMessages(const ModelCall& call, ChatArguments& arguments) {
  element messages;
  if (call.body["messages"].get(messages) != simdjson::SUCCESS) {
    return modelError(400, "'messages' is a required property");
  }
  simdjson::dom::array list;
  if (messages.get(list) != simdjson::SUCCESS) {
    return modelError(
        400, fmt::format("{} is not of type 'array' - 'messages'", simdjson::minify(messages).substr(0, 1000)));
  }
  if (list.size() == 0) return modelError(400, "[] is too short - 'messages'");
  size_t index = 0;
  for (const element message : list) {
    if (auto error = readMessage(message, index++, arguments)) return error;
  }
  arguments.prompt_hash = hashText(simdjson::minify(messages));
  return std::nullopt;
}

// The function among `functions` (each maybe wrapped as a tool) with this name, or the first when it is empty.
std::optional<object> findFunction(const ModelCall& call, const char* list_name, std::string_view name) {
  simdjson::dom::array list;
  if (call.body[list_name].get(list) != simdjson::SUCCESS) return std::nullopt;
  for (const element item : list) {
    object function;
    if (item["function"].get(function) != simdjson::SUCCESS && item.get(function) != simdjson::SUCCESS) continue;
    std::string_view found;
    if (function["name"].get(found) == simdjson::SUCCESS && (name.empty() || found == name)) return function;
  }
  return std::nullopt;
}

void callFunction(const object& function, ContentKind kind, ChatArguments& arguments) {
  std::string_view name;
  if (function["name"].get(name) != simdjson::SUCCESS) return;
  element parameters;
  arguments.kind = kind;
  arguments.function_name = name;
  arguments.json = function["parameters"].get(parameters) == simdjson::SUCCESS ? exampleJson(parameters) : "{}";
}

// A call happens only when the client forces one: `tool_choice` or `function_call` with a name, or "required".
std::optional<Reply> readTools(const ModelCall& call, ChatArguments& arguments) {
  std::string_view name;
  std::optional<object> function;
  if (call.body["tool_choice"]["function"]["name"].get(name) == simdjson::SUCCESS) {
    function = findFunction(call, "tools", name);
  } else if (call.body["tool_choice"].get(name) == simdjson::SUCCESS && name == "required") {
    function = findFunction(call, "tools", {});
  } else if (call.body["function_call"]["name"].get(name) == simdjson::SUCCESS) {
    function = findFunction(call, "functions", name);
    if (function) callFunction(*function, ContentKind::FunctionCall, arguments);
    return function ? std::nullopt
                    : std::optional(modelError(400,
                                               "Invalid value for 'function_call': no function named "
                                               "in 'functions' was found."));
  } else {
    return std::nullopt;
  }
  if (!function) {
    return modelError(400, "Invalid value for 'tool_choice': no function named in 'tools' was found.",
                      "invalid_request_error", "tool_choice");
  }
  callFunction(*function, ContentKind::ToolCall, arguments);
  return std::nullopt;
}

void readFormat(const ModelCall& call, ChatArguments& arguments) {
  std::string_view type;
  if (arguments.kind != ContentKind::Text || call.body["response_format"]["type"].get(type) != simdjson::SUCCESS)
    return;
  element schema;
  if (type == "json_object") {
    arguments.json = R"({"answer":"This is a simulated answer."})";
  } else if (call.body["response_format"]["json_schema"]["schema"].get(schema) == simdjson::SUCCESS) {
    arguments.json = exampleJson(schema);
  }
}

std::optional<Reply> readArguments(const ModelCall& call, ChatArguments& arguments) {
  if (auto error = refuseUnknownArguments(call)) return error;
  if (auto error = readMessages(call, arguments)) return error;
  if (auto error = readGenerationArguments(call, arguments)) return error;
  if (auto error = readTools(call, arguments)) return error;
  readFormat(call, arguments);
  if (call.body["logprobs"].get(arguments.logprobs) != simdjson::SUCCESS) arguments.logprobs = false;
  return std::nullopt;
}

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
  if (auto error = readArguments(call, arguments)) return std::move(*error);
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
