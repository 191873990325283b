#include "identity/authenticator.h"

#include <array>
#include <utility>

namespace sluice::identity {
namespace {

using Outcome = Authenticator::Outcome;
using SharedToken = std::shared_ptr<const Token>;

constexpr size_t kMostSources = 16;

Outcome failed(TokenReason reason, std::string message) {
  return Outcome{nullptr, TokenFailure{reason, std::move(message)}};
}

Outcome signatureFailure(SignatureState state, const Token& token) {
  if (state == SignatureState::KeyNotFound) {
    return failed(TokenReason::TokenSignatureKeyNotFound,
                  "IDX10501: Signature validation failed. Unable to match 'kid': '" +
                      std::string(token.keyId().substr(0, 200)) + "'. Access denied.");
  }
  return failed(TokenReason::TokenSignatureInvalid,
                "IDX10511: Signature validation failed. No key verifies the signature. Access denied.");
}

// The better of two keys sources' answers: a signature that a key tried and refused says more than a key not found.
SignatureState merged(SignatureState a, SignatureState b) {
  if (a == SignatureState::Valid || b == SignatureState::Valid) return SignatureState::Valid;
  if (a == SignatureState::Invalid || b == SignatureState::Invalid) return SignatureState::Invalid;
  return a;
}

struct WorkerAnswer {
  SignatureState state = SignatureState::KeyNotFound;
  uint64_t key_version = 0;
};

WorkerAnswer verifyAll(const Token& token, const std::vector<std::shared_ptr<const KeySet>>& sets) {
  WorkerAnswer answer;
  for (const auto& set : sets) {
    answer.state = merged(answer.state, verifySignature(token, *set).state);
    answer.key_version = set->version();
    if (answer.state == SignatureState::Valid) break;
  }
  return answer;
}

}  // namespace

Authenticator::Authenticator(KeyFetcher& fetcher, runtime::WorkerPool* workers, const AuthenticatorSettings& settings)
    : fetcher_(fetcher), workers_(workers), settings_(settings), cache_(settings.cache_bytes) {}

Authenticator::View& Authenticator::viewOf(const std::shared_ptr<OpenIdProvider>& provider) {
  View* view = nullptr;
  for (View& candidate : views_)
    if (candidate.provider == provider) view = &candidate;
  if (view == nullptr) view = &views_.emplace_back(View{provider, nullptr, 0});
  const uint64_t version = provider->version();
  if (view->version != version) {
    const OpenIdProvider::Keys last = std::move(view->keys);
    view->keys = provider->current();
    view->version = version;
    if (last && last->keys != view->keys->keys) cache_.dropVersion(last->keys->version());
  }
  return *view;
}

const KeySet* Authenticator::keysOf(const KeySource& source) {
  if (source.configured) return source.configured.get();
  const View& view = viewOf(source.openid);
  return view.keys ? view.keys->keys.get() : nullptr;
}

std::shared_ptr<const KeySet> Authenticator::sharedKeysOf(const KeySource& source) {
  if (source.configured) return source.configured;
  const View& view = viewOf(source.openid);
  return view.keys ? view.keys->keys : nullptr;
}

SharedToken Authenticator::remembered(std::string_view text, std::span<const KeySource> sources) {
  for (const KeySource& source : sources) {
    const KeySet* keys = keysOf(source);
    if (keys == nullptr) continue;
    if (const SharedToken* token = cache_.find(text, keys->version())) return *token;
  }
  return nullptr;
}

bool Authenticator::keysMissing(std::span<const KeySource> sources) {
  for (const KeySource& source : sources)
    if (keysOf(source) == nullptr) return true;
  return false;
}

bool Authenticator::mayFindKey(std::span<const KeySource> sources) {
  for (const KeySource& source : sources) {
    if (source.openid && source.openid->mayBecomeNewer(viewOf(source.openid).version, fetcher_.loop().now()))
      return true;
  }
  return false;
}

Outcome Authenticator::finish(SharedToken token, std::span<const KeySource> sources, const TokenRules& rules) {
  std::array<std::string_view, kMostSources> issuers;
  size_t count = 0;
  for (const KeySource& source : sources) {
    if (!source.openid) continue;
    source.openid->refreshIfDue(fetcher_, fetcher_.loop().now());
    const View& view = viewOf(source.openid);
    // A provider whose keys have not come still restricts issuers: to none of its own.
    if (count < issuers.size()) issuers[count++] = view.keys ? std::string_view(view.keys->issuer) : std::string_view();
  }
  const UtcTime now = fetcher_.loop().clock().utc();
  if (auto failure = checkClaims(*token, rules, std::span(issuers).first(count), now)) {
    return Outcome{nullptr, std::move(failure)};
  }
  return Outcome{std::move(token), std::nullopt};
}

std::optional<Outcome> Authenticator::withoutKeys(const SharedToken& token, std::span<const KeySource> sources,
                                                  const TokenRules& rules) {
  if (token->algorithm() == Algorithm::None) {
    if (rules.signature == Demand::Optional && token->signature().empty()) return finish(token, sources, rules);
    return failed(TokenReason::TokenSignatureInvalid,
                  "IDX10504: Unable to validate signature, token does not have a signature. Access denied.");
  }
  if (token->algorithm() == Algorithm::Unknown) {
    return failed(TokenReason::TokenSignatureInvalid,
                  "IDX10511: Signature validation failed. The algorithm is not supported. Access denied.");
  }
  return std::nullopt;
}

SignatureState Authenticator::verifyHere(const SharedToken& token, std::span<const KeySource> sources) {
  SignatureState state = SignatureState::KeyNotFound;
  for (const KeySource& source : sources) {
    const KeySet* keys = keysOf(source);
    if (keys == nullptr) continue;
    state = merged(state, verifySignature(*token, *keys).state);
    if (state != SignatureState::Valid) continue;
    cache_.insert(token, keys->version());
    break;
  }
  return state;
}

std::optional<Outcome> Authenticator::tryAuthenticate(std::string_view text, std::span<const KeySource> sources,
                                                      const TokenRules& rules) {
  if (text.empty()) return failed(TokenReason::TokenNotPresent, "JWT not present.");
  if (SharedToken token = remembered(text, sources)) return finish(std::move(token), sources, rules);
  auto parsed = Token::parse(text, settings_.token);
  if (!parsed) return failed(TokenReason::JwtInvalid, parsed.error().message);
  if (auto outcome = withoutKeys(*parsed, sources, rules)) return outcome;
  if (keysMissing(sources) || (isSlow((*parsed)->algorithm()) && workers_ != nullptr)) return std::nullopt;
  const SignatureState state = verifyHere(*parsed, sources);
  if (state == SignatureState::Valid) return finish(std::move(*parsed), sources, rules);
  if (state == SignatureState::KeyNotFound && mayFindKey(sources)) return std::nullopt;
  return signatureFailure(state, **parsed);
}

runtime::Task<std::optional<TokenFailure>> Authenticator::fetchMissing(std::span<const KeySource> sources,
                                                                       Instant deadline) {
  std::optional<TokenFailure> failure;
  for (const KeySource& source : sources) {
    if (keysOf(source) != nullptr) continue;
    Result<OpenIdProvider::Keys> keys = co_await source.openid->keys(fetcher_, deadline);
    if (keys || failure) continue;
    failure = TokenFailure{TokenReason::TokenSignatureKeyNotFound,
                           "IDX20803: Unable to obtain configuration from: '" + source.openid->url() + "'."};
  }
  co_return failure;
}

runtime::Task<bool> Authenticator::fetchNewer(std::span<const KeySource> sources, Instant deadline) {
  bool newer = false;
  for (const KeySource& source : sources) {
    if (!source.openid) continue;
    const uint64_t seen = viewOf(source.openid).version;
    const bool changed = co_await source.openid->newerThan(seen, fetcher_, deadline);
    newer = newer || changed;
  }
  co_return newer;
}

runtime::Task<SignatureState> Authenticator::verifyOnWorker(SharedToken token, std::span<const KeySource> sources) {
  std::vector<std::shared_ptr<const KeySet>> sets;
  for (const KeySource& source : sources)
    if (auto keys = sharedKeysOf(source)) sets.push_back(std::move(keys));
  std::function<WorkerAnswer()> work = [token, sets = std::move(sets)] { return verifyAll(*token, sets); };
  const std::optional<WorkerAnswer> answer = co_await workers_->run(fetcher_.loop(), std::move(work));
  // A full queue: slower for this loop, but right.
  if (!answer) co_return verifyHere(token, sources);
  if (answer->state == SignatureState::Valid) cache_.insert(std::move(token), answer->key_version);
  co_return answer->state;
}

runtime::Task<Outcome> Authenticator::authenticate(std::string_view text, std::span<const KeySource> sources,
                                                   const TokenRules& rules, Instant deadline) {
  if (auto outcome = tryAuthenticate(text, sources, rules)) co_return std::move(*outcome);
  auto parsed = Token::parse(text, settings_.token);
  if (!parsed) co_return failed(TokenReason::JwtInvalid, parsed.error().message);
  const SharedToken token = std::move(*parsed);
  // A provider that cannot be reached matters only if no other has the key.
  const std::optional<TokenFailure> unreachable = co_await fetchMissing(sources, deadline);
  for (int round = 0;; ++round) {
    SignatureState state = SignatureState::KeyNotFound;
    if (isSlow(token->algorithm()) && workers_ != nullptr) {
      state = co_await verifyOnWorker(token, sources);
    } else {
      state = verifyHere(token, sources);
    }
    if (state == SignatureState::Valid) co_return finish(token, sources, rules);
    if (state == SignatureState::KeyNotFound && unreachable) co_return Outcome{nullptr, unreachable};
    if (state != SignatureState::KeyNotFound || round > 0) co_return signatureFailure(state, *token);
    const bool newer = co_await fetchNewer(sources, deadline);
    if (!newer) co_return signatureFailure(state, *token);
  }
}

}  // namespace sluice::identity
