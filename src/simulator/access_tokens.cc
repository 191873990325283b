// What the identity provider's tokens say, and the check that Azure OpenAI makes of one. Claims as in Microsoft's
// "access token claims reference": version 1 for most resources (issuer sts.windows.net, audience an URI, appid),
// version 2 where the resource or the application's manifest says so (audience a client id, azp).
#include <fmt/format.h>
#include <simdjson.h>

#include "base/encoding.h"
#include "identity/jwt.h"
#include "identity/verify.h"
#include "simulator/identity_provider.h"
#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

constexpr std::string_view kGraph = "00000003-0000-0000-c000-000000000000";
constexpr int64_t kSkewSeconds = 300;

bool isReserved(std::string_view scope) {
  return scope == "openid" || scope == "profile" || scope == "email" || scope == "offline_access";
}

// "resource/scope" -> both; a bare name is a permission of Microsoft Graph.
std::pair<std::string_view, std::string_view> splitScope(std::string_view scope) {
  const auto slash = scope.rfind('/');
  if (slash == std::string_view::npos) return {kGraph, scope};
  return {scope.substr(0, slash), scope.substr(slash + 1)};
}

std::string pairwise(std::string_view one, std::string_view other) {
  Random random(hashText(other, hashText(one)));
  return random.token(43);
}

void writeTexts(JsonWriter& json, std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  json.key(name).beginArray();
  for (const auto& value : values) json.text(value);
  json.endArray();
}

void writeTimes(JsonWriter& json, UtcTime now, Duration lifetime) {
  const auto seconds = unixSeconds(now);
  // Tokens that have expired (a negative lifetime) were issued before that.
  const auto expires = seconds + std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
  const auto issued = std::min(seconds, expires - 1) - kSkewSeconds;
  json.member("iat", issued).member("nbf", issued).member("exp", expires);
}

void writeUserClaims(JsonWriter& json, const World& world, const User& user, std::string_view scope, int version) {
  const auto space = user.name.find(' ');
  if (version == 1) {
    json.member("acr", "1").key("amr").beginArray().text("pwd").endArray();
    if (space != std::string::npos) json.member("family_name", user.name.substr(space + 1));
    json.member("given_name", user.name.substr(0, space)).member("ipaddr", "127.0.0.1");
  }
  json.member("name", user.name);
  writeTexts(json, "groups", user.groups);
  json.member("oid", user.object_id);
  if (version == 1) {
    json.member("unique_name", user.user_name).member("upn", user.user_name);
  } else {
    json.member("preferred_username", user.user_name);
  }
  json.member("scp", scope).member("tid", world.tenant_id);
}

}  // namespace

std::string IdentityProvider::sealGrant(std::string_view purpose, const Grant& grant) const {
  JsonWriter json;
  json.beginArray();
  for (const auto& text : {grant.client_id, grant.user_id, grant.scope, grant.redirect_uri, grant.challenge,
                           grant.challenge_method, grant.nonce, grant.id}) {
    json.text(text);
  }
  return keys_.seal(purpose, json.number(grant.expires).endArray().str());
}

std::optional<IdentityProvider::Grant> IdentityProvider::unsealGrant(std::string_view purpose,
                                                                     std::string_view sealed) const {
  const auto text = keys_.unseal(purpose, sealed);
  if (!text) return std::nullopt;
  simdjson::dom::parser parser;
  simdjson::dom::array values;
  if (parser.parse(*text).get(values) != simdjson::SUCCESS) return std::nullopt;
  Grant grant;
  size_t index = 0;
  for (auto* to : {&grant.client_id, &grant.user_id, &grant.scope, &grant.redirect_uri, &grant.challenge,
                   &grant.challenge_method, &grant.nonce, &grant.id}) {
    std::string_view value;
    if (values.at(index++).get(value) != simdjson::SUCCESS) return std::nullopt;
    *to = value;
  }
  if (values.at(index).get(grant.expires) != simdjson::SUCCESS) return std::nullopt;
  return grant;
}

std::optional<IdentityProvider::Target> IdentityProvider::targetOf(std::string_view scope,
                                                                   const Application& client) const {
  Target target;
  std::string plain;  // openid and its like
  while (!scope.empty()) {
    const auto word = scope.substr(0, scope.find(' '));
    scope.remove_prefix(std::min(word.size() + 1, scope.size()));
    if (word.empty()) continue;
    if (isReserved(word)) {
      if (word != "offline_access") plain += fmt::format(" {}", word);
      continue;
    }
    const auto [resource, permission] = splitScope(word);
    if (!target.audience.empty() && target.audience != resource) return std::nullopt;  // one resource only
    target.audience = resource;
    if (permission != ".default") target.scope += fmt::format("{}{}", target.scope.empty() ? "" : " ", permission);
  }
  if (target.audience.empty()) target.audience = kGraph;
  target.resource = world_.resource(target.audience);
  target.application = world_.application(target.audience.starts_with("api://") ? target.audience.substr(6)
                                                                                : std::string_view(target.audience));
  if (target.resource == nullptr && target.application == nullptr && target.audience != kGraph) return std::nullopt;
  if (target.scope.empty()) target.scope = target.resource != nullptr ? target.resource->scope : "User.Read";
  if (target.resource != nullptr) target.version = target.resource->token_version;
  if (target.application != nullptr) target.version = target.application->token_version == 1 ? 1 : 2;
  if (client.token_version != 0) target.version = client.token_version;
  const auto prefix = target.audience == kGraph ? std::string() : target.audience + '/';
  target.granted = fmt::format("{}{} {}.default{}", prefix, target.scope, prefix, plain);
  if (prefix.empty()) target.granted = target.scope + plain;
  return target;
}

