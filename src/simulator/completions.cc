// POST .../completions: the older dialect, a prompt in and text out.
#include <fmt/format.h>

#include "simulator/composer.h"
#include "simulator/json_writer.h"
#include "simulator/model_call.h"
#include "simulator/service_errors.h"

namespace sluice::simulator {
namespace {

using simdjson::dom::element;

constexpr size_t kMostPrompts = 20;

struct CompletionArguments : GenerationArguments {
  std::vector<std::string> prompts;  // a list of tokens stands here as its JSON
  bool echo = false;
};

struct Choice {
  Composition content;
  std::string prefix;  // the prompt, with `echo`
  std::string_view finish_reason() const { return content.cut ? "length" : "stop"; }
};

std::optional<Reply> readPrompts(const ModelCall& call, CompletionArguments& arguments) {
  element prompt;
  if (call.body["prompt"].get(prompt) != simdjson::SUCCESS || prompt.is_null()) {
    arguments.prompts.emplace_back("<|endoftext|>");
    return std::nullopt;
  }
  std::string_view text;
  if (prompt.get(text) == simdjson::SUCCESS) {
    arguments.prompts.emplace_back(text);
    return std::nullopt;
  }
  simdjson::dom::array list;
  if (prompt.get(list) != simdjson::SUCCESS || list.size() == 0) {
    return modelError(400, fmt::format("{} is not valid under any of the given schemas - 'prompt'",
                                       simdjson::minify(prompt).substr(0, 1000)));
  }
  if (list.at(0).is_number()) {
    arguments.prompts.push_back(simdjson::minify(prompt));
    return std::nullopt;
  }
  if (list.size() > kMostPrompts) return modelError(400, "too many prompts in one request - 'prompt'");
  for (const element item : list) {
    arguments.prompts.push_back(item.get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(item));
  }
  return std::nullopt;
}

std::optional<Reply> readArguments(const ModelCall& call, CompletionArguments& arguments) {
  if (auto error = refuseUnknownArguments(call)) return error;
  if (auto error = readPrompts(call, arguments)) return error;
  if (auto error = readGenerationArguments(call, arguments)) return error;
  if (call.body["echo"].get(arguments.echo) != simdjson::SUCCESS) arguments.echo = false;
  // The documented default of this dialect.
  if (!arguments.max_tokens && !call.knobs.tokens) arguments.max_tokens = 16;
  return std::nullopt;
}

Choice makeChoice(const ModelCall& call, const CompletionArguments& arguments, const std::string& prompt,
                  uint64_t index) {
  ComposeRequest request;
  request.seed = hashText(prompt) ^ call.seed ^ (index * 0x9e3779b97f4a7c15u);
  request.question = prompt;
  request.model = call.model;
  const auto choices = static_cast<int64_t>(arguments.prompts.size()) * arguments.choices;
  if (call.knobs.tokens) request.tokens = std::min(*call.knobs.tokens, kMostTokens / choices);
  request.max_tokens = arguments.max_tokens;
  request.stops = arguments.stops;
  Choice choice;
  choice.content = compose(request, *call.counter);
  if (arguments.echo) choice.prefix = prompt;
  return choice;
}

void writeChoice(JsonWriter& json, bool filter, size_t index, std::string_view text, std::string_view finish_reason) {
  json.beginObject();
  if (filter) json.key("content_filter_results").raw(safeContentJson());
  json.key("finish_reason");
  finish_reason.empty() ? json.null() : json.text(finish_reason);
  json.member("index", index).key("logprobs").null().member("text", text).endObject();
}

// The members that an answer and each chunk of a stream share.
void writeTail(JsonWriter& json, const ModelCall& call, std::string_view id) {
  json.member("created", call.created).member("id", id).member("model", call.reported_model);
  json.member("object", "text_completion");
  if (call.version.knowsArgument(call.dialect, "seed")) json.member("system_fingerprint", systemFingerprint(call));
}

class CompletionEvents final : public EventSource {
 public:
  CompletionEvents(ModelCall& call, const CompletionArguments& arguments, std::vector<Choice> choices,
                   const Usage& usage)
      : choices_(std::move(choices)), filter_(call.azure()), sends_usage_(arguments.include_usage) {
    JsonWriter tail;
    writeTail(tail, call, "cmpl-" + call.ids.token(29));
    tail_ = tail.take();
    if (call.azure()) first_ = promptFilterEvent(arguments.prompts.size());
    if (!sends_usage_) return;
    JsonWriter json;
    json.beginObject().key("choices").beginArray().endArray().raw(tail_);
    writeUsage(json, call, usage);
    usage_event_ = sseEvent(json.endObject().str());
  }

  std::optional<Event> next() override {
    if (!first_.empty()) return Event{std::exchange(first_, {}), 0};
    while (choice_ < choices_.size()) {
      const auto& pieces = choices_[choice_].content.pieces;
      if (piece_ < pieces.size()) {
        const auto& piece = pieces[piece_];
        const auto text = piece_++ == 0 ? choices_[choice_].prefix + piece.text : piece.text;
        return Event{chunk(text, {}), piece.tokens};
      }
      piece_ = 0;
      const auto end = chunk("", choices_[choice_].finish_reason());
      ++choice_;
      return Event{end, 0};
    }
    if (!usage_event_.empty()) return Event{std::exchange(usage_event_, {}), 0};
    if (std::exchange(over_, true)) return std::nullopt;
    return Event{sseEvent("[DONE]"), 0};
  }

 private:
  std::string chunk(std::string_view text, std::string_view finish_reason) const {
    JsonWriter json;
    json.beginObject().key("choices").beginArray();
    writeChoice(json, filter_, choice_, text, finish_reason);
    json.endArray().raw(tail_);
    if (sends_usage_) json.key("usage").null();
    return sseEvent(json.endObject().str());
  }

  std::vector<Choice> choices_;
  std::string tail_;
  std::string first_;
  std::string usage_event_;
  size_t choice_ = 0;
  size_t piece_ = 0;
  bool over_ = false;
  bool filter_;
  bool sends_usage_;
};

std::string wholeAnswer(ModelCall& call, const CompletionArguments& arguments, const std::vector<Choice>& choices,
                        const Usage& usage) {
  const bool filter = call.azure() && call.version.reportsContentFilter();
  JsonWriter json;
  json.beginObject().key("choices").beginArray();
  for (size_t i = 0; i < choices.size(); ++i) {
    writeChoice(json, filter, i, choices[i].prefix + choices[i].content.text(), choices[i].finish_reason());
  }
  json.endArray();
  writeTail(json, call, "cmpl-" + call.ids.token(29));
  if (filter) writePromptFilter(json, arguments.prompts.size());
  writeUsage(json, call, usage);
  return json.endObject().take();
}

}  // namespace

Reply completions(ModelCall& call) {
  CompletionArguments arguments;
  if (auto error = readArguments(call, arguments)) return std::move(*error);
  Usage usage;
  usage.prompt = call.promptTokens();
  std::vector<Choice> choices;
  for (const auto& prompt : arguments.prompts) {
    for (int64_t i = 0; i < arguments.choices; ++i) {
      choices.push_back(makeChoice(call, arguments, prompt, static_cast<uint64_t>(i)));
      usage.completion += choices.back().content.tokens;
    }
  }
  if (!arguments.stream) return jsonReply(200, wholeAnswer(call, arguments, choices, usage));
  Reply reply;
  reply.set("Content-Type", "text/event-stream; charset=utf-8");
  reply.events = std::make_unique<CompletionEvents>(call, arguments, std::move(choices), usage);
  return reply;
}

}  // namespace sluice::simulator
