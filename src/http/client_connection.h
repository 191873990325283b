// ClientConnection and ClientPool's insides. Internal to this folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "http/client.h"
#include "http/input.h"
#include "runtime/condition.h"

namespace sluice::http {

// The connections to one endpoint.
class ClientPool::Host {
 public:
  Host(ClientPool::Impl& pool, Endpoint to);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // The HTTP/1.1 connection used last, still good as far as we know; or null.
  std::unique_ptr<ClientConnection> takeIdle();
  // An HTTP/2 connection with room for one more stream; or null.
  H2Connection* joinable();
  void add(std::shared_ptr<H2Connection> connection) { h2_.push_back(std::move(connection)); }
  void remove(const H2Connection& connection);
  void forgetShared() { std::exchange(h2_, {}).clear(); }
  void giveBack(std::unique_ptr<ClientConnection> connection);
  void drop(ClientConnection& idle);
  void closeIdle();
  bool full() const;
  // No connection may be made now: there are enough, or one is being made that several may share.
  bool mustWait() const { return full() || (connecting_ > 0 && !http1_only_); }
  // The server turned out not to speak HTTP/2, or asked for HTTP/1.1: connections are for one request at a time.
  void setHttp1Only() { http1_only_ = true; }
  // What to offer: to a server that asked for HTTP/1.1 only that.
  runtime::Alpn alpn() const;
  void refuseHttp2() { http2_refused_ = http1_only_ = true; }
  // Whether all of `references` are those of its idle connections.
  bool onlyIdle(long references) const { return references == static_cast<long>(idle_count_ + h2_.size()); }

  // Counts as an open connection: one that is being made, or one that is.
  class Claim {
   public:
    explicit Claim(Host& host) : host_(host) { ++host_.open_; }
    ~Claim() {
      --host_.open_;
      if (!host_.full()) host_.freed.notifyOne();  // else whoever waits would lose its place for nothing
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

   private:
    Host& host_;
  };

  // While a connection that may turn out to be for several is being made.
  class Connecting {
   public:
    explicit Connecting(Host& host) : host_(host) { ++host_.connecting_; }
    ~Connecting() {
      --host_.connecting_;
      if (host_.endpoint.version != HttpVersion::Http1) host_.freed.notifyAll();
    }
    Connecting(const Connecting&) = delete;
    Connecting& operator=(const Connecting&) = delete;

   private:
    Host& host_;
  };
  // Somebody waits for a connection.
  class Waiting {
   public:
    explicit Waiting(Host& host) : host_(host) { ++host_.waiting_; }
    ~Waiting() { --host_.waiting_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    Host& host_;
  };
  size_t waiting() const { return waiting_; }

  ClientPool::Impl& pool;
  const Endpoint endpoint;
  const std::string host_field;  // value of Host
  runtime::Condition freed;      // a connection was given back or closed

 private:
  size_t open_ = 0;
  size_t connecting_ = 0;
  size_t waiting_ = 0;
  bool http1_only_;
  bool http2_refused_ = false;
  runtime::List<ClientConnection> idle_;
  size_t idle_count_ = 0;
  std::vector<std::shared_ptr<H2Connection>> h2_;
};

class ClientConnection final : public runtime::ListNode {
 public:
  ClientConnection(std::shared_ptr<ClientPool::Host> host, runtime::Connected made);
  ~ClientConnection();

  // Idle: closed by the peer's hang-up and by time.
  void rest(Instant until);
  void wakeUp();
  // Nothing came while it was idle (anything would be out of turn).
  bool quiet();

  const std::shared_ptr<ClientPool::Host> host;
  const ClientPool::Host::Claim claim;
  const std::unique_ptr<runtime::Stream> stream;
  runtime::AddressTie tie;
  InputBuffer input;
  const Instant born;

 private:
  struct Expiry final : runtime::Timer {
    explicit Expiry(ClientConnection& of) : Timer(&fire), owner(of) {}
    static void fire(Timer& timer);
    ClientConnection& owner;
  };
  struct HangUp final : runtime::Cancellation::Listener {
    explicit HangUp(ClientConnection& of) : owner(of) {}
    void onCancel() override;
    ClientConnection& owner;
  };
  Expiry expiry_{*this};
  runtime::Cancellation hung_up_;
  HangUp on_hang_up_{*this};
};

class ClientPool::Impl {
 public:
  Impl(runtime::Connector& with, PoolLimits within) : connector(with), limits(within) {}
  void forgetUnused();

  using Key = std::tuple<std::string, uint16_t, const runtime::TlsClientContext*, const runtime::Proxy*, HttpVersion>;
  runtime::Connector& connector;
  PoolLimits limits;
  PoolCounters counters;
  std::map<Key, std::shared_ptr<Host>> hosts;
  runtime::TaskScope drivers;  // of HTTP/2 connections; last: they use everything above
};

}  // namespace sluice::http
