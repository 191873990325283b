// Chat completions and completions: chunks with `choices`, each of which grows by deltas.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "upstream/answer_parts.h"
#include "upstream/assembly.h"

namespace sluice::upstream {
namespace {

constexpr size_t kMostMembers = 32;  // beside those that we know
// Parts of a message that the model wrote: what counts as completion tokens.
constexpr std::string_view kWritten[] = {"content",   "refusal",    "reasoning_content",
                                         "reasoning", "tool_calls", "function_call"};

// The index of the object here (0 when it does not say), looking ahead: members may come in any order.
uint64_t indexAhead(JsonScan scan) {
  uint64_t index = 0;
  JsonString name;
  if (!scan.enterObject()) return 0;
  while (scan.nextMember(name)) {
    if (name == "index" && scan.integer(index)) return index;
    scan.skip();
  }
  return 0;
}

// Azure's first event has `"id":""` and `"created":0`: what comes later counts.
bool saysNothing(std::string_view raw) {
  return raw == "\"\"" || raw == "0" || raw == "null";
}

void writeOr(const DeltaTree* value, std::string_view otherwise, std::string& out) {
  if (value != nullptr && value->present()) {
    value->write(out);
  } else {
    out += otherwise;
  }
}

// Role and content are always there; content is null, not empty, beside calls and refusals.
void writeMessage(const DeltaTree& message, std::string& out) {
  const DeltaTree* role = message.find("role");
  const DeltaTree* content = message.find("content");
  bool instead = false;
  for (const std::string_view name : {"tool_calls", "function_call", "refusal"}) {
    const DeltaTree* one = message.find(name);
    instead = instead || (one != nullptr && one->present() && one->kind() != DeltaTree::Kind::Null);
  }
  out += "{\"role\":";
  writeOr(role, "\"assistant\"", out);
  out += ",\"content\":";
  const bool empty = content == nullptr || (content->kind() == DeltaTree::Kind::String && content->text().empty());
  if (empty && (instead || content == nullptr)) {
    out += "null";
  } else {
    writeOr(content, "null", out);
  }
  for (const auto& [name, value] : message.members()) {
    if (name == "role" || name == "content" || !value.present()) continue;
    appendMember(out, name);
    value.write(out);
  }
  out += '}';
}

class ChunkAssembly final : public Assembly {
 public:
  ChunkAssembly(Dialect dialect, const AssemblyBounds& bounds) : Assembly(bounds), dialect_(dialect) {
    limits_.items = bounds.tool_calls;
  }

  EventKind event(std::string_view json) override;
  void appendTexts(std::string& out) const override;
  std::string answer(const Usage* estimated) const override;

 private:
  // One alternative of the answer (`n` may be more than one).
  struct Choice {
    uint64_t index = 0;
    DeltaTree message;
    DeltaTree text;  // completions
    DeltaTree logprobs;
    std::string finish_reason;  // raw text between quotes
    std::string filter_results;
    ContentFilter filter = ContentFilter::NotReported;
    std::vector<std::pair<std::string, DeltaTree>> others;
  };

  void readUsage(JsonScan& scan);
  void readMember(JsonScan& scan, const JsonString& name);
  void readChoice(JsonScan& scan);
  void readChoiceMember(JsonScan& scan, const JsonString& name, Choice& into);
  void readFinish(JsonScan& scan, Choice& into);
  void readFilter(JsonScan& scan, Choice& into);
  Choice* choiceAt(uint64_t index);
  void writeMember(std::string_view name, std::string& out) const;
  void writeChoice(const Choice& one, std::string& out) const;

