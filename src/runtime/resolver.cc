#include "runtime/resolver.h"

#include <ares.h>
#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "base/assert.h"
#include "base/log.h"
#include "runtime/condition.h"

namespace sluice::runtime {
namespace {

constexpr size_t kMaxName = 253;

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
  if (out.size() > 1 && out.back() == '.') out.pop_back();
  return out;
}

bool isLocal(std::string_view name) {
  return name == "localhost" || name.ends_with(".localhost");
}

Resolved local(uint16_t port) {
  Resolved both;
  both.addresses = {SocketAddress::loopback(port), *SocketAddress::parse("::1", port)};
  return both;
}

Resolved numericAddress(const SocketAddress& address) {
  Resolved one;
  one.addresses = {address};
  return one;
}

bool sameIp(const SocketAddress& a, const SocketAddress& b) {
  if (a.family() != b.family()) return false;
  if (a.family() == AF_INET) {
    return reinterpret_cast<const sockaddr_in*>(a.data())->sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in*>(b.data())->sin_addr.s_addr;
  }
  return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(a.data())->sin6_addr,
                     &reinterpret_cast<const sockaddr_in6*>(b.data())->sin6_addr, sizeof(in6_addr)) == 0;
}

bool lists(const std::vector<SocketAddress>& addresses, const SocketAddress& wanted) {
  return std::ranges::any_of(addresses, [&](const SocketAddress& each) { return sameIp(each, wanted); });
}

// Name servers shuffle: order is no difference.
bool sameSet(const std::vector<SocketAddress>& a, const std::vector<SocketAddress>& b) {
  return a.size() == b.size() && std::ranges::all_of(a, [&](const SocketAddress& each) { return lists(b, each); });
}

// The name servers have spoken: there is no such name, or it has no addresses.
bool isDenial(int status) {
  return status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

}  // namespace

struct ResolvedName {
  ResolvedName(Loop& loop, std::string text) : name(std::move(text)), done(loop) {}
  const std::string name;
  std::vector<SocketAddress> addresses;
  std::string problem;
  Instant expires{};
  Instant stale_until{};
  uint32_t version = 0;  // changes with the set of addresses
  bool pending = false;
  Condition done;
};

class Resolver::Impl {
 public:
  Impl(Loop& loop, ResolverOptions options);
  ~Impl();

  Task<Result<Resolved>> lookUp(std::string name, uint16_t port, Instant deadline);
  void refresh(const std::shared_ptr<ResolvedName>& entry);
  Loop& loop() const { return loop_; }

 private:
  // A socket that c-ares has open, and the task that watches it.
  struct Socket {
    Watch watch;
    bool open = true;
  };
  struct Query {
    Impl* impl;
    std::shared_ptr<ResolvedName> entry;
  };
  struct Tick : Timer {
    explicit Tick(Impl& of) : Timer(&fire), owner(of) {}
    static void fire(Timer& timer) { static_cast<Tick&>(timer).owner.process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }
    Impl& owner;
  };

  static void onSocketState(void* self, ares_socket_t fd, int readable, int writable);
  static void onAnswer(void* query, int status, int timeouts, ares_addrinfo* answer);
  static Task<void> watchSocket(Impl& self, std::shared_ptr<Socket> socket, ares_socket_t fd);
  void store(ResolvedName& entry, int status, const ares_addrinfo* answer);
  void start(std::shared_ptr<ResolvedName> entry);
  void process(ares_socket_t readable, ares_socket_t writable);
  void schedule();
  void evict();

  Loop& loop_;
  const ResolverOptions options_;
  ares_channel channel_ = nullptr;
  bool closing_ = false;
  std::map<std::string, std::shared_ptr<ResolvedName>, std::less<>> entries_;
  std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
  Tick tick_{*this};
  TaskScope scope_;
};

