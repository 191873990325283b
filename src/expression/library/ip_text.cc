#include "expression/library/ip_text.h"

#include <charconv>

#include "expression/library/web_text.h"

namespace sluice::expression {
namespace {

// One part up to '.' or the end; false: not a number.
bool readPart(std::string_view text, size_t& at, uint64_t& out) {
  int base = 10;
  bool any = false;
  if (at < text.size() && text[at] == '0') {
    base = 8;
    any = true;
    ++at;
    if (at < text.size() && (text[at] | 0x20) == 'x') {
      base = 16;
      any = false;
      ++at;
    }
  }
  out = 0;
  for (; at < text.size() && text[at] != '.'; ++at) {
    const int digit = hexValue(static_cast<unsigned char>(text[at]));
    if (digit < 0 || digit >= base) return false;
    out = out * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
    if (out > 0xFFFFFFFF) return false;
    any = true;
  }
  return any;
}

// a.b.c.d of plain decimal parts, as IPv6 embeds it.
std::optional<uint32_t> parseDotted(std::string_view text) {
  uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || dot == 0 || dot > 3) return std::nullopt;
    uint32_t number = 0;
    for (const char c : text.substr(0, dot)) {
      if (c < '0' || c > '9') return std::nullopt;
      number = number * 10 + static_cast<uint32_t>(c - '0');
    }
    if (number > 255 || (dot > 1 && text[0] == '0')) return std::nullopt;
    address = address << 8 | number;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return address;
}

std::optional<uint16_t> parseGroup(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  int number = 0;
  for (const char c : text) {
    const int digit = hexValue(static_cast<unsigned char>(c));
    if (digit < 0) return std::nullopt;
    number = number * 16 + digit;
  }
  return static_cast<uint16_t>(number);
}

// Groups between colons, appended at `count`; false: malformed or too many. Empty text has none.
bool readGroups(std::string_view text, bool last, std::array<uint16_t, 8>& groups, size_t& count) {
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view one = text.substr(0, colon);
    const bool end = colon == std::string_view::npos;
    if (end && last && one.find('.') != std::string_view::npos) {
      const std::optional<uint32_t> dotted = parseDotted(one);
      if (!dotted || count > 6) return false;
      groups[count++] = static_cast<uint16_t>(*dotted >> 16);
      groups[count++] = static_cast<uint16_t>(*dotted);
      return true;
    }
    const std::optional<uint16_t> group = parseGroup(one);
    if (!group || count > 7) return false;
    groups[count++] = *group;
    if (end) return true;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;
  }
  return true;
}

bool embedsIPv4(const std::array<uint16_t, 8>& g) {
  if (g[0] == 0 && g[1] == 0 && g[2] == 0 && g[3] == 0 && g[6] != 0) {
    if (g[4] == 0 && (g[5] == 0 || g[5] == 0xFFFF)) return true;
    if (g[4] == 0xFFFF && g[5] == 0) return true;
  }
  return g[4] == 0 && g[5] == 0x5EFE;
}

}  // namespace

std::optional<uint32_t> parseIPv4(std::string_view text) {
  uint64_t parts[4] = {};
  size_t count = 0;
  for (size_t at = 0;; ++at) {
    if (count == 4 || !readPart(text, at, parts[count])) return std::nullopt;
    ++count;
    if (at >= text.size()) break;
    if (parts[count - 1] > 255) return std::nullopt;
  }
  const uint64_t last = parts[count - 1];
  if (last >> (8 * (5 - count)) != 0) return std::nullopt;
  uint64_t address = last;
  for (size_t i = 0; i + 1 < count; ++i) address |= parts[i] << (24 - 8 * i);
  return static_cast<uint32_t>(address);
}

std::string formatIPv4(uint32_t address) {
  return std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 255) + "." +
         std::to_string(address >> 8 & 255) + "." + std::to_string(address & 255);
}

std::optional<IPv6> parseIPv6(std::string_view text) {
  IPv6 address;
  const size_t percent = text.find('%');
  if (percent != std::string_view::npos) {
    const std::string_view scope = text.substr(percent + 1);
    if (scope.empty()) return std::nullopt;
    std::from_chars(scope.data(), scope.data() + scope.size(), address.scope);
    text = text.substr(0, percent);
  }
  size_t count = 0;
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (text.empty() || !readGroups(text, true, address.groups, count) || count != 8) return std::nullopt;
    return address;
  }
  std::array<uint16_t, 8> tail{};
  size_t tail_count = 0;
  if (!readGroups(text.substr(0, gap), false, address.groups, count)) return std::nullopt;
  if (!readGroups(text.substr(gap + 2), true, tail, tail_count)) return std::nullopt;
  if (count + tail_count > 7) return std::nullopt;
  for (size_t i = 0; i < tail_count; ++i) address.groups[8 - tail_count + i] = tail[i];
  return address;
}

std::string formatIPv6(const IPv6& address) {
  const auto& g = address.groups;
  const bool embedded = embedsIPv4(g);
  const size_t count = embedded ? 6 : 8;
  size_t best = 0, best_length = 0, length = 0;
  for (size_t i = 0; i < count; ++i) {
    length = g[i] == 0 ? length + 1 : 0;
    if (length > best_length) {
      best_length = length;
      best = i + 1 - length;
    }
  }
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    if (best_length > 1 && i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    char digits[8];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, g[i], 16);
    text.append(digits, end);
  }
  if (embedded) {
    if (text.back() != ':') text += ':';
    text += formatIPv4(static_cast<uint32_t>(g[6]) << 16 | g[7]);
  }
  if (address.scope != 0) text += "%" + std::to_string(address.scope);
  return text;
}

}  // namespace sluice::expression
