// Capture: bytes of a body kept for observers (records, deferred policies), up to a cap, in the exchange's arena.
// Contiguous; grows by doubling, so at most twice the body is taken. One piece that is whole is kept as a view when its
// owner says that it stays valid.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/arena.h"

namespace sluice::gateway {

class Capture {
 public:
  Capture(Arena& arena, size_t limit) : arena_(arena), limit_(limit) {}

  void append(std::string_view piece) {
    if (piece.empty()) return;
    const size_t room = limit_ - size_;
    if (piece.size() > room) {
      truncated_ = true;
      piece = piece.substr(0, room);
      if (piece.empty()) return;
    }
    if (size_ + piece.size() > capacity_) grow(size_ + piece.size());
    std::memcpy(data_ + size_, piece.data(), piece.size());
    size_ += piece.size();
  }

  // REQUIRES: nothing was appended; `whole` lives as long as the arena's exchange.
  void adopt(std::string_view whole) {
    truncated_ = whole.size() > limit_;
    whole = whole.substr(0, limit_);
    data_ = const_cast<char*>(whole.data());
    size_ = capacity_ = whole.size();
  }

  std::string_view view() const { return {data_, size_}; }
  bool truncated() const { return truncated_; }

 private:
  void grow(size_t wanted) {
    const size_t capacity = std::min(std::max({wanted, capacity_ * 2, size_t{1024}}), limit_);
    char* to = static_cast<char*>(arena_.allocateBytes(capacity, 1));
    if (size_ > 0) std::memcpy(to, data_, size_);
    data_ = to;
    capacity_ = capacity;
  }

  Arena& arena_;
  size_t limit_;
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
  bool truncated_ = false;
};

}  // namespace sluice::gateway
