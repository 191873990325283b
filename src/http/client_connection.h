// ClientConnection and ClientPool's insides. Internal to this folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>

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

  // The connection used last, still good as far as we know; or null.
  std::unique_ptr<ClientConnection> takeIdle();
  void giveBack(std::unique_ptr<ClientConnection> connection);
  void drop(ClientConnection& idle);
  void closeIdle();
  bool full() const;
  // Whether all of `references` are those of its idle connections.
  bool onlyIdle(long references) const { return references == static_cast<long>(idle_count_); }

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

  ClientPool::Impl& pool;
  const Endpoint endpoint;
  const std::string host_field;  // value of Host
  runtime::Condition freed;      // a connection was given back or closed

 private:
  size_t open_ = 0;
  runtime::List<ClientConnection> idle_;
  size_t idle_count_ = 0;
};

class ClientConnection final : public runtime::ListNode {
 public:
  ClientConnection(std::shared_ptr<ClientPool::Host> host, std::unique_ptr<runtime::Stream> stream);
  ~ClientConnection();

  // Idle: closed by the peer's hang-up and by time.
  void rest(Instant until);
  void wakeUp();
  // Nothing came while it was idle (anything would be out of turn).
  bool quiet();

  const std::shared_ptr<ClientPool::Host> host;
  const ClientPool::Host::Claim claim;
  const std::unique_ptr<runtime::Stream> stream;
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

  using Key = std::tuple<std::string, uint16_t, const runtime::TlsClientContext*, const runtime::Proxy*>;
  runtime::Connector& connector;
  PoolLimits limits;
  PoolCounters counters;
  std::map<Key, std::shared_ptr<Host>> hosts;
};

}  // namespace sluice::http
