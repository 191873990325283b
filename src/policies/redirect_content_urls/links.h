// Replaces a base URL wherever it stands in a text, as a whole: `http://a.test/x` is in `http://a.test/x/1?y` and in
// `"http:\/\/a.test\/x"` (JSON may escape slashes), and not in `http://a.test.evil/x` or `http://a.test/xy`. Hosts
// compare without case; a port may be spelled out where it is the scheme's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::policies {

struct BaseUrl {
  std::string scheme, host;  // the host as URLs write it: IPv6 in brackets
  uint16_t port = 0;
  std::string path;  // without a slash at its end
};

// nullopt: nothing was found. One pass over the text.
std::optional<std::string> redirectLinks(std::string_view text, const BaseUrl& from, const BaseUrl& to);

}  // namespace sluice::policies
