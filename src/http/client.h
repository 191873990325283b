// Client: HTTP/1.1 and HTTP/2 requests over pooled connections, one pool per loop. A ClientExchange is one request and
// its response, streamed both ways; it lives in its caller's frame, and destroying it early closes its connection
// (HTTP/2: resets its stream), which tells the upstream at once. One thread.
//
//   ClientExchange upstream(pool);
//   Status sent = co_await upstream.send(request);                      // head and whole body in one writev
//   Result<const ResponseHead*> head = co_await upstream.readHead();
//   for (;;) { Result<std::string_view> piece = co_await upstream.readBody(); if (!piece || piece->empty()) break; ...
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "http/codec.h"
#include "http/message.h"
#include "runtime/cancellation.h"
#include "runtime/connector.h"
#include "runtime/loop.h"
#include "runtime/stream.h"

namespace sluice::http {

using runtime::Task;

// Error.code of every failure here.
enum class ClientError {
  NotResolved = 1,  // the name has no address
  ConnectRefused,   // refused, or unreachable
  ConnectTimeout,
  Tls,           // handshake or certificate
  Reset,         // closed before any byte of the response
  SendTimeout,   // the upstream does not take the request
  HeadTimeout,   // no response head in time
  BodyTimeout,   // nothing more of the body in time
  Malformed,     // not HTTP, or broken framing
  Truncated,     // the body ended early
  TooLarge,      // past the limit the caller gave (fetch)
  Cancelled,     // the Cancellation fired
  TotalTimeout,  // the whole exchange took too long
  BadRequest,    // what we were asked to send is not sendable (URL, header)
  Busy,          // all connections that the endpoint may have are in use, and none came free in time
};
std::string_view toString(ClientError error);

struct ClientTimeouts {
  ClientTimeouts() {}
  Duration connect = std::chrono::seconds(10);      // names, TCP, TLS together
  Duration send_idle = std::chrono::seconds(60);    // between bytes taken by the upstream
  Duration first_byte = std::chrono::seconds(300);  // from the end of sending to the response's head (APIM: 300 s)
  Duration body_idle = std::chrono::seconds(300);   // between bytes of the response
  Duration total = Duration::max();
};

// Where to: connections are shared among exchanges with equal endpoints. `tls` null: plain http.
struct Endpoint {
  Endpoint() = default;
  Endpoint(std::string to_host, uint16_t to_port, std::shared_ptr<const runtime::TlsClientContext> context)
      : host(std::move(to_host)), port(to_port), tls(std::move(context)) {}
  std::string host;  // name or numeric, IPv6 without brackets
  uint16_t port = 80;
  std::shared_ptr<const runtime::TlsClientContext> tls;
  std::shared_ptr<const runtime::Proxy> proxy;  // null: directly
  HttpVersion version = HttpVersion::Http1;
};

// What is to be sent. Views must live until the response's head was read (a stale connection makes us send again).
struct ClientRequest {
  explicit ClientRequest(std::pmr::memory_resource* memory = std::pmr::get_default_resource()) : headers(memory) {}
  std::string_view method = "GET";
  std::string_view target = "/";  // origin-form
  // Host is added when absent. Connection, Content-Length, Transfer-Encoding, Keep-Alive, Expect, Upgrade, TE, Trailer,
  // Proxy-Connection are left out: framing is ours. A field with CR, LF or NUL fails the request (BadRequest).
  Headers headers;
  // None: no body. Length with `body`: the whole body, sent with the head. Length or Chunked with streamed true: the
  // caller goes on with writeBody() and finishBody().
  Framing framing = Framing::None;
  std::span<const std::string_view> body;
  uint64_t content_length = 0;  // of a streamed body; taken from `body` otherwise
  bool streamed = false;
  ClientTimeouts timeouts;
  runtime::Cancellation* cancellation = nullptr;  // gives up when it fires; must outlive the exchange
};

struct PoolLimits {
  PoolLimits() {}
  size_t open_per_endpoint = 0;  // connections, idle or not; 0: no limit. Who comes later waits, within `connect`,
  Duration wait = std::chrono::seconds(10);  // and this long at most,
  size_t waiting_per_endpoint = 1024;        // unless so many wait already
  uint32_t streams_per_connection = 100;     // of HTTP/2, at once; the server may allow less
  size_t idle_per_endpoint = 256;
  size_t idle_total = 4096;
  Duration idle_time = std::chrono::seconds(60);  // under the usual server side limits
  Duration life_time = std::chrono::minutes(10);  // so that changed names are noticed
  HeadLimits head;
};

struct PoolCounters {
  uint64_t requests = 0;
  uint64_t connected = 0;
  uint64_t reused = 0;
  uint64_t retried = 0;  // stale connections met
  size_t idle = 0;
};

class ClientConnection;
class H2Connection;
class H2Stream;
class ClientExchange;

class ClientPool {
 public:
  // `connector` must outlive this; exchanges must end before this.
  explicit ClientPool(runtime::Connector& connector, PoolLimits limits = {});
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  // A shared, stable handle on an endpoint's connections: find it once, keep it.
  class Host;
  std::shared_ptr<Host> host(const Endpoint& endpoint);
  // The same endpoint in another version of HTTP.
  std::shared_ptr<Host> host(const std::shared_ptr<Host>& known, HttpVersion version);

