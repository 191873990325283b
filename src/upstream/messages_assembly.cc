// Anthropic's messages: message_start brings the message, content blocks grow by deltas of their own kinds,
// message_delta brings the end.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "upstream/answer_parts.h"
#include "upstream/assembly.h"
#include "upstream/json_check.h"

namespace sluice::upstream {
namespace {

class MessagesAssembly final : public Assembly {
 public:
  explicit MessagesAssembly(const AssemblyBounds& bounds) : Assembly(bounds) { limits_.items = bounds.tool_calls; }

  EventKind event(std::string_view json) override;
  void appendTexts(std::string& out) const override;
  std::string answer(const Usage* estimated) const override;

 private:
  struct Block {
    uint64_t index = 0;
    DeltaTree value;
    std::string input;  // raw text of input_json_delta: the escaped text of a JSON value
  };
  // What an event says, gathered before its type is known: members come in any order.
  struct Event {
    std::string type;
    uint64_t index = 0;
    std::string_view message, block, delta, usage, error;
  };

  static Event read(std::string_view json);
  void startMessage(std::string_view message);
  void addDelta(const Event& event);
  void endMessage(const Event& event);
  Block* blockAt(uint64_t index);
  void writeBlock(const Block& block, std::string& out) const;

  DeltaTree::Limits limits_;
  DeltaTree message_;  // without content, stop_reason and usage
  std::vector<Block> blocks_;
  std::string stop_reason_;  // raw
};

MessagesAssembly::Event MessagesAssembly::read(std::string_view json) {
  Event event;
  JsonScan scan(json);
  scan.enterObject();
  JsonString name;
  while (scan.nextMember(name)) {
    JsonString text;
    if (name == "type" && scan.string(text)) {
      setName(text, event.type);
      continue;
    }
    if (name == "index" && scan.integer(event.index)) continue;
    const std::string_view raw = scan.raw();
    if (name == "message") event.message = raw;
    if (name == "content_block") event.block = raw;
    if (name == "delta") event.delta = raw;
    if (name == "usage") event.usage = raw;
    if (name == "error") event.error = raw;
  }
  return event;
}

EventKind MessagesAssembly::event(std::string_view json) {
  const Event event = read(json);
  if (event.type == "error") {
    JsonScan scan(event.error);
    readErrorCode(scan, facts_.error_code);
    if (facts_.error_code.empty()) facts_.error_code = "error";
    return EventKind::Error;
  }
  if (event.type == "message_stop") {
    facts_.done = true;
    return EventKind::Done;
  }
  if (event.type == "message_start") {
    startMessage(event.message);
    return EventKind::Content;
  }
  if (event.type == "message_delta") {
    endMessage(event);
    return EventKind::Content;
  }
  const bool starts = event.type == "content_block_start";
  if (!starts && event.type != "content_block_delta") return EventKind::Other;
  if (!starts) {
    addDelta(event);
  } else if (Block* block = blockAt(event.index); block != nullptr && !event.block.empty()) {
    JsonScan scan(event.block);
    block->value.add(scan, {}, limits_, budget_);
  }
  return EventKind::Content;
}

void MessagesAssembly::startMessage(std::string_view message) {
  JsonScan scan(message);
  message_.add(scan, {}, limits_, budget_);
  JsonScan again(message);
  if (!again.enterObject()) return;
  JsonString name;
  while (again.nextMember(name)) {
    JsonString text;
    if (name == "usage") {
      readUsageObject(again, facts_.usage);
    } else if (name == "model" && again.string(text)) {
      setName(text, facts_.model);
    } else if (name == "id" && again.string(text)) {
      setName(text, facts_.id);
    } else {
      again.skip();
    }
  }
}

void MessagesAssembly::endMessage(const Event& event) {
  JsonScan usage(event.usage);
  // Its output_tokens count up; the prompt was reported at the start.
  Usage last;
  readUsageObject(usage, last);
  if (last.completion) facts_.usage.completion = last.completion;
  JsonScan delta(event.delta);
  if (!delta.enterObject()) return;
  JsonString name;
  while (delta.nextMember(name)) {
    JsonString text;
    if (name == "stop_reason" && delta.string(text)) {
      setName(text, facts_.finish_reason);
      if (text.raw.size() <= kNameBytes) stop_reason_.assign(text.raw);
    } else {
      delta.skip();
    }
  }
}

MessagesAssembly::Block* MessagesAssembly::blockAt(uint64_t index) {
  for (Block& one : blocks_)
    if (one.index == index) return &one;
  if (blocks_.size() >= bounds_.tool_calls || !budget_.take(sizeof(Block))) {
    facts_.cut = true;
    return nullptr;
  }
  Block& added = blocks_.emplace_back();
  added.index = index;
  return &added;
}

// text_delta.text, thinking_delta.thinking, signature_delta.signature lengthen the block's member of that name;
// input_json_delta.partial_json is a piece of the text of its `input`.
void MessagesAssembly::addDelta(const Event& event) {
  Block* const block = blockAt(event.index);
  JsonScan scan(event.delta);
  if (block == nullptr || !scan.enterObject()) return;
  // The pieces become an object {"name": piece} to be merged: a delta's own `type` must not lengthen the block's.
  JsonString name;
  while (scan.nextMember(name)) {
    JsonString text;
    if (name == "type" || name.has_escapes) {
      scan.skip();
    } else if (name == "partial_json" && scan.string(text)) {
      if (budget_.take(text.raw.size())) block->input.append(text.raw);
    } else {
      std::string piece = "{\"" + std::string(name.raw) + "\":" + std::string(scan.raw()) + "}";
      JsonScan merged(piece);
      block->value.add(merged, {}, limits_, budget_);
    }
  }
}

void MessagesAssembly::writeBlock(const Block& block, std::string& out) const {
  std::string input;
  JsonString{block.input, true}.appendTo(input);
  out += '{';
  for (const auto& [name, value] : block.value.members()) {
    if (!value.present() || (name == "input" && !input.empty())) continue;
    appendMember(out, name);
    value.write(out);
  }
  if (!input.empty()) {
    appendMember(out, "input");
    out += isJson(input) ? input : "{}";  // cut short
  }
  out += '}';
}

std::string MessagesAssembly::answer(const Usage* estimated) const {
  std::string out = "{";
  for (const auto& [name, value] : message_.members()) {
    if (!value.present() || name == "content" || name == "stop_reason" || name == "usage") continue;
    appendMember(out, name);
    value.write(out);
  }
  appendMember(out, "content");
  out += '[';
  std::vector<const Block*> sorted;
  for (const Block& one : blocks_) sorted.push_back(&one);
  std::sort(sorted.begin(), sorted.end(), [](const Block* a, const Block* b) { return a->index < b->index; });
  for (const Block* one : sorted) {
    if (one != sorted.front()) out += ',';
    writeBlock(*one, out);
  }
  out += "],\"stop_reason\":";
  out += stop_reason_.empty() ? "null" : "\"" + stop_reason_ + "\"";
  const Usage& usage = facts_.usage.any() || estimated == nullptr ? facts_.usage : *estimated;
  if (usage.any()) {
    appendMember(out, "usage");
    out += "{\"input_tokens\":" + std::to_string(usage.prompt.value_or(0)) +
           ",\"output_tokens\":" + std::to_string(usage.completion.value_or(0)) + "}";
  }
  return out + "}";
}

void MessagesAssembly::appendTexts(std::string& out) const {
  for (const Block& block : blocks_) {
    for (const std::string_view name : {"text", "thinking", "name"})
      if (const DeltaTree* part = block.value.find(name)) part->appendTexts(out);
    JsonString{block.input, true}.appendTo(out);
  }
}

}  // namespace

std::unique_ptr<Assembly> makeMessagesAssembly(const AssemblyBounds& bounds) {
  return std::make_unique<MessagesAssembly>(bounds);
}

}  // namespace sluice::upstream
