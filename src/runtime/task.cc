#include "runtime/task.h"

#include <array>
#include <cstdint>
#include <new>

namespace sluice::runtime {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kRecycle = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kRecycle = false;
#else
constexpr bool kRecycle = true;
#endif
#else
constexpr bool kRecycle = true;
#endif

constexpr size_t kGrain = 64;
constexpr size_t kClasses = 64;  // frames up to 4 KiB
constexpr uint32_t kKept = 512;  // per class and thread

struct FreeFrame {
  FreeFrame* next;
};

struct FreeFrames {
  struct Class {
    FreeFrame* first = nullptr;
    uint32_t count = 0;
  };
  std::array<Class, kClasses + 1> classes;
  bool open = true;

  ~FreeFrames() {
    open = false;
    for (Class& sizes : classes) {
      while (sizes.first != nullptr) ::operator delete(std::exchange(sizes.first, sizes.first->next));
    }
  }
};

thread_local FreeFrames frames;

}  // namespace

void* allocateFrame(size_t size) {
  const size_t at = (size + kGrain - 1) / kGrain;
  if (!kRecycle || at > kClasses) return ::operator new(size);
  FreeFrames::Class& sizes = frames.classes[at];
  if (sizes.first == nullptr) return ::operator new(at* kGrain);
  --sizes.count;
  return std::exchange(sizes.first, sizes.first->next);
}

void freeFrame(void* frame, size_t size) noexcept {
  const size_t at = (size + kGrain - 1) / kGrain;
  if (!kRecycle || at > kClasses || !frames.open) {
    ::operator delete(frame);
    return;
  }
  FreeFrames::Class& sizes = frames.classes[at];
  if (sizes.count == kKept) {
    ::operator delete(frame);
    return;
  }
  sizes.first = new (frame) FreeFrame{sizes.first};
  ++sizes.count;
}

}  // namespace sluice::runtime
