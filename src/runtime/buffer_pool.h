// Read buffers of one thread. A reader leases one, reads, and gives it back before it waits, so that in ordinary
// traffic one warm buffer serves every connection. Who must keep bytes keeps the lease: beyond kLargeBuffers out at
// once, leases are small, so that many slow peers cannot hold much memory. Each buffer has kPadding readable bytes past
// its capacity (simdjson wants them).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::runtime {

class BufferPool {
 public:
  static constexpr size_t kLarge = 64 * 1024;
  static constexpr size_t kSmall = 8 * 1024;
  static constexpr size_t kPadding = 64;
  static constexpr size_t kLargeBuffers = 64;

  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          data_(std::exchange(other.data_, nullptr)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Lease& operator=(Lease&& other) noexcept {
      if (this != &other) {
        release();
        pool_ = std::exchange(other.pool_, nullptr);
        data_ = std::exchange(other.data_, nullptr);
        capacity_ = std::exchange(other.capacity_, 0);
      }
      return *this;
    }
    ~Lease() { release(); }
    explicit operator bool() const { return data_ != nullptr; }
    char* data() const { return data_; }
    size_t capacity() const { return capacity_; }
    void release() {
      if (data_ == nullptr) return;
      pool_->giveBack(std::exchange(data_, nullptr), std::exchange(capacity_, 0));
      pool_ = nullptr;
    }

   private:
    friend class BufferPool;
    Lease(BufferPool* pool, char* data, size_t capacity) : pool_(pool), data_(data), capacity_(capacity) {}
    BufferPool* pool_ = nullptr;
    char* data_ = nullptr;
    size_t capacity_ = 0;
  };

  BufferPool() = default;
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  Lease acquire() {
    ++leased_;
    if (leased_ <= kLargeBuffers && !large_.empty()) {
      char* data = large_.back();
      large_.pop_back();
      return Lease(this, data, kLarge);
    }
    return acquireSlow();
  }
  size_t leased() const { return leased_; }

 private:
  Lease acquireSlow();
  void giveBack(char* data, size_t capacity);

  std::vector<char*> large_;
  std::vector<char*> small_;
  size_t leased_ = 0;
};

}  // namespace sluice::runtime
