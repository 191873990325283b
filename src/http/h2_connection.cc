#include "http/h2_connection.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace sluice::http {
namespace {

using runtime::deadlineAfter;
using runtime::IoResult;
using runtime::IoStatus;

constexpr size_t kOutput = 64 * 1024;  // gathered for one write
constexpr int kReadsInARow = 16;
constexpr int kRoundsInARow = 8;
constexpr size_t kMaxAcknowledgements = 1000;  // PING and SETTINGS of the server, not yet answered
constexpr size_t kMaxSettings = 32;            // in one frame
constexpr size_t kMaxContinuations = 8;
constexpr size_t kMaxHeaderBlock = 256 * 1024;  // that we send

}  // namespace

// What nghttp2 calls. None of these may resume anyone: they note what happened, and whom it concerns.
struct H2Connection::Callbacks {
  static H2Connection& of(void* user) { return *static_cast<H2Connection*>(user); }

  static int onBeginFrame(nghttp2_session*, const nghttp2_frame_hd*, void* user) {
    H2Connection& self = of(user);
    if (++self.idle_frames_ <= kIdleFrames) return 0;
    self.problem_ = "the server floods";
    self.broken_ = true;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int onHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t, void* user) {
    H2Stream* stream = of(user).find(frame->hd.stream_id);
    if (stream == nullptr || frame->hd.type != NGHTTP2_HEADERS) return 0;
    const bool taken = stream->onField({reinterpret_cast<const char*>(name), name_size},
                                       {reinterpret_cast<const char*>(value), value_size});
    if (taken) return 0;
    stream->malformed_ = true;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // resets the stream
  }

  static int onFrame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    H2Connection& self = of(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) self.draining_ = true;
    H2Stream* stream = self.find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS) {
      self.idle_frames_ = 0;
      if (!stream->onHead()) {
        stream->malformed_ = true;
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_PROTOCOL_ERROR);
      }
    } else if (frame->hd.type != NGHTTP2_DATA) {
      return 0;
    }
    if (ends) stream->onEndOfStream();
    if (ends || frame->hd.type == NGHTTP2_HEADERS) self.changed(*stream);
    return 0;
  }

  static int onInvalidFrame(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
    if (H2Stream* stream = of(user).find(frame->hd.stream_id)) stream->malformed_ = true;
    return 0;
  }

  static int onData(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data, size_t size, void* user) {
    H2Connection& self = of(user);
    nghttp2_session_consume_connection(session, size);
    H2Stream* stream = self.find(id);
    if (stream == nullptr || stream->malformed_) return 0;
    if (size > 0) self.idle_frames_ = 0;
    stream->arriving_.append(reinterpret_cast<const char*>(data), size);
    self.changed(*stream);
    return 0;
  }

  static int onClose(nghttp2_session*, int32_t id, uint32_t error, void* user) {
    H2Connection& self = of(user);
    if (H2Stream* stream = self.find(id)) gone(self, *stream, error);
    return 0;
  }

  // A request that was still queued when the server said goodbye, or when no stream could be had.
  static int onNotSent(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
    H2Connection& self = of(user);
    H2Stream* stream = frame->hd.type == NGHTTP2_HEADERS ? self.find(frame->hd.stream_id) : nullptr;
    if (stream != nullptr) gone(self, *stream, NGHTTP2_REFUSED_STREAM);
    return 0;
  }

  static void gone(H2Connection& self, H2Stream& stream, uint32_t error) {
    stream.closed_ = true;
    stream.error_code_ = error;
    stream.refused_ = error == NGHTTP2_REFUSED_STREAM;
    if (stream.refused_ && !self.draining_) self.lowerLimit();
    self.streams_.erase(stream.id_);
    self.idle_since_ = self.loop_.now();
    self.changed(stream);
  }

  static int onSent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) of(user).idle_frames_ = 0;
    return 0;
  }

  static ssize_t readBody(nghttp2_session*, int32_t id, uint8_t* into, size_t size, uint32_t* flags,
                          nghttp2_data_source*, void* user) {
    H2Connection& self = of(user);
    H2Stream* stream = self.find(id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const size_t read = stream->read({into, size});
    if (stream->ended_) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (stream->taken()) self.changed(*stream);
    if (read == 0 && !stream->ended_) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(read);
  }

  static nghttp2_session_callbacks* all() {
    struct Free {
      void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
    };
    static const auto made = [] {
      nghttp2_session_callbacks* fresh = nullptr;
      CHECK(nghttp2_session_callbacks_new(&fresh) == 0);
      nghttp2_session_callbacks_set_on_begin_frame_callback(fresh, &onBeginFrame);
      nghttp2_session_callbacks_set_on_header_callback(fresh, &onHeader);
      nghttp2_session_callbacks_set_on_frame_recv_callback(fresh, &onFrame);
      nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(fresh, &onInvalidFrame);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(fresh, &onData);
      nghttp2_session_callbacks_set_on_stream_close_callback(fresh, &onClose);
      nghttp2_session_callbacks_set_on_frame_not_send_callback(fresh, &onNotSent);
      nghttp2_session_callbacks_set_on_frame_send_callback(fresh, &onSent);
      return std::unique_ptr<nghttp2_session_callbacks, Free>(fresh);
    }();
    return made.get();
  }

  static const nghttp2_option* options() {
    struct Free {
      void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
    };
    static const auto made = [] {
      nghttp2_option* fresh = nullptr;
      CHECK(nghttp2_option_new(&fresh) == 0);
      nghttp2_option_set_no_auto_window_update(fresh, 1);  // the window opens as readers take what came
      nghttp2_option_set_max_reserved_remote_streams(fresh, 0);
      nghttp2_option_set_max_outbound_ack(fresh, kMaxAcknowledgements);
      nghttp2_option_set_max_settings(fresh, kMaxSettings);
      nghttp2_option_set_max_continuations(fresh, kMaxContinuations);
      nghttp2_option_set_max_send_header_block_length(fresh, kMaxHeaderBlock);
      nghttp2_option_set_no_closed_streams(fresh, 1);
      return std::unique_ptr<nghttp2_option, Free>(fresh);
    }();
    return made.get();
  }
};

