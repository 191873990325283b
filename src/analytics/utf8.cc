#include "analytics/utf8.h"

#include <algorithm>

#include "base/encoding.h"

namespace sluice::analytics {

size_t codePointLength(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return std::min(length, text.size());
}

std::string replaceInvalidUtf8(std::string_view bytes) {
  std::string mended;
  mended.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = codePointLength(bytes);
    if (isValidUtf8(bytes.substr(0, length))) {
      mended.append(bytes.substr(0, length));
      bytes.remove_prefix(length);
    } else {
      mended += "\xef\xbf\xbd";
      bytes.remove_prefix(1);
    }
  }
  return mended;
}

size_t countCodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace sluice::analytics
