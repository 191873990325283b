// Arena: memory that lives as long as one exchange. Bump allocation from blocks; nothing is freed before reset().
// It is a std::pmr::memory_resource, so pmr containers may live in it (their destructors free nothing and need not
// run). Owned by one thread. allocate() never fails below `limit` bytes; past it exhausted() turns true and the
// caller's request is to be failed (allocation still succeeds so that code need not check each call; check at loops
// that grow).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory_resource>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice {

class Arena final : public std::pmr::memory_resource {
 public:
  static constexpr size_t kFirstBlock = 8 * 1024 - 64;
  static constexpr size_t kDefaultLimit = 256u * 1024 * 1024;

  explicit Arena(size_t limit = kDefaultLimit) : limit_(limit) {}
  ~Arena() override;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocateBytes(size_t size, size_t alignment = alignof(std::max_align_t)) {
    const auto at = (reinterpret_cast<uintptr_t>(next_) + alignment - 1) & ~(uintptr_t{alignment} - 1);
    if (next_ == nullptr || at + size > reinterpret_cast<uintptr_t>(end_)) return allocateSlow(size, alignment);
    next_ = reinterpret_cast<char*>(at + size);
    return reinterpret_cast<void*>(at);
  }

  // T's destructor never runs: T must not own anything outside the arena.
  template <class T, class... Args>
  T* create(Args&&... args) {
    return new (allocateBytes(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
  }

  template <class T>
  std::span<T> array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* first = static_cast<T*>(allocateBytes(sizeof(T) * count, alignof(T)));
    for (size_t i = 0; i < count; ++i) new (first + i) T();
    return {first, count};
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = static_cast<char*>(allocateBytes(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  // The pieces as one text. Nothing is copied when only one of them has any.
  std::string_view join(std::initializer_list<std::string_view> pieces) {
    return join({pieces.begin(), pieces.size()});
  }
  std::string_view join(std::span<const std::string_view> pieces) {
    size_t size = 0, filled = 0;
    std::string_view only;
    for (const std::string_view piece : pieces) {
      size += piece.size();
      if (piece.empty()) continue;
      ++filled;
      only = piece;
    }
    if (filled <= 1) return only;
    char* const text = static_cast<char*>(allocateBytes(size, 1));
    char* next = text;
    for (const std::string_view piece : pieces) {
      if (piece.empty()) continue;
      std::memcpy(next, piece.data(), piece.size());
      next += piece.size();
    }
    return {text, size};
  }

  // Gives back the tail of the newest allocation [from, from + had): it now has `keep` bytes.
  void shrink(void* from, size_t had, size_t keep) {
    if (static_cast<char*>(from) + had == next_) next_ = static_cast<char*>(from) + keep;
  }

  // Forgets everything; the first block is kept for the next exchange.
  void reset();
  // Bytes taken from the system for this exchange.
  size_t reserved() const { return reserved_; }
  bool exhausted() const { return reserved_ > limit_; }
  void setLimit(size_t limit) { limit_ = limit; }

 private:
  struct Block {
    Block* previous;
    size_t size;
  };

  void* allocateSlow(size_t size, size_t alignment);
  void* do_allocate(size_t size, size_t alignment) override { return allocateBytes(size, alignment); }
  void do_deallocate(void*, size_t, size_t) override {}
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  Block* newest_ = nullptr;
  char* next_ = nullptr;
  char* end_ = nullptr;
  size_t reserved_ = 0;
  size_t limit_;
};

}  // namespace sluice
