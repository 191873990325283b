// Compiled patterns, kept across evaluations. Programs are never freed, since objects of any exchange may point at
// them, so the number kept is bounded; and only a pattern seen twice is kept, so that patterns made from requests do
// not crowd out the constants of policies. What is not kept lives in the memory of its evaluation.
#include <array>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "expression/library/regex.h"

namespace sluice::expression {
namespace {

constexpr size_t kMaxPrograms = 4096;
constexpr size_t kMaxBytes = 32u * 1024 * 1024;
constexpr uint32_t kMaxPattern = 64 * 1024;

uint64_t fingerprint(const Chars& pattern, uint32_t options) {
  uint64_t hash = 14695981039346656037ull ^ options;
  for (uint32_t i = 0; i < pattern.size; ++i) hash = (hash ^ pattern[i]) * 1099511628211ull;
  return hash ^ (hash >> 29);
}

class Cache {
 public:
  const regex::Program* find(uint64_t print, const Chars& pattern, uint32_t options) const {
    const std::shared_lock lock(mutex_);
    const auto [from, to] = programs_.equal_range(print);
    for (auto it = from; it != to; ++it)
      if (it->second.options == options && same(it->second.pattern, pattern)) return it->second.program;
    return nullptr;
  }

  // Is it time to keep this pattern?
  bool seenBefore(uint64_t print) {
    const std::unique_lock lock(mutex_);
    if (programs_.size() >= kMaxPrograms || bytes_ >= kMaxBytes) return false;
    uint64_t& place = recent_[print % recent_.size()];
    const bool seen = place == print;
    place = print;
    return seen;
  }

  // Compiles under the lock: the arena is the cache's own.
  const regex::Program* add(uint64_t print, const std::u16string& pattern, uint32_t options, std::string& error) {
    const std::unique_lock lock(mutex_);
    const regex::Program* program = regex::compile(pattern, options, arena_, error);
    if (program == nullptr) return nullptr;
    programs_.emplace(print, Entry{pattern, options, program});
    bytes_ += program->bytes + pattern.size() * 2;
    return program;
  }

  static Cache& instance() {
    static auto* const cache = new Cache;
    return *cache;
  }

 private:
  struct Entry {
    std::u16string pattern;
    uint32_t options;
    const regex::Program* program;
  };

  static bool same(const std::u16string& a, const Chars& b) {
    if (a.size() != b.size) return false;
    for (uint32_t i = 0; i < b.size; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

  mutable std::shared_mutex mutex_;
  std::unordered_multimap<uint64_t, Entry> programs_;
  std::array<uint64_t, 1024> recent_{};
  size_t bytes_ = 0;
  Arena arena_;
};

}  // namespace

const regex::Program* regexProgram(Eval& eval, const Chars& pattern, uint32_t options) {
  constexpr uint32_t kKnown = 0x3FF & ~128u;
  constexpr uint32_t kWithEcma = regex::kEcmaScript | regex::kIgnoreCase | regex::kMultiline | regex::kCompiled;
  if ((options & ~kKnown) != 0 || ((options & regex::kEcmaScript) != 0 && (options & ~kWithEcma) != 0)) {
    eval.raiseOutOfRange("options");
    return nullptr;
  }
  if (!eval.step(pattern.size / 16 + 1)) return nullptr;
  const uint64_t print = fingerprint(pattern, options);
  Cache& cache = Cache::instance();
  if (const regex::Program* program = cache.find(print, pattern, options)) return program;
  if (pattern.size > kMaxPattern) {
    eval.raiseBudget("pattern length");
    return nullptr;
  }
  if (!eval.step(uint64_t{pattern.size} * 8 + 50) || !eval.reserve(uint64_t{pattern.size} * 256)) return nullptr;
  std::u16string units;
  for (uint32_t i = 0; i < pattern.size; ++i) units += pattern[i];
  std::string error;
  const regex::Program* program = cache.seenBefore(print) ? cache.add(print, units, options, error)
                                                          : regex::compile(units, options, eval.arena, error);
  if (program == nullptr) eval.raise("System.ArgumentException", error);
  return program;
}

}  // namespace sluice::expression
