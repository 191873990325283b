// Text to bytes and back in .NET's encodings. What cannot be shown is replaced as .NET's default encodings do it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "expression/chars.h"

namespace sluice::expression {

enum class Codec : uint8_t { Ascii, Latin1, Windows1252, Utf8, Utf16, Utf16Big, Utf32, Utf32Big };

// The bytes that the text takes.
uint64_t encodedSize(Codec codec, const Chars& text);
// REQUIRES: `to` has encodedSize(codec, text) bytes.
void encode(Codec codec, const Chars& text, uint8_t* to);
// Null with an exception pending when the budget is used up. The text may view `bytes` (which must then not change).
Value decode(Eval& eval, Codec codec, std::string_view bytes);

}  // namespace sluice::expression
