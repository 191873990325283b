#include "expression/library/uri_parse.h"

#include <algorithm>
#include <string>
#include <vector>

#include "expression/chars.h"
#include "expression/library/ip_text.h"
#include "expression/library/uri_text.h"
#include "expression/library/web_text.h"
#include "expression/unicode.h"

namespace sluice::expression {
namespace {

constexpr size_t kMaxSize = 0xFFF0;
constexpr size_t kMaxScheme = 1024;
constexpr size_t kMaxUncHost = 256;

constexpr uint16_t kWeb = kMustHaveAuthority | kMayHaveQuery | kHasHost;
constexpr SchemeInfo kSchemes[] = {
    {"http", 80, kWeb},
    {"https", 443, kWeb},
    {"ws", 80, kWeb},
    {"wss", 443, kWeb},
    {"ftp", 21, kMustHaveAuthority | kHasHost},
    {"file", -1, kMustHaveAuthority | kMayHaveQuery | kEmptyHost | kFileLike | kHasHost},
    {"gopher", 70, kMustHaveAuthority | kHasHost},
    {"nntp", 119, kMustHaveAuthority | kHasHost},
    {"news", -1, 0},
    {"mailto", 25, kMayHaveQuery | kEmptyHost | kMailLike | kHasHost},
    {"uuid", -1, 0},
    {"telnet", 23, kMustHaveAuthority | kHasHost},
    {"ldap", 389, kWeb | kEmptyHost},
    {"net.tcp", 808, kWeb},
    {"net.pipe", -1, kWeb},
};
constexpr SchemeInfo kUnknown = {"", -1, kOptionalAuthority | kMayHaveQuery | kEmptyHost | kHasHost | kUnknownScheme};

bool isLetter(char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isSlash(char c) {
  return c == '/' || c == '\\';
}
bool isSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

// Lower case of a name that may have characters beyond ASCII.
std::string lowerName(std::string_view name) {
  if (std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return lower(name);
  Arena arena;
  std::u16string units(widen(arena, name));
  for (char16_t& unit : units) unit = toLowerInvariant(unit);
  return std::string(toUtf8(arena, Value::wide(units)));
}

class Parser {
 public:
  Parser(std::string_view text, UriParts& out) : text_(text), out_(out) {}

  UriError parse() {
    if (text_.empty()) return UriError::EmptyUri;
    if (text_.size() >= kMaxSize) return UriError::SizeLimit;
    if (const UriError error = scheme(); error != UriError::None) return error;
    while (!text_.empty() && text_.size() > at_ && isSpace(text_.back())) text_.remove_suffix(1);
    if (const UriError error = authority(); error != UriError::None) return error;
    rest();
    return UriError::None;
  }

 private:
  bool has(uint16_t flag) const { return (out_.info->flags & flag) != 0; }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void implicitFile() {
    out_.is_implicit_file = true;
    out_.has_authority = true;
    out_.scheme = "file";
    out_.info = schemeInfo("file");
  }

  UriError scheme() {
    while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
    if (peek() == '/' && !isSlash(peek(1))) {
      out_.is_unix_path = true;
      implicitFile();
      return UriError::None;
    }
    const size_t colon = text_.find(':', at_);
    if (at_ + 2 >= text_.size() || colon == at_) return UriError::BadFormat;
    if (peek(1) == ':' || peek(1) == '|') return dosPath();
    if (isSlash(peek())) {
      if (!isSlash(peek(1))) return UriError::BadFormat;
      out_.is_unc = true;
      implicitFile();
      while (isSlash(peek())) ++at_;
      return UriError::None;
    }
    if (colon == std::string_view::npos) return UriError::BadFormat;
    const std::string_view name = text_.substr(at_, colon - at_);
    if (name.size() > kMaxScheme) return UriError::SchemeLimit;
    if (!isSchemeName(name)) return UriError::BadScheme;
    out_.scheme = lower(name);
    out_.info = schemeInfo(out_.scheme);
    at_ = colon + 1;
    return UriError::None;
  }

  UriError dosPath() {
    if (!isLetter(peek())) return peek(1) == ':' ? UriError::BadScheme : UriError::BadFormat;
    if (!isSlash(peek(2))) return UriError::MustRootedPath;
    out_.is_dos_path = true;
    implicitFile();
    return UriError::None;
  }

  // Behind "file:": slashes, then a drive, a server or a path.
  UriError filePath() {
    size_t end = at_;
    while (end < text_.size() && isSlash(text_[end])) ++end;
    const size_t slashes = end - at_;
    if (slashes >= 2) out_.has_authority = true;
    const bool drive =
        end + 1 < text_.size() && isLetter(text_[end]) && (text_[end + 1] == ':' || text_[end + 1] == '|');
    if (drive) {
      if (end + 2 >= text_.size() || !isSlash(text_[end + 2])) return UriError::MustRootedPath;
      out_.is_dos_path = true;
      out_.has_authority = true;
      at_ = end;
    } else if (slashes >= 2 && slashes != 3 && end < text_.size() && text_[end] != '?' && text_[end] != '#') {
      out_.is_unc = true;
      at_ = end;
    } else if (slashes == 3) {
      out_.is_unix_path = true;
      at_ += 2;
    }
    return UriError::None;
  }

  UriError authority() {
    if (out_.is_unix_path && out_.is_implicit_file) {
      out_.host_type = HostType::Basic;
      out_.keeps_backslashes = true;
      return UriError::None;
    }
    if (has(kFileLike) && !out_.is_implicit_file)
      if (const UriError error = filePath(); error != UriError::None) return error;
    if (out_.is_unix_path || out_.is_dos_path) {
      out_.host_type = HostType::Basic;
      out_.keeps_backslashes = out_.is_unix_path;
      return UriError::None;
    }
    if (!out_.is_unc) {
      const bool two = isSlash(peek()) && isSlash(peek(1));
      if (has(kMustHaveAuthority)) {
        if (!two) return UriError::BadAuthority;
        at_ += 2;
        out_.has_authority = true;
      } else if (has(kOptionalAuthority) && peek() == '/' && peek(1) == '/') {
        at_ += 2;
        out_.has_authority = true;
      } else if (!has(kMailLike)) {
        return UriError::None;
      }
    }
    return hostAndPort();
  }

  bool endsAuthority(char c) const {
    return c == '/' || c == '#' || c == '?' || (c == '\\' && (has(kFileLike) || out_.is_implicit_file));
  }

  UriError hostAndPort() {
    if (at_ >= text_.size() || endsAuthority(peek())) {
      if (!has(kEmptyHost) || out_.is_implicit_file) return UriError::BadHostName;
      out_.is_unc = false;
      out_.host_type = HostType::Basic;
      return UriError::None;
    }
    if (!has(kFileLike)) userInfo();
    if (const UriError error = host(); error != UriError::None) return error;
    out_.port = out_.info->port;
    if (peek() == '\\' && !has(kFileLike)) return UriError::BadAuthorityTerminator;
    if (out_.is_unc && peek() == '/' && !out_.is_implicit_file) out_.keeps_backslashes = true;
    return peek() == ':' ? port() : UriError::None;
  }

  void userInfo() {
    for (size_t i = at_; i + 1 < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '?' || c == '#' || isSlash(c)) return;
      if (c != '@') continue;
      out_.user_info = text_.substr(at_, i - at_);
      at_ = i + 1;
      return;
    }
  }

  UriError host() {
    if (peek() == '[') {
      const size_t close = text_.find(']', at_);
      if (close == std::string_view::npos) return UriError::BadHostName;
      const std::optional<IPv6> v6 = parseIPv6(text_.substr(at_ + 1, close - at_ - 1));
      at_ = close + 1;
      if (!v6 || (at_ < text_.size() && peek() != ':' && !endsAuthority(peek()))) return UriError::BadHostName;
      IPv6 address = *v6;
      out_.scope = address.scope;
      address.scope = 0;
      out_.host = "[" + formatIPv6(address) + "]";
      out_.host_type = HostType::IPv6;
      return UriError::None;
    }
    size_t end = at_;
    while (end < text_.size() && !isSlash(text_[end]) && text_[end] != '?' && text_[end] != '#' && text_[end] != ':')
      ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    at_ = end;
    out_.host_type = checkHostName(name);
    if (out_.host_type == HostType::IPv4) {
      // Other schemes take only four decimal parts.
      out_.host = formatIPv4(*parseIPv4(name));
      if (has(kUnknownScheme) && out_.host != name) out_.host = name, out_.host_type = HostType::Dns;
      return UriError::None;
    }
    if (out_.host_type == HostType::Dns || isUncName(name)) {
      if (out_.host_type != HostType::Dns) out_.host_type = HostType::Basic;
      out_.host = lowerName(name);
      return UriError::None;
    }
    return UriError::BadHostName;
  }

  // What Windows takes for a server's name; .NET takes it in every scheme where DNS' rules refuse it.
  static bool isUncName(std::string_view name) {
    if (name.empty() || name.size() > kMaxUncHost) return false;
    bool letter = false, dot = false;
    for (const char c : name) {
      if (c == '.') {
        if (dot) return false;
        dot = true;
        if (!letter) return false;
        continue;
      }
      const bool high = static_cast<unsigned char>(c) >= 0x80;
      if (!isLetter(c) && !isDigit(c) && c != '-' && c != '_' && !high) return false;
      letter = letter || !isDigit(c);
      dot = false;
    }
    return letter && name.front() != '.';
  }

  UriError port() {
    int number = 0;
    bool any = false;
    for (++at_; at_ < text_.size() && !endsAuthority(text_[at_]); ++at_) {
      if (!isDigit(text_[at_])) return UriError::BadPort;
      any = true;
      number = number * 10 + (text_[at_] - '0');
      if (number > 0xFFFF) return UriError::BadPort;
    }
    if (any) out_.port = number;
    return UriError::None;
  }

  // Path, query and fragment.
  void rest() {
    const std::string_view all = text_.substr(std::min(at_, text_.size()));
    size_t path_end = all.size(), query_end = all.size();
    if (!out_.is_implicit_file) {
      query_end = std::min(all.find('#'), all.size());
      path_end = has(kMayHaveQuery) ? std::min(all.substr(0, query_end).find('?'), query_end) : query_end;
    }
    const bool iri = needsNormalizing(text_);
    const auto normal = [&](std::string_view text, Component component) {
      return iri ? normalizeIri(text, component) : std::string(text);
    };
    out_.user_info = normal(out_.user_info, Component::Path);
    out_.query = normal(all.substr(path_end, query_end - path_end), Component::Query);
    out_.fragment = normal(all.substr(query_end), Component::Path);
    path(normal(all.substr(0, path_end), Component::Path));
  }

  void path(std::string path) {
    if (!out_.keeps_backslashes) std::replace(path.begin(), path.end(), '\\', '/');
    if (out_.is_dos_path) {
      if (path.size() > 1 && path[1] == '|') path[1] = ':';
      const std::string drive = path.substr(0, 2);
      out_.path = drive + removeDots(std::string_view(path).substr(2));
      return;
    }
    if (out_.has_authority && !has(kMailLike) && (path.empty() || path[0] != '/')) path.insert(0, "/");
    out_.path = path.starts_with('/') ? removeDots(path) : path;
  }

  std::string_view text_;
  UriParts& out_;
  size_t at_ = 0;
};

}  // namespace

std::string_view messageOf(UriError error) {
  switch (error) {
    case UriError::BadScheme:
      return "Invalid URI: The URI scheme is not valid.";
    case UriError::BadAuthority:
      return "Invalid URI: The Authority/Host could not be parsed.";
    case UriError::EmptyUri:
      return "Invalid URI: The URI is empty.";
    case UriError::SchemeLimit:
      return "Invalid URI: The Uri scheme is too long.";
    case UriError::SizeLimit:
      return "Invalid URI: The Uri string is too long.";
    case UriError::MustRootedPath:
      return "Invalid URI: A Dos path must be rooted, for example, 'c:\\\\'.";
    case UriError::BadHostName:
      return "Invalid URI: The hostname could not be parsed.";
    case UriError::BadPort:
      return "Invalid URI: Invalid port specified.";
    case UriError::BadAuthorityTerminator:
      return "Invalid URI: The Authority/Host cannot end with a backslash character ('\\\\').";
    default:
      return "Invalid URI: The format of the URI could not be determined.";
  }
}

UriError parseUri(std::string_view text, UriParts& out) {
  return Parser(text, out).parse();
}

bool isSchemeName(std::string_view name) {
  if (name.empty() || !isLetter(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return isLetter(c) || isDigit(c) || c == '+' || c == '-' || c == '.'; });
}

const SchemeInfo* schemeInfo(std::string_view lower_case_name) {
  for (const SchemeInfo& info : kSchemes)
    if (info.name == lower_case_name) return &info;
  return &kUnknown;
}

std::string escapedPath(const UriParts& uri) {
  std::string_view force = uri.is_implicit_file || (uri.info->flags & kMayHaveQuery) == 0 ? "?#" : "#";
  return escapeUri(uri.path, Keep::UnreservedAndReserved, Escapes::Stay, force);
}
std::string escapedQuery(const UriParts& uri) {
  return escapeUri(uri.query, Keep::UnreservedAndReserved, Escapes::Stay);
}
std::string escapedFragment(const UriParts& uri) {
  if (uri.fragment.empty()) return {};
  const std::string_view text = std::string_view(uri.fragment).substr(1);
  return "#" + escapeUri(text, Keep::UnreservedAndReserved, Escapes::Stay);
}
std::string escapedUserInfo(const UriParts& uri) {
  return escapeUri(uri.user_info, Keep::UnreservedAndReserved, Escapes::Stay, "/?#@");
}

bool hasDefaultPort(const UriParts& uri) {
  return uri.port == uri.info->port;
}

std::string authorityPart(const UriParts& uri) {
  std::string text = uri.scheme + ":";
  if (uri.has_authority) text += "//";
  if (!uri.user_info.empty()) text += escapedUserInfo(uri) + "@";
  text += uri.host;
  if (!hasDefaultPort(uri) && uri.port >= 0) text += ":" + std::to_string(uri.port);
  return text;
}

std::string removeDots(std::string_view path) {
  if (path.find("/.") == std::string_view::npos) return std::string(path);
  std::vector<std::string_view> kept;
  bool ends_in_slash = false;
  for (size_t at = 0; at < path.size();) {
    const size_t next = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment = path.substr(at + 1, next - at - 1);
    ends_in_slash = segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
    at = next;
  }
  std::string out;
  for (const std::string_view segment : kept) {
    out += '/';
    out += segment;
  }
  if (ends_in_slash) out += '/';
  return out;
}

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

// "http:x" seen from an http base is "x"; from another it is what it is. True: `relative` is the whole answer.
bool dropScheme(const UriParts& base, std::string_view& relative) {
  const size_t end = relative.find_first_of("/\\?#:");
  if (end == std::string_view::npos || relative[end] != ':' || end < 2) return false;
  const std::string_view name = relative.substr(0, end);
  if (!isSchemeName(name)) return false;
  if (lower(name) != base.scheme) return true;
  relative.remove_prefix(end + 1);
  return false;
}

}  // namespace

std::string combineUri(const UriParts& base, std::string_view base_text, std::string_view relative) {
  relative = trimmed(relative);
  const std::string authority = base.is_dos_path ? base.scheme + ":///" : authorityPart(base);
  const std::string query = escapedQuery(base), path = escapedPath(base);
  if (relative.empty()) return authority + path + query + escapedFragment(base);
  if (relative[0] == '#' && !base.is_implicit_file) return authority + path + query + std::string(relative);
  if (relative[0] == '?' && !base.is_implicit_file && (base.info->flags & kMayHaveQuery) != 0)
    return authority + path + std::string(relative);
  if (dropScheme(base, relative)) return std::string(relative);
  if (relative.empty()) return std::string(base_text);
  if ((base.info->flags & kFileLike) != 0 && isSlash(relative[0])) {
    if (relative.size() > 1 && isSlash(relative[1])) return "file:" + std::string(relative);
    if (base.is_unc) return authority + std::string(relative);
    if (base.is_dos_path) return authority + base.path.substr(0, 2) + std::string(relative);
    return "file://" + std::string(relative);
  }
  if (isSlash(relative[0])) {
    if (relative.size() > 1 && relative[1] == '/') return base.scheme + ":" + std::string(relative);
    return authority + "/" + std::string(relative.substr(1));
  }
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
  const size_t extra =
      std::min(relative.find_first_of((base.info->flags & kMayHaveQuery) != 0 ? "?#" : "#"), relative.size());
  std::string joined = folder + std::string(relative.substr(0, extra));
  if (joined.starts_with('/')) joined = removeDots(joined);
  return authority + joined + std::string(relative.substr(extra));
}

}  // namespace sluice::expression