H2Connection::H2Connection(std::shared_ptr<ClientPool::Host> host, runtime::Connected made)
    : host_(std::move(host)),
      claim_(std::in_place, *host_),
      loop_(host_->pool.connector.loop()),
      stream_(std::move(made.stream)),
      tie_(std::move(made.tie)),
      born_(loop_.now()),
      idle_since_(born_),
      last_received_(born_),
      limit_(host_->pool.limits.streams_per_connection) {
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_client_new2(&session, Callbacks::all(), this, Callbacks::options()) == 0);
  session_.reset(session);
  const std::array<nghttp2_settings_entry, 3> settings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(host_->pool.limits.head.bytes)},
  }};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

H2Connection::~H2Connection() {
  if (over_ || !out_.empty() || output_dead_) return;
  nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
  transmit();
}

std::shared_ptr<H2Connection> H2Connection::start(std::shared_ptr<ClientPool::Host> host, runtime::Connected made) {
  std::shared_ptr<H2Connection> connection(new H2Connection(std::move(host), std::move(made)));
  connection->host_->add(connection);
  connection->host_->pool.drivers.spawn(drive(connection));
  return connection;
}

// --- for streams ---

bool H2Connection::joinable() {
  if (over_ || draining_ || output_dead_) return false;
  const auto remote = nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  if (streams_.size() >= std::min(limit_, remote)) return false;
  const bool old = loop_.now() >= deadlineAfter(born_, host_->pool.limits.life_time);
  if (old || !tie_.current() || nghttp2_session_check_request_allowed(session_.get()) == 0) {
    retire();
    return false;
  }
  return true;
}

void H2Connection::retire() {
  draining_ = true;
  kick();
}

// Called before the refused one is forgotten.
void H2Connection::lowerLimit() {
  if (streams_.size() <= 1) draining_ = true;
  limit_ = std::max<uint32_t>(1, static_cast<uint32_t>(streams_.size()) - 1);
}

bool H2Connection::open(H2Stream& stream, std::span<const nghttp2_nv> fields, H2Stream::Body body) {
  nghttp2_data_provider provider{};
  provider.read_callback = &Callbacks::readBody;
  stream.written_before_ = stream_->writtenBytes();
  const int32_t id = nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(),
                                            body == H2Stream::Body::None ? nullptr : &provider, nullptr);
  if (id < 0) return false;
  stream.id_ = id;
  streams_.emplace(id, &stream);
  used_ = true;
  const Instant now = loop_.now();
  if (ping_deadline_ == runtime::kNever && now - last_received_ >= kSilence) {
    nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
    ping_deadline_ = now + kPingTime;
  }
  kick();
  return true;
}

void H2Connection::resume(const H2Stream& stream) {
  if (over_ || stream.over()) return;
  nghttp2_session_resume_data(session_.get(), stream.id_);
  kick();
}

void H2Connection::consumed(const H2Stream& stream, size_t bytes) {
  if (over_ || stream.over()) return;
  nghttp2_session_consume_stream(session_.get(), stream.id_, bytes);
  if (nghttp2_session_want_write(session_.get()) != 0) kick();
}

void H2Connection::close(H2Stream& stream) {
  if (stream.id_ < 0 || stream.over()) return;
  streams_.erase(stream.id_);
  idle_since_ = loop_.now();
  if (!over_) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, NGHTTP2_CANCEL);
    kick();
  }
}

