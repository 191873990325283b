// ManagedIdentities: access tokens of this gateway's own identity, for calls to Azure's services (reference 2.2,
// authentication-managed-identity; 4.5, a backend's managedIdentity; Key Vault). Which identity that is, sluice.yaml
// says (identity.outbound), or what is in the environment, in the order of azure-identity's DefaultAzureCredential:
//   AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET   an application with a secret
//   ... AZURE_CLIENT_CERTIFICATE_PATH instead (PEM or PFX)  an application with a certificate
//   AZURE_FEDERATED_TOKEN_FILE (with AZURE_TENANT_ID)       workload identity of Kubernetes: the file's token is
//   exchanged IDENTITY_ENDPOINT and IDENTITY_HEADER                   App Service, Container Apps otherwise the
//   metadata service of virtual machines (IMDS)
// An application is who it is: a policy's client-id, which names one of a machine's identities, does not change it.
//
// One per loop, joined by a TokenBoard. A token is kept until shortly before it expires; from half of its life on it is
// renewed in the background while the old one serves. One request at a time in the process for each identity and
// resource; others wait for it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/certificate.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/resources.h"
#include "http/client.h"
#include "identity/token_board.h"
#include "runtime/condition.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace sluice::identity {

struct IdentityEnvironment {
  config::IdentitySource source = config::IdentitySource::ManagedIdentity;  // never Automatic
  std::string tenant, client, authority;                                    // an application's, and workload identity's
  Secret client_secret;
  KeyedCertificate certificate;
  std::string certificate_error;     // why `certificate` cannot be had; empty: it can
  std::string federated_token_file;  // workload identity
  std::string endpoint;              // App Service
  Secret header;
  std::string metadata_host;  // IMDS, scheme and host
};
// From the process's environment variables; `configured` goes before them.
IdentityEnvironment identityEnvironment(const config::OutboundCredential& configured = {});

// Sends one small request; the gateway's host mapping and TLS apply.
class TokenTransport {
 public:
  virtual ~TokenTransport() = default;
  virtual runtime::Task<Result<http::FetchResponse>> fetch(http::FetchRequest request) = 0;
};

class ManagedIdentities {
 public:
  using Token = std::shared_ptr<const AccessToken>;
  static constexpr size_t kMaxTokens = TokenBoard::kMaxTokens;

  // `transport` must outlive this, and this its loop's tasks. `board`: the process's; null: one of its own.
  ManagedIdentities(runtime::Loop& loop, TokenTransport& transport, IdentityEnvironment environment,
                    std::shared_ptr<TokenBoard> board = nullptr);
  ~ManagedIdentities();
  ManagedIdentities(const ManagedIdentities&) = delete;
  ManagedIdentities& operator=(const ManagedIdentities&) = delete;

  // A token that is good now, or null: token() must wait for one. `client_id` empty: the system-assigned identity.
  Token current(std::string_view resource, std::string_view client_id);
  runtime::Task<Result<Token>> token(std::string resource, std::string client_id);

 private:
  using Key = TokenBoard::Key;
  struct Entry {
    explicit Entry(runtime::Loop& loop) : arrived(loop) {}
    TokenOutcome held;
    Instant retry{};  // not before, after a failure
    bool fetching = false;
    runtime::Condition arrived;
  };
  // Resource and client are looked up as they come, without making a Key.
  struct Less {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      const std::string_view first(a.first), other(b.first);
      return first != other ? first < other : std::string_view(a.second) < std::string_view(b.second);
    }
  };
  // How other threads reach this one, while it is there.
  struct Mailbox;

  std::shared_ptr<Entry> entryOf(const Key& key);
  void startFetch(const Key& key, const std::shared_ptr<Entry>& entry);
  runtime::Task<void> fetchInto(Key key, std::shared_ptr<Entry> entry);
  runtime::Task<TokenOutcome> fetch(Key key);
  Result<http::FetchRequest> requestFor(const Key& key) const;
  Status fillApplication(const Key& key, http::FetchRequest& request) const;
  Status accept(TokenOutcome& outcome, std::string_view json);
  static void settle(runtime::Loop& loop, Entry& entry, const TokenOutcome& outcome);

  runtime::Loop& loop_;
  TokenTransport& transport_;
  const IdentityEnvironment environment_;
  std::shared_ptr<TokenBoard> board_;
  std::shared_ptr<Mailbox> mailbox_;
  std::map<Key, std::shared_ptr<Entry>, Less> entries_;
};

}  // namespace sluice::identity
