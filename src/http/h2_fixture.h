// For tests: a server that speaks HTTP/2 by nghttp2 and does what the test says, on the test's loop.
#pragma once

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/loopback_fixture.h"
#include "runtime/test_authority.h"
#include "runtime/tls_context.h"

namespace sluice::http {

struct H2Settings {
  uint32_t max_streams = 100;
  int32_t window = 65535;
  bool open_windows = true;  // as bodies arrive
};

// What came of one request.
struct H2Request {
  int32_t id = 0;
  std::map<std::string, std::string> fields;
  std::string body;
  bool ended = false;
};

// One connection of the server.
class H2Peer {
 public:
  using OnEvent = std::function<void(H2Peer&, H2Request&)>;  // a request is whole

  H2Peer(std::unique_ptr<runtime::Stream> stream, const H2Settings& settings, const OnEvent& on_request)
      : stream_(std::move(stream)), on_request_(on_request) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &onHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &onFrame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &onData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &onClose);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
    nghttp2_option_set_no_auto_window_update(option, settings.open_windows ? 0 : 1);
    nghttp2_session_server_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(settings.window)}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries, 2);
  }
  ~H2Peer() { nghttp2_session_del(session_); }
  H2Peer(const H2Peer&) = delete;

  // A whole answer, or with `body` to be continued by more() and finish().
  void answer(int32_t id, const std::string& status, const std::string& body) {
    begin(id, status);
    more(id, body);
    finish(id);
  }
  void begin(int32_t id, const std::string& status, std::vector<std::pair<std::string, std::string>> fields = {}) {
    fields.insert(fields.begin(), {":status", status});
    const std::vector<nghttp2_nv> pairs = toPairs(fields);
    nghttp2_data_provider provider{};
    provider.read_callback = &readBody;
    nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), &provider);
    flush();
  }
  void interim(int32_t id, const std::string& status) {
    const std::vector<std::pair<std::string, std::string>> fields{{":status", status}};
    const std::vector<nghttp2_nv> pairs = toPairs(fields);
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, pairs.data(), pairs.size(), nullptr);
    flush();
  }
  void more(int32_t id, const std::string& text) {
    bodies_[id].text += text;
    nghttp2_session_resume_data(session_, id);
    flush();
  }
  void finish(int32_t id, std::vector<std::pair<std::string, std::string>> trailers = {}) {
    bodies_[id].ended = true;
    bodies_[id].trailers = std::move(trailers);
    nghttp2_session_resume_data(session_, id);
    flush();
  }
  void reset(int32_t id, uint32_t error) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, error);
    flush();
  }
  void goAway(int32_t last_processed) {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_processed, NGHTTP2_NO_ERROR, nullptr, 0);
    flush();
  }
  void raw(std::string bytes) {
    out_ += bytes;
    flush();
  }
  void close() { stream_->close(); }
  nghttp2_session* session() { return session_; }

  std::map<int32_t, H2Request> requests;
  std::map<int32_t, uint32_t> closed;  // streams that ended, and their error code
  bool ended = false;                  // the client has closed
  int went_away = 0;                   // GOAWAY frames of the client

  void flush() {
    while (out_.size() < 65536) {
      const uint8_t* data = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &data);
      if (size <= 0) break;
      out_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
    }
    if (!stream_->watch().attached() || out_.empty()) return;
    const iovec piece{out_.data(), out_.size()};
    const runtime::IoResult put = stream_->tryWritev({&piece, 1});
    out_.erase(0, put.bytes);
    if (put.status == runtime::IoStatus::Ready) flush();
  }

  Task<void> serve() {
    char buffer[16384];
    for (;;) {
      const runtime::IoResult got = stream_->tryRead(buffer);
      if (got.bytes > 0 &&
          nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(buffer), got.bytes) < 0) {
        break;
      }
      flush();
      if (got.status == runtime::IoStatus::Ready) continue;
      if (got.status != runtime::IoStatus::Drained) break;
      runtime::IoStatus status = runtime::IoStatus::Ready;
      if (out_.empty()) {
        status = co_await stream_->readable(runtime::kNever);
      } else {
        status = co_await stream_->readableOrWritable(runtime::kNever);
      }
      if (status != runtime::IoStatus::Ready) break;
    }
    ended = true;
    stream_->close();
  }

 private:
  struct Outgoing {
    std::string text;
    size_t sent = 0;
    std::vector<std::pair<std::string, std::string>> trailers;
    bool ended = false;
  };
  static H2Peer& of(void* user) { return *static_cast<H2Peer*>(user); }
  static std::vector<nghttp2_nv> toPairs(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::vector<nghttp2_nv> pairs;
    for (const auto& [name, value] : fields) {
      auto* const n = reinterpret_cast<uint8_t*>(const_cast<char*>(name.data()));
      auto* const v = reinterpret_cast<uint8_t*>(const_cast<char*>(value.data()));
      pairs.push_back({n, v, name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    return pairs;
  }
  static int onHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t, void* user) {
    of(user).requests[frame->hd.stream_id].fields[std::string(reinterpret_cast<const char*>(name), name_size)] =
        std::string(reinterpret_cast<const char*>(value), value_size);
    return 0;
  }
  static int onFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    H2Peer& self = of(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) ++self.went_away;
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!carries || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    H2Request& request = self.requests[frame->hd.stream_id];
    request.id = frame->hd.stream_id;
    request.ended = true;
    if (self.on_request_) self.on_request_(self, request);
    return 0;
  }
  static int onData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size, void* user) {
    of(user).requests[id].body.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int onClose(nghttp2_session*, int32_t id, uint32_t error, void* user) {
    of(user).closed[id] = error;
    return 0;
  }
  static ssize_t readBody(nghttp2_session* session, int32_t id, uint8_t* into, size_t size, uint32_t* flags,
                          nghttp2_data_source*, void* user) {
    Outgoing& from = of(user).bodies_[id];
    const size_t count = std::min(size, from.text.size() - from.sent);
    std::copy_n(from.text.data() + from.sent, count, into);
    from.sent += count;
    if (from.sent == from.text.size() && from.ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!from.trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const std::vector<nghttp2_nv> pairs = toPairs(from.trailers);
        nghttp2_submit_trailer(session, id, pairs.data(), pairs.size());
      }
    } else if (count == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(count);
  }

  std::unique_ptr<runtime::Stream> stream_;
  const OnEvent& on_request_;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Outgoing> bodies_;
  std::string out_;
};