H2Stream* H2Connection::find(int32_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

void H2Connection::changed(H2Stream& stream) {
  if (!stream.linked()) woken_.pushBack(stream);
}

// --- the driver ---

// Has the driver look at what was queued, once whoever runs now has come to rest: several requests leave in one write.
void H2Connection::kick() {
  dirty_ = true;
  if (!waiting_ || nudged_) return;
  nudged_ = true;
  host_->pool.drivers.spawn(nudge(shared_from_this()));
}

runtime::Task<void> H2Connection::nudge(std::shared_ptr<H2Connection> self) {
  co_await self->loop_.yield();
  self->nudged_ = false;
  if (self->waiting_) self->stream_->watch().wake(IoStatus::Cancelled);
}

runtime::Task<void> H2Connection::drive(std::shared_ptr<H2Connection> self) {
  H2Connection& own = *self;
  for (int rounds = 0;; ++rounds) {
    const bool open = own.work();
    own.wakeStreams();
    if (!open) break;
    if (own.dirty_ || own.starved_) {
      if (own.starved_ || rounds >= kRoundsInARow) co_await own.loop_.yield();
      continue;
    }
    if (!own.wanted()) break;
    rounds = 0;
    own.waiting_ = true;
    IoStatus status = IoStatus::Ready;
    if (own.out_.empty()) {
      status = co_await own.stream_->readable(own.deadline());
    } else {
      status = co_await own.stream_->readableOrWritable(own.deadline());
    }
    own.waiting_ = false;
    if (status == IoStatus::Failed) break;
    if (status == IoStatus::Timeout && own.ping_deadline_ <= own.loop_.now()) {
      own.problem_ = "the server does not answer";
      break;
    }
  }
  own.end();
}

// False: the connection is over.
bool H2Connection::work() {
  dirty_ = starved_ = false;
  const bool open = receive();
  return transmit() && open;
}

bool H2Connection::wanted() const {
  if (streams_.empty() && finished()) return false;
  nghttp2_session* const session = session_.get();
  return nghttp2_session_want_read(session) != 0 || nghttp2_session_want_write(session) != 0 || !out_.empty();
}

// Nothing runs on it, and nothing shall.
bool H2Connection::finished() const {
  const Instant now = loop_.now();
  return draining_ || now >= deadlineAfter(idle_since_, host_->pool.limits.idle_time) ||
         now >= deadlineAfter(born_, host_->pool.limits.life_time);
}

Instant H2Connection::deadline() const {
  if (!streams_.empty()) return ping_deadline_;
  const PoolLimits& limits = host_->pool.limits;
  return std::min(
      {ping_deadline_, deadlineAfter(idle_since_, limits.idle_time), deadlineAfter(born_, limits.life_time)});
}

bool H2Connection::receive() {
  runtime::BufferPool::Lease lease = loop_.buffers().acquire();
  for (int reads = 0; reads < kReadsInARow; ++reads) {
    const IoResult got = stream_->tryRead({lease.data(), lease.capacity()});
    if (got.bytes > 0) {
      last_received_ = loop_.now();
      ping_deadline_ = runtime::kNever;
      const auto* const data = reinterpret_cast<const uint8_t*>(lease.data());
      const ssize_t taken = nghttp2_session_mem_recv(session_.get(), data, got.bytes);
      if (taken < 0) {
        broken_ = true;
        if (problem_.empty()) problem_ = nghttp2_strerror(static_cast<int>(taken));
        return false;
      }
    }
    if (got.status == IoStatus::Drained) return true;
    if (got.status != IoStatus::Ready) {
      if (problem_.empty()) problem_ = "the server closed the connection";
      return false;
    }
  }
  starved_ = true;
  return true;
}

// Frames into `out_`. False: no memory, or a header block that is too large.
bool H2Connection::gather() {
  out_.clear();
  out_sent_ = 0;
  while (out_.size() < kOutput) {
    const uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) return false;
    if (size == 0) break;
    out_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  }
  return true;
}

bool H2Connection::transmit() {
  while (!output_dead_) {
    if (out_.empty() && !gather()) return false;
    if (out_.empty()) return true;
    const iovec rest{out_.data() + out_sent_, out_.size() - out_sent_};
    const IoResult put = stream_->tryWritev({&rest, 1});
    out_sent_ += put.bytes;
    if (put.status == IoStatus::Drained) return true;
    // What the server said before it closed is still to be read.
    if (put.status != IoStatus::Ready) output_dead_ = true;
    out_.clear();
  }
  return true;
}

void H2Connection::wakeStreams() {
  while (H2Stream* stream = woken_.front()) {
    stream->unlink();
    stream->changed.notifyAll();
  }
  if (host_->freed.hasWaiters() && joinable()) host_->freed.notifyOne();
}

void H2Connection::end() {
  over_ = true;
  acknowledged_ = stream_->acknowledgedBytes();
  const bool by_server = nghttp2_session_want_read(session_.get()) == 0 && !draining_;
  if (by_server && problem_.empty()) {
    broken_ = true;
    problem_ = "the server broke the protocol";
  }
  if (problem_.empty()) problem_ = "the connection ended";
  if (out_.empty() && !output_dead_) {
    nghttp2_session_terminate_session(session_.get(), broken_ ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_NO_ERROR);
    transmit();
  }
  stream_->close();
  for (const auto& [id, stream] : streams_) {
    stream->lost_ = true;
    stream->malformed_ = stream->malformed_ || broken_;
    changed(*stream);
  }
  streams_.clear();
  host_->remove(*this);
  claim_.reset();
  wakeStreams();
}

}  // namespace sluice::http
