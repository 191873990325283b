// CredentialStore: access tokens of OAuth 2.0 providers for get-authorization-context (reference 2.2). In API
// Management a credential manager keeps what users have consented to; here sluice.yaml names the token endpoint, this
// gateway's client, and a refresh token where a user consented. Without one, tokens are the client's own (RFC 6749, 4.4
// and 6).
//
// One per loop. A token is kept until shortly before it expires; from half of its life on it is renewed in the
// background while the old one serves. One request at a time for each authorization; others wait for it, those of other
// threads too where a refresh token is used up by it (refresh_grants.h).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/resources.h"
#include "http/client.h"
#include "identity/managed_identity.h"
#include "identity/refresh_grants.h"
#include "runtime/condition.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace sluice::identity {

class CredentialStore {
 public:
  using Token = std::shared_ptr<const Secret>;
  static constexpr size_t kMaxTokens = 10'000;  // after reloads: what was forgotten is asked for again

  // `transport` and `grants` (the process's) must outlive this, and this its loop's tasks.
  CredentialStore(runtime::Loop& loop, TokenTransport& transport, RefreshGrants& grants)
      : loop_(loop), transport_(transport), grants_(grants) {}
  CredentialStore(const CredentialStore&) = delete;
  CredentialStore& operator=(const CredentialStore&) = delete;

  // A token that is good now, or null: token() must wait for one.
  Token current(const config::Authorization& authorization);
  // `authorization` need not outlive the task.
  runtime::Task<Result<Token>> token(config::Authorization authorization);

 private:
  struct Entry {
    Entry(runtime::Loop& loop, std::string by, config::Authorization of)
        : key(std::move(by)), authorization(std::move(of)), arrived(loop) {}
    const std::string key;
    config::Authorization authorization;
    Token token;
    Instant renew{}, expires{};
    Instant retry{};  // not before, after a failure
    bool fetching = false;
    std::string error;
    runtime::Condition arrived;
  };

  std::shared_ptr<Entry>* find(const config::Authorization& authorization);
  std::shared_ptr<Entry> entryOf(config::Authorization authorization);
  void startFetch(const std::shared_ptr<Entry>& entry);
  runtime::Task<void> fetchInto(std::shared_ptr<Entry> entry);
  runtime::Task<Status> fetch(Entry& entry);
  // By a refresh token, when it is this thread's turn.
  runtime::Task<Status> refresh(Entry& entry);
  Status accept(Entry& entry, std::string_view json);

  runtime::Loop& loop_;
  TokenTransport& transport_;
  RefreshGrants& grants_;
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_;  // by all that makes the request
};

}  // namespace sluice::identity
