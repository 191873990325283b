#include "upstream/prompt_tokens.h"

#include <string>

#include "upstream/json_scan.h"

namespace sluice::upstream {
namespace {

// Whose text: a prompt's messages say their roles, which count; an answer's role is not generated.
enum class Side : uint8_t { Prompt, Answer };

// Parts in parts (a tool's result holds content parts again) end here.
constexpr int kPartDepth = 4;

class Counter {
 public:
  Counter(const Tokenizer* tokenizer, std::string_view model)
      : tokenizer_(tokenizer), old_rule_(model.find("0301") != std::string_view::npos) {}

  size_t total() const { return total_; }
  void add(size_t tokens) { total_ += tokens; }
  void addText(std::string_view text) {
    const bool counted = text.size() <= left_;
    total_ += countText(text, counted ? tokenizer_ : nullptr);
    if (counted) left_ -= text.size();
  }
  void addString(const JsonString& value) {
    if (!value.has_escapes) return addText(value.raw);
    decoded_.clear();
    value.appendTo(decoded_);
    addText(decoded_);
  }

  void messages(JsonScan& scan) {
    if (!scan.enterArray()) return scan.skip();
    bool any = false;
    while (scan.nextItem()) {
      any = true;
      message(scan);
    }
    if (any) total_ += 3;
  }

  // A text, or a list of parts.
  void content(JsonScan& scan, int depth = kPartDepth) {
    JsonString text;
    if (scan.string(text)) return addString(text);
    if (depth == 0 || !scan.enterArray()) return scan.skip();
    while (scan.nextItem()) part(scan, depth - 1);
  }

  // A text, texts, tokens, or lists of tokens.
  void inputs(JsonScan& scan, int depth = 2) {
    JsonString text;
    uint64_t token = 0;
    if (scan.string(text)) return addString(text);
    if (scan.integer(token)) return add(1);
    if (depth == 0 || !scan.enterArray()) return scan.skip();
    while (scan.nextItem()) inputs(scan, depth - 1);
  }

  void json(JsonScan& scan) {
    const JsonKind kind = scan.kind();
    const std::string_view raw = scan.raw();
    if (kind != JsonKind::Null && raw.size() > 2) addText(raw);
  }

  // {"name": ..., "arguments": ...}, also inside a tool call.
  void call(JsonScan& scan) {
    if (!scan.enterObject()) return scan.skip();
    JsonString name;
    while (scan.nextMember(name)) {
      JsonString text;
      if (name == "function" || name == "custom") {
        call(scan);
      } else if ((name == "name" || name == "arguments" || name == "input") && scan.string(text)) {
        addString(text);
      } else {
        scan.skip();
      }
    }
  }

  void calls(JsonScan& scan) {
    if (!scan.enterArray()) return scan.skip();
    while (scan.nextItem()) call(scan);
  }

  // The members of a message, a Responses item or an answer's message.
  void message(JsonScan& scan) {
    JsonString text;
    if (scan.string(text)) return addString(text);
    if (!scan.enterObject()) return scan.skip();
    total_ += old_rule_ ? 4 : 3;
    written(scan, Side::Prompt);
  }

  // What is text in an object that was entered; takes it to its end.
  void written(JsonScan& scan, Side side) {
    JsonString name;
    while (scan.nextMember(name)) {
      JsonString text;
      if (name == "content" || name == "output" || name == "summary") {
        content(scan);
      } else if (name == "tool_calls") {
        calls(scan);
      } else if (name == "function_call") {
        call(scan);
      } else if (side == Side::Answer && name == "role") {
        scan.skip();
      } else if (name == "id" || name == "type" || name == "status" || name == "call_id" || name == "tool_call_id") {
        scan.skip();
      } else if (scan.string(text)) {
        addString(text);
        if (name == "name") total_ += old_rule_ ? size_t(-1) : 1;
      } else {
        scan.skip();
      }
    }
  }

