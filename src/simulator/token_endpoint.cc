// The token endpoint: grants in, tokens out; errors as Entra words them (AADSTS numbers).
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/encoding.h"
#include "simulator/identity_provider.h"
#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

constexpr size_t kMostUsedCodes = 10'000;

bool sameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool answersChallenge(std::string_view verifier, std::string_view challenge, std::string_view method) {
  if (method != "S256") return sameText(verifier, challenge);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size(), digest);
  return sameText(base64UrlEncode(std::string_view(reinterpret_cast<const char*>(digest), sizeof(digest))), challenge);
}

// client_id:secret of HTTP Basic, each form-encoded (RFC 6749 section 2.3.1).
void readBasic(const Request& http, TokenRequest& request) {
  const auto header = http.header("Authorization");
  if (header.size() < 6 || !equalsIgnoreCase(header.substr(0, 6), "Basic ")) return;
  const auto decoded = base64Decode(header.substr(6));
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return;
  request.client_id = percentDecode(std::string_view(*decoded).substr(0, colon), true);
  request.secret = percentDecode(std::string_view(*decoded).substr(colon + 1), true);
}

Reply tokenReply(std::string json) {
  auto reply = jsonReply(200, std::move(json));
  reply.set("Cache-Control", "no-store, no-cache");
  reply.set("Pragma", "no-cache");
  return reply;
}

// Version 1 writes numbers as texts and names the resource.
void writeLifetime(JsonWriter& json, int version, int64_t seconds, UtcTime now, std::string_view audience) {
  json.member("token_type", "Bearer");
  if (version == 2) {
    json.member("expires_in", seconds).member("ext_expires_in", seconds);
    return;
  }
  const auto from = unixSeconds(now);
  json.member("expires_in", std::to_string(seconds)).member("ext_expires_in", std::to_string(seconds));
  json.member("expires_on", std::to_string(from + seconds)).member("not_before", std::to_string(from - 300));
  json.member("resource", audience);
}

int64_t secondsOf(Duration lifetime) {
  return std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
}

bool wants(std::string_view scope, std::string_view name) {
  while (!scope.empty()) {
    const auto word = scope.substr(0, scope.find(' '));
    if (word == name) return true;
    scope.remove_prefix(std::min(word.size() + 1, scope.size()));
  }
  return false;
}

}  // namespace

Reply IdentityProvider::oauthError(int status, std::string_view error, int number, std::string_view description,
                                   UtcTime now) {
  const auto trace = random_.guid();
  const auto correlation = random_.guid();
  const auto stamp = fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(unixSeconds(now)));
  JsonWriter json;
  json.beginObject().member("error", error);
  json.member("error_description", fmt::format("AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}", number,
                                               description, trace, correlation, stamp));
  json.key("error_codes").beginArray().number(number).endArray();
  json.member("timestamp", stamp).member("trace_id", trace).member("correlation_id", correlation);
  return jsonReply(status, json.endObject().take());
}

