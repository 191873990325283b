// Byte-pair tokenizers that count as OpenAI's do: cl100k_base and o200k_base, from their rank files (`base64 rank` per
// line). Results equal tiktoken's `encode_ordinary`: text that looks like a special token counts as text. Bytes that
// are not UTF-8 count as U+FFFD each. A run without a break of more than 64 KiB is cut there (byte_pairs.h), which can
// change the count by a token or two; otherwise equality is exact.
//
// A Tokenizer is immutable and shared between threads. Time is O(n log n) for any input, some 5 ms for a MiB of prose
// and at most 170 ms for a hostile one: hand texts of more than 64 KiB to a worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "upstream/rank_table.h"

namespace sluice::upstream {

enum class Encoding : uint8_t { Cl100k, O200k };

std::string_view encodingName(Encoding encoding);  // "cl100k_base"
// The encoding of a model or deployment name, by the model names found in it, without regard to case
// ("gpt-35-turbo-16k", "GPT-4o-mini", "openai/gpt-4.1", "prod-gpt-4-turbo"). Unknown names: o200k_base.
Encoding encodingForModel(std::string_view model);

class Tokenizer {
 public:
  // Reads and indexes a rank file: 15 ms, so not on a loop.
  static Result<std::unique_ptr<const Tokenizer>> load(Encoding encoding, const std::string& path);

  Encoding encoding() const { return encoding_; }
  size_t count(std::string_view text) const { return run(text, nullptr); }
  void encode(std::string_view text, std::vector<uint32_t>& ids) const { run(text, &ids); }

 private:
  Tokenizer(Encoding encoding, RankTable ranks) : encoding_(encoding), ranks_(std::move(ranks)) {}
  size_t run(std::string_view text, std::vector<uint32_t>* ids) const;

  Encoding encoding_;
  RankTable ranks_;
};

// The process's tokenizers, each loaded once, at first need. Thread-safe. Folder: where `cl100k_base.tiktoken` and
// `o200k_base.tiktoken` are.
class Tokenizers {
 public:
  explicit Tokenizers(std::string folder);
  ~Tokenizers();
  Tokenizers(const Tokenizers&) = delete;
  Tokenizers& operator=(const Tokenizers&) = delete;

  // Null: not loaded yet, or it cannot be. Never blocks.
  const Tokenizer* get(Encoding encoding) const;
  // Whether load() was tried and failed: there is no use in waiting for it.
  bool failed(Encoding encoding) const;
  // Blocks while reading (callers at the same time wait for the one that reads): call on a worker thread. A failure is
  // final. The tokenizer lives as long as this.
  Result<const Tokenizer*> load(Encoding encoding);

 private:
  struct Slot;
  const std::string folder_;
  const std::unique_ptr<Slot[]> slots_;
};

// A count without a tokenizer: bytes / 4 rounded up, OpenAI's rule of thumb. For when no rank file can be read.
size_t estimateTokens(std::string_view text);

}  // namespace sluice::upstream
