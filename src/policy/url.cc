#include "policy/url.h"

#include <charconv>

namespace sluice::policy {

Url splitUrl(std::string_view text) {
  Url url;
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return url;
  const auto scheme = text.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https" && scheme != "HTTP" && scheme != "HTTPS") return url;
  const bool secure = scheme.size() == 5;
  std::string_view rest = text.substr(scheme_end + 3);
  size_t authority_end = 0;
  while (authority_end < rest.size() && rest[authority_end] != '/' && rest[authority_end] != '?' &&
         rest[authority_end] != '#')
    ++authority_end;
  const std::string_view authority = rest.substr(0, authority_end);
  rest.remove_prefix(authority_end);
  if (const size_t fragment = rest.find('#'); fragment != std::string_view::npos) rest = rest.substr(0, fragment);
  // User information in a URL is never used, and is a classic way to disguise a host.
  if (authority.empty() || authority.find('@') != std::string_view::npos) return url;
  uint16_t port = secure ? 443 : 80;
  std::string_view host = authority;
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = authority.substr(0, colon);
    const auto digits = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return url;
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty()) return url;
  const size_t question = rest.find('?');
  url.scheme = secure ? "https" : "http";
  url.host = host;
  url.port = port;
  url.path = rest.substr(0, question);
  url.query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  return url;
}

std::string_view joinPath(std::string_view base, std::string_view remainder, Arena& arena) {
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.empty() && remainder.starts_with('/')) return remainder;
  const bool slash = !remainder.starts_with('/');
  return arena.join({base, slash ? std::string_view("/") : std::string_view(), remainder});
}

}  // namespace sluice::policy