  void closeIdle();
  const PoolCounters& counters() const;
  runtime::Loop& loop() const;

 private:
  friend class ClientExchange;
  friend class ClientConnection;
  friend class H2Connection;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

class ClientExchange {
 public:
  // `arena` holds the response head's bytes; it must outlive this.
  ClientExchange(ClientPool& pool, std::shared_ptr<ClientPool::Host> host, Arena& arena);
  ClientExchange(ClientPool& pool, const Endpoint& endpoint, Arena& arena);
  ~ClientExchange();
  ClientExchange(const ClientExchange&) = delete;
  ClientExchange& operator=(const ClientExchange&) = delete;

  // Connects or reuses, sends the head, and the whole body when not streamed. Ready at once with a pooled connection.
  // `request` must outlive readHead(). Once per exchange.
  Task<Status> send(const ClientRequest& request);
  // Streamed bodies. When the response comes before the body is whole, the rest is dropped silently (and the connection
  // not used again): responded() tells.
  Task<Status> writeBody(std::span<const std::string_view> pieces);
  Task<Status> writeBody(std::string_view piece);
  Task<Status> finishBody(std::span<const std::string_view> pieces);
  Task<Status> finishBody(std::string_view piece = {});
  bool responded() const { return responded_; }

  // The final response's head (1xx are skipped), views in the arena. Valid as long as the arena and this.
  // A reused connection found closed before any byte came back is replaced by a new one and the request sent again,
  // once: if its method is idempotent (RFC 9110 9.2.2) or the peer's kernel acknowledged no byte of it; and if the body
  // is whole. An HTTP/2 request that the server says it has not processed (REFUSED_STREAM, GOAWAY) is sent again too.
  Task<Result<const ResponseHead*>> readHead();
  // The next piece, valid until the next call. Empty: the end, bodyDone() is true (it may be so before, with the last
  // piece). Fails with Truncated, BodyTimeout, Malformed, Cancelled, TotalTimeout.
  Task<Result<std::string_view>> readBody();
  Task<Result<std::string_view>> readWholeBody(uint64_t limit);  // in the arena; TooLarge past the limit
  bool bodyDone() const { return body_.done(); }
  uint64_t bodyBytes() const { return body_.delivered(); }
  // Instants of the loop's clock, for records: sent (request gone), first byte of the head. Zero: not yet.
  Instant sentAt() const { return sent_at_; }
  Instant headAt() const { return head_at_; }
  bool reusedConnection() const { return reused_; }
  runtime::SocketAddress peer() const;

 private:
  class Stop final : public runtime::Cancellation::Listener {
   public:
    explicit Stop(ClientExchange& owner) : owner_(owner) {}
    void onCancel() override { owner_.wakeCancelled(); }

   private:
    ClientExchange& owner_;
  };
  enum class Last : uint8_t { No, Yes };
  enum class HeadState : uint8_t { Parsed, NeedMore, Interim, Malformed };

