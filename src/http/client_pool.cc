#include <algorithm>

#include "http/client_connection.h"
#include "http/h2_connection.h"

namespace sluice::http {
namespace {

constexpr size_t kMaxHosts = 1024;

std::string hostField(const Endpoint& endpoint) {
  const bool colons = endpoint.host.find(':') != std::string::npos;
  std::string text = colons ? "[" + endpoint.host + "]" : endpoint.host;
  const uint16_t usual = endpoint.tls ? 443 : 80;
  if (endpoint.port != usual) text += ":" + std::to_string(endpoint.port);
  return text;
}

}  // namespace

// --- ClientConnection ---

ClientConnection::ClientConnection(std::shared_ptr<ClientPool::Host> of, runtime::Connected made)
    : host(std::move(of)),
      claim(*host),
      stream(std::move(made.stream)),
      tie(std::move(made.tie)),
      input(host->pool.connector.loop().buffers()),
      born(host->pool.connector.loop().now()) {}

ClientConnection::~ClientConnection() {
  stream->watch().cancelOnHangUp(nullptr);
}

void ClientConnection::Expiry::fire(Timer& timer) {
  ClientConnection& owner = static_cast<Expiry&>(timer).owner;
  owner.host->drop(owner);
}

void ClientConnection::HangUp::onCancel() {
  owner.host->drop(owner);
}

void ClientConnection::rest(Instant until) {
  host->pool.connector.loop().timers().schedule(expiry_, until);
  hung_up_.reset();
  hung_up_.listen(on_hang_up_);
  stream->watch().cancelOnHangUp(&hung_up_);
}

void ClientConnection::wakeUp() {
  unlink();
  expiry_.unlink();
  stream->watch().cancelOnHangUp(nullptr);
}

bool ClientConnection::quiet() {
  if (!stream->watch().readable()) return true;
  // TLS has things to say for itself (session tickets), so ask.
  char byte = 0;
  const runtime::IoResult got = stream->tryRead({&byte, 1});
  return got.bytes == 0 && got.status == runtime::IoStatus::Drained;
}

// --- Host ---

ClientPool::Host::Host(ClientPool::Impl& of, Endpoint to)
    : pool(of),
      endpoint(std::move(to)),
      host_field(hostField(endpoint)),
      freed(of.connector.loop()),
      http1_only_(endpoint.version == HttpVersion::Http1) {}

ClientPool::Host::~Host() = default;

bool ClientPool::Host::full() const {
  return pool.limits.open_per_endpoint != 0 && open_ >= pool.limits.open_per_endpoint;
}

std::unique_ptr<ClientConnection> ClientPool::Host::takeIdle() {
  while (ClientConnection* last = idle_.front()) {
    std::unique_ptr<ClientConnection> connection(last);
    connection->wakeUp();
    --idle_count_;
    --pool.counters.idle;
    if (connection->quiet() && connection->tie.current()) return connection;
  }
  return nullptr;
}

void ClientPool::Host::giveBack(std::unique_ptr<ClientConnection> connection) {
  const Instant now = pool.connector.loop().now();
  const bool room = idle_count_ < pool.limits.idle_per_endpoint && pool.counters.idle < pool.limits.idle_total;
  const Instant end_of_life = runtime::deadlineAfter(connection->born, pool.limits.life_time);
  if (!room || now >= end_of_life || connection->stream->watch().hungUp() || !connection->tie.current()) return;
  connection->input.park();
  ClientConnection& resting = *connection.release();
  idle_.pushFront(resting);
  ++idle_count_;
  ++pool.counters.idle;
  resting.rest(std::min(end_of_life, runtime::deadlineAfter(now, pool.limits.idle_time)));
  freed.notifyOne();
}

void ClientPool::Host::drop(ClientConnection& idle) {
  idle.wakeUp();
  --idle_count_;
  --pool.counters.idle;
  const std::unique_ptr<ClientConnection> last(&idle);
}

void ClientPool::Host::closeIdle() {
  while (ClientConnection* each = idle_.front()) drop(*each);
  for (const auto& each : h2_) each->retire();
}

runtime::Alpn ClientPool::Host::alpn() const {
  if (endpoint.version == HttpVersion::Http1 || http2_refused_) return runtime::Alpn::Http1;
  return endpoint.version == HttpVersion::Http2 ? runtime::Alpn::Http2 : runtime::Alpn::Http2OrHttp1;
}

H2Connection* ClientPool::Host::joinable() {
  if (http2_refused_) return nullptr;
  for (const auto& each : h2_) {
    if (each->joinable()) return each.get();
  }
  return nullptr;
}

void ClientPool::Host::remove(const H2Connection& connection) {
  std::erase_if(h2_, [&](const auto& each) { return each.get() == &connection; });
}

// --- ClientPool ---

ClientPool::ClientPool(runtime::Connector& connector, PoolLimits limits)
    : impl_(std::make_unique<Impl>(connector, limits)) {}

ClientPool::~ClientPool() {
  closeIdle();
  impl_->drivers.cancelAll();
  for (const auto& [key, host] : impl_->hosts) host->forgetShared();
}

std::shared_ptr<ClientPool::Host> ClientPool::host(const Endpoint& endpoint) {
  Impl::Key key(endpoint.host, endpoint.port, endpoint.tls.get(), endpoint.proxy.get(), endpoint.version);
  const auto found = impl_->hosts.find(key);
  if (found != impl_->hosts.end()) return found->second;
  if (impl_->hosts.size() >= kMaxHosts) impl_->forgetUnused();
  auto made = std::make_shared<Host>(*impl_, endpoint);
  impl_->hosts.emplace(std::move(key), made);
  return made;
}

std::shared_ptr<ClientPool::Host> ClientPool::host(const std::shared_ptr<Host>& known, HttpVersion version) {
  if (known->endpoint.version == version) return known;
  Endpoint wanted = known->endpoint;
  wanted.version = version;
  return host(wanted);
}

// A host that only the map and its idle connections know.
void ClientPool::Impl::forgetUnused() {
  for (auto each = hosts.begin(); each != hosts.end();) {
    const bool unused = each->second->onlyIdle(each->second.use_count() - 1);
    if (unused) each->second->closeIdle();
    each = unused ? hosts.erase(each) : std::next(each);
  }
}

void ClientPool::closeIdle() {
  for (const auto& [key, host] : impl_->hosts) host->closeIdle();
}

const PoolCounters& ClientPool::counters() const {
  return impl_->counters;
}
runtime::Loop& ClientPool::loop() const {
  return impl_->connector.loop();
}

}  // namespace sluice::http
