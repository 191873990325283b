#include "simulator/key_vault.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
  return out;
}

Reply problem(int status, std::string_view code, std::string_view message) {
  JsonWriter json;
  json.beginObject().key("error").beginObject().member("code", code).member("message", message).endObject();
  return jsonReply(status, json.endObject().take());
}

}  // namespace

KeyVaults::KeyVaults(const World& world, const IdentityProvider& identity) : world_(world), identity_(identity) {
  for (const auto& secret : world.secrets) set(secret.vault, secret.name, secret.value);
}

void KeyVaults::set(std::string vault, std::string name, Secret value) {
  const std::pair key(lower(vault), lower(name));
  if (value.empty()) {
    secrets_.erase(key);
    return;
  }
  auto& versions = secrets_[key];
  versions.push_back({fmt::format("{:032x}", versions.size() + 1), std::move(value)});
}

Reply KeyVaults::handle(const Request& request, std::string_view vault) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto header = request.header("Authorization");
  const bool bears = header.size() > kBearer.size() && equalsIgnoreCase(header.substr(0, kBearer.size()), kBearer);
  if (!bears || !identity_.isGoodFor(header.substr(kBearer.size()), kKeyVault, request.now)) {
    // Clients that do not know the tenant learn it from this.
    auto reply = problem(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.");
    reply.set("WWW-Authenticate",
              fmt::format("Bearer authorization=\"https://login.microsoftonline.com/{}\", resource=\"{}\"",
                          world_.tenant_id, kKeyVault));
    return reply;
  }
  if (!request.queryValue("api-version").value_or("").starts_with("7."))
    return problem(400, "BadParameter", "The request URI contains an invalid or missing api-version.");
  const auto segments = request.segments();
  if (request.method != "GET" || segments.size() < 2 || segments.size() > 3 || segments[0] != "secrets")
    return problem(404, "NotFound", "The simulator has GET /secrets/NAME and GET /secrets/NAME/VERSION.");
  return secret(vault, segments);
}

Reply KeyVaults::secret(std::string_view vault, const std::vector<std::string>& segments) const {
  const auto found = secrets_.find(std::pair(lower(vault), lower(segments[1])));
  const Version* version = nullptr;
  if (found != secrets_.end()) {
    for (const auto& each : found->second)
      if (segments.size() < 3 || each.id == segments[2]) version = &each;
  }
  if (version == nullptr)
    return problem(404, "SecretNotFound",
                   fmt::format("A secret with (name/id) {} was not found in this key vault.", segments[1]));
  JsonWriter json;
  json.beginObject().member("value", version->value.reveal());
  json.member("id", fmt::format("https://{}.vault.azure.net/secrets/{}/{}", vault, segments[1], version->id));
  json.key("attributes").beginObject().key("enabled").boolean(true).endObject();
  return jsonReply(200, json.endObject().take());
}

}  // namespace sluice::simulator
