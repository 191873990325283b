// ManagedIdentities: access tokens of this machine's own identity, for calls to Azure's services (reference 2.2,
// authentication-managed-identity; 4.5, a backend's managedIdentity). Where they come from is what Azure put into the
// environment:
//   AZURE_FEDERATED_TOKEN_FILE (with AZURE_TENANT_ID)  workload identity of Kubernetes: the file's token is exchanged
//   IDENTITY_ENDPOINT and IDENTITY_HEADER              App Service, Container Apps
//   otherwise                                          the instance metadata service of virtual machines (IMDS)
//
// One per loop. A token is kept until shortly before it expires; from half of its life on it is renewed in the
// background while the old one serves. One request at a time for each identity and resource; others wait for it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/client.h"
#include "runtime/condition.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace sluice::identity {

struct IdentityEnvironment {
  std::string federated_token_file, tenant, client, authority;  // workload identity
  std::string endpoint;                                         // App Service
  Secret header;
  std::string metadata_host;  // IMDS, scheme and host
};

// A bearer token, kept as the field value that carries it.
class AccessToken {
 public:
  explicit AccessToken(std::string_view token) : authorization_(std::string("Bearer ").append(token)) {}
  std::string_view authorization() const { return authorization_.reveal(); }
  std::string_view text() const { return authorization_.reveal().substr(7); }

 private:
  Secret authorization_;
};

// From the process's environment variables.
IdentityEnvironment identityEnvironment();

// Sends one small request; the gateway's host mapping and TLS apply.
class TokenTransport {
 public:
  virtual ~TokenTransport() = default;
  virtual runtime::Task<Result<http::FetchResponse>> fetch(http::FetchRequest request) = 0;
};

class ManagedIdentities {
 public:
  using Token = std::shared_ptr<const AccessToken>;
  static constexpr size_t kMaxTokens = 1000;  // resources may come from expressions

  // `transport` must outlive this, and this its loop's tasks.
  ManagedIdentities(runtime::Loop& loop, TokenTransport& transport, IdentityEnvironment environment);
  ManagedIdentities(const ManagedIdentities&) = delete;
  ManagedIdentities& operator=(const ManagedIdentities&) = delete;

  // A token that is good now, or null: token() must wait for one. `client_id` empty: the system-assigned identity.
  Token current(std::string_view resource, std::string_view client_id);
  runtime::Task<Result<Token>> token(std::string resource, std::string client_id);

 private:
  using Key = std::pair<std::string, std::string>;  // resource, client
  struct Entry {
    explicit Entry(runtime::Loop& loop) : arrived(loop) {}
    Token token;
    Instant renew{}, expires{};
    Instant retry{};  // not before, after a failure
    bool fetching = false;
    std::string error;
    runtime::Condition arrived;
  };

  std::shared_ptr<Entry> entryOf(const Key& key);
  void startFetch(const Key& key, const std::shared_ptr<Entry>& entry);
  runtime::Task<void> fetchInto(Key key, std::shared_ptr<Entry> entry);
  Result<http::FetchRequest> requestFor(const Key& key) const;
  Status accept(Entry& entry, std::string_view json);

  runtime::Loop& loop_;
  TokenTransport& transport_;
  const IdentityEnvironment environment_;
  std::map<Key, std::shared_ptr<Entry>> entries_;
};

}  // namespace sluice::identity
