// Character classes of the basic plane (Unicode general categories, grouped).
#pragma once

#include <cstdint>

namespace sluice::expression {

enum class CharClass : uint8_t {
  Other,
  Upper,
  Lower,
  OtherLetter,
  Digit,
  Punctuation,
  Symbol,
  Space,
  Control,
  OtherNumber,
  Mark,
};
CharClass charClass(char16_t c);

}  // namespace sluice::expression
