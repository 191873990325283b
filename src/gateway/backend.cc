#include "gateway/backend.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "policy/query.h"
#include "policy/url.h"

namespace sluice::gateway {
namespace {

const config::Certificate* certificateOf(const config::Configuration& configuration, std::string_view name) {
  const config::Certificate* found = configuration.findCertificate(name);
  return found != nullptr ? found : configuration.findThumbprint(name);
}

// Each part with its length in front, so that no two lists look alike.
void addPart(std::string& key, std::string_view part) {
  key += fmt::format("{}:{}", part.size(), part);
}

bool isCallersKey(std::string_view part, const CallerKey& caller) {
  if (!policy::queryPartIs(part, caller.query_name)) return false;
  for (const std::string_view sent : policy::QueryParts(caller.query))
    if (sent == part) return true;
  return false;
}

std::string_view withoutSlash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

BackendEntity::BackendEntity(const config::Configuration& configuration, const config::Backend& backend)
    : source_(backend) {
  readCredentials(configuration);
  readConnection();
}

void BackendEntity::readCredentials(const config::Configuration& configuration) {
  const config::BackendCredentials& credentials = source_.credentials;
  has_credentials_ = !credentials.empty();
  for (const auto& [name, values] : credentials.headers)
    for (const auto& value : values) headers_.push_back({name, value.reveal()});
  if (!credentials.authorization_scheme.empty()) {
    const std::string_view parameter = credentials.authorization_parameter.reveal();
    authorization_ = credentials.authorization_scheme;
    if (!parameter.empty()) authorization_.append(" ").append(parameter);
    headers_.push_back({"Authorization", authorization_});
  }
  for (const auto& [name, values] : credentials.query) {
    query_names_.push_back(name);
    for (const auto& value : values) {
      if (!query_.empty()) query_ += '&';
      query_ += percentEncode(name) + "=" + percentEncode(value.reveal());
    }
  }
  // The first one that is there: a connection can show one certificate. One that is missing was refused at load.
  for (const auto& name : credentials.certificates) {
    const config::Certificate* certificate = certificateOf(configuration, name);
    if (certificate == nullptr) continue;
    connection_.certificate_pem = certificate->content.chain_pem;
    connection_.key_pem = certificate->content.key_pem.reveal();
    break;
  }
}

void BackendEntity::readConnection() {
  connection_.proxy_url = source_.proxy_url;
  connection_.proxy_user = source_.proxy_user;
  connection_.proxy_password = source_.proxy_password.reveal();
  checks_.chain = source_.validate_certificate_chain;
  checks_.name = source_.validate_certificate_name;
  checks_.thumbprints = source_.server_thumbprints;
  for (const auto& name : source_.server_names) checks_.names.push_back({name.name, name.issuer_thumbprint});
  if (!checks_.usual()) connection_.checks = &checks_;
  // A blank cannot stand in a URL: no base URL is like one of these.
  connection_key_ = source_.url + " entity ";
  for (const auto part : {connection_.certificate_pem, connection_.key_pem, connection_.proxy_url,
                          connection_.proxy_user, connection_.proxy_password})
    addPart(connection_key_, part);
  connection_key_ += runtime::textOf(checks_);
}

void BackendEntity::applyHeaders(http::Headers& headers, std::string_view authorization,
                                 const CallerKey* caller) const {
  if (caller != nullptr) {
    if (!caller->header_value.empty() && headers.find(caller->header_name) == caller->header_value)
      headers.remove(caller->header_name);
    if (!caller->authorization.empty() && headers.find("Authorization") == caller->authorization)
      headers.remove("Authorization");
  }
  for (const auto& field : headers_) headers.remove(field.name);
  for (const auto& field : headers_) headers.add(field.name, field.value);
  if (!authorization.empty()) headers.set("Authorization", authorization);
}

std::string_view BackendEntity::applyQuery(std::string_view query, const CallerKey* caller, Arena& arena) const {
  const auto leaves = [&](std::string_view part) {
    if (std::ranges::any_of(query_names_, [&](std::string_view own) { return policy::queryPartIs(part, own); }))
      return true;
    return caller != nullptr && isCallersKey(part, *caller);
  };
  bool any_leaves = false;
  for (const std::string_view part : policy::QueryParts(query)) any_leaves |= leaves(part);
  std::string_view kept = any_leaves ? std::string_view() : query;
  if (any_leaves)
    for (const std::string_view part : policy::QueryParts(query))
      if (!leaves(part)) kept = kept.empty() ? part : arena.join({kept, "&", part});
  if (query_.empty()) return kept;
  return kept.empty() ? std::string_view(query_) : arena.join({kept, "&", query_});
}

BackendEntities::BackendEntities(const config::Configuration& configuration) : configuration_(configuration) {
  for (const auto& backend : configuration.backends)
    entities_.push_back(std::make_unique<BackendEntity>(configuration, backend));
  for (const auto& api : configuration.apis) {
    const auto& all = configuration.backends;
    const auto found = std::ranges::find_if(all, [&](const config::Backend& backend) {
      return backend.pool.empty() && !api.service_url.empty() && sameBaseUrl(backend.url, api.service_url);
    });
    of_service_urls_.push_back(found == all.end() ? nullptr : &*found);
  }
}

const BackendEntity* BackendEntities::find(const config::Backend* backend) const {
  if (backend == nullptr) return nullptr;
  const auto index = static_cast<size_t>(backend - configuration_.backends.data());
  return index < entities_.size() ? entities_[index].get() : nullptr;
}

const config::Backend* BackendEntities::ofServiceUrl(const config::Api& api) const {
  const auto index = static_cast<size_t>(&api - configuration_.apis.data());
  return index < of_service_urls_.size() ? of_service_urls_[index] : nullptr;
}

bool sameBaseUrl(std::string_view a, std::string_view b) {
  const policy::Url first = policy::splitUrl(a);
  const policy::Url second = policy::splitUrl(b);
  return !first.host.empty() && equalsIgnoreCase(first.scheme, second.scheme) &&
         equalsIgnoreCase(first.host, second.host) && first.port == second.port &&
         withoutSlash(first.path) == withoutSlash(second.path) && first.query == second.query;
}

}  // namespace sluice::gateway
