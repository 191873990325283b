#include "upstream/unicode_class.h"

#include <algorithm>
#include <span>

namespace sluice::upstream {
namespace {

constexpr uint32_t kRanges[] = {
#include "upstream/unicode_ranges.inc"
};
constexpr size_t kBlock = 256;

}  // namespace

UnicodeClasses::UnicodeClasses() {
  std::array<CharClass, kBlock> block;
  size_t range = 0;
  for (uint32_t number = 0; number < index_.size(); ++number) {
    for (uint32_t i = 0; i < kBlock; ++i) {
      const uint32_t point = number * kBlock + i;
      while (range + 1 < std::size(kRanges) && kRanges[range + 1] >> 3 <= point) ++range;
      block[i] = static_cast<CharClass>(kRanges[range] & 7);
    }
    uint32_t at = 0;
    while (at < blocks_.size() && !std::equal(block.begin(), block.end(), blocks_.begin() + at)) at += kBlock;
    if (at == blocks_.size()) blocks_.insert(blocks_.end(), block.begin(), block.end());
    index_[number] = at;
  }
}

const UnicodeClasses& UnicodeClasses::instance() {
  static const UnicodeClasses classes;
  return classes;
}

}  // namespace sluice::upstream
