// Server: HTTP/1.1 (and 1.0) on one loop. Accepts plain and TLS connections, runs one handler task per request, answers
// pipelined requests in order, keeps every phase under a deadline, refuses bad input by itself, drains gracefully.
// One thread; one Server per loop, several listeners each (SO_REUSEPORT shares a port among threads).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "http/codec.h"
#include "http/message.h"
#include "runtime/cancellation.h"
#include "runtime/loop.h"
#include "runtime/stream.h"
#include "runtime/tcp.h"
#include "runtime/tls.h"

namespace sluice::http {

using runtime::Task;

// Whether written bytes must leave now, or may wait for the next write or finish() to go out with it.
enum class Flush : uint8_t { Now, Later };

// Error.code of what ServerExchange's calls return. None of them calls for an answer: the server has seen to it.
enum class ExchangeError {
  Gone = 1,   // the client left, or its connection failed
  Timeout,    // it neither sent nor took bytes in time
  TooLarge,   // the body passed its limit (answer 413)
  Malformed,  // its body's framing is broken (answer 400, the connection closes)
};

class ServerConnection;

// One request and its response. Made by the server, lives until the handler's task is over; everything in arena() and
// every view of head() lives as long. One task reads the body, one (the same or not) writes the response.
class ServerExchange {
 public:
  const RequestHead& head() const { return head_; }
  // The exchange's memory; emptied when it is over.
  Arena& arena();
  runtime::Loop& loop();
  const runtime::SocketAddress& peer() const;
  std::string_view peerAddress();  // text of the peer's IP address, as long as the connection lives
  bool isTls() const;
  uint16_t listenerTag() const;           // as listen() was told
  const runtime::Stream& stream() const;  // SNI, client certificate
  // When the head was complete.
  Instant startedAt() const { return started_at_; }

  // --- the request's body ---
  // The next piece; valid until the next call. Empty: the end. Sends 100 Continue first if the client waits for it.
  // Once it has failed it fails for ever.
  Task<Result<std::string_view>> readBody();
  // The whole body, in the arena (`TooLarge` past `limit`).
  Task<Result<std::string_view>> readWholeBody(uint64_t limit);
  bool hasBody() const { return head_.framing != Framing::None; }
  bool bodyDone() const { return body_.done(); }
  uint64_t bodyBytes() const { return body_.delivered(); }
  // readBody() fails with TooLarge past this; a declared length above it fails at once. Default: ServerLimits::body.
  void limitBody(uint64_t bytes) { body_limit_ = bytes; }

  // --- the response ---
  // Serialises the head (into the arena); it leaves with the first bytes that are flushed. head.framing says how the
  // body is delimited: Length needs head.content_length and exactly so many bytes; Chunked becomes UntilClose for an
  // HTTP/1.0 client; None: no body. Fields Connection, Content-Length, Transfer-Encoding, Keep-Alive, Trailer, Upgrade
  // of head.headers are left out: framing is the server's. HEAD, 204 and 304 send no body, whatever is written.
  // head.reason empty: the standard phrase. REQUIRES: not started. Names and values must be clean: a CR, LF or NUL in
  // one drops that field (never splits the response).
  void startResponse(const ResponseHead& head);
  bool responseStarted() const { return phase_ != Phase::Idle; }
  bool responseFinished() const { return phase_ == Phase::Finished; }
  // A 1xx head (103 Early Hints), sent at once.
  Task<Status> sendInterim(const ResponseHead& head);

  // Writes the next bytes of the body: one writev with whatever waits, one chunk when chunked. Ready at once unless the
  // client is slow; then the views must live until it is done. With Flush::Later the bytes are copied if small, so
  // views may die either way. An empty piece with Flush::Now flushes. Fails when the client is gone or too slow.
  Task<Status> write(std::span<const std::string_view> pieces, Flush flush = Flush::Now);
  Task<Status> write(std::string_view piece, Flush flush = Flush::Now);
  // The last bytes and the end of the response in one writev. With Length framing short of bytes: truncates (abort()).
  Task<Status> finish(std::span<const std::string_view> pieces);
  Task<Status> finish(std::string_view piece = {});
  // A whole small response: head and body in one writev.
  Task<Status> respond(int status, std::string_view content_type, std::string_view body);

  // Cuts the connection so that the client sees that the response is not whole. Nothing may be written after it.
  void abort();
  // Fires when the client closes its side (a half-close counts) or its connection fails.
  runtime::Cancellation& clientGone() { return client_gone_; }
  // The connection closes after this response.
  void closeAfterResponse() { head_.keep_alive = false; }
  uint64_t responseBytes() const { return body_bytes_sent_; }  // of body handed to the kernel or queued

