// Fuzzes System.Uri's parser, its escapes and the combining with a base: whatever the text, nothing is read outside it,
// and what AbsoluteUri writes is ASCII but for a host's name, and is read again as the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "expression/library/ip_text.h"
#include "expression/library/uri_parse.h"
#include "expression/library/uri_text.h"

namespace {

using namespace sluice::expression;

std::string written(const UriParts& parts) {
  return authorityPart(parts) + (parts.is_dos_path ? "/" : "") + escapedPath(parts) + escapedQuery(parts) +
         escapedFragment(parts);
}

bool isAscii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > 4096 || !sluice::isValidUtf8(text)) return 0;  // as natives give it
  parseIPv4(text);
  if (const auto v6 = parseIPv6(text); v6 && !parseIPv6(formatIPv6(*v6))) __builtin_trap();
  unescapeUri(text);
  checkHostName(text);
  UriParts base;
  if (parseUri("http://a/b/c/d;p?q", base) != UriError::None) __builtin_trap();
  combineUri(base, "http://a/b/c/d;p?q", text);
  UriParts parts;
  if (parseUri(text, parts) != UriError::None) return 0;
  punycode(parts.host);
  displayIri(parts.path, Component::Path);
  if (!isAscii(escapedPath(parts) + escapedQuery(parts) + escapedFragment(parts))) __builtin_trap();
  UriParts again;
  const std::string once = written(parts);
  const bool same = parts.has_authority && !parts.is_unc && !parts.is_implicit_file && once.size() < 0xFFF0;
  if (same && (parseUri(once, again) != UriError::None || written(again) != once)) __builtin_trap();
  return 0;
}
