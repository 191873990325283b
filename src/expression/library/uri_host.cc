// Hosts of URIs: which names are valid, and punycode.
#include <algorithm>

#include "expression/library/ip_text.h"
#include "expression/library/uri_parse.h"
#include "expression/library/web_text.h"

namespace sluice::expression {
namespace {

bool isLetterOrDigit(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

// Labels of letters and digits, with '-' and '_' inside; characters beyond ASCII count as letters (RFC 1123, 3987).
bool isDnsName(std::string_view name) {
  if (name.empty() || name.size() > 1024) return false;
  while (!name.empty()) {
    const size_t dot = std::min(name.find('.'), name.size());
    if (dot == 0 || dot > 63 || !isLetterOrDigit(static_cast<unsigned char>(name[0]))) return false;
    for (const char c : name.substr(0, dot))
      if (!isLetterOrDigit(static_cast<unsigned char>(c)) && c != '-' && c != '_') return false;
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return true;
}

// ---- RFC 3492 ------------------------------------------------------------------------------------------------------

std::u32string codePoints(std::string_view utf8) {
  std::u32string out;
  for (size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t code = size == 1 ? first : first & (0x7Fu >> size);
    for (size_t k = 1; k < size && i + k < utf8.size(); ++k)
      code = code << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3Fu);
    out += static_cast<char32_t>(code);
    i += size;
  }
  return out;
}

uint32_t adapt(uint32_t delta, uint32_t count, bool first) {
  delta = first ? delta / 700 : delta / 2;
  delta += delta / count;
  uint32_t k = 0;
  for (; delta > 455; k += 36) delta /= 35;
  return k + 36 * delta / (delta + 38);
}

void addNumber(std::string& out, uint32_t number, uint32_t bias) {
  static constexpr char kDigits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (uint32_t k = 36;; k += 36) {
    const uint32_t threshold = k <= bias ? 1 : std::min<uint32_t>(k - bias, 26);
    if (number < threshold) break;
    out += kDigits[threshold + (number - threshold) % (36 - threshold)];
    number = (number - threshold) / (36 - threshold);
  }
  out += kDigits[number];
}

std::string encodeLabel(std::string_view label) {
  const std::u32string text = codePoints(label);
  std::string out;
  for (const char32_t c : text)
    if (c < 0x80) out += static_cast<char>(c);
  const auto basic = static_cast<uint32_t>(out.size());
  if (basic == text.size()) return std::string(label);
  if (basic > 0) out += '-';
  uint32_t next = 0x80, delta = 0, bias = 72;
  for (uint32_t done = basic; done < text.size();) {
    uint32_t least = 0x110000;
    for (const char32_t c : text)
      if (c >= next) least = std::min(least, static_cast<uint32_t>(c));
    delta += (least - next) * (done + 1);
    next = least;
    for (const char32_t c : text) {
      if (c < next) ++delta;
      if (c != next) continue;
      addNumber(out, delta, bias);
      bias = adapt(delta, done + 1, done == basic);
      delta = 0;
      ++done;
    }
    ++delta;
    ++next;
  }
  return "xn--" + out;
}

}  // namespace

std::string punycode(std::string_view host) {
  std::string out;
  for (;;) {
    const size_t dot = host.find('.');
    out += encodeLabel(host.substr(0, dot));
    if (dot == std::string_view::npos) return out;
    out += '.';
    host.remove_prefix(dot + 1);
  }
}

HostType checkHostName(std::string_view name) {
  if (name.empty() || name.size() > 0x7FFF) return HostType::Unknown;
  if (name.front() == '[' && name.back() == ']')
    return parseIPv6(name.substr(1, name.size() - 2)) ? HostType::IPv6 : HostType::Unknown;
  if (name.front() >= '0' && name.front() <= '9' && parseIPv4(name)) return HostType::IPv4;
  if (isDnsName(name)) return HostType::Dns;
  return parseIPv6(name) ? HostType::IPv6 : HostType::Unknown;
}

}  // namespace sluice::expression
