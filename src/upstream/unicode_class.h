// What kind of character a code point is, as the tokenizers' split rules see it. The table is tiktoken's own (see
// tools/tokenizer_data.py), spread out once per process: 35 KB. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace sluice::upstream {

enum class CharClass : uint8_t {
  Other,
  Space,   // White_Space
  Upper,   // Lu, Lt
  Lower,   // Ll
  Letter,  // Lm, Lo
  Mark,    // M
  Number   // N
};

class UnicodeClasses {
 public:
  static const UnicodeClasses& instance();

  // REQUIRES: point < 0x110000.
  CharClass of(char32_t point) const { return blocks_[index_[point >> 8] + (point & 0xff)]; }

 private:
  UnicodeClasses();
  std::array<uint32_t, 0x1100> index_{};  // where a block of 256 begins; equal blocks are one
  std::vector<CharClass> blocks_;
};

}  // namespace sluice::upstream
