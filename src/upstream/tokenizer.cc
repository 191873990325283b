#include "upstream/tokenizer.h"

#include <simdjson.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "text/file.h"
#include "upstream/byte_pairs.h"
#include "upstream/split.h"

namespace sluice::upstream {
namespace {

constexpr size_t kMostFileBytes = 16 * 1024 * 1024;
constexpr size_t kEncodings = 2;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

size_t indexOf(Encoding encoding) {
  return static_cast<size_t>(encoding);
}

// Length of the valid UTF-8 character at the beginning of `text`, 0 for a broken one.
size_t characterSize(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return simdjson::validate_utf8(text.data(), std::min(size, text.size())) ? size : 0;
}

std::string repaired(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 64);
  while (!text.empty()) {
    const size_t size = characterSize(text);
    out.append(size == 0 ? kReplacement : text.substr(0, size));
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

// What follows "gpt-4" in a name tells 4, 4-turbo, 4-32k, 4-0613 from 4o, 4.1 and 4.5, whose dot Azure's deployment
// names often write as a dash or leave out.
Encoding encodingOfGpt4(std::string_view rest) {
  if (rest.starts_with('o')) return Encoding::O200k;
  if (rest.starts_with('.') || rest.starts_with('-') || rest.starts_with('_')) rest.remove_prefix(1);
  const bool minor = rest.starts_with('1') || rest.starts_with('5');
  return minor && (rest.size() == 1 || !isDigit(rest[1])) ? Encoding::O200k : Encoding::Cl100k;
}

}  // namespace

std::string_view encodingName(Encoding encoding) {
  return encoding == Encoding::Cl100k ? "cl100k_base" : "o200k_base";
}

Encoding encodingForModel(std::string_view model) {
  std::string name(model.substr(0, 256));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  for (const std::string_view prefix : {"gpt-4", "gpt4", "gpt_4"}) {
    const size_t at = name.find(prefix);
    if (at != std::string::npos) return encodingOfGpt4(std::string_view(name).substr(at + prefix.size()));
  }
  for (const std::string_view part : {"gpt-3", "gpt3", "gpt_3", "embedding", "ada-002", "davinci-002", "babbage-002"})
    if (name.find(part) != std::string::npos) return Encoding::Cl100k;
  return Encoding::O200k;
}

Result<std::unique_ptr<const Tokenizer>> Tokenizer::load(Encoding encoding, const std::string& path) {
  const Result<std::string> file = text::readFile(path, kMostFileBytes);
  if (!file) return tl::make_unexpected(file.error());
  Result<RankTable> ranks = RankTable::parse(*file);
  if (!ranks) return fail(path + ": " + ranks.error().message);
  return std::unique_ptr<const Tokenizer>(new Tokenizer(encoding, std::move(*ranks)));
}

size_t Tokenizer::run(std::string_view text, std::vector<uint32_t>* ids) const {
  std::string owned;
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    owned = repaired(text);
    text = owned;
  }
  Splitter splitter(encoding_, text);
  std::string_view piece;
  size_t count = 0;
  while (splitter.next(piece)) count += mergePiece(ranks_, piece, ids);
  return count;
}

struct Tokenizers::Slot {
  std::mutex loading;
  std::unique_ptr<const Tokenizer> owned;
  std::atomic<const Tokenizer*> ready{nullptr};
  std::atomic<bool> failed{false};
  std::string error;
};

Tokenizers::Tokenizers(std::string folder) : folder_(std::move(folder)), slots_(new Slot[kEncodings]) {}
Tokenizers::~Tokenizers() = default;

const Tokenizer* Tokenizers::get(Encoding encoding) const {
  return slots_[indexOf(encoding)].ready.load(std::memory_order_acquire);
}

bool Tokenizers::failed(Encoding encoding) const {
  return slots_[indexOf(encoding)].failed.load(std::memory_order_acquire);
}

Result<const Tokenizer*> Tokenizers::load(Encoding encoding) {
  Slot& slot = slots_[indexOf(encoding)];
  const std::lock_guard lock(slot.loading);
  if (const Tokenizer* ready = slot.ready.load(std::memory_order_acquire)) return ready;
  if (slot.failed.load(std::memory_order_acquire)) return fail(slot.error);
  auto loaded = Tokenizer::load(encoding, folder_ + "/" + std::string(encodingName(encoding)) + ".tiktoken");
  if (!loaded) {
    slot.error = loaded.error().message;
    slot.failed.store(true, std::memory_order_release);
    return tl::make_unexpected(loaded.error());
  }
  slot.owned = std::move(*loaded);
  slot.ready.store(slot.owned.get(), std::memory_order_release);
  return slot.owned.get();
}

size_t estimateTokens(std::string_view text) {
  return (text.size() + 3) / 4;
}

}  // namespace sluice::upstream
