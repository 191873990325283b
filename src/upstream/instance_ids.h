// Ids that belong to one instance: responses, files, batches, threads, assistants and their kin are known only to the
// instance that made them, so what names one has to go there. What a process has seen made, it remembers; for others
// (made before a restart, or through another gateway) members are asked in turn (gateway/calls.cc).
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::upstream {

// Whether calls of this path make or name such ids. Chat completions, completions and embeddings do not.
bool usesInstanceIds(std::string_view path);

// The ids in a path or a JSON text, in their order, at most `most`. Views of the text.
std::vector<std::string_view> instanceIds(std::string_view text, size_t most = 32);

// The id of what an answer of such a path made: member `id` of the object; empty: none.
std::string_view madeId(std::string_view answer);

// Thread-safe. Bounded: the ids that were used longest ago are forgotten first.
class InstanceIds {
 public:
  explicit InstanceIds(size_t most = 100'000) : most_(most) {}

  void learn(std::string_view id, std::string_view backend);
  // The backend that made the first of `ids` that is known.
  std::optional<std::string> ownerOf(const std::vector<std::string_view>& ids);

 private:
  struct Entry {
    std::string id, backend;
  };
  const size_t most_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // used last first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_id_;
};

}  // namespace sluice::upstream
