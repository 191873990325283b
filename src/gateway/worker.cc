#include "gateway/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/log.h"
#include "gateway/conversation.h"
#include "gateway/hosts.h"
#include "policy/url.h"

namespace sluice::gateway {
namespace {

// Base URLs come from policies, which may build them from the request: this bounds what they can make us remember.
constexpr size_t kMaxBackends = 4096;

identity::OpenIdSettings openIdSettings(const config::Settings& settings) {
  identity::OpenIdSettings result;
  result.refresh_after = settings.identity.metadata_refresh;
  result.refetch_interval = settings.identity.unknown_key_refresh;
  return result;
}

http::ServerLimits serverLimits(const config::Settings& settings) {
  http::ServerLimits limits;
  limits.head.bytes = settings.limits.head;
  const uint64_t streamed = settings.limits.streamed_request_body;
  limits.body = streamed == 0 ? UINT64_MAX : streamed;
  limits.connections = settings.limits.connections;
  limits.head_time = settings.timeouts.request_head;
  limits.body_idle = settings.timeouts.request_body;
  limits.write_idle = settings.timeouts.response_write;
  limits.keep_alive_idle = settings.timeouts.keep_alive;
  return limits;
}

http::PoolLimits poolLimits(const config::Settings& settings) {
  http::PoolLimits limits;
  limits.idle_time = settings.upstream.idle_timeout;
  limits.life_time = settings.upstream.lifetime;
  limits.open_per_endpoint = settings.upstream.max_connections;
  limits.waiting_per_endpoint = settings.upstream.max_waiting;
  limits.wait = settings.upstream.wait_timeout;
  limits.streams_per_connection = settings.upstream.max_streams;
  return limits;
}

identity::AuthenticatorSettings authenticatorSettings(const config::Settings& settings) {
  identity::AuthenticatorSettings result;
  result.cache_bytes = settings.identity.signature_cache;
  result.token.token_bytes = settings.identity.max_token;
  return result;
}

std::shared_ptr<const runtime::TlsClientContext> clientTls(const std::string& ca_file) {
  runtime::TlsClientOptions options;
  options.ca_file = ca_file;
  auto context = runtime::TlsClientContext::create(options);
  if (context) return *context;
  log::error("cannot prepare TLS to backends", {{"reason", context.error().message}, {"ca", ca_file}});
  return nullptr;
}

std::string hostName() {
  char text[256] = {};
  return ::gethostname(text, sizeof text - 1) == 0 ? text : "sluice";
}

}  // namespace

Shared::Shared(const config::Settings& settings, const std::string& tokenizer_folder)
    : providers(openIdSettings(settings)), tokenizers(tokenizer_folder), pool(2), name(hostName()) {}

// Keeps a snapshot for one exchange.
class Worker::Pin {
 public:
  explicit Pin(Worker& worker) : worker_(worker), generation_(*worker.generations_.back()) {
    ++generation_.exchanges;
    worker_.activity_.in_flight.fetch_add(1, std::memory_order_relaxed);
  }
  ~Pin() {
    worker_.activity_.in_flight.fetch_sub(1, std::memory_order_relaxed);
    if (--generation_.exchanges > 0 || &generation_ == worker_.generations_.back().get()) return;
    std::erase_if(worker_.generations_, [this](const auto& entry) { return entry.get() == &generation_; });
  }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  const Snapshot& snapshot() const { return *generation_.snapshot; }

