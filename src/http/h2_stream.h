// H2Stream: one request and its response on an HTTP/2 connection. Owned by the exchange that it serves; the connection
// knows it while it is open. What arrives is kept here until the exchange takes it, at most a stream's window. Internal
// to this folder. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "http/client.h"
#include "runtime/condition.h"

namespace sluice::http {

class H2Stream final : public runtime::ListNode {
 public:
  // `head` is filled in the arena's memory; both must outlive this.
  H2Stream(std::shared_ptr<H2Connection> connection, Arena& arena, ResponseHead& head);
  // Resets the stream unless it is over: the server may stop.
  ~H2Stream();
  H2Stream(const H2Stream&) = delete;
  H2Stream& operator=(const H2Stream&) = delete;

  enum class Body : uint8_t { None, Follows };
  // Queues the request's head, `scheme` and `host` for its pseudo fields (RFC 9113 section 8.3.1). False: it is not
  // sendable. `content_length` is sent with Framing::Length.
  bool begin(const ClientRequest& request, std::string_view scheme, std::string_view host, Framing framing,
             uint64_t content_length);

  // Queues bytes of the body. REQUIRES: what was given before is taken; the pieces live until taken() or drop().
  enum class Last : uint8_t { No, Yes };
  void give(std::span<const std::string_view> pieces, Last last);
  bool taken() const { return next_ == outgoing_.size() && (!last_ || ended_); }
  Instant takenAt() const { return taken_at_; }  // when bytes were last taken
  void drop();                                   // nothing more is sent

  // The end, one way or the other: nothing more will come.
  bool over() const { return closed_ || lost_; }
  bool headComplete() const { return head_complete_; }
  bool answered() const { return remote_done_; }  // whole
  // What has come of the body; void at the next call. Empty: nothing there now.
  std::string_view take();
  bool emptied() const { return arriving_.empty(); }

  // How it ended. Refused: the server has not processed it, so that it may be sent again (RFC 9113 section 8.7).
  bool refused() const { return refused_; }
  bool wantsHttp1() const;
  bool malformed() const { return malformed_; }
  bool lost() const { return lost_; }  // the connection ended first
  std::string problem() const;         // for people
  // REQUIRES: lost(). Whether the peer's kernel acknowledged nothing that we sent since begin().
  bool unseen() const;
  uint32_t errorCode() const { return error_code_; }

  H2Connection& connection() const { return *connection_; }
  runtime::Condition changed;  // anything above

 private:
  friend class H2Connection;
  // What the connection's callbacks tell.
  bool onField(std::string_view name, std::string_view value);
  bool onHead();  // false: too many, or without a status
  void onEndOfStream() { remote_done_ = true; }
  size_t read(std::span<uint8_t> into);
  bool validRequest(const ClientRequest& request, std::string_view authority) const;

  const std::shared_ptr<H2Connection> connection_;
  Arena& arena_;
  ResponseHead& head_;
  std::vector<std::string_view> outgoing_;
  size_t next_ = 0;    // piece of `outgoing_`
  size_t offset_ = 0;  // in it
  std::string arriving_;
  std::string taken_;
  Instant taken_at_{};
  uint64_t written_before_ = 0;
  size_t head_bytes_ = 0;
  uint32_t error_code_ = 0;
  int32_t id_ = -1;
  uint8_t interims_ = 0;
  bool last_ = false;   // `outgoing_` has the end of the body
  bool ended_ = false;  // END_STREAM is in a frame
  bool head_complete_ = false;
  bool remote_done_ = false;
  bool closed_ = false;
  bool lost_ = false;
  bool refused_ = false;
  bool malformed_ = false;
};

}  // namespace sluice::http
