// OpenID Connect metadata (OpenID Connect Discovery 1.0): the issuer and the keys behind a metadata URL, fetched once
// for the whole process and kept fresh (reference section 2.2, validate-jwt).
//
// An OpenIdProvider is shared by all threads and lives outside the configuration snapshot, keyed by its URL, so that a
// reload forgets nothing. At most one fetch runs at a time, at the loop that asked first; others wait for it. What was
// fetched last is kept until something newer was fetched whole. Fetches:
//   - the first time somebody needs the keys (who then waits; a failure fails the request, the next try is due after
//     `retry_without_keys`);
//   - in the background, by the first request after `refresh_after`, and after a failure every `refetch_interval`;
//   - when a token names a key that is not there (the request waits), at most once per `refetch_interval`.
// The hot path is one atomic load (`version`, `refreshAt`).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/key_set.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace sluice::identity {

// Gets a document from the network, for one loop. Never more than `max_bytes`; status other than 200 is an error.
class KeyFetcher {
 public:
  virtual ~KeyFetcher() = default;
  virtual runtime::Loop& loop() = 0;
  virtual runtime::Task<Result<std::string>> get(std::string url, size_t max_bytes, Instant deadline) = 0;
};

struct OpenIdSettings {
  OpenIdSettings() {}
  Duration refresh_after = std::chrono::hours(1);
  Duration refetch_interval = std::chrono::minutes(5);
  Duration retry_without_keys = std::chrono::seconds(10);
  Duration fetch_timeout = std::chrono::seconds(10);
  size_t metadata_bytes = 128 * 1024;
  KeySetLimits keys;
};

// Immutable; what one fetch gave.
struct OpenIdKeys {
  std::string issuer;
  std::string keys_url;
  std::string keys_document;  // to tell whether a new fetch brought anything new
  std::shared_ptr<const KeySet> keys;
};

struct OpenIdMetadata {
  std::string issuer;
  std::string keys_url;
};
// `metadata_url` decides whether the keys may come by plain http: only if the metadata did.
Result<OpenIdMetadata> parseOpenIdMetadata(std::string_view json, std::string_view metadata_url);

class OpenIdProvider : public std::enable_shared_from_this<OpenIdProvider> {
 public:
  using Keys = std::shared_ptr<const OpenIdKeys>;

  OpenIdProvider(std::string metadata_url, const OpenIdSettings& settings = {});
  const std::string& url() const { return url_; }

  // Changes whenever what current() gives changes; 0: no keys yet. Thread-safe, one load.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  // Null: no keys yet. Thread-safe; takes a lock, so keep the result as long as version() stays.
  Keys current() const;

  // Starts a background refresh at the fetcher's loop when one is due and none runs. Nearly free otherwise. The fetcher
  // must live as long as its loop's tasks.
  void refreshIfDue(KeyFetcher& fetcher, Instant now) {
    if (now.time_since_epoch().count() >= refresh_at_.load(std::memory_order_relaxed)) startRefresh(fetcher, now);
  }

  // The keys, waiting for the first fetch if there are none yet.
  runtime::Task<Result<Keys>> keys(KeyFetcher& fetcher, Instant deadline);
  // For a token whose key is not in `seen` (a version()): true when there are other keys now. Waits for a fetch if one
  // runs or may be made.
  runtime::Task<bool> newerThan(uint64_t seen, KeyFetcher& fetcher, Instant deadline);
  // Whether newerThan() could do more than say no at once.
  bool mayBecomeNewer(uint64_t seen, Instant now) const;
  // The last failure's message while there are no keys, for the operator.
  std::string lastError() const;

 private:
  // Tasks of one loop that wait for the running fetch.
  struct Gate;
  struct Waiting;
  struct Attempt;

  void startRefresh(KeyFetcher& fetcher, Instant now);
  void launch(KeyFetcher& fetcher);  // REQUIRES: refreshing_ was just set by the caller
  static runtime::Task<void> refresh(std::shared_ptr<OpenIdProvider> self, KeyFetcher& fetcher);
  runtime::Task<Result<Keys>> fetch(KeyFetcher& fetcher);
  void finish(Result<Keys> outcome, Instant now);
  runtime::Task<void> waitForRefresh(runtime::Loop& loop, Instant deadline);
  std::shared_ptr<Gate> gateOf(runtime::Loop& loop);  // REQUIRES: mutex_ held
  Result<Keys> outcome() const;

  const std::string url_;
  const OpenIdSettings settings_;
  std::atomic<uint64_t> version_{0};
  std::atomic<int64_t> refresh_at_;  // Instant, in nanoseconds

  mutable std::mutex mutex_;  // guards what follows; never held across a suspension
  Keys keys_;
  std::string error_;
  bool refreshing_ = false;
  std::optional<Instant> attempted_at_;  // the end of the last fetch
  std::optional<Instant> forced_at_;     // the last fetch for an unknown key
  std::vector<std::shared_ptr<Gate>> gates_;
};

// The process's providers by metadata URL. Thread-safe; asked when a configuration is loaded.
class OpenIdProviders {
 public:
  explicit OpenIdProviders(const OpenIdSettings& settings = {}) : settings_(settings) {}
  std::shared_ptr<OpenIdProvider> provider(const std::string& metadata_url);
  std::vector<std::shared_ptr<OpenIdProvider>> all() const;

 private:
  OpenIdSettings settings_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<OpenIdProvider>> providers_;
};

}  // namespace sluice::identity