  void wakeCancelled();
  bool cancelled() const { return request_->cancellation != nullptr && request_->cancellation->cancelled(); }
  Instant deadlineFor(Duration timeout) const;
  tl::unexpected<Error> failure(ClientError error);
  tl::unexpected<Error> waitFailure(runtime::IoStatus status, ClientError timeout);
  struct BodyPlan {
    Framing framing = Framing::None;
    uint64_t length = 0;
  };
  BodyPlan planBody() const;
  bool idempotent() const;
  bool writeHead();
  std::optional<Status> trySend();
  std::vector<iovec> wholeRequest() const;
  Task<Status> connectAndSend();
  Task<Status> connect();
  Task<Status> awaitTurn(Instant deadline);
  bool join();
  Status adopt(runtime::Connected made);
  Task<Status> sendHttp1();
  Task<Status> transmit(std::span<const std::string_view> pieces, Last last);
  Task<Status> sendSlowly(std::vector<iovec> pieces, Last last);
  Status sent(Last last);
  HeadState parseHead();
  Result<const ResponseHead*> acceptHead();
  Task<Result<const ResponseHead*>> awaitHead();
  bool mayRetry() const;
  std::optional<Result<std::string_view>> takePiece();
  std::optional<Result<std::string_view>> tryReadBody();
  Task<Result<std::string_view>> yieldAndReadBody();
  Task<Result<std::string_view>> awaitBody();
  void release();
  // Over HTTP/2 (client_h2.cc): when h2_ is there.
  Task<Status> sendNegotiated();
  Task<Status> sendAgain();
  Task<Status> sendOverH2();
  Task<Status> awaitTaken(Last last);
  Task<Result<const ResponseHead*>> awaitHeadOverH2();
  Result<const ResponseHead*> acceptHeadOverH2();
  bool mayRetryOverH2();
  ClientError lossOverH2() const;
  std::optional<Result<std::string_view>> takePieceOverH2();
  Task<Result<std::string_view>> awaitBodyOverH2();

  ClientPool& pool_;
  std::shared_ptr<ClientPool::Host> host_;
  Arena& arena_;
  const ClientRequest* request_ = nullptr;
  std::unique_ptr<ClientConnection> connection_;
  std::unique_ptr<H2Stream> h2_;
  ResponseHead head_;
  BodyDecoder body_;
  Stop stop_{*this};
  std::string_view request_head_;  // in the arena
  Instant total_deadline_ = runtime::kNever;
  Instant sent_at_{};
  Instant head_at_{};
  uint64_t written_before_ = 0;  // bytes that the connection had carried before this request
  uint64_t streamed_ = 0;        // body bytes taken by writeBody()
  size_t seen_ = 0;
  size_t head_size_ = 0;
  std::optional<ClientError> failed_;
  uint8_t interims_ = 0;
  uint8_t refusals_ = 0;        // times that a server said it has not processed this
  uint8_t reads_in_a_row_ = 0;  // pieces read without waiting
  char chunk_header_[kChunkHeaderSize];
  bool request_done_ = false;
  bool send_broken_ = false;
  bool got_bytes_ = false;
  bool responded_ = false;
  bool have_head_ = false;
  bool reused_ = false;
  bool retried_ = false;
};

// --- small whole requests: identity metadata, send-request ---

struct FetchRequest {
  FetchRequest() = default;
  std::string method = "GET";
  std::string url;  // http:// or https://, absolute
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  uint64_t max_body = 1u << 20;
  ClientTimeouts timeouts;
  std::shared_ptr<const runtime::TlsClientContext> tls;  // for https; null: verified against the system's CAs
  std::shared_ptr<const runtime::Proxy> proxy;           // null: directly
  runtime::Cancellation* cancellation = nullptr;
};

struct FetchResponse {
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<std::string_view> header(std::string_view name) const;
};

// Redirects are not followed. Error.code is a ClientError.
Task<Result<FetchResponse>> fetch(ClientPool& pool, FetchRequest request);

}  // namespace sluice::http