 private:
  // {"type": "text", "text": ...}, {"type": "image_url", "image_url": {"url": ..., "detail": ...}}, ...
  void part(JsonScan& scan, int depth) {
    JsonString text;
    if (scan.string(text)) return addString(text);
    if (!scan.enterObject()) return scan.skip();
    JsonString name;
    bool image = false;
    bool low = false;
    while (scan.nextMember(name)) {
      if ((name == "text" || name == "thinking" || name == "refusal" || name == "name") && scan.string(text)) {
        addString(text);
      } else if (name == "type" && scan.string(text)) {
        image = image || text == "image_url" || text == "input_image" || text == "image";
      } else if (name == "detail" && scan.string(text)) {
        low = low || text == "low";
      } else if (name == "image_url" && scan.kind() == JsonKind::Object) {
        low = lowDetail(scan) || low;
      } else if (name == "content") {
        content(scan, depth);
      } else if (name == "input") {
        json(scan);
      } else {
        scan.skip();
      }
    }
    if (image) total_ += low ? kImageTokensLowDetail : kImageTokens;
  }

  static bool lowDetail(JsonScan& scan) {
    bool low = false;
    scan.enterObject();
    JsonString name;
    while (scan.nextMember(name)) {
      JsonString text;
      if (name == "detail" && scan.string(text)) {
        low = text == "low";
      } else {
        scan.skip();
      }
    }
    return low;
  }

  const Tokenizer* tokenizer_;
  const bool old_rule_;
  std::string decoded_;
  size_t left_ = kCountedBytes;
  size_t total_ = 0;
};

void countMember(Counter& counter, Dialect dialect, const JsonString& name, JsonScan& scan) {
  const bool lists_tools = dialect != Dialect::Completions && dialect != Dialect::Embeddings;
  if (name == "messages") return counter.messages(scan);
  if (lists_tools && (name == "tools" || name == "functions")) return counter.json(scan);
  if (name == "system" || name == "instructions") return counter.content(scan);
  if (dialect == Dialect::Completions && name == "prompt") return counter.inputs(scan);
  if (dialect == Dialect::Completions && name == "suffix") return counter.content(scan);
  if (name == "input") {
    const bool items = dialect == Dialect::Responses && scan.kind() == JsonKind::Array;
    return items ? counter.messages(scan) : counter.inputs(scan);
  }
  scan.skip();
}

void countChoice(Counter& counter, JsonScan& scan) {
  if (!scan.enterObject()) return scan.skip();
  JsonString name;
  while (scan.nextMember(name)) {
    JsonString text;
    if (name == "text" && scan.string(text)) {
      counter.addString(text);
    } else if (name == "message" && scan.enterObject()) {
      counter.written(scan, Side::Answer);
    } else {
      scan.skip();
    }
  }
}

}  // namespace

size_t countText(std::string_view text, const Tokenizer* tokenizer) {
  return tokenizer == nullptr ? estimateTokens(text) : tokenizer->count(text);
}

size_t countPromptTokens(Dialect dialect, std::string_view body, std::string_view model, const Tokenizer* tokenizer) {
  Counter counter(tokenizer, model);
  JsonScan scan(body);
  if (!scan.enterObject()) return 0;
  JsonString name;
  while (scan.nextMember(name)) countMember(counter, dialect, name, scan);
  return counter.total();
}

size_t countCompletionTokens(Dialect dialect, std::string_view response_body, const Tokenizer* tokenizer) {
  if (dialect == Dialect::Embeddings) return 0;
  Counter counter(tokenizer, {});
  JsonScan scan(response_body);
  if (!scan.enterObject()) return 0;
  JsonString name;
  while (scan.nextMember(name)) {
    if (name == "choices" && scan.enterArray()) {
      while (scan.nextItem()) countChoice(counter, scan);
    } else if (name == "content") {
      counter.content(scan);
    } else if (name == "output" && scan.enterArray()) {
      while (scan.nextItem()) {
        if (scan.enterObject()) {
          counter.written(scan, Side::Answer);
        } else {
          scan.skip();
        }
      }
    } else {
      scan.skip();
    }
  }
  return counter.total();
}

}  // namespace sluice::upstream