  ServerExchange(const ServerExchange&) = delete;
  ServerExchange& operator=(const ServerExchange&) = delete;

 private:
  friend class ServerConnection;
  enum class Phase : uint8_t { Idle, Started, Finished, Aborted };
  enum class Last : uint8_t { No, Yes };
  explicit ServerExchange(ServerConnection& connection);
  ~ServerExchange() = default;

  std::optional<Result<std::string_view>> takePiece();
  std::optional<Result<std::string_view>> tryReadBody();
  Task<Result<std::string_view>> readBodySlowly();
  Task<Result<std::string_view>> readRest(uint64_t limit);
  Result<std::string_view> bodyFailure(ExchangeError error);
  bool admit(uint64_t bytes);
  void stage(std::span<const std::string_view> pieces, uint64_t total);
  Task<Status> transmit(std::span<const std::string_view> pieces, uint64_t total, Last last);
  Status sent(runtime::IoStatus status, Last last);
  Task<Status> sendSlowly(std::vector<iovec> pieces, Last last);

  ServerConnection& connection_;
  RequestHead head_;
  BodyDecoder body_;
  runtime::Cancellation client_gone_;
  Instant started_at_{};
  uint64_t body_limit_ = 0;
  uint64_t body_bytes_sent_ = 0;
  uint64_t body_bytes_declared_ = 0;
  std::string_view unsent_head_;  // in the arena
  std::string staged_;            // written with Flush::Later, chunked already if it must be
  std::optional<ExchangeError> body_failure_;
  char chunk_header_[kChunkHeaderSize];
  Framing response_framing_ = Framing::None;
  Phase phase_ = Phase::Idle;
  uint8_t reads_in_a_row_ = 0;  // pieces of the body read without waiting
  bool bodiless_ = false;       // HEAD, 204, 304: whatever is written is dropped
  bool continued_ = false;      // 100 Continue is not needed any more
  bool keep_alive_ = true;      // as the response's head said
};

// Answers requests. A handler must start and finish the response (or abort); one that returns without gets a 500, or
// the response cut. The task is cancelled only when the server is destroyed: a client's leaving shows in clientGone()
// and in failing calls.
class ServerHandler {
 public:
  virtual ~ServerHandler() = default;
  virtual Task<void> handle(ServerExchange& exchange) = 0;
};

struct ServerLimits {
  ServerLimits() {}
  HeadLimits head;
  uint64_t body = 64ull << 20;
  size_t connections = 20'000;
  uint32_t requests_per_connection = 100'000;
  Duration head_time = std::chrono::seconds(30);         // from a request's first byte to its head's end; TLS handshake
  Duration body_idle = std::chrono::seconds(60);         // between bytes of a request body
  Duration write_idle = std::chrono::seconds(60);        // without a byte taken by the client
  Duration keep_alive_idle = std::chrono::seconds(240);  // between requests
  size_t arena = 256u << 20;                             // memory of one exchange
};

struct ServerCounters {
  uint64_t accepted = 0;
  uint64_t refused = 0;  // over the limit of connections
  uint64_t requests = 0;
  uint64_t malformed = 0;
  size_t open = 0;
  size_t in_flight = 0;  // requests being handled
};

class Server {
 public:
  // `handler` and `loop` must outlive this.
  Server(runtime::Loop& loop, ServerHandler& handler, ServerLimits limits = {});
  ~Server();  // cuts whatever is open
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Returns the address bound, with its port. `tls` null: plain. May be called several times; `tag` is the caller's.
  Result<runtime::SocketAddress> listen(const runtime::SocketAddress& address,
                                        std::shared_ptr<const runtime::TlsServerContext> tls = nullptr,
                                        runtime::ReusePort reuse = runtime::ReusePort::No, uint16_t tag = 0);
  // New connections of that listener (by the address listen() returned) take the new certificates.
  void setTls(const runtime::SocketAddress& address, std::shared_ptr<const runtime::TlsServerContext> tls);
  // Serves a connection made elsewhere.
  void adopt(std::unique_ptr<runtime::Stream> stream);

  // Stops listening, closes idle connections, lets requests in flight finish (with Connection: close) until `deadline`,
  // then cuts the rest. Returns when nothing is open.
  Task<void> drain(Instant deadline);
  bool draining() const;
  const ServerCounters& counters() const;

  class Impl;  // for this folder only

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::http