class H2Server {
 public:
  explicit H2Server(runtime::Loop& loop, H2Settings settings = {},
                    std::shared_ptr<const runtime::TlsServerContext> tls = nullptr)
      : loop_(loop), settings_(settings), tls_(std::move(tls)) {
    auto made = runtime::TcpListener::listen(loop, runtime::SocketAddress::loopback(0), runtime::ReusePort::No);
    EXPECT_TRUE(made.has_value());
    listener_ = std::move(*made);
    scope_.spawn(accept());
  }
  ~H2Server() { scope_.cancelAll(); }

  const runtime::SocketAddress& address() const { return listener_.address(); }
  H2Peer& peer(size_t index) { return *peers.at(index); }
  size_t streams() const {
    size_t count = 0;
    for (const auto& each : peers) count += each->requests.size();
    return count;
  }

  H2Peer::OnEvent on_request;
  std::vector<std::unique_ptr<H2Peer>> peers;

 private:
  Task<void> accept() {
    for (;;) {
      auto accepted = listener_.tryAccept();
      if (!accepted.fd) {
        if (co_await listener_.ready() != runtime::IoStatus::Ready) co_return;
        continue;
      }
      scope_.spawn(welcome(std::move(accepted.fd), accepted.peer));
    }
  }
  Task<void> welcome(runtime::OwnedFd fd, runtime::SocketAddress from) {
    auto tcp = std::make_unique<runtime::TcpStream>(loop_, std::move(fd), from);
    std::unique_ptr<runtime::Stream> stream;
    if (tls_) {
      auto secured = co_await runtime::acceptTls(tls_, std::move(tcp), runtime::kNever);
      if (!secured) co_return;
      stream = std::move(*secured);
    } else {
      stream = std::move(tcp);
    }
    peers.push_back(std::make_unique<H2Peer>(std::move(stream), settings_, on_request));
    co_await peers.back()->serve();
  }

  runtime::Loop& loop_;
  const H2Settings settings_;
  const std::shared_ptr<const runtime::TlsServerContext> tls_;
  runtime::TcpListener listener_;
  runtime::TaskScope scope_;
};

// A server's identity that agrees on the first of `protocols` (ALPN's own form) that the client offers.
inline std::shared_ptr<const runtime::TlsServerContext> tlsServer(const runtime::TestAuthority& authority,
                                                                  const std::string& protocols) {
  const auto context =
      runtime::TlsServerContext::create({authority.issue("DNS:localhost")}, runtime::ClientCertificate::None);
  EXPECT_TRUE(context.has_value());
  // Contexts agree on http/1.1 by themselves; a test's server is another's.
  static std::vector<std::unique_ptr<std::string>> kept;
  kept.push_back(std::make_unique<std::string>(protocols));
  const auto select = [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                         unsigned offered_size, void* data) {
    const auto& ours = *static_cast<std::string*>(data);
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
      return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
  };
  SSL_CTX_set_alpn_select_cb((*context)->impl().identities.front().context.get(), select, kept.back().get());
  return *context;
}

}  // namespace sluice::http