  const Dialect dialect_;
  DeltaTree::Limits limits_;
  std::string usage_;                                         // raw
  std::vector<std::pair<std::string, std::string>> members_;  // of the answer, raw
  std::vector<Choice> choices_;
};

EventKind ChunkAssembly::event(std::string_view json) {
  JsonScan scan(json);
  scan.enterObject();
  size_t count = 0;
  bool has_choices = false;
  bool has_usage = false;
  bool has_error = false;
  JsonString name;
  while (scan.nextMember(name)) {
    if (name == "choices" && scan.enterArray()) {
      has_choices = true;
      for (; scan.nextItem(); ++count) readChoice(scan);
    } else if (name == "usage" && scan.kind() == JsonKind::Object) {
      has_usage = true;
      readUsage(scan);
    } else if (name == "error" && scan.kind() != JsonKind::Null) {
      has_error = true;
      readErrorCode(scan, facts_.error_code);
    } else {
      readMember(scan, name);
    }
  }
  if (has_error) return EventKind::Error;
  if (count > 0) return EventKind::Content;
  if (!has_choices) return EventKind::Other;
  return has_usage ? EventKind::UsageOnly : EventKind::Prompt;
}

void ChunkAssembly::readUsage(JsonScan& scan) {
  JsonScan ahead = scan;
  readUsageObject(scan, facts_.usage);
  const std::string_view raw = ahead.raw();
  if (raw.size() <= usage_.size() || budget_.take(raw.size() - usage_.size())) usage_.assign(raw);
}

// Of the answer itself: the first that says something stays.
void ChunkAssembly::readMember(JsonScan& scan, const JsonString& name) {
  const bool of_chunk =
      name == "object" || name == "obfuscation" || name == "usage" || name == "error" || name == "choices";
  if (of_chunk || name.has_escapes || name.raw.size() > kNameBytes) return scan.skip();
  if (name == "prompt_filter_results") {
    JsonScan ahead = scan;
    readPromptFilters(ahead, facts_.content_filter);
  }
  JsonScan value = scan;
  const std::string_view raw = scan.raw();
  const auto known =
      std::find_if(members_.begin(), members_.end(), [&](const auto& one) { return one.first == name.raw; });
  if (known != members_.end() && (!saysNothing(known->second) || saysNothing(raw))) return;
  if (known == members_.end() && members_.size() >= kMostMembers) return;
  if (!budget_.take(raw.size() + name.raw.size() + 64)) return;
  if (known != members_.end()) {
    known->second.assign(raw);
  } else {
    members_.emplace_back(std::string(name.raw), std::string(raw));
  }
  JsonString text;
  if (name == "model" && value.string(text)) setName(text, facts_.model);
  if (name == "id" && value.string(text)) setName(text, facts_.id);
}

ChunkAssembly::Choice* ChunkAssembly::choiceAt(uint64_t index) {
  for (Choice& one : choices_)
    if (one.index == index) return &one;
  if (choices_.size() >= bounds_.choices || !budget_.take(sizeof(Choice))) {
    facts_.cut = true;
    return nullptr;
  }
  Choice& added = choices_.emplace_back();
  added.index = index;
  return &added;
}

void ChunkAssembly::readChoice(JsonScan& scan) {
  Choice* const into = scan.kind() == JsonKind::Object ? choiceAt(indexAhead(scan)) : nullptr;
  if (into == nullptr) return scan.skip();
  scan.enterObject();
  JsonString name;
  while (scan.nextMember(name)) readChoiceMember(scan, name, *into);
}

void ChunkAssembly::readChoiceMember(JsonScan& scan, const JsonString& name, Choice& into) {
  if (name == "delta") {
    into.message.add(scan, "delta", limits_, budget_);
  } else if (name == "text") {
    into.text.add(scan, "text", limits_, budget_);
  } else if (name == "logprobs") {
    into.logprobs.add(scan, "logprobs", limits_, budget_);
  } else if (name == "finish_reason") {
    readFinish(scan, into);
  } else if (name == "content_filter_results") {
    readFilter(scan, into);
  } else {
    const auto known =
        std::find_if(into.others.begin(), into.others.end(), [&](const auto& one) { return one.first == name.raw; });
    const bool room = known == into.others.end() && into.others.size() < kMostMembers && name.raw.size() <= kNameBytes;
    if (!room || name == "index" || name == "message" || name.has_escapes ||
        !budget_.take(name.raw.size() + sizeof(DeltaTree))) {
      return scan.skip();
    }
    into.others.emplace_back(std::string(name.raw), DeltaTree()).second.add(scan, name.raw, limits_, budget_);
  }
}

void ChunkAssembly::readFinish(JsonScan& scan, Choice& into) {
  JsonString reason;
  if (!scan.string(reason)) return scan.skip();
  if (reason.raw.size() > kNameBytes) return;
  into.finish_reason.assign(reason.raw);
  if (into.index == 0) setName(reason, facts_.finish_reason);
}

// Azure's filters report on what came so far: the last report counts, but one that filtered stays.
void ChunkAssembly::readFilter(JsonScan& scan, Choice& into) {
  JsonScan ahead = scan;
  const std::string_view raw = scan.raw();
  ContentFilter found = ContentFilter::NotReported;
  readContentFilter(ahead, found);
  if (found == ContentFilter::Filtered || facts_.content_filter == ContentFilter::NotReported) {
    facts_.content_filter = found;
  }
  const bool says_less = found < into.filter;
  if (!raw.starts_with('{') || (says_less && !into.filter_results.empty())) return;
  if (raw.size() > into.filter_results.size() && !budget_.take(raw.size() - into.filter_results.size())) return;
  into.filter = found;
  into.filter_results.assign(raw);
}

void ChunkAssembly::writeChoice(const Choice& one, std::string& out) const {
  out += "{\"index\":" + std::to_string(one.index);
  if (dialect_ == Dialect::Completions || one.text.present()) {
    appendMember(out, "text");
    writeOr(&one.text, "\"\"", out);
  }
  if (dialect_ != Dialect::Completions || one.message.present()) {
    appendMember(out, "message");
    writeMessage(one.message, out);
  }
  appendMember(out, "logprobs");
  writeOr(&one.logprobs, "null", out);
  appendMember(out, "finish_reason");
  out += one.finish_reason.empty() ? "null" : "\"" + one.finish_reason + "\"";
  if (!one.filter_results.empty()) {
    appendMember(out, "content_filter_results");
    out += one.filter_results;
  }
  for (const auto& [name, value] : one.others) {
    if (!value.present()) continue;
    appendMember(out, name);
    value.write(out);
  }
  out += '}';
}

void ChunkAssembly::writeMember(std::string_view name, std::string& out) const {
  for (const auto& [known, raw] : members_) {
    if (known != name) continue;
    appendMember(out, known);
    out += raw;
  }
}

std::string ChunkAssembly::answer(const Usage* estimated) const {
  std::string out = "{";
  writeMember("id", out);
  appendMember(out, "object");
  out += dialect_ == Dialect::Completions ? "\"text_completion\"" : "\"chat.completion\"";
  writeMember("created", out);
  writeMember("model", out);
  appendMember(out, "choices");
  out += '[';
  std::vector<const Choice*> sorted;
  for (const Choice& one : choices_) sorted.push_back(&one);
  std::sort(sorted.begin(), sorted.end(), [](const Choice* a, const Choice* b) { return a->index < b->index; });
  for (const Choice* one : sorted) {
    if (one != sorted.front()) out += ',';
    writeChoice(*one, out);
  }
  out += ']';
  for (const auto& [name, raw] : members_) {
    if (name == "id" || name == "created" || name == "model") continue;
    appendMember(out, name);
    out += raw;
  }
  if (!usage_.empty()) {
    appendMember(out, "usage");
    out += usage_;
  } else if (estimated != nullptr) {
    appendMember(out, "usage");
    appendUsage(*estimated, out);
  }
  return out + "}";
}

void ChunkAssembly::appendTexts(std::string& out) const {
  for (const Choice& one : choices_) {
    for (const std::string_view name : kWritten)
      if (const DeltaTree* part = one.message.find(name)) part->appendTexts(out);
    one.text.appendTexts(out);
  }
}

}  // namespace

std::unique_ptr<Assembly> makeChunkAssembly(Dialect dialect, const AssemblyBounds& bounds) {
  return std::make_unique<ChunkAssembly>(dialect, bounds);
}

}  // namespace sluice::upstream
