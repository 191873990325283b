#include "upstream/rank_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace sluice::upstream {
namespace {

constexpr unsigned kRankBits = 18;
constexpr uint32_t kRankMask = (1u << kRankBits) - 1;
constexpr uint32_t kEmpty = UINT32_MAX;
constexpr size_t kMostTokens = kRankMask;  // the last pattern is kEmpty's

constexpr std::array<int8_t, 256> makeDigits() {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  return table;
}
constexpr auto kDigits = makeDigits();

// Appends to `out` without a string per line: a file has 200,000.
bool appendBase64(std::string_view text, std::string& out) {
  while (text.ends_with('=')) text.remove_suffix(1);
  uint32_t word = 0;
  int bits = 0;
  for (const char c : text) {
    const int digit = kDigits[static_cast<unsigned char>(c)];
    if (digit < 0) return false;
    word = word << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(word >> bits & 0xff);
  }
  return true;
}

uint64_t load(const char* at, size_t size) {
  uint64_t word = 0;
  std::memcpy(&word, at, size);
  return word;
}

// The table is fixed and public, so the hash has no seed: a lookup's cost is bounded by the longest run of used slots.
uint64_t hashOf(std::string_view bytes) {
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15;
  uint64_t hash = bytes.size() * kFactor;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    hash = (hash ^ load(at, 8)) * kFactor;
    hash ^= hash >> 32;
  }
  hash = (hash ^ load(at, left)) * kFactor;
  hash ^= hash >> 29;
  return hash * kFactor;
}

uint32_t tagOf(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 8) & ~kRankMask;
}

size_t pairIndex(std::string_view two) {
  return static_cast<size_t>(static_cast<unsigned char>(two[0])) << 8 | static_cast<unsigned char>(two[1]);
}

}  // namespace

Result<RankTable> RankTable::parse(std::string_view file) {
  RankTable table;
  table.starts_.push_back(0);
  table.bytes_.reserve(file.size() / 2);
  while (!file.empty()) {
    const size_t end = std::min(file.find('\n'), file.size());
    const std::string_view line = file.substr(0, end);
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.empty()) continue;
    if (!table.addLine(line)) return fail("line " + std::to_string(table.size() + 1) + " is not `base64 rank`");
  }
  table.bytes_.shrink_to_fit();
  table.starts_.shrink_to_fit();
  if (const Status status = table.index(); !status) return tl::make_unexpected(status.error());
  return table;
}

bool RankTable::addLine(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || size() >= kMostTokens) return false;
  if (line.ends_with('\r')) line.remove_suffix(1);
  uint32_t rank = 0;
  const auto [end, error] = std::from_chars(line.data() + space + 1, line.data() + line.size(), rank);
  if (error != std::errc() || end != line.data() + line.size() || rank != size()) return false;
  const size_t before = bytes_.size();
  if (!appendBase64(line.substr(0, space), bytes_) || bytes_.size() == before) return false;
  longest_ = std::max(longest_, bytes_.size() - before);
  starts_.push_back(static_cast<uint32_t>(bytes_.size()));
  return true;
}

Status RankTable::index() {
  slots_.assign(std::bit_ceil(size() * 2 + 1), kEmpty);
  pairs_.assign(65536, kNone);
  std::fill(std::begin(ones_), std::end(ones_), kNone);
  const size_t mask = slots_.size() - 1;
  for (uint32_t rank = 0; rank < size(); ++rank) {
    const std::string_view bytes = token(rank);
    if (bytes.size() == 1) ones_[static_cast<unsigned char>(bytes[0])] = rank;
    if (bytes.size() == 2) pairs_[pairIndex(bytes)] = rank;
    if (bytes.size() <= 2) continue;
    const uint64_t hash = hashOf(bytes);
    size_t slot = hash & mask;
    while (slots_[slot] != kEmpty) slot = (slot + 1) & mask;
    slots_[slot] = tagOf(hash) | rank;
  }
  // Every byte must be a token, or there would be text without tokens.
  if (std::find(std::begin(ones_), std::end(ones_), kNone) != std::end(ones_)) return fail("some bytes have no token");
  return {};
}

uint32_t RankTable::find(std::string_view bytes) const {
  if (bytes.size() == 2) return pairs_[pairIndex(bytes)];
  if (bytes.size() == 1) return ones_[static_cast<unsigned char>(bytes[0])];
  if (bytes.empty() || bytes.size() > longest_) return kNone;
  const uint64_t hash = hashOf(bytes);
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash & mask; slots_[slot] != kEmpty; slot = (slot + 1) & mask) {
    if ((slots_[slot] & ~kRankMask) != tagOf(hash)) continue;
    const uint32_t rank = slots_[slot] & kRankMask;
    if (token(rank) == bytes) return rank;
  }
  return kNone;
}

}  // namespace sluice::upstream