// Certificates are registered nowhere here, and no Kubernetes vouches for a token: what an assertion says of itself has
// to fit, its signature is not looked at.
std::optional<Reply> IdentityProvider::refuseAssertion(const TokenRequest& request, std::string_view assertion) {
  const auto refuse = [&](int number, std::string_view why) {
    return oauthError(401, "invalid_client", number, why, request.http.now);
  };
  if (request.value("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    return refuse(50012, "The client assertion type is not supported.");
  const auto token = identity::Token::parse(assertion);
  if (!token) return refuse(50027, "The client assertion is no JWT.");
  const auto expires = (*token)->expires();
  if (!expires || *expires <= request.http.now) return refuse(700024, "The client assertion has expired.");
  const bool federated = (*token)->value("iss") != (*token)->value("sub");
  if (!federated && !equalsIgnoreCase((*token)->value("sub"), request.client_id))
    return refuse(700027, "The client assertion is of another application.");
  const auto audiences = (*token)->audiences();
  const bool for_us = audiences.size() == 1 && (audiences[0].find("/oauth2/") != std::string_view::npos ||
                                                (federated && audiences[0] == "api://AzureADTokenExchange"));
  if (!for_us) return refuse(700023, "The client assertion's audience is not this endpoint.");
  return std::nullopt;
}

std::optional<Reply> IdentityProvider::refuseClient(const TokenRequest& request) {
  const auto now = request.http.now;
  if (request.client == nullptr) {
    return oauthError(400, "unauthorized_client", 700016,
                      fmt::format("Application with identifier '{}' was not found in the directory.",
                                  request.client_id.substr(0, 200)),
                      now);
  }
  if (const auto assertion = request.http.formValue("client_assertion")) return refuseAssertion(request, *assertion);
  if (request.client->secret.empty()) return std::nullopt;
  if (request.secret.empty()) {
    return oauthError(401, "invalid_client", 7000218,
                      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
                      now);
  }
  if (!sameText(request.secret, request.client->secret.reveal())) {
    return oauthError(401, "invalid_client", 7000215,
                      fmt::format("Invalid client secret provided for app '{}'.", request.client->client_id), now);
  }
  return std::nullopt;
}

Reply IdentityProvider::token(const Request& http, int version) {
  if (http.method != "POST") {
    return oauthError(400, "invalid_request", 900561, "The endpoint only accepts POST requests.", http.now);
  }
  TokenRequest request{http, version};
  request.client_id = request.value("client_id");
  request.secret = request.value("client_secret");
  request.scope = request.value("scope");
  readBasic(http, request);
  if (const auto resource = http.formValue("resource"); version == 1 && resource) {
    request.scope = *resource + "/.default openid profile offline_access";
  }
  request.client = world_.application(request.client_id);
  if (auto error = refuseClient(request)) return std::move(*error);
  const auto grant = request.value("grant_type");
  if (grant == "authorization_code") return redeemCode(request);
  if (grant == "refresh_token") return redeemRefreshToken(request);
  if (grant == "client_credentials") return clientCredentials(request);
  if (grant == "urn:ietf:params:oauth:grant-type:device_code" || grant == "device_code")
    return redeemDeviceCode(request);
  if (grant == "password") return userName(request);
  if (grant.empty()) {
    return oauthError(400, "invalid_request", 900144,
                      "The request body must contain the following parameter: 'grant_type'.", http.now);
  }
  return oauthError(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.", http.now);
}

Reply IdentityProvider::redeemCode(const TokenRequest& request) {
  const auto now = unixSeconds(request.http.now);
  const auto grant = unsealGrant("code", request.value("code"));
  const auto refuse = [&](int number, std::string_view why) {
    return oauthError(400, "invalid_grant", number, why, request.http.now);
  };
  if (!grant || !equalsIgnoreCase(grant->client_id, request.client_id)) {
    return refuse(9002313, "Invalid request. Request is malformed or invalid.");
  }
  if (grant->expires <= now) return refuse(70008, "The provided authorization code has expired.");
  if (grant->redirect_uri != request.value("redirect_uri")) {
    return refuse(50011, "The redirect URI differs from the one of the authorization request.");
  }
  if (!grant->challenge.empty() &&
      !answersChallenge(request.value("code_verifier"), grant->challenge, grant->challenge_method)) {
    return refuse(50148, "The code_verifier does not match the code_challenge supplied in the authorization request.");
  }
  const auto* user = world_.userById(grant->user_id);
  if (user == nullptr) return refuse(50034, "The user account does not exist in the directory.");
  std::erase_if(used_codes_, [&](const auto& used) { return used.second <= now; });
  if (used_codes_.size() >= kMostUsedCodes || !used_codes_.emplace(grant->id, grant->expires).second) {
    return refuse(54005, "OAuth2 Authorization code was already redeemed.");
  }
  Grant granted = *grant;
  // A client may ask for less than it was granted; the nonce stays.
  if (!request.scope.empty()) granted.scope = request.scope;
  return userTokens(request, *user, granted);
}

Reply IdentityProvider::redeemRefreshToken(const TokenRequest& request) {
  auto grant = unsealGrant("refresh", request.value("refresh_token"));
  if (!grant || !equalsIgnoreCase(grant->client_id, request.client_id)) {
    return oauthError(400, "invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.",
                      request.http.now);
  }
  const auto* user = world_.userById(grant->user_id);
  if (user == nullptr || grant->expires <= unixSeconds(request.http.now)) {
    return oauthError(400, "invalid_grant", 700082, "The refresh token has expired due to inactivity.",
                      request.http.now);
  }
  if (!request.scope.empty()) grant->scope = request.scope;
  grant->nonce.clear();
  return userTokens(request, *user, *grant);
}

Reply IdentityProvider::redeemDeviceCode(const TokenRequest& request) {
  const auto code = request.http.formValue("device_code");
  const auto found = device_logins_.find(code ? *code : request.value("code"));
  if (found == device_logins_.end() || !equalsIgnoreCase(found->second.grant.client_id, request.client_id)) {
    return oauthError(400, "bad_verification_code", 501051, "The device code was not recognised.", request.http.now);
  }
  if (found->second.grant.expires <= unixSeconds(request.http.now)) {
    device_logins_.erase(found);
    return oauthError(400, "expired_token", 70020, "The provided value for the device code has expired.",
                      request.http.now);
  }
  if (!found->second.approved) {
    return oauthError(400, "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending.",
                      request.http.now);
  }
  const auto grant = found->second.grant;
  device_logins_.erase(found);
  const auto* user = world_.userById(grant.user_id);
  if (user == nullptr) {
    return oauthError(400, "invalid_grant", 50034, "The user account does not exist.", request.http.now);
  }
  return userTokens(request, *user, grant);
}

Reply IdentityProvider::userName(const TokenRequest& request) {
  const auto* user = world_.userByName(request.value("username"));
  if (user == nullptr) {
    return oauthError(400, "invalid_grant", 50034, "The user account does not exist in the directory.",
                      request.http.now);
  }
  Grant grant;
  grant.scope = request.scope;
  return userTokens(request, *user, grant);
}

Reply IdentityProvider::clientCredentials(const TokenRequest& request) {
  const auto now = request.http.now;
  if (request.client->secret.empty()) {
    return oauthError(401, "invalid_client", 7000216, "A public client has no credentials.", now);
  }
  if (request.scope.find("/.default") == std::string::npos) {
    return oauthError(400, "invalid_scope", 1002012,
                      "The provided value for scope is not valid. Client credential flows must have a scope value with "
                      "/.default suffixed to the resource identifier (application ID URI).",
                      now);
  }
  const auto target = targetOf(request.scope, *request.client);
  if (!target) {
    return oauthError(400, "invalid_resource", 500011, "The resource principal was not found in the tenant.", now);
  }
  const auto access = accessToken(*request.client, nullptr, *target, world_.token_lifetime, now);
  if (!access) return oauthError(500, "server_error", 90033, access.error().message, now);
  JsonWriter json;
  json.beginObject();
  writeLifetime(json, request.version, secondsOf(world_.token_lifetime), now, target->audience);
  return tokenReply(json.member("access_token", *access).endObject().take());
}

Reply IdentityProvider::userTokens(const TokenRequest& request, const User& user, const Grant& grant) {
  const auto now = request.http.now;
  const auto target = targetOf(grant.scope, *request.client);
  if (!target) {
    return oauthError(400, "invalid_resource", 500011, "The resource principal was not found in the tenant.", now);
  }
  const auto access = accessToken(*request.client, &user, *target, world_.token_lifetime, now);
  const auto id = idToken(*request.client, user, grant.nonce, now);
  if (!access || !id) return oauthError(500, "server_error", 90033, "A token could not be signed.", now);
  JsonWriter json;
  json.beginObject().member("scope", target->granted);
  writeLifetime(json, request.version, secondsOf(world_.token_lifetime), now, target->audience);
  json.member("access_token", *access);
  if (request.version == 1 || wants(grant.scope, "offline_access")) {
    Grant refresh;
    refresh.client_id = request.client->client_id;
    refresh.user_id = user.object_id;
    refresh.scope = grant.scope;
    refresh.expires = unixSeconds(now) + kRefreshSeconds;
    json.member("refresh_token", sealGrant("refresh", refresh));
  }
  if (request.version == 1 || wants(grant.scope, "openid")) json.member("id_token", *id);
  if (request.value("client_info") == "1") {
    json.member("client_info",
                base64UrlEncode(fmt::format(R"({{"uid":"{}","utid":"{}"}})", user.object_id, world_.tenant_id)));
  }
  return tokenReply(json.endObject().take());
}

Reply IdentityProvider::managedIdentity(const Request& request) {
  const auto refuse = [](std::string_view error, std::string_view why) {
    JsonWriter json;
    json.beginObject().member("error", error).member("error_description", why);
    return jsonReply(400, json.endObject().take());
  };
  // App Service asks with the header whose value it put into the environment, a virtual machine with `Metadata`.
  const bool app_service = !request.header("X-IDENTITY-HEADER").empty();
  if (!app_service && !equalsIgnoreCase(request.header("Metadata"), "true")) {
    return refuse("bad_request_102", "Required metadata header not specified");
  }
  const auto resource = request.queryValue("resource");
  if (!resource) return refuse("invalid_request", "The resource parameter is missing");
  const Application* identity = nullptr;
  for (const auto& each : world_.applications) {
    const auto wanted = request.queryValue("client_id");
    if (wanted ? equalsIgnoreCase(each.client_id, *wanted) : each.openai_user) {
      identity = &each;
      break;
    }
  }
  if (identity == nullptr) return refuse("invalid_request", "Identity not found");
  const auto target = targetOf(*resource + "/.default", *identity);
  if (!target) return refuse("invalid_resource", "AADSTS500011: The resource principal was not found in the tenant.");
  const auto access = accessToken(*identity, nullptr, *target, world_.token_lifetime, request.now);
  if (!access) return refuse("server_error", access.error().message);
  JsonWriter json;
  json.beginObject().member("access_token", *access).member("client_id", identity->client_id);
  writeLifetime(json, 1, secondsOf(world_.token_lifetime), request.now, target->audience);
  return tokenReply(json.endObject().take());
}

}  // namespace sluice::simulator