Resolver::Impl::Impl(Loop& loop, ResolverOptions options) : loop_(loop), options_(std::move(options)) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  CHECK(library == ARES_SUCCESS);
  ares_options settings{};
  settings.timeout =
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(options_.query_timeout).count());
  settings.tries = options_.tries;
  settings.sock_state_cb = &onSocketState;
  settings.sock_state_cb_data = this;
  const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  const int status = ares_init_options(&channel_, &settings, mask);
  if (status != ARES_SUCCESS) {
    channel_ = nullptr;
    log::error("names cannot be resolved", {{"problem", ares_strerror(status)}});
    return;
  }
  if (!options_.servers.empty() && ares_set_servers_ports_csv(channel_, options_.servers.c_str()) != ARES_SUCCESS) {
    log::error("bad list of name servers", {{"servers", options_.servers}});
  }
}

Resolver::Impl::~Impl() {
  closing_ = true;
  if (channel_ != nullptr) ares_destroy(channel_);
  scope_.cancelAll();
}

void Resolver::Impl::onSocketState(void* data, ares_socket_t fd, int readable, int writable) {
  auto& self = *static_cast<Impl*>(data);
  if (const auto found = self.sockets_.find(fd); found != self.sockets_.end()) {
    found->second->open = false;
    found->second->watch.detach();  // its task ends at the next turn
    self.sockets_.erase(found);
  }
  if (self.closing_ || (readable == 0 && writable == 0)) return;
  auto socket = std::make_shared<Socket>();
  // While a TCP query connects, both directions count; afterwards c-ares may leave bytes unread, hence level.
  if (!socket->watch.attach(self.loop_, fd, writable != 0 ? Trigger::Edge : Trigger::Level)) return;
  self.sockets_.emplace(fd, socket);
  self.scope_.spawn(watchSocket(self, socket, fd));
}

Task<void> Resolver::Impl::watchSocket(Impl& self, std::shared_ptr<Socket> socket, ares_socket_t fd) {
  while (socket->open) {
    const IoStatus status = co_await socket->watch.wait(Direction::Either, kNever);
    if (status != IoStatus::Ready || !socket->open) co_return;
    const bool writable = socket->watch.writable();
    socket->watch.wouldBlockRead();
    socket->watch.drainedWrite();
    self.process(fd, writable ? fd : ARES_SOCKET_BAD);
  }
}

void Resolver::Impl::process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  schedule();
}

void Resolver::Impl::schedule() {
  timeval next{};
  if (ares_timeout(channel_, nullptr, &next) == nullptr) {
    loop_.timers().schedule(tick_, kNever);
    return;
  }
  const Duration wait = std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec);
  loop_.timers().schedule(tick_, deadlineAfter(loop_.now(), wait));
}

void Resolver::Impl::start(std::shared_ptr<ResolvedName> entry) {
  entry->pending = true;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;  // sorting probes routes with sockets of its own
  const char* const name = entry->name.c_str();
  ares_getaddrinfo(channel_, name, nullptr, &hints, &onAnswer, new Query{this, std::move(entry)});
  schedule();
}

void Resolver::Impl::refresh(const std::shared_ptr<ResolvedName>& entry) {
  if (channel_ != nullptr && !entry->pending && entry->expires <= loop_.now()) start(entry);
}

void Resolver::Impl::onAnswer(void* data, int status, int, ares_addrinfo* answer) {
  const std::unique_ptr<Query> query(static_cast<Query*>(data));
  Impl& self = *query->impl;
  if (!self.closing_) {
    self.store(*query->entry, status, answer);
    // Not from inside c-ares: who waits may ask it for more.
    self.loop_.post([entry = query->entry] { entry->done.notifyAll(); });
  }
  if (answer != nullptr) ares_freeaddrinfo(answer);
}

