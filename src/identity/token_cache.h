// TokenCache: tokens whose signature was verified, so that it is checked once. A hit needs no base64, no JSON and no
// allocation: it gives the parsed token. Time, audience, issuer and claims are NOT part of it and are checked each
// time.
//
// An entry is found by a seeded hash and by comparing the whole token, and only for the key-set version that verified
// it: a new version (a key was withdrawn) makes every older entry unreachable at once. Bounded in bytes; the entry
// unused for longest goes first. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "identity/jwt.h"

namespace sluice::identity {

class TokenCache {
 public:
  explicit TokenCache(size_t limit_bytes = 16 * 1024 * 1024);

  // Null: not known. The pointer is valid until the next insert or drop; copy it to hold the token longer.
  const std::shared_ptr<const Token>* find(std::string_view text, uint64_t key_version);
  void insert(std::shared_ptr<const Token> token, uint64_t key_version);
  // Forgets all entries of a key-set version that is no longer used.
  void dropVersion(uint64_t key_version);

  size_t size() const { return entries_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::shared_ptr<const Token> token;
    uint64_t key_version;
    uint64_t hash;
  };
  using Position = std::list<Entry>::iterator;
  struct Identity {
    size_t operator()(uint64_t hash) const { return hash; }  // already mixed
  };

  void erase(Position position);
  static size_t cost(const Entry& entry);

  std::list<Entry> entries_;  // newest use first
  std::unordered_multimap<uint64_t, Position, Identity> index_;
  uint64_t seed_[3];
  size_t bytes_ = 0;
  size_t limit_;
};

}  // namespace sluice::identity
