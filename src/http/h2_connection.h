// H2Connection: a connection that speaks HTTP/2 (RFC 9113) by nghttp2, shared by many exchanges of one thread. A driver
// task owned by the pool reads, writes and wakes them; they only queue frames and take what has come. Nothing is
// resumed inside a callback of nghttp2. What a server can make us keep or do is bounded: a window per stream, field
// lists by HeadLimits, acknowledgements, settings and continuations by nghttp2, frames that carry nothing by
// kIdleFrames; frames of unknown types end with the exchanges' own time limits. Internal to this folder. One thread.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/client_connection.h"
#include "http/h2_stream.h"

namespace sluice::http {

class H2Connection final : public std::enable_shared_from_this<H2Connection> {
 public:
  static constexpr int32_t kStreamWindow = 1 << 20;       // what one response may have under way, or unread here
  static constexpr int32_t kConnectionWindow = 64 << 20;  // given back at once: one slow reader must not stop others
  static constexpr uint32_t kIdleFrames = 10'000;         // without progress of any stream: a flood
  // A connection on which nothing came for this long is asked whether it lives, with its next request.
  static constexpr Duration kSilence = std::chrono::seconds(15);
  static constexpr Duration kPingTime = std::chrono::seconds(10);

  // Begins the connection, lets the pool's driver run it, and adds it to its host.
  static std::shared_ptr<H2Connection> start(std::shared_ptr<ClientPool::Host> host, runtime::Connected made);
  ~H2Connection();
  H2Connection(const H2Connection&) = delete;
  H2Connection& operator=(const H2Connection&) = delete;

  // Whether one more stream may begin.
  bool joinable();
  // No more streams; closes after the last.
  void retire();
  bool used() const { return used_; }  // by any stream yet
  const runtime::SocketAddress& peer() const { return stream_->peer(); }
  const ClientPool::Host& host() const { return *host_; }

 private:
  friend class H2Stream;
  H2Connection(std::shared_ptr<ClientPool::Host> host, runtime::Connected made);

  // For streams.
  bool open(H2Stream& stream, std::span<const nghttp2_nv> fields, H2Stream::Body body);
  void resume(const H2Stream& stream);
  void consumed(const H2Stream& stream, size_t bytes);
  void close(H2Stream& stream);
  // Takes no more streams than it has now: the server refused one.
  void lowerLimit();

  static runtime::Task<void> drive(std::shared_ptr<H2Connection> self);
  static runtime::Task<void> nudge(std::shared_ptr<H2Connection> self);
  void kick();
  bool work();
  bool receive();
  bool transmit();
  bool gather();
  void wakeStreams();
  void end();
  Instant deadline() const;
  void changed(H2Stream& stream);
  H2Stream* find(int32_t id) const;
  bool finished() const;
  bool wanted() const;

  struct Callbacks;
  friend struct Callbacks;
  struct FreeSession {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  const std::shared_ptr<ClientPool::Host> host_;
  std::optional<ClientPool::Host::Claim> claim_;
  runtime::Loop& loop_;
  const std::unique_ptr<runtime::Stream> stream_;
  runtime::AddressTie tie_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::unordered_map<int32_t, H2Stream*> streams_;
  runtime::List<H2Stream> woken_;
  std::string out_;
  size_t out_sent_ = 0;
  const Instant born_;
  Instant idle_since_;
  Instant last_received_;
  Instant ping_deadline_ = runtime::kNever;
  std::optional<uint64_t> acknowledged_;  // when it ended
  std::string problem_;                   // why it ended
  uint32_t idle_frames_ = 0;
  uint32_t limit_;
  bool used_ = false;
  bool waiting_ = false;  // the driver
  bool nudged_ = false;
  bool dirty_ = false;    // frames were queued since the driver last sent
  bool starved_ = false;  // there is more to read, after others had their turn
  bool draining_ = false;
  bool broken_ = false;       // the server broke the protocol
  bool output_dead_ = false;  // the peer takes nothing more
  bool over_ = false;
};

}  // namespace sluice::http
