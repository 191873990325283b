// Authenticator: everything validate-jwt does with a token, from text to outcome: remembered signature or parse and
// verify, keys from OpenID metadata or configuration, claims. One per loop. A token seen before costs a hash, a
// comparison and the claims' checks, and allocates nothing.
//
//   if (auto outcome = authenticator.tryAuthenticate(text, sources, rules)) return *outcome;     // usual
//   Authenticator::Outcome outcome = co_await authenticator.authenticate(text, sources, rules, deadline);
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "identity/claims.h"
#include "identity/jwt.h"
#include "identity/openid.h"
#include "identity/token_cache.h"
#include "identity/verify.h"
#include "runtime/task.h"
#include "runtime/worker.h"

namespace sluice::identity {

// Where keys come from: exactly one of the two is set.
struct KeySource {
  std::shared_ptr<const KeySet> configured;
  std::shared_ptr<OpenIdProvider> openid;
};

struct AuthenticatorSettings {
  AuthenticatorSettings() {}
  size_t cache_bytes = 16 * 1024 * 1024;
  TokenLimits token;
};

class Authenticator {
 public:
  // `workers` (for slow signatures) may be null: verified here then. All three must outlive this.
  Authenticator(KeyFetcher& fetcher, runtime::WorkerPool* workers, const AuthenticatorSettings& settings = {});
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  struct Outcome {
    std::shared_ptr<const Token> token;   // set when the token is good
    std::optional<TokenFailure> failure;  // set when it is not
    bool ok() const { return token != nullptr; }
  };

  // nullopt: it must wait for keys or for a slow signature; call authenticate(). An empty text: TokenNotPresent.
  std::optional<Outcome> tryAuthenticate(std::string_view text, std::span<const KeySource> sources,
                                         const TokenRules& rules);
  // What the arguments point to must outlive the task.
  runtime::Task<Outcome> authenticate(std::string_view text, std::span<const KeySource> sources,
                                      const TokenRules& rules, Instant deadline);

  const TokenCache& cache() const { return cache_; }

 private:
  // This thread's copy of a provider's keys.
  struct View {
    std::shared_ptr<OpenIdProvider> provider;
    OpenIdProvider::Keys keys;
    uint64_t version = 0;
  };
  // A source's keys at this moment; null: none yet.
  const KeySet* keysOf(const KeySource& source);
  View& viewOf(const std::shared_ptr<OpenIdProvider>& provider);
  std::shared_ptr<const KeySet> sharedKeysOf(const KeySource& source);

  std::shared_ptr<const Token> remembered(std::string_view text, std::span<const KeySource> sources);
  bool keysMissing(std::span<const KeySource> sources);
  bool mayFindKey(std::span<const KeySource> sources);
  Outcome finish(std::shared_ptr<const Token> token, std::span<const KeySource> sources, const TokenRules& rules);
  // Refusal before any key is asked for (unsigned, unknown algorithm), acceptance where no signature is demanded.
  std::optional<Outcome> withoutKeys(const std::shared_ptr<const Token>& token, std::span<const KeySource> sources,
                                     const TokenRules& rules);
  SignatureState verifyHere(const std::shared_ptr<const Token>& token, std::span<const KeySource> sources);
  runtime::Task<SignatureState> verifyOnWorker(std::shared_ptr<const Token> token, std::span<const KeySource> sources);
  runtime::Task<std::optional<TokenFailure>> fetchMissing(std::span<const KeySource> sources, Instant deadline);
  runtime::Task<bool> fetchNewer(std::span<const KeySource> sources, Instant deadline);

  KeyFetcher& fetcher_;
  runtime::WorkerPool* workers_;
  const AuthenticatorSettings settings_;
  TokenCache cache_;
  std::vector<View> views_;
};

}  // namespace sluice::identity