 private:
  Worker& worker_;
  Generation& generation_;
};

Worker::Worker(Shared& shared, std::shared_ptr<const Snapshot> snapshot, const Clock& clock)
    : shared_(shared),
      loop_(clock),
      resolver_(loop_),
      connector_(loop_, resolver_, nullptr),
      clients_(connector_, poolLimits(snapshot->configuration().settings)),
      upstream_tls_(clientTls(snapshot->configuration().settings.tls.ca.text)),
      egress_(upstream_tls_, snapshot->configuration().settings.tls.ca.text),
      fetcher_(clients_, snapshot->configuration().settings.identity.ca.empty()
                             ? upstream_tls_
                             : clientTls(snapshot->configuration().settings.identity.ca.text)),
      authenticator_(fetcher_, &shared.pool, authenticatorSettings(snapshot->configuration().settings)),
      identities_(loop_, *this, identity::identityEnvironment(snapshot->configuration().outbound), shared.tokens),
      credentials_(loop_, *this, shared_.refresh_grants),
      server_(loop_, *this, serverLimits(snapshot->configuration().settings)) {
  setSnapshot(std::move(snapshot));
}

// Tasks that belong to nobody else use what is destroyed before the loop.
Worker::~Worker() {
  loop_.scope().cancelAll();
}

Result<runtime::SocketAddress> Worker::listen(const runtime::SocketAddress& address,
                                              std::shared_ptr<const runtime::TlsServerContext> tls,
                                              runtime::ReusePort reuse, config::ClientScheme scheme) {
  return server_.listen(address, std::move(tls), reuse, static_cast<uint16_t>(scheme));
}

void Worker::setSnapshot(std::shared_ptr<const Snapshot> snapshot) {
  auto generation = std::make_unique<Generation>();
  generation->snapshot = std::move(snapshot);
  generations_.push_back(std::move(generation));
  std::erase_if(generations_,
                [this](const auto& entry) { return entry->exchanges == 0 && entry != generations_.back(); });
  applyHosts();
}

void Worker::applyHosts() {
  connector_.setHosts(hostsOf(generations_.back()->snapshot->configuration().settings));
  backends_.clear();
}

void Worker::postSnapshot(std::shared_ptr<const Snapshot> snapshot) {
  loop_.post([this, snapshot = std::move(snapshot)] { setSnapshot(snapshot); });
}

runtime::Task<void> Worker::drain(Duration limit) {
  co_await server_.drain(loop_.now() + limit);
  loop_.stop();
}

void Worker::postDrain(Duration limit) {
  loop_.post([this, limit] { loop_.scope().spawn(drain(limit)); });
}

runtime::Task<void> Worker::handle(http::ServerExchange& exchange) {
  activity_.exchanges.fetch_add(1, std::memory_order_relaxed);
  const Pin pin(*this);
  Conversation conversation(*this, pin.snapshot(), exchange);
  conversation.setTracing(observer_ != nullptr);
  co_await conversation.run();
  if (observer_ != nullptr) observer_->finished(conversation);
}

runtime::Task<Result<http::FetchResponse>> Worker::fetch(http::FetchRequest request) {
  request.tls = upstream_tls_;
  return http::fetch(clients_, std::move(request));
}

runtime::Task<Result<http::FetchResponse>> Worker::fetchOver(const policy::Connection& connection,
                                                             http::FetchRequest request) {
  auto way = egress_.find(connection);
  if (!way) {
    way.error().code = static_cast<int>(http::ClientError::Tls);
    return runtime::Task<Result<http::FetchResponse>>::ready(tl::make_unexpected(std::move(way.error())));
  }
  request.tls = std::move(way->tls);
  request.proxy = std::move(way->proxy);
  return http::fetch(clients_, std::move(request));
}

const std::shared_ptr<identity::OpenIdProvider>& Worker::openid(const std::string& metadata_url) {
  const auto at = providers_.find(metadata_url);
  if (at != providers_.end()) return at->second;
  return providers_.emplace(metadata_url, shared_.providers.provider(metadata_url)).first->second;
}

runtime::Task<policy::Verdict> Worker::bufferRequestBody(policy::Exchange& exchange) {
  return static_cast<Conversation&>(exchange).readRequestBody();
}

runtime::Task<policy::Verdict> Worker::bufferResponseBody(policy::Exchange& exchange) {
  return static_cast<Conversation&>(exchange).readResponseBody();
}

runtime::Task<policy::Verdict> Worker::forward(policy::Exchange& exchange, const policy::ForwardOptions& options) {
  return static_cast<Conversation&>(exchange).forward(options);
}

const Backend* Worker::backendFor(std::string_view base_url) {
  if (const auto at = backends_.find(base_url); at != backends_.end()) return at->second.get();
  Egress::Way usual;
  usual.tls = upstream_tls_;
  return makeBackend(base_url, std::string(base_url), usual);
}

Result<const Backend*> Worker::backendFor(std::string_view base_url, const policy::Connection& connection) {
  auto way = egress_.find(connection);
  if (!way) return tl::make_unexpected(way.error());
  // A blank cannot stand in a URL. What is known by its address here lives as long as the entry.
  std::string key = fmt::format("{} {} {}", base_url, fmt::ptr(way->tls.get()), fmt::ptr(way->proxy.get()));
  const auto at = backends_.find(key);
  const Backend* backend = at != backends_.end() ? at->second.get() : makeBackend(base_url, std::move(key), *way);
  if (backend == nullptr) return fail("The backend's URL is missing or is not an absolute http(s) URL.");
  return backend;
}

Result<const Backend*> Worker::backendFor(const BackendEntity& entity, std::string_view base_url) {
  // Its key stands for its own URL: an API's service URL may differ from that in its letters.
  const std::string_view key = entity.connectionKey();
  if (const auto at = backends_.find(key); at != backends_.end()) return at->second.get();
  auto way = egress_.find(entity.connection());
  if (!way) return tl::make_unexpected(way.error());
  const Backend* backend = makeBackend(base_url, std::string(key), *way);
  if (backend == nullptr) return fail("The backend's URL is missing or is not an absolute http(s) URL.");
  return backend;
}

const Backend* Worker::makeBackend(std::string_view base_url, std::string key, const Egress::Way& way) {
  const policy::Url url = policy::splitUrl(base_url);
  if (url.host.empty()) return nullptr;
  if (backends_.size() >= kMaxBackends) backends_.clear();
  const bool secure = url.scheme == "https";
  if (secure && way.tls == nullptr) return nullptr;
  auto backend = std::make_unique<Backend>();
  http::Endpoint endpoint(std::string(url.host), url.port, secure ? way.tls : nullptr);
  endpoint.proxy = way.proxy;
  backend->host = clients_.host(endpoint);
  backend->host_name = std::string(url.host);
  const bool v6 = url.host.find(':') != std::string_view::npos;
  backend->authority = v6 ? "[" + std::string(url.host) + "]" : std::string(url.host);
  if (url.port != (secure ? 443 : 80)) backend->authority += ":" + std::to_string(url.port);
  backend->base_path = std::string(url.path);
  return backends_.emplace(std::move(key), std::move(backend)).first->second.get();
}

runtime::Task<const upstream::Tokenizer*> Worker::tokenizer(upstream::Encoding encoding) {
  if (const auto* ready = shared_.tokenizers.get(encoding)) co_return ready;
  std::function<Result<const upstream::Tokenizer*>()> load = [this, encoding] {
    return shared_.tokenizers.load(encoding);
  };
  auto loaded = co_await shared_.pool.run<Result<const upstream::Tokenizer*>>(loop_, std::move(load));
  if (loaded && *loaded) co_return **loaded;
  if (loaded) log::warning("token counts are estimated without a tokenizer", {{"reason", loaded->error().message}});
  co_return nullptr;
}

}  // namespace sluice::gateway
