#include "identity/token_cache.h"

#include <cstring>

#include "base/encoding.h"

namespace sluice::identity {
namespace {

// A list node, an index node and a bucket, roughly.
constexpr size_t kEntryOverhead = 160;

uint64_t load(const char* at, size_t size = 8) {
  uint64_t word = 0;
  std::memcpy(&word, at, size);
  return word;
}

__extension__ using Wide = unsigned __int128;

uint64_t fold(uint64_t a, uint64_t b) {
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Multiply-and-fold over 32 bytes at a time in two lanes, keyed by three random words: about 10 bytes a nanosecond.
// Only tokens that verified are stored, and a hit compares the whole token, so that the hash need only spread.
uint64_t hashOf(std::string_view text, const uint64_t* seed) {
  uint64_t a = seed[0] ^ text.size();
  uint64_t b = seed[1];
  const char* at = text.data();
  size_t left = text.size();
  for (; left >= 32; at += 32, left -= 32) {
    a = fold(load(at) ^ seed[1], load(at + 8) ^ a);
    b = fold(load(at + 16) ^ seed[2], load(at + 24) ^ b);
  }
  for (; left >= 8; at += 8, left -= 8) a = fold(load(at) ^ seed[2], a ^ seed[1]);
  if (left > 0) b = fold(load(at, left) ^ seed[1], b ^ seed[2]);
  return fold(a ^ seed[2], b ^ seed[0]);
}

uint64_t mix(uint64_t hash, uint64_t version, const uint64_t* seed) {
  return fold(hash ^ version, seed[0] | 1);
}

}  // namespace

TokenCache::TokenCache(size_t limit_bytes) : limit_(limit_bytes) {
  const std::string random = randomBytes(sizeof seed_);
  std::memcpy(seed_, random.data(), sizeof seed_);
}

const std::shared_ptr<const Token>* TokenCache::find(std::string_view text, uint64_t key_version) {
  const uint64_t hash = mix(hashOf(text, seed_), key_version, seed_);
  const auto [first, last] = index_.equal_range(hash);
  for (auto candidate = first; candidate != last; ++candidate) {
    const Position position = candidate->second;
    if (position->key_version != key_version || position->token->text() != text) continue;
    entries_.splice(entries_.begin(), entries_, position);
    return &position->token;
  }
  return nullptr;
}

void TokenCache::insert(std::shared_ptr<const Token> token, uint64_t key_version) {
  if (find(token->text(), key_version) != nullptr) return;
  const uint64_t hash = mix(hashOf(token->text(), seed_), key_version, seed_);
  Entry entry{std::move(token), key_version, hash};
  const size_t size = cost(entry);
  if (size > limit_) return;
  while (bytes_ + size > limit_) erase(std::prev(entries_.end()));
  entries_.push_front(std::move(entry));
  index_.emplace(hash, entries_.begin());
  bytes_ += size;
}

void TokenCache::dropVersion(uint64_t key_version) {
  for (auto position = entries_.begin(); position != entries_.end();) {
    const auto next = std::next(position);
    if (position->key_version == key_version) erase(position);
    position = next;
  }
}

void TokenCache::erase(Position position) {
  const auto [first, last] = index_.equal_range(position->hash);
  for (auto candidate = first; candidate != last; ++candidate) {
    if (candidate->second != position) continue;
    index_.erase(candidate);
    break;
  }
  bytes_ -= cost(*position);
  entries_.erase(position);
}

size_t TokenCache::cost(const Entry& entry) {
  return entry.token->footprint() + kEntryOverhead;
}

}  // namespace sluice::identity
