// Splitting and joining URLs as APIM's routing policies need it (reference 2.5): no normalisation, bytes stay as the
// author and the client wrote them.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "policy/exchange.h"

namespace sluice::policy {

// "https://host:port/path?query" into its parts; a missing port is the scheme's default, a missing path empty. Scheme
// and host are empty when the text is not an absolute http(s) URL. The views point into `text`.
Url splitUrl(std::string_view text);

// Joins a base URL's path and a remainder with exactly one slash between them.
std::string_view joinPath(std::string_view base, std::string_view remainder, Arena& arena);

}  // namespace sluice::policy
