#include "simulator/identity_provider.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/log.h"
#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

void writeTexts(JsonWriter& json, std::string_view name, std::initializer_list<std::string_view> values) {
  json.key(name).beginArray();
  for (const auto value : values) json.text(value);
  json.endArray();
}

Reply notFound() {
  Reply reply = jsonReply(404, R"({"error":"not_found","error_description":"The simulator has no such page."})");
  return reply;
}

}  // namespace

std::string htmlEscape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '&') {
      result += "&amp;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += c;
    }
  }
  return result;
}

int64_t unixSeconds(UtcTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string issuerOf(const World& world, int version) {
  return version == 1 ? fmt::format("https://sts.windows.net/{}/", world.tenant_id)
                      : fmt::format("https://login.microsoftonline.com/{}/v2.0", world.tenant_id);
}

void IdentityProvider::tick(UtcTime now) {
  if (world_.key_rotation <= Duration::zero()) return;
  if (rotated_ == UtcTime{}) rotated_ = now;
  if (now - rotated_ < world_.key_rotation) return;
  rotated_ = now;
  const auto status = keys_.rotate(FormerKeys::Keep);
  if (!status) log::warning("simulator: the signing key was not rotated", {{"reason", status.error().message}});
}

bool IdentityProvider::isTenant(std::string_view name) const {
  return equalsIgnoreCase(name, world_.tenant_id) || equalsIgnoreCase(name, world_.tenant_domain) || name == "common" ||
         name == "organizations";
}

Reply IdentityProvider::handle(const Request& request) {
  tick(request.now);
  const auto segments = request.segments();
  if (segments.empty()) return notFound();
  std::string rest;
  for (size_t i = 1; i < segments.size(); ++i) rest += '/' + segments[i];
  // MSAL appends to an authority that ends in "/".
  if (rest.starts_with("//")) rest.erase(0, 1);
  if (rest == "/discovery/instance") return instanceDiscovery(request);
  if (!isTenant(segments[0])) {
    return oauthError(400, "invalid_tenant", 90002,
                      fmt::format("Tenant '{}' not found. Check to make sure you have the correct tenant ID and are "
                                  "signing into the correct cloud.",
                                  segments[0].substr(0, 200)),
                      request.now);
  }
  if (rest == "/.well-known/openid-configuration") return metadata(request, segments[0], 1);
  if (rest == "/v2.0/.well-known/openid-configuration") return metadata(request, segments[0], 2);
  if (rest == "/discovery/keys" || rest == "/discovery/v2.0/keys") {
    return jsonReply(200, keys_.jwks(issuerOf(world_, rest == "/discovery/keys" ? 1 : 2)));
  }
  if (rest == "/oauth2/authorize") return authorize(request, 1);
  if (rest == "/oauth2/v2.0/authorize") return authorize(request, 2);
  if (rest == "/oauth2/token") return token(request, 1);
  if (rest == "/oauth2/v2.0/token") return token(request, 2);
  if (rest == "/oauth2/v2.0/devicecode") return deviceCode(request, segments[0]);
  if (rest == "/oauth2/deviceauth") return devicePage(request);
  return notFound();
}

Reply IdentityProvider::metadata(const Request& request, std::string_view tenant, int version) const {
  const auto base = fmt::format("{}://{}/{}", request.scheme, request.authority, tenant);
  const std::string_view dialect = version == 1 ? "" : "/v2.0";
  JsonWriter json;
  json.beginObject().member("token_endpoint", fmt::format("{}/oauth2{}/token", base, dialect));
  writeTexts(json, "token_endpoint_auth_methods_supported", {"client_secret_post", "client_secret_basic"});
  json.member("jwks_uri", fmt::format("{}/discovery{}/keys", base, dialect));
  writeTexts(json, "response_modes_supported", {"query", "fragment", "form_post"});
  writeTexts(json, "subject_types_supported", {"pairwise"});
  writeTexts(json, "id_token_signing_alg_values_supported", {"RS256"});
  writeTexts(json, "response_types_supported", {"code"});
  writeTexts(json, "scopes_supported", {"openid", "profile", "email", "offline_access"});
  writeTexts(json, "code_challenge_methods_supported", {"plain", "S256"});
  json.member("issuer", issuerOf(world_, version)).member("request_uri_parameter_supported", false);
  json.member("authorization_endpoint", fmt::format("{}/oauth2{}/authorize", base, dialect));
  json.member("device_authorization_endpoint", fmt::format("{}/oauth2/v2.0/devicecode", base));
  json.member("http_logout_supported", true).member("frontchannel_logout_supported", true);
  writeTexts(json, "claims_supported",
             {"sub", "iss", "aud", "exp", "iat", "nonce", "name", "oid", "preferred_username", "tid", "ver"});
  json.member("tenant_region_scope", "EU").member("cloud_instance_name", "microsoftonline.com");
  return jsonReply(200, json.endObject().take());
}

Reply IdentityProvider::instanceDiscovery(const Request& request) const {
  JsonWriter json;
  json.beginObject().member("tenant_discovery_endpoint",
                            fmt::format("{}://{}/{}/v2.0/.well-known/openid-configuration", request.scheme,
                                        request.authority, world_.tenant_id));
  json.member("api-version", "1.1").key("metadata").beginArray().beginObject();
  json.member("preferred_network", "login.microsoftonline.com").member("preferred_cache", "login.windows.net");
  writeTexts(json, "aliases", {"login.microsoftonline.com", "login.windows.net", "sts.windows.net"});
  return jsonReply(200, json.endObject().endArray().endObject().take());
}

}  // namespace sluice::simulator