Result<std::string> IdentityProvider::accessToken(const Application& client, const User* user, const Target& target,
                                                  Duration lifetime, UtcTime now) {
  std::string audience = target.audience;
  if (target.version == 2 && target.resource != nullptr) audience = target.resource->client_id;
  if (target.version == 2 && target.application != nullptr) audience = target.application->client_id;
  JsonWriter json;
  json.beginObject().member("aud", audience).member("iss", issuerOf(world_, target.version));
  writeTimes(json, now, lifetime);
  json.member("aio", random_.token(32));
  const bool secret = !client.secret.empty();
  json.member(target.version == 1 ? "appid" : "azp", client.client_id);
  json.member(target.version == 1 ? "appidacr" : "azpacr", secret ? "1" : "0");
  if (user != nullptr) {
    json.member("idtyp", "user");
    writeUserClaims(json, world_, *user, target.scope, target.version);
    json.member("sub", pairwise(user->object_id, audience));
  } else {
    if (target.version == 1) json.member("idp", issuerOf(world_, 1));
    json.member("idtyp", "app").member("oid", client.object_id);
    writeTexts(json, "roles", client.roles);
    json.member("sub", client.object_id).member("tid", world_.tenant_id);
  }
  json.member("uti", random_.token(22)).member("ver", target.version == 1 ? "1.0" : "2.0");
  return keys_.signToken(json.endObject().str());
}

Result<std::string> IdentityProvider::idToken(const Application& client, const User& user, std::string_view nonce,
                                              UtcTime now) {
  JsonWriter json;
  json.beginObject().member("aud", client.client_id).member("iss", issuerOf(world_, 2));
  writeTimes(json, now, world_.token_lifetime);
  json.member("name", user.name);
  if (!nonce.empty()) json.member("nonce", nonce);
  json.member("oid", user.object_id).member("preferred_username", user.user_name);
  json.member("sub", pairwise(user.object_id, client.client_id)).member("tid", world_.tenant_id);
  json.member("uti", random_.token(22)).member("ver", "2.0");
  return keys_.signToken(json.endObject().str());
}

Result<std::string> IdentityProvider::issue(std::string_view principal, std::string_view audience, Duration lifetime,
                                            UtcTime now) {
  const auto* user = world_.userByName(principal);
  const auto* client = world_.application(principal);
  if (user == nullptr && client == nullptr) return fail(fmt::format("no user or application `{}`", principal));
  if (client == nullptr) {
    if (world_.applications.empty()) return fail("the world has no application that a user could sign in to");
    client = &world_.applications.front();
  }
  const auto target = targetOf(fmt::format("{}/.default", audience), *client);
  if (target) return accessToken(*client, user, *target, lifetime, now);
  // An audience that nobody has registered: what tests of wrong audiences want.
  Target foreign;
  foreign.audience = audience;
  foreign.scope = "user_impersonation";
  return accessToken(*client, user, foreign, lifetime, now);
}

// The token, if it is one of ours, for that resource and good now.
std::shared_ptr<const identity::Token> IdentityProvider::goodToken(std::string_view text, std::string_view resource,
                                                                   UtcTime now) const {
  const auto token = identity::Token::parse(text);
  if (!token) return nullptr;
  const auto verified = identity::verifySignature(**token, keys_.publicKeys());
  if (verified.state != identity::SignatureState::Valid) return nullptr;
  const auto issuer = (*token)->issuer();
  if (issuer != issuerOf(world_, 1) && issuer != issuerOf(world_, 2)) return nullptr;
  const auto* wanted = world_.resource(resource);
  const auto audiences = (*token)->audiences();
  if (audiences.size() != 1) return nullptr;
  const bool official = audiences[0] == resource || audiences[0] == std::string(resource) + "/";
  if (!official && (wanted == nullptr || world_.resource(audiences[0]) != wanted)) return nullptr;
  const auto expires = (*token)->expires();
  if (!expires || *expires <= now) return nullptr;
  const auto begins = (*token)->notBefore();
  if (begins && *begins - std::chrono::seconds(kSkewSeconds) > now) return nullptr;
  return *token;
}

bool IdentityProvider::isGoodFor(std::string_view token, std::string_view resource, UtcTime now) const {
  return goodToken(token, resource, now) != nullptr;
}

std::optional<Principal> IdentityProvider::check(std::string_view text, UtcTime now) const {
  const auto token = goodToken(text, kCognitiveServices, now);
  if (token == nullptr) return std::nullopt;
  Principal principal;
  principal.object_id = token->value("oid");
  if (const auto* user = world_.userById(principal.object_id)) principal.openai_user = user->openai_user;
  for (const auto& application : world_.applications) {
    if (application.object_id == principal.object_id) principal.openai_user = application.openai_user;
  }
  return principal;
}

}  // namespace sluice::simulator
