// Base64, base64url, hex, percent-encoding, UTF-8: plain text in, plain text out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

std::string base64Encode(std::string_view bytes);
// Strict: the alphabet, right padding, nothing else. nullopt otherwise.
std::optional<std::string> base64Decode(std::string_view text);
std::string base64UrlEncode(std::string_view bytes);                // without padding (RFC 7515)
std::optional<std::string> base64UrlDecode(std::string_view text);  // padding refused
std::string hexEncode(std::string_view bytes);
// %XX decoded; a broken escape is left as it stands. `plus_is_space` for query strings.
std::string percentDecode(std::string_view text, bool plus_is_space = false);
// All but RFC 3986 unreserved characters.
std::string percentEncode(std::string_view text);
bool isValidUtf8(std::string_view bytes);
bool sameIgnoringCase(const char* a, const char* b, size_t size);  // ASCII
// Lengths or first letters differ for nearly every pair of header names: that much is done in place.
inline bool equalsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  return a.empty() || (((a.front() ^ b.front()) & ~0x20) == 0 && sameIgnoringCase(a.data(), b.data(), a.size()));
}
// A random (version 4) GUID in its 36-character form, from a per-thread generator seeded by the kernel.
std::string randomGuid();
inline constexpr size_t kGuidSize = 36;
void writeRandomGuid(char* to);  // kGuidSize characters
// Cryptographically random bytes.
std::string randomBytes(size_t count);

}  // namespace sluice
