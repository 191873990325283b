#include "gateway/debug_credentials.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>

#include "base/encoding.h"

namespace sluice::gateway {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMaxToken = 2048;
constexpr std::string_view kSignature = "&sig=";

int64_t millisOf(UtcTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

// The part of `claims` named `name`; empty: there is none.
std::string_view claim(std::string_view claims, std::string_view name) {
  while (!claims.empty()) {
    const size_t end = std::min(claims.find('&'), claims.size());
    const std::string_view pair = claims.substr(0, end);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
    claims.remove_prefix(std::min(end + 1, claims.size()));
  }
  return {};
}

}  // namespace

DebugCredentials::DebugCredentials() : key_(randomBytes(32)) {}

std::string DebugCredentials::signatureOf(std::string_view claims) const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<const unsigned char*>(claims.data()), claims.size(), digest, &size) == nullptr)
    return {};
  return base64UrlEncode({reinterpret_cast<const char*>(digest), size});
}

std::string DebugCredentials::issue(std::string_view api, UtcTime expires) const {
  const auto claims = fmt::format("aid={}&exp={}&p=tracing", percentEncode(api), millisOf(expires));
  return fmt::format("{}{}{}", claims, kSignature, signatureOf(claims));
}

DebugDecision DebugCredentials::check(std::string_view token, std::string_view api, UtcTime now) const {
  const size_t at = token.size() > kMaxToken ? std::string_view::npos : token.rfind(kSignature);
  if (at == std::string_view::npos) return {};
  const std::string_view claims = token.substr(0, at), given = token.substr(at + kSignature.size());
  const std::string right = signatureOf(claims);
  if (right.empty() || given.size() != right.size() || CRYPTO_memcmp(given.data(), right.data(), right.size()) != 0)
    return {};
  const std::string_view text = claim(claims, "exp");
  int64_t expires = 0;
  std::from_chars(text.data(), text.data() + text.size(), expires);
  if (millisOf(now) >= expires)
    return {DebugAccess::Expired, fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(expires / 1000)))};
  std::string of = percentDecode(claim(claims, "aid"));
  if (!equalsIgnoreCase(of, api)) return {DebugAccess::WrongApi, std::move(of)};
  return {DebugAccess::Granted, {}};
}

std::string debugId(const config::Api& api) {
  return api.is_current ? api.name : fmt::format("{};rev={}", api.name, api.revision);
}

const config::Api* findDebugged(const config::Configuration& configuration, std::string_view id) {
  constexpr std::string_view kRevision = ";rev=";
  if (const size_t slash = id.rfind('/'); slash != std::string_view::npos) id.remove_prefix(slash + 1);
  const size_t at = id.find(kRevision);
  if (at == std::string_view::npos) return configuration.findApi(id);
  const std::string_view revision = id.substr(at + kRevision.size());
  for (const auto& api : configuration.apis)
    if (equalsIgnoreCase(api.name, id.substr(0, at)) && api.revision == revision) return &api;
  return nullptr;
}

}  // namespace sluice::gateway