void Resolver::Impl::store(ResolvedName& entry, int status, const ares_addrinfo* answer) {
  entry.pending = false;
  std::vector<SocketAddress> addresses;
  Duration ttl = options_.max_ttl;
  for (const ares_addrinfo_node* node = answer != nullptr ? answer->nodes : nullptr; node != nullptr;
       node = node->ai_next) {
    if (node->ai_family != AF_INET && node->ai_family != AF_INET6) continue;
    addresses.push_back(SocketAddress::from(node->ai_addr, static_cast<socklen_t>(node->ai_addrlen)));
    ttl = std::min<Duration>(ttl, std::chrono::seconds(node->ai_ttl));
  }
  for (const ares_addrinfo_cname* alias = answer != nullptr ? answer->cnames : nullptr; alias != nullptr;
       alias = alias->next) {
    ttl = std::min<Duration>(ttl, std::chrono::seconds(alias->ttl));
  }
  const Instant now = loop_.now();
  const bool stale = addresses.empty() && !isDenial(status) && now < entry.stale_until;
  if (addresses.empty()) {
    entry.problem = status == ARES_SUCCESS ? "no addresses" : ares_strerror(status);
    ttl = options_.failure_ttl;
  } else {
    ttl = std::clamp(ttl, options_.min_ttl, options_.max_ttl);
    entry.stale_until = deadlineAfter(now, ttl + options_.max_stale);
  }
  entry.expires = deadlineAfter(now, ttl);
  if (stale) return;
  // IPv4 first: networks with half-working IPv6 are commoner than those without IPv4.
  std::ranges::stable_partition(addresses, [](const SocketAddress& each) { return each.family() == AF_INET; });
  if (!sameSet(addresses, entry.addresses)) ++entry.version;
  entry.addresses = std::move(addresses);
}

// Forgets what has expired; failing that, everything that nobody waits for.
void Resolver::Impl::evict() {
  if (entries_.size() < options_.max_entries) return;
  const auto idle = [](const ResolvedName& entry) { return !entry.pending && !entry.done.hasWaiters(); };
  const Instant now = loop_.now();
  std::erase_if(entries_, [&](const auto& each) { return idle(*each.second) && each.second->expires <= now; });
  if (entries_.size() < options_.max_entries) return;
  std::erase_if(entries_, [&](const auto& each) { return idle(*each.second); });
}

Task<Result<Resolved>> Resolver::Impl::lookUp(std::string name, uint16_t port, Instant deadline) {
  if (channel_ == nullptr) co_return fail("no resolver");
  std::shared_ptr<ResolvedName> entry;
  if (const auto found = entries_.find(name); found != entries_.end()) {
    entry = found->second;
  } else {
    evict();
    entry = std::make_shared<ResolvedName>(loop_, name);
    entries_.emplace(name, entry);
  }
  refresh(entry);
  while (entry->pending) {
    if (co_await entry->done.wait(deadline) != IoStatus::Ready) co_return fail("resolving " + name + " took too long");
  }
  if (entry->addresses.empty()) co_return fail("cannot resolve " + name + ": " + entry->problem);
  Resolved resolved;
  resolved.addresses = entry->addresses;
  for (SocketAddress& each : resolved.addresses) each.setPort(port);
  resolved.name = std::move(entry);
  co_return resolved;
}

Resolver::Resolver(Loop& loop, ResolverOptions options) : impl_(std::make_unique<Impl>(loop, std::move(options))) {}
Resolver::~Resolver() = default;

void Resolver::refresh(const std::shared_ptr<ResolvedName>& name) {
  impl_->refresh(name);
}

Loop& Resolver::loop() const {
  return impl_->loop();
}

Task<Result<Resolved>> Resolver::resolve(std::string_view host, uint16_t port, Instant deadline) {
  using Ready = Task<Result<Resolved>>;
  if (const auto numeric = SocketAddress::parse(host, port)) return Ready::ready(numericAddress(*numeric));
  std::string name = lowered(host);
  if (isLocal(name)) return Ready::ready(local(port));
  if (name.empty() || name.size() > kMaxName) return Ready::ready(fail("not a host name"));
  return impl_->lookUp(std::move(name), port, deadline);
}

AddressTie::AddressTie(Resolver& resolver, std::shared_ptr<ResolvedName> name, const SocketAddress& address)
    : resolver_(&resolver), name_(std::move(name)), address_(address), version_(name_ ? name_->version : 0) {}

bool AddressTie::current() {
  if (!name_) return true;
  if (resolver_->loop().now() >= name_->expires) resolver_->refresh(name_);
  if (name_->version == version_) return true;
  if (!lists(name_->addresses, address_)) return false;
  version_ = name_->version;
  return true;
}

}  // namespace sluice::runtime
