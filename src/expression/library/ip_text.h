// IP addresses as text, read and written as System.Net.IPAddress and System.Uri do.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::expression {

struct IPv6 {
  std::array<uint16_t, 8> groups{};
  uint32_t scope = 0;
};

// One to four parts, each decimal, octal (0...) or hexadecimal (0x...); the last fills what is left.
std::optional<uint32_t> parseIPv4(std::string_view text);
std::string formatIPv4(uint32_t address);  // the first part is the highest byte
// Without brackets; "%3" at the end is a scope (names of interfaces count as none).
std::optional<IPv6> parseIPv6(std::string_view text);
// RFC 5952: the longest run of zeros shortened, an embedded IPv4 address in dots.
std::string formatIPv6(const IPv6& address);

}  // namespace sluice::expression
