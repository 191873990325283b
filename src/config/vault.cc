#include "config/vault.h"

#include "base/encoding.h"

namespace sluice::config {

std::optional<std::string> vaultSecretUrl(std::string_view identifier) {
  constexpr std::string_view kScheme = "https://";
  if (!identifier.starts_with(kScheme) || identifier.size() > 512) return std::nullopt;
  const size_t slash = identifier.find('/', kScheme.size());
  if (slash == std::string_view::npos || slash == kScheme.size()) return std::nullopt;
  const std::string_view host = identifier.substr(kScheme.size(), slash - kScheme.size());
  std::string_view path = identifier.substr(slash + 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  for (const std::string_view kind : {"secrets/", "certificates/"}) {
    if (path.size() <= kind.size() || !equalsIgnoreCase(path.substr(0, kind.size()), kind)) continue;
    const std::string_view name = path.substr(kind.size());
    // Name and version: letters, digits and '-' (Key Vault's own rule).
    size_t slashes = 0;
    for (const char c : name) {
      const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
      if (c == '/') ++slashes;
      if (!good && c != '/') return std::nullopt;
    }
    if (slashes > 1 || name.starts_with('/')) return std::nullopt;
    return std::string(kScheme).append(host).append("/secrets/").append(name);
  }
  return std::nullopt;
}

}  // namespace sluice::config
