// BackendEntity: a backend entity (reference 4.5) made ready for requests, once per snapshot: which credentials go with
// a request and over what connection. Pool members are entities of their own. Immutable; everything it points to lives
// in the configuration or in itself. Applying it allocates nothing but from the exchange's arena.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "config/model.h"
#include "http/message.h"
#include "policy/exchange.h"
#include "runtime/tls.h"

namespace sluice::gateway {

// What the client sent as its subscription key, so that it is known again: what a policy has set under the same name is
// another thing, and stays. Views into the client's head.
struct CallerKey {
  std::string_view header_name, header_value;  // value empty: it sent none
  std::string_view query_name, query;          // the parameter's name, and the whole query that the client sent
  std::string_view authorization;              // where that was the key: the whole value; else empty
};

class BackendEntity {
 public:
  BackendEntity(const config::Configuration& configuration, const config::Backend& backend);
  BackendEntity(const BackendEntity&) = delete;
  BackendEntity& operator=(const BackendEntity&) = delete;

  const config::Backend& source() const { return source_; }
  bool hasCredentials() const { return has_credentials_; }
  // Null: requests carry no token. Else a bearer token for it goes into applyHeaders().
  const config::ManagedIdentity* identity() const {
    return source_.credentials.managed_identity ? &*source_.credentials.managed_identity : nullptr;
  }

  // The entity's own fields replace those of the same names. `authorization`: of identity(); empty: there is none.
  // `caller`: what of it is still there is taken out; null: it may pass.
  void applyHeaders(http::Headers& headers, std::string_view authorization, const CallerKey* caller) const;
  // The same for a query without its '?'.
  std::string_view applyQuery(std::string_view query, const CallerKey* caller, Arena& arena) const;

  // How to connect; usual() when nothing differs.
  const policy::Connection& connection() const { return connection_; }
  // Names connection() and the URL: equal after a reload if all that it is made of is equal.
  std::string_view connectionKey() const { return connection_key_; }

 private:
  void readCredentials(const config::Configuration& configuration);
  void readConnection();

  const config::Backend& source_;
  std::vector<http::Header> headers_;
  std::vector<std::string_view> query_names_;
  std::string query_;  // encoded, joined by '&'
  std::string authorization_;
  runtime::ServerChecks checks_;
  policy::Connection connection_;
  std::string connection_key_;
  bool has_credentials_ = false;
};

// All of a configuration. Entities are found by the address of what they were made of.
class BackendEntities {
 public:
  explicit BackendEntities(const config::Configuration& configuration);

  // Null for null: a plain URL.
  const BackendEntity* find(const config::Backend* backend) const;
  // The entity whose URL is the API's service URL (reference 2.5, set-backend-service); null: there is none.
  const config::Backend* ofServiceUrl(const config::Api& api) const;

 private:
  const config::Configuration& configuration_;
  std::vector<std::unique_ptr<BackendEntity>> entities_;  // in the configuration's order
  std::vector<const config::Backend*> of_service_urls_;   // in the order of its APIs
};

// True when two base URLs mean the same place: scheme and host without case, default ports, a slash at the end.
bool sameBaseUrl(std::string_view a, std::string_view b);

}  // namespace sluice::gateway
