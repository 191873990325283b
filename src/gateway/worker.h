// Worker: one data-plane thread with all that belongs to it: loop, server, upstream connections, token cache, journal
// writer. Threads share the snapshot (immutable) and what Shared holds (each part thread-safe). Everything here belongs
// to the worker's thread, except where noted; the gateway calls listen() before that thread starts.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/recorder.h"
#include "gateway/completion.h"
#include "gateway/debug_credentials.h"
#include "gateway/egress.h"
#include "gateway/snapshot.h"
#include "gateway/trace_store.h"
#include "http/client.h"
#include "http/server.h"
#include "identity/authenticator.h"
#include "identity/credential_store.h"
#include "identity/http_key_fetcher.h"
#include "identity/managed_identity.h"
#include "identity/openid.h"
#include "policy/counters.h"
#include "policy/metrics.h"
#include "policy/services.h"
#include "policy/value_cache.h"
#include "runtime/connector.h"
#include "runtime/loop.h"
#include "runtime/resolver.h"
#include "runtime/worker.h"
#include "upstream/instance_ids.h"
#include "upstream/tokenizer.h"

namespace sluice::gateway {

// What all workers of a process share. Outlives them.
struct Shared {
  Shared(const config::Settings& settings, const std::string& tokenizer_folder);

  identity::OpenIdProviders providers;
  upstream::Tokenizers tokenizers;
  policy::ValueCache values;
  policy::Counters counters;
  policy::Metrics metrics;
  upstream::InstanceIds instance_ids;
  identity::RefreshGrants refresh_grants;
  DebugCredentials debug;
  TraceStore traces;
  runtime::WorkerPool pool;
  std::shared_ptr<identity::TokenBoard> tokens = std::make_shared<identity::TokenBoard>();
  std::string name;  // of this gateway in records
  // Bytes of large bodies that are in memory now, of all threads; small ones are not worth a shared counter.
  std::atomic<uint64_t> buffered{0};
};

// An upstream that requests go to: what a base URL means.
struct Backend {
  std::shared_ptr<http::ClientPool::Host> host;
  std::string host_name;
  std::string authority;  // for the Host field
  std::string base_path;
};

// Told of each exchange when it is over, before its memory goes: how scenarios see traces. With an observer every
// exchange is traced.
class ExchangeObserver {
 public:
  virtual ~ExchangeObserver() = default;
  virtual void finished(const policy::Exchange& exchange) = 0;
};

// Counted by one thread, read by others now and then.
struct WorkerActivity {
  std::atomic<uint64_t> exchanges{0};
  std::atomic<uint64_t> in_flight{0};
};

class Worker final : public policy::Services, public http::ServerHandler, public identity::TokenTransport {
 public:
  // `clock`: the machine's, or a scenario's own.
  Worker(Shared& shared, std::shared_ptr<const Snapshot> snapshot, const Clock& clock);
  ~Worker() override;

  // Before the thread runs.
  void setRecorder(std::unique_ptr<event::Recorder> recorder) { recorder_ = std::move(recorder); }
  Result<runtime::SocketAddress> listen(const runtime::SocketAddress& address,
                                        std::shared_ptr<const runtime::TlsServerContext> tls, runtime::ReusePort reuse,
                                        config::ClientScheme scheme = config::ClientScheme::Connection);
  void setObserver(ExchangeObserver* observer) { observer_ = observer; }
  // Instead of the snapshot's own, until the next snapshot.
  void replaceHosts(std::shared_ptr<const runtime::HostsMap> hosts) { connector_.setHosts(std::move(hosts)); }
  // Thread-safe: exchanges that begin after this see the new snapshot; those under way keep theirs.
  void postSnapshot(std::shared_ptr<const Snapshot> snapshot);
  // Thread-safe: stops listening, lets exchanges end until `limit` has passed, then ends the loop.
  void postDrain(Duration limit);
  runtime::Task<void> drain(Duration limit);

  http::Server& server() { return server_; }

  // http::ServerHandler
  runtime::Task<void> handle(http::ServerExchange& exchange) override;

  // policy::Services; fetch() is identity::TokenTransport's too
  runtime::Loop& loop() override { return loop_; }
  const Clock& clock() const override { return loop_.clock(); }
  http::ClientPool& clients() override { return clients_; }
  runtime::Task<Result<http::FetchResponse>> fetch(http::FetchRequest request) override;
  runtime::Task<Result<http::FetchResponse>> fetchOver(const policy::Connection& connection,
                                                       http::FetchRequest request) override;
  policy::ValueCache& values() override { return shared_.values; }
  policy::Counters& counters() override { return shared_.counters; }
  policy::Metrics& metrics() override { return shared_.metrics; }
  identity::Authenticator& authenticator() override { return authenticator_; }
  identity::ManagedIdentities& identities() override { return identities_; }
  identity::CredentialStore& credentials() override { return credentials_; }
  const std::shared_ptr<identity::OpenIdProvider>& openid(const std::string& metadata_url) override;
  runtime::Task<policy::Verdict> bufferRequestBody(policy::Exchange& exchange) override;
  runtime::Task<policy::Verdict> bufferResponseBody(policy::Exchange& exchange) override;
  runtime::Task<policy::Verdict> forward(policy::Exchange& exchange, const policy::ForwardOptions& options) override;

  // --- for conversations ---
  event::Recorder& recorder() { return *recorder_; }
  Completions& completions() { return completions_; }
  Shared& shared() { return shared_; }
  std::string_view gatewayName() const { return shared_.name; }
  // Null: not an absolute http(s) URL. Valid until the next call.
  const Backend* backendFor(std::string_view base_url);
  // The same over a connection of a policy's choice; an error when there can be none such.
  Result<const Backend*> backendFor(std::string_view base_url, const policy::Connection& connection);
  // The same over the connection that a backend entity asks for.
  Result<const Backend*> backendFor(const BackendEntity& entity, std::string_view base_url);
  // Loads it on first use; null when it cannot be loaded.
  runtime::Task<const upstream::Tokenizer*> tokenizer(upstream::Encoding encoding);

  const WorkerActivity& activity() const { return activity_; }

 private:
  // A snapshot and how many exchanges of this thread keep it: no counter is shared between threads.
  struct Generation {
    std::shared_ptr<const Snapshot> snapshot;
    size_t exchanges = 0;
  };
  class Pin;

  const Backend* makeBackend(std::string_view base_url, std::string key, const Egress::Way& way);
  void setSnapshot(std::shared_ptr<const Snapshot> snapshot);
  void applyHosts();

  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class T>
  using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

  Shared& shared_;
  runtime::Loop loop_;
  runtime::Resolver resolver_;
  runtime::Connector connector_;
  http::ClientPool clients_;
  std::shared_ptr<const runtime::TlsClientContext> upstream_tls_;
  Egress egress_;
  identity::HttpKeyFetcher fetcher_;
  identity::Authenticator authenticator_;
  identity::ManagedIdentities identities_;
  identity::CredentialStore credentials_;
  std::unique_ptr<event::Recorder> recorder_;
  Completions completions_;
  std::vector<std::unique_ptr<Generation>> generations_;  // the last is the current one
  ByText<std::unique_ptr<Backend>> backends_;
  ByText<std::shared_ptr<identity::OpenIdProvider>> providers_;
  WorkerActivity activity_;
  ExchangeObserver* observer_ = nullptr;
  http::Server server_;  // last: its exchanges use everything above
};

}  // namespace sluice::gateway
