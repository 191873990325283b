#include "runtime/buffer_pool.h"

#include <cstring>
#include <new>

namespace sluice::runtime {
namespace {

constexpr size_t kKeptLarge = 16;
constexpr size_t kKeptSmall = 64;

char* allocateBuffer(size_t capacity) {
  auto* data = static_cast<char*>(::operator new(capacity + BufferPool::kPadding));
  std::memset(data + capacity, 0, BufferPool::kPadding);
  return data;
}

}  // namespace

BufferPool::~BufferPool() {
  for (char* data : large_) ::operator delete(data);
  for (char* data : small_) ::operator delete(data);
}

BufferPool::Lease BufferPool::acquireSlow() {
  if (leased_ <= kLargeBuffers) return Lease(this, allocateBuffer(kLarge), kLarge);
  if (small_.empty()) return Lease(this, allocateBuffer(kSmall), kSmall);
  char* data = small_.back();
  small_.pop_back();
  return Lease(this, data, kSmall);
}

void BufferPool::giveBack(char* data, size_t capacity) {
  --leased_;
  std::vector<char*>& kept = capacity == kLarge ? large_ : small_;
  if (kept.size() >= (capacity == kLarge ? kKeptLarge : kKeptSmall)) {
    ::operator delete(data);
  } else {
    kept.push_back(data);
  }
}

}  // namespace sluice::runtime
