// Reading a URI as System.Uri does: its components, normalised, and combining with a base. Text is UTF-8; results own
// their text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::expression {

// System.UriHostNameType
enum class HostType : uint8_t { Unknown, Basic, Dns, IPv4, IPv6 };

// What a scheme's URIs may have.
enum SchemeFlags : uint16_t {
  kMustHaveAuthority = 1,
  kOptionalAuthority = 2,
  kMayHaveQuery = 4,
  kEmptyHost = 8,
  kMailLike = 16,
  kFileLike = 32,
  kHasHost = 64,
  kUnknownScheme = 128,
};

struct SchemeInfo {
  std::string_view name;
  int port;  // -1: none
  uint16_t flags;
};

struct UriParts {
  const SchemeInfo* info = nullptr;
  std::string scheme;  // lower case
  bool has_authority = false;
  bool is_implicit_file = false;  // "/path", "C:\path", "\\server\path": # and ? are part of the path
  bool is_unix_path = false;
  bool is_dos_path = false;
  bool is_unc = false;
  bool keeps_backslashes = false;
  HostType host_type = HostType::Unknown;
  std::string user_info;  // as an IRI: what needs no escape is not escaped
  std::string host;       // canonical; IPv6 in brackets
  uint32_t scope = 0;     // of an IPv6 host
  int port = -1;          // the scheme's own when none is given
  std::string path;       // an IRI's, dot segments removed
  std::string query;      // with '?', or empty
  std::string fragment;   // with '#', or empty
};

// In .NET's order: up to EmptyUri the text may still be a relative URI.
enum class UriError : uint8_t {
  None,
  BadFormat,
  BadScheme,
  BadAuthority,
  EmptyUri,
  SchemeLimit,
  SizeLimit,
  MustRootedPath,
  BadHostName,
  BadPort,
  BadAuthorityTerminator,
};
constexpr UriError kLastErrorOfRelative = UriError::EmptyUri;
std::string_view messageOf(UriError error);

UriError parseUri(std::string_view text, UriParts& out);
bool isSchemeName(std::string_view name);
// The scheme's name is known, or may be one: null otherwise.
const SchemeInfo* schemeInfo(std::string_view lower_case_name);
HostType checkHostName(std::string_view name);
// RFC 3492: "xn--" labels for those beyond ASCII.
std::string punycode(std::string_view host);

// Components as they are escaped in AbsoluteUri.
std::string escapedPath(const UriParts& uri);
std::string escapedQuery(const UriParts& uri);
std::string escapedFragment(const UriParts& uri);
std::string escapedUserInfo(const UriParts& uri);
bool hasDefaultPort(const UriParts& uri);
// scheme://user@host:port, or scheme: without an authority.
std::string authorityPart(const UriParts& uri);
// "." and ".." segments taken out.
std::string removeDots(std::string_view path);
// The text of `relative` (which is no absolute URI) seen from `base`, to be parsed again.
std::string combineUri(const UriParts& base, std::string_view base_text, std::string_view relative);

}  // namespace sluice::expression
