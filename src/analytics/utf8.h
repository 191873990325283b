// Text for the store and the terminal.
#pragma once

#include <string>
#include <string_view>

namespace sluice::analytics {

// Every byte that belongs to no valid sequence becomes U+FFFD.
std::string replaceInvalidUtf8(std::string_view bytes);
// Code points; what a terminal takes as one column each, but for wide characters.
size_t countCodePoints(std::string_view text);
// The length in bytes of the first code point. REQUIRES: !text.empty()
size_t codePointLength(std::string_view text);

}  // namespace sluice::analytics
