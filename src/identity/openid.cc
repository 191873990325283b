#include "identity/openid.h"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "runtime/condition.h"

namespace sluice::identity {
namespace {

constexpr size_t kUrlBytes = 2048;

bool hasScheme(std::string_view url, std::string_view scheme) {
  return url.size() > scheme.size() && equalsIgnoreCase(url.substr(0, scheme.size()), scheme);
}

// A URL that we are told by a document: no white space, no control characters, no credentials.
bool isPlainUrl(std::string_view url) {
  if (url.empty() || url.size() > kUrlBytes) return false;
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; });
  const size_t host = url.find("://");
  if (!clean || host == std::string_view::npos) return false;
  const std::string_view authority = url.substr(host + 3, url.find_first_of("/?#", host + 3) - host - 3);
  return !authority.empty() && authority.find('@') == std::string_view::npos;
}

int64_t ticks(Instant at) {
  return at.time_since_epoch().count();
}

}  // namespace

Result<OpenIdMetadata> parseOpenIdMetadata(std::string_view json, std::string_view metadata_url) {
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  const simdjson::padded_string padded(json);
  if (parser.allocate(std::max<size_t>(json.size(), 1024), 32) || parser.parse(padded).get(root)) {
    return fail("the OpenID metadata is not a JSON object");
  }
  std::string_view issuer;
  std::string_view keys_url;
  if (root.at_key("issuer").get(issuer) || issuer.empty() || issuer.size() > kUrlBytes) {
    return fail("the OpenID metadata has no issuer");
  }
  if (root.at_key("jwks_uri").get(keys_url) || !isPlainUrl(keys_url)) {
    return fail("the OpenID metadata has no usable jwks_uri");
  }
  const bool plain_allowed = hasScheme(metadata_url, "http://");
  if (!hasScheme(keys_url, "https://") && !(plain_allowed && hasScheme(keys_url, "http://"))) {
    return fail("the OpenID metadata came by https but its jwks_uri is not https");
  }
  return OpenIdMetadata{std::string(issuer), std::string(keys_url)};
}

struct OpenIdProvider::Gate {
  explicit Gate(runtime::Loop& on) : loop(on), opened(on) {}
  runtime::Loop& loop;
  runtime::Condition opened;
  size_t waiting = 0;
};

// One task's wait at its loop's gate. A gate nobody waits at is taken away, so that none is left of a loop that ended.
struct OpenIdProvider::Waiting {
  Waiting(OpenIdProvider& of, std::shared_ptr<Gate> at) : provider(of), gate(std::move(at)) { ++gate->waiting; }
  Waiting(const Waiting&) = delete;
  ~Waiting() {
    const std::lock_guard lock(provider.mutex_);
    if (--gate->waiting == 0) std::erase(provider.gates_, gate);
  }
  OpenIdProvider& provider;
  const std::shared_ptr<Gate> gate;
};

// Ends the refresh whatever becomes of its task: a loop that stops amid a fetch must not leave others waiting for ever.
struct OpenIdProvider::Attempt {
  Attempt(std::shared_ptr<OpenIdProvider> of, runtime::Loop& on) : provider(std::move(of)), loop(on) {}
  Attempt(const Attempt&) = delete;
  ~Attempt() {
    if (!finished) provider->finish(fail("the fetch was given up"), loop.now());
  }
  std::shared_ptr<OpenIdProvider> provider;
  runtime::Loop& loop;
  bool finished = false;
};

OpenIdProvider::OpenIdProvider(std::string metadata_url, const OpenIdSettings& settings)
    : url_(std::move(metadata_url)), settings_(settings), refresh_at_(std::numeric_limits<int64_t>::max()) {}

OpenIdProvider::Keys OpenIdProvider::current() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::string OpenIdProvider::lastError() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void OpenIdProvider::startRefresh(KeyFetcher& fetcher, Instant now) {
  {
    const std::lock_guard lock(mutex_);
    if (refreshing_ || ticks(now) < refresh_at_.load(std::memory_order_relaxed)) return;
    refreshing_ = true;
  }
  launch(fetcher);
}

void OpenIdProvider::launch(KeyFetcher& fetcher) {
  // In the loop's own scope: the fetch outlives the request that caused it.
  fetcher.loop().scope().spawn(refresh(shared_from_this(), fetcher));
}

runtime::Task<void> OpenIdProvider::refresh(std::shared_ptr<OpenIdProvider> self, KeyFetcher& fetcher) {
  Attempt attempt(self, fetcher.loop());
  Result<Keys> outcome = co_await self->fetch(fetcher);
  attempt.finished = true;
  self->finish(std::move(outcome), fetcher.loop().now());
}

