#include "base/arena.h"

#include <algorithm>
#include <cstdlib>

namespace sluice {

Arena::~Arena() {
  while (newest_ != nullptr) std::free(std::exchange(newest_, newest_->previous));
}

void* Arena::allocateSlow(size_t size, size_t alignment) {
  // Blocks grow by half of what there is, up to 1 MiB: thousands of open streams have an arena each. A large
  // allocation gets a block of its own size.
  const size_t grown = std::clamp<size_t>(reserved_ / 2, kFirstBlock, 1u << 20);
  const size_t wanted = std::max(grown, size + alignment + sizeof(Block));
  void* memory = std::malloc(wanted);
  if (memory == nullptr) throw std::bad_alloc();  // lint: allow throw, because operator new does the same
  auto* block = new (memory) Block{newest_, wanted};
  reserved_ += wanted;
  newest_ = block;
  next_ = reinterpret_cast<char*>(block + 1);
  end_ = static_cast<char*>(memory) + wanted;
  return allocateBytes(size, alignment);
}

void Arena::reset() {
  while (newest_ != nullptr && newest_->previous != nullptr) std::free(std::exchange(newest_, newest_->previous));
  if (newest_ != nullptr && newest_->size > kFirstBlock) {
    std::free(newest_);
    newest_ = nullptr;
  }
  next_ = newest_ == nullptr ? nullptr : reinterpret_cast<char*>(newest_ + 1);
  end_ = newest_ == nullptr ? nullptr : reinterpret_cast<char*>(newest_) + newest_->size;
  reserved_ = newest_ == nullptr ? 0 : newest_->size;
}

}  // namespace sluice
