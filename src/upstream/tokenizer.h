// Byte-pair tokenizers that count as OpenAI's do: cl100k_base and o200k_base, from their rank files (`base64 rank` per
// line). Results equal tiktoken's `encode_ordinary`: text that looks like a special token counts as text.
//
// A Tokenizer is immutable and shared between threads. Time is O(n log n) for any input, memory O(longest piece); text
// that is not UTF-8 is counted as if each broken byte were U+FFFD, as tiktoken's callers see it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::upstream {

enum class Encoding : uint8_t { Cl100k, O200k };

std::string_view encodingName(Encoding encoding);  // "cl100k_base"
// The encoding of a model or deployment name, by its beginning, without regard to case ("gpt-35-turbo-16k",
// "GPT-4o-mini", "openai/gpt-4.1"). Unknown names: o200k_base.
Encoding encodingForModel(std::string_view model);

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // Reads and indexes a rank file: about 50 ms, so not on a loop.
  static Result<std::shared_ptr<const Tokenizer>> load(Encoding encoding, const std::string& path);

  virtual Encoding encoding() const = 0;
  virtual size_t count(std::string_view text) const = 0;
  virtual void encode(std::string_view text, std::vector<uint32_t>& ids) const = 0;
};

// The process's tokenizers: `get` gives one that is loaded, or null; `load` reads it if nobody has yet (several callers
// at once wait for the one that reads). Thread-safe. Folder: where `cl100k_base.tiktoken` and `o200k_base.tiktoken`
// are.
class Tokenizers {
 public:
  explicit Tokenizers(std::string folder);
  ~Tokenizers();
  // Null when not loaded yet. Never blocks: the caller estimates (estimateTokens) or loads on a worker.
  const Tokenizer* get(Encoding encoding) const;
  // Blocks while reading: call on a worker thread.
  Result<const Tokenizer*> load(Encoding encoding);

 private:
  struct Slot;
  std::string folder_;
  std::unique_ptr<Slot[]> slots_;
};

// A count without a tokenizer: bytes / 4 rounded up, the rule of thumb of OpenAI's documentation. For when no rank file
// can be read.
size_t estimateTokens(std::string_view text);

}  // namespace sluice::upstream
