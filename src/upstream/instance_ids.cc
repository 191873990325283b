#include "upstream/instance_ids.h"

#include <algorithm>

#include "upstream/json_scan.h"

namespace sluice::upstream {
namespace {

constexpr std::string_view kPaths[] = {"/responses",     "/files",   "/batches",       "/threads",     "/assistants",
                                       "/vector_stores", "/uploads", "/conversations", "/fine_tuning", "/containers"};
// As OpenAI and Azure make them.
constexpr std::string_view kPrefixes[] = {"resp_", "file-", "file_",  "assistant-", "batch_", "thread_", "asst_",
                                          "vs_",   "conv_", "ftjob-", "upload_",    "run_",   "cntr_"};
constexpr size_t kShortest = 6;  // what follows the prefix
constexpr size_t kLongest = 256;

bool isIdCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

std::string_view idAt(std::string_view text) {
  for (const auto prefix : kPrefixes) {
    if (!text.starts_with(prefix)) continue;
    size_t end = prefix.size();
    while (end < text.size() && end <= kLongest && isIdCharacter(text[end])) ++end;
    return end >= prefix.size() + kShortest && end <= kLongest ? text.substr(0, end) : std::string_view();
  }
  return {};
}

}  // namespace

bool usesInstanceIds(std::string_view path) {
  return std::ranges::any_of(kPaths, [&](std::string_view part) {
    const size_t at = path.find(part);
    if (at == std::string_view::npos) return false;
    const size_t end = at + part.size();
    return end == path.size() || path[end] == '/' || path[end] == '?';
  });
}

std::vector<std::string_view> instanceIds(std::string_view text, size_t most) {
  std::vector<std::string_view> found;
  for (size_t at = 0; at < text.size() && found.size() < most; ++at) {
    if (text[at] != '/' && text[at] != '"') continue;
    const auto id = idAt(text.substr(at + 1));
    if (id.empty()) continue;
    found.push_back(id);
    at += id.size();
  }
  return found;
}

std::string_view madeId(std::string_view answer) {
  JsonScan scan(answer);
  JsonString name;
  if (!scan.enterObject()) return {};
  while (scan.nextMember(name)) {
    JsonString id;
    if (name == "id") return scan.string(id) && idAt(id.raw).size() == id.raw.size() ? id.raw : std::string_view();
    scan.skip();
  }
  return {};
}

void InstanceIds::learn(std::string_view id, std::string_view backend) {
  const std::lock_guard lock(mutex_);
  if (const auto known = by_id_.find(id); known != by_id_.end()) {
    known->second->backend = backend;
    entries_.splice(entries_.begin(), entries_, known->second);
    return;
  }
  entries_.push_front({std::string(id), std::string(backend)});
  by_id_.emplace(entries_.front().id, entries_.begin());
  if (entries_.size() <= most_) return;
  by_id_.erase(entries_.back().id);
  entries_.pop_back();
}

std::optional<std::string> InstanceIds::ownerOf(const std::vector<std::string_view>& ids) {
  const std::lock_guard lock(mutex_);
  for (const auto id : ids) {
    const auto known = by_id_.find(id);
    if (known == by_id_.end()) continue;
    entries_.splice(entries_.begin(), entries_, known->second);
    return known->second->backend;
  }
  return std::nullopt;
}

}  // namespace sluice::upstream
