#include "policies/redirect_content_urls/links.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace sluice::policies {
namespace {

constexpr uint16_t defaultPort(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
// May go on a path segment or a host (RFC 3986), so that what was matched is only the beginning of another.
bool continues(char c) {
  return isLetter(c) || isDigit(c) || std::string_view("-._~%!$&()*+,;=:@").find(c) != std::string_view::npos;
}

// Slashes as JSON may write them.
enum class Slashes : uint8_t { Plain, Escaped };

// Takes `path` from the front of `text`; its slashes are written as told.
bool takePath(std::string_view& text, std::string_view path, Slashes slashes) {
  std::string_view rest = text;
  for (const char c : path) {
    if (c == '/' && slashes == Slashes::Escaped) {
      if (!rest.starts_with("\\/")) return false;
      rest.remove_prefix(2);
    } else {
      if (!rest.starts_with(c)) return false;
      rest.remove_prefix(1);
    }
  }
  text = rest;
  return true;
}

bool takePort(std::string_view& text, const BaseUrl& base) {
  if (text.starts_with(':') && text.size() > 1 && isDigit(text[1])) {
    uint32_t port = 0;
    size_t at = 1;
    while (at < text.size() && isDigit(text[at]) && port <= 65535)
      port = port * 10 + static_cast<uint32_t>(text[at++] - '0');
    if (port != base.port) return false;
    text.remove_prefix(at);
    return true;
  }
  return base.port == defaultPort(base.scheme);
}

// What follows "://" begins with the base; `text` is then behind it.
bool takeBase(std::string_view& text, const BaseUrl& base, Slashes slashes) {
  if (text.size() < base.host.size() || !equalsIgnoreCase(text.substr(0, base.host.size()), base.host)) return false;
  std::string_view rest = text.substr(base.host.size());
  if (!takePort(rest, base)) return false;
  if (!takePath(rest, base.path, slashes)) return false;
  // Another host, port, user name or segment that only begins so. A comma or the like ends a URL in running text.
  if (!rest.empty() && continues(rest.front())) {
    const bool ends_text = rest.size() > 1 && std::string_view(".,;:!)").find(rest[0]) != std::string_view::npos &&
                           !continues(rest[1]) && rest[1] != '/' && rest[1] != '\\';
    const bool last = rest.size() == 1 && std::string_view(".,;:!)").find(rest[0]) != std::string_view::npos;
    if (!ends_text && !last) return false;
  }
  text = rest;
  return true;
}

std::string written(const BaseUrl& base, Slashes slashes) {
  std::string url = fmt::format("{}://{}", base.scheme, base.host);
  if (base.port != defaultPort(base.scheme)) url += fmt::format(":{}", base.port);
  url += base.path;
  if (slashes == Slashes::Plain) return url;
  std::string escaped;
  for (const char c : url) {
    if (c == '/') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::optional<std::string> redirectLinks(std::string_view text, const BaseUrl& from, const BaseUrl& to) {
  const std::string plain = written(to, Slashes::Plain), escaped = written(to, Slashes::Escaped);
  std::string out;
  size_t copied = 0;
  for (size_t colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
    const std::string_view behind = text.substr(colon + 1);
    const bool is_escaped = behind.starts_with("\\/\\/");
    if (!is_escaped && !behind.starts_with("//")) continue;
    if (colon < copied + from.scheme.size()) continue;
    const size_t start = colon - from.scheme.size();
    if (!equalsIgnoreCase(text.substr(start, from.scheme.size()), from.scheme)) continue;
    if (start > 0 && (isLetter(text[start - 1]) || isDigit(text[start - 1]))) continue;
    std::string_view rest = behind.substr(is_escaped ? 4 : 2);
    if (!takeBase(rest, from, is_escaped ? Slashes::Escaped : Slashes::Plain)) continue;
    out.append(text.substr(copied, start - copied)).append(is_escaped ? escaped : plain);
    copied = text.size() - rest.size();
  }
  if (copied == 0) return std::nullopt;
  return out.append(text.substr(copied));
}

}  // namespace sluice::policies
