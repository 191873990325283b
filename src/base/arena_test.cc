#include "base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

TEST(Arena, GivesAlignedMemoryAndKeepsItUntilReset) {
  Arena arena;
  const auto first = arena.copy("hello");
  auto* number = arena.create<double>(2.5);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(number) % alignof(double), 0u);
  const std::string large(100'000, 'x');
  const auto copied = arena.copy(large);
  EXPECT_EQ(first, "hello");
  EXPECT_EQ(*number, 2.5);
  EXPECT_EQ(copied, large);
  arena.reset();
  EXPECT_LE(arena.reserved(), Arena::kFirstBlock);
}

TEST(Arena, SaysWhenItsLimitIsPassed) {
  Arena arena(64 * 1024);
  EXPECT_FALSE(arena.exhausted());
  while (!arena.exhausted()) arena.allocateBytes(1024);
  EXPECT_LT(arena.reserved(), 256u * 1024);
}

TEST(Arena, ShrinkGivesBackTheTail) {
  Arena arena;
  void* first = arena.allocateBytes(100, 1);
  arena.shrink(first, 100, 10);
  EXPECT_EQ(arena.allocateBytes(1, 1), static_cast<char*>(first) + 10);
}

}  // namespace
}  // namespace sluice