runtime::Task<Result<OpenIdProvider::Keys>> OpenIdProvider::fetch(KeyFetcher& fetcher) {
  const Instant deadline = runtime::deadlineAfter(fetcher.loop().now(), settings_.fetch_timeout);
  Result<std::string> document = co_await fetcher.get(url_, settings_.metadata_bytes, deadline);
  if (!document) co_return tl::make_unexpected(document.error());
  Result<OpenIdMetadata> metadata = parseOpenIdMetadata(*document, url_);
  if (!metadata) co_return tl::make_unexpected(metadata.error());
  document = co_await fetcher.get(metadata->keys_url, settings_.keys.document_bytes, deadline);
  if (!document) co_return tl::make_unexpected(document.error());
  auto fetched = std::make_shared<OpenIdKeys>();
  fetched->issuer = std::move(metadata->issuer);
  fetched->keys_url = std::move(metadata->keys_url);
  fetched->keys_document = std::move(*document);
  // The same keys stay the same set, so that signatures stay remembered over a refresh.
  if (const Keys last = current(); last && last->keys_document == fetched->keys_document) {
    fetched->keys = last->keys;
    co_return Keys(std::move(fetched));
  }
  Result<std::shared_ptr<const KeySet>> keys = KeySet::fromJwks(fetched->keys_document, settings_.keys);
  if (!keys) co_return tl::make_unexpected(keys.error());
  fetched->keys = std::move(*keys);
  co_return Keys(std::move(fetched));
}

void OpenIdProvider::finish(Result<Keys> outcome, Instant now) {
  const std::string failure = outcome ? std::string() : outcome.error().message;
  {
    const std::lock_guard lock(mutex_);
    refreshing_ = false;
    attempted_at_ = now;
    if (outcome) {
      const bool same = keys_ && keys_->keys == (*outcome)->keys && keys_->issuer == (*outcome)->issuer;
      keys_ = std::move(*outcome);
      error_.clear();
      if (!same) version_.fetch_add(1, std::memory_order_release);
    } else {
      error_ = failure;
    }
    // Without keys nobody refreshes in the background: whoever needs them fetches and waits.
    const Duration pause = error_.empty() ? settings_.refresh_after : settings_.refetch_interval;
    if (keys_) refresh_at_.store(ticks(runtime::deadlineAfter(now, pause)), std::memory_order_relaxed);
    // Under the lock: a loop whose tasks wait here cannot end before they have left their gate.
    for (const auto& gate : gates_) gate->loop.post([gate] { gate->opened.notifyAll(); });
  }
  if (failure.empty()) {
    log::info("OpenID keys fetched", {{"url", url_}});
  } else {
    log::warning("OpenID keys could not be fetched", {{"url", url_}, {"reason", failure}});
  }
}

std::shared_ptr<OpenIdProvider::Gate> OpenIdProvider::gateOf(runtime::Loop& loop) {
  for (const auto& gate : gates_)
    if (&gate->loop == &loop) return gate;
  return gates_.emplace_back(std::make_shared<Gate>(loop));
}

runtime::Task<void> OpenIdProvider::waitForRefresh(runtime::Loop& loop, Instant deadline) {
  while (loop.now() < deadline) {
    std::optional<Waiting> waiting;
    {
      const std::lock_guard lock(mutex_);
      if (!refreshing_) co_return;
      waiting.emplace(*this, gateOf(loop));
    }
    // The opening is posted to this loop, so it cannot come between here and the wait.
    co_await waiting->gate->opened.wait(deadline);
  }
}

Result<OpenIdProvider::Keys> OpenIdProvider::outcome() const {
  const std::lock_guard lock(mutex_);
  if (keys_) return keys_;
  return fail(error_.empty() ? "the keys did not come in time" : error_);
}

runtime::Task<Result<OpenIdProvider::Keys>> OpenIdProvider::keys(KeyFetcher& fetcher, Instant deadline) {
  bool mine = false;
  {
    const std::lock_guard lock(mutex_);
    if (keys_) co_return keys_;
    const Instant now = fetcher.loop().now();
    const bool too_soon = attempted_at_ && now < *attempted_at_ + settings_.retry_without_keys;
    if (!refreshing_ && too_soon) co_return fail(error_);
    if (!refreshing_) mine = refreshing_ = true;
  }
  if (mine) launch(fetcher);
  co_await waitForRefresh(fetcher.loop(), deadline);
  co_return outcome();
}

bool OpenIdProvider::mayBecomeNewer(uint64_t seen, Instant now) const {
  if (version() != seen) return true;
  const std::lock_guard lock(mutex_);
  return refreshing_ || !forced_at_ || now >= *forced_at_ + settings_.refetch_interval;
}

runtime::Task<bool> OpenIdProvider::newerThan(uint64_t seen, KeyFetcher& fetcher, Instant deadline) {
  bool mine = false;
  {
    const std::lock_guard lock(mutex_);
    if (version() != seen) co_return true;
    const Instant now = fetcher.loop().now();
    if (!refreshing_) {
      if (forced_at_ && now < *forced_at_ + settings_.refetch_interval) co_return false;
      forced_at_ = now;
      mine = refreshing_ = true;
    }
  }
  if (mine) launch(fetcher);
  co_await waitForRefresh(fetcher.loop(), deadline);
  co_return version() != seen;
}

std::shared_ptr<OpenIdProvider> OpenIdProviders::provider(const std::string& metadata_url) {
  const std::lock_guard lock(mutex_);
  auto& place = providers_[metadata_url];
  if (!place) place = std::make_shared<OpenIdProvider>(metadata_url, settings_);
  return place;
}

std::vector<std::shared_ptr<OpenIdProvider>> OpenIdProviders::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<OpenIdProvider>> list;
  for (const auto& [url, provider] : providers_) list.push_back(provider);
  return list;
}

}  // namespace sluice::identity
