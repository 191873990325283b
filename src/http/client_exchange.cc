#include <sys/uio.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "http/ascii.h"
#include "http/client_connection.h"
#include "http/h2_connection.h"
#include "runtime/within.h"

namespace sluice::http {
namespace {

using runtime::deadlineAfter;
using runtime::IoResult;
using runtime::IoStatus;

constexpr size_t kSmallRest = 4096;  // what follows a head and is this small is copied with it
constexpr uint8_t kReadsInARow = 32;
constexpr int kMaxInterims = 16;  // 1xx heads before the final one
constexpr std::string_view kEndOfChunk = "\r\n";
constexpr std::string_view kEndOfChunkAndBody = "\r\n0\r\n\r\n";

iovec piece(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

void advance(std::span<iovec>& pieces, size_t bytes) {
  while (!pieces.empty() && bytes >= pieces.front().iov_len) {
    bytes -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (pieces.empty()) return;
  pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + bytes;
  pieces.front().iov_len -= bytes;
}

// Methods whose requests are expected to say how long their body is, even when it is empty (RFC 9110 8.6).
bool expectsBody(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

ClientError errorFor(int code) {
  switch (static_cast<runtime::ConnectError>(code)) {
    case runtime::ConnectError::NotResolved:
      return ClientError::NotResolved;
    case runtime::ConnectError::Timeout:
      return ClientError::ConnectTimeout;
    case runtime::ConnectError::Tls:
      return ClientError::Tls;
    case runtime::ConnectError::Cancelled:
      return ClientError::Cancelled;
    default:
      return ClientError::ConnectRefused;
  }
}

}  // namespace

std::string_view toString(ClientError error) {
  switch (error) {
    case ClientError::NotResolved:
      return "name not resolved";
    case ClientError::ConnectRefused:
      return "connection refused";
    case ClientError::ConnectTimeout:
      return "connecting took too long";
    case ClientError::Tls:
      return "TLS failed";
    case ClientError::Reset:
      return "connection closed before a response";
    case ClientError::SendTimeout:
      return "sending took too long";
    case ClientError::HeadTimeout:
      return "no response in time";
    case ClientError::BodyTimeout:
      return "response body stalled";
    case ClientError::Malformed:
      return "malformed response";
    case ClientError::Truncated:
      return "response cut short";
    case ClientError::TooLarge:
      return "response too large";
    case ClientError::Cancelled:
      return "cancelled";
    case ClientError::TotalTimeout:
      return "exchange took too long";
    case ClientError::BadRequest:
      return "request cannot be sent";
    case ClientError::Busy:
      return "all connections are in use";
  }
  return "unknown";
}

ClientExchange::ClientExchange(ClientPool& pool, std::shared_ptr<ClientPool::Host> host, Arena& arena)
    : pool_(pool), host_(std::move(host)), arena_(arena), head_(&arena) {}

ClientExchange::ClientExchange(ClientPool& pool, const Endpoint& endpoint, Arena& arena)
    : ClientExchange(pool, pool.host(endpoint), arena) {}

ClientExchange::~ClientExchange() {
  release();
}

// Gives the connection back when it can carry another request; closes it otherwise, which tells the upstream.
void ClientExchange::release() {
  h2_.reset();
  if (!connection_) return;
  const bool whole = have_head_ && body_.done() && request_done_ && !send_broken_ && !failed_;
  const bool reusable = whole && head_.keep_alive && connection_->input.pending().empty();
  std::unique_ptr<ClientConnection> connection = std::move(connection_);
  if (reusable) host_->giveBack(std::move(connection));
}

runtime::SocketAddress ClientExchange::peer() const {
  if (h2_) return h2_->connection().peer();
  return connection_ ? connection_->stream->peer() : runtime::SocketAddress();
}

void ClientExchange::wakeCancelled() {
  if (connection_) {
    connection_->stream->watch().wake(IoStatus::Cancelled);
  } else if (h2_) {
    h2_->changed.notifyAll();
  } else {
    host_->freed.notifyAll();  // we may be waiting for our turn to connect
  }
}

Instant ClientExchange::deadlineFor(Duration timeout) const {
  return std::min(deadlineAfter(pool_.loop().now(), timeout), total_deadline_);
}

tl::unexpected<Error> ClientExchange::failure(ClientError error) {
  failed_ = error;
  return fail(std::string(toString(error)), static_cast<int>(error));
}

tl::unexpected<Error> ClientExchange::waitFailure(IoStatus status, ClientError timeout) {
  if (status == IoStatus::Cancelled) return failure(ClientError::Cancelled);
  if (status != IoStatus::Timeout) return failure(have_head_ ? ClientError::Truncated : ClientError::Reset);
  return failure(pool_.loop().now() >= total_deadline_ ? ClientError::TotalTimeout : timeout);
}

// --- sending ---

// RFC 9110 9.2.2.
bool ClientExchange::idempotent() const {
  for (const std::string_view known : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
    if (request_->method == known) return true;
  return false;
}

ClientExchange::BodyPlan ClientExchange::planBody() const {
  BodyPlan plan{request_->framing, request_->content_length};
  if (request_->streamed) return plan;
  plan.length = 0;
  for (const std::string_view bytes : request_->body) plan.length += bytes.size();
  plan.framing = plan.length > 0 || expectsBody(request_->method) ? Framing::Length : Framing::None;
  return plan;
}

// Serialises the head into the arena. False: it is not sendable.
bool ClientExchange::writeHead() {
  const ClientRequest& request = *request_;
  RequestLineParts line{request.method, request.target, {}};
  if (!request.headers.has("Host")) line.host = host_->host_field;
  const auto [framing, length] = planBody();
  const size_t room = requestHeadSize(line, request.headers);
  char* const memory = static_cast<char*>(arena_.allocateBytes(room, 1));
  const size_t size = writeRequestHead(line, request.headers, framing, length, ConnectionOption::Default, memory);
  arena_.shrink(memory, room, size);
  request_head_ = {memory, size};
  return size > 0;
}

Task<Status> ClientExchange::send(const ClientRequest& request) {
  using Ready = Task<Status>;
  ASSERT(request_ == nullptr);
  request_ = &request;
  ++host_->pool.counters.requests;
  total_deadline_ = deadlineAfter(pool_.loop().now(), request.timeouts.total);
  if (cancelled()) return Ready::ready(failure(ClientError::Cancelled));
  if (host_->endpoint.version != HttpVersion::Http1) return sendNegotiated();
  if (!writeHead()) return Ready::ready(failure(ClientError::BadRequest));
  if (request.cancellation != nullptr) request.cancellation->listen(stop_);
  connection_ = host_->takeIdle();
  if (!connection_) return connectAndSend();
  reused_ = true;
  ++host_->pool.counters.reused;
  if (auto done = trySend()) return Ready::ready(std::move(*done));
  return sendSlowly(wholeRequest(), request.streamed ? Last::No : Last::Yes);
}

// Head and body in one writev, if the kernel takes it all. nullopt: not all; bytes taken are skipped by sendSlowly().
std::optional<Status> ClientExchange::trySend() {
  constexpr size_t kFew = 8;
  written_before_ = connection_->stream->writtenBytes();
  if (request_->body.size() >= kFew) return std::nullopt;
  iovec pieces[kFew];
  size_t count = 0;
  pieces[count++] = piece(request_head_);
  if (!request_->streamed) {
    for (const std::string_view bytes : request_->body) {
      if (bytes.empty()) continue;
      pieces[count++] = piece(bytes);
    }
  }
  const IoResult result = connection_->stream->tryWritev({pieces, count});
  head_size_ = result.bytes;  // how much of the request is out
  if (result.status == IoStatus::Drained) return std::nullopt;
  if (result.status != IoStatus::Ready) send_broken_ = true;  // the response, or its absence, tells more
  return sent(request_->streamed ? Last::No : Last::Yes);
}

std::vector<iovec> ClientExchange::wholeRequest() const {
  std::vector<iovec> pieces{piece(request_head_)};
  if (!request_->streamed) {
    for (const std::string_view bytes : request_->body) pieces.push_back(piece(bytes));
  }
  std::span<iovec> left = pieces;
  advance(left, head_size_);
  return {left.begin(), left.end()};
}

Status ClientExchange::sent(Last last) {
  if (last == Last::Yes) {
    request_done_ = true;
    sent_at_ = pool_.loop().now();
  }
  return {};
}

Task<Status> ClientExchange::connectAndSend() {
  Status connected = co_await connect();
  if (!connected) co_return connected;
  if (h2_) co_return co_await sendOverH2();
  co_return co_await sendHttp1();
}

Task<Status> ClientExchange::sendHttp1() {
  using Ready = Task<Status>;
  if (auto done = trySend()) return Ready::ready(std::move(*done));
  return sendSlowly(wholeRequest(), request_->streamed ? Last::No : Last::Yes);
}

// Takes a connection that is there already.
bool ClientExchange::join() {
  if (H2Connection* const shared = host_->joinable()) {
    reused_ = shared->used();
    h2_ = std::make_unique<H2Stream>(shared->shared_from_this(), arena_, head_);
    return true;
  }
  connection_ = host_->takeIdle();
  reused_ = connection_ != nullptr;
  return reused_;
}

// Until a connection is free or one may be made. Those who wait are bounded in number and time.
Task<Status> ClientExchange::awaitTurn(Instant deadline) {
  const PoolLimits& limits = host_->pool.limits;
  if (host_->waiting() >= limits.waiting_per_endpoint) co_return failure(ClientError::Busy);
  const ClientPool::Host::Waiting waiting(*host_);
  deadline = std::min(deadline, deadlineAfter(pool_.loop().now(), limits.wait));
  while (host_->mustWait()) {
    const IoStatus waited = co_await host_->freed.wait(deadline);
    if (waited != IoStatus::Ready) co_return waitFailure(waited, ClientError::Busy);
    if (cancelled()) co_return failure(ClientError::Cancelled);
    if (join()) break;
  }
  co_return Status();
}

Task<Status> ClientExchange::connect() {
  const Instant deadline = deadlineFor(request_->timeouts.connect);
  if (host_->mustWait()) {
    Status turn = co_await awaitTurn(deadline);
    if (!turn || connection_ || h2_) co_return turn;
  }
  const ClientPool::Host::Connecting connecting(*host_);
  const ClientPool::Host::Claim claim(*host_);
  runtime::ConnectTarget target;
  target.host = host_->endpoint.host;
  target.port = host_->endpoint.port;
  target.tls = host_->endpoint.tls;
  target.proxy = host_->endpoint.proxy;
  target.alpn = host_->alpn();
  // The connector keeps the deadline itself; only the cancellation is ours.
  Task<Result<runtime::Connected>> attempt = host_->pool.connector.connect(target, deadline);
  auto made = co_await runtime::within(pool_.loop(), std::move(attempt), runtime::kNever, request_->cancellation);
  if (!made) co_return failure(ClientError::Cancelled);
  if (!*made) {
    const ClientError error = errorFor(made->error().code);
    failed_ = error;
    co_return fail(made->error().message, static_cast<int>(error));
  }
  ++host_->pool.counters.connected;
  co_return adopt(std::move(**made));
}

// A new connection, for what was agreed on.
Status ClientExchange::adopt(runtime::Connected made) {
  const HttpVersion version = host_->endpoint.version;
  const bool secure = made.stream->isTls();
  const bool agreed = made.stream->alpn() == "h2";
  if (version == HttpVersion::Http2 && secure && !agreed) {
    failed_ = ClientError::Tls;
    return fail("the server does not speak HTTP/2 (" + made.stream->peer().toString() + ")",
                static_cast<int>(ClientError::Tls));
  }
  if (agreed || version == HttpVersion::Http2) {
    const auto shared = H2Connection::start(host_, std::move(made));
    h2_ = std::make_unique<H2Stream>(shared, arena_, head_);
    return {};
  }
  if (version == HttpVersion::Http2OrHttp1) host_->setHttp1Only();
  connection_ = std::make_unique<ClientConnection>(host_, std::move(made));
  return {};
}

Task<Status> ClientExchange::writeBody(std::string_view bytes) {
  return writeBody(std::span<const std::string_view>(&bytes, 1));
}
Task<Status> ClientExchange::finishBody(std::string_view bytes) {
  return finishBody(std::span<const std::string_view>(&bytes, 1));
}
Task<Status> ClientExchange::writeBody(std::span<const std::string_view> pieces) {
  return transmit(pieces, Last::No);
}
Task<Status> ClientExchange::finishBody(std::span<const std::string_view> pieces) {
  return transmit(pieces, Last::Yes);
}

Task<Status> ClientExchange::transmit(std::span<const std::string_view> pieces, Last last) {
  using Ready = Task<Status>;
  if (failed_) return Ready::ready(failure(*failed_));
  if (cancelled()) return Ready::ready(failure(ClientError::Cancelled));
  if (responded_ || send_broken_) return Ready::ready(sent(last));
  uint64_t total = 0;
  for (const std::string_view bytes : pieces) total += bytes.size();
  streamed_ += total;
  const bool chunked = request_->framing == Framing::Chunked;
  if (!chunked) {
    const bool exact =
        last == Last::Yes ? streamed_ == request_->content_length : streamed_ <= request_->content_length;
    if (!exact) return Ready::ready(failure(ClientError::BadRequest));
  }
  if (h2_) {
    h2_->give(pieces, last == Last::Yes ? H2Stream::Last::Yes : H2Stream::Last::No);
    return awaitTaken(last);
  }
  std::vector<iovec> out;
  out.reserve(pieces.size() + 2);
  if (chunked && total > 0) out.push_back(piece({chunk_header_, writeChunkHeader(total, chunk_header_)}));
  for (const std::string_view bytes : pieces) {
    if (!bytes.empty()) out.push_back(piece(bytes));
  }
  if (chunked && total > 0) out.push_back(piece(last == Last::Yes ? kEndOfChunkAndBody : kEndOfChunk));
  if (chunked && total == 0 && last == Last::Yes) out.push_back(piece(kLastChunk));
  if (out.empty()) return Ready::ready(sent(last));
  const IoResult result = connection_->stream->tryWritev(out);
  if (result.status == IoStatus::Failed) send_broken_ = true;
  if (result.status != IoStatus::Drained) return Ready::ready(sent(last));
  std::span<iovec> left = out;
  advance(left, result.bytes);
  return sendSlowly(std::vector<iovec>(left.begin(), left.end()), last);
}

Task<Status> ClientExchange::sendSlowly(std::vector<iovec> pieces, Last last) {
  runtime::Stream& stream = *connection_->stream;
  std::span<iovec> left = pieces;
  for (;;) {
    if (left.empty()) co_return sent(last);
    const IoResult result = stream.tryWritev(left);
    if (result.status == IoStatus::Failed) send_broken_ = true;
    if (result.status != IoStatus::Drained) co_return sent(last);
    advance(left, result.bytes);
    // The upstream may answer before it has taken everything (413, 401), and then take no more.
    const IoResult early = connection_->input.fill(stream);
    if (early.bytes > 0 || (early.status != IoStatus::Ready && early.status != IoStatus::Drained)) {
      responded_ = send_broken_ = true;
      got_bytes_ = early.bytes > 0;
      co_return sent(last);
    }
    connection_->input.park();
    if (cancelled()) co_return failure(ClientError::Cancelled);
    const IoStatus waited = co_await stream.readableOrWritable(deadlineFor(request_->timeouts.send_idle));
    if (waited != IoStatus::Ready) co_return waitFailure(waited, ClientError::SendTimeout);
  }
}

// --- the response ---

Task<Result<const ResponseHead*>> ClientExchange::readHead() {
  using Ready = Task<Result<const ResponseHead*>>;
  if (have_head_) return Ready::ready(&head_);
  if (failed_) return Ready::ready(failure(*failed_));
  if (h2_) return awaitHeadOverH2();
  return awaitHead();
}

ClientExchange::HeadState ClientExchange::parseHead() {
  const std::string_view bytes = connection_->input.pending();
  if (bytes.empty()) return HeadState::NeedMore;
  if (seen_ == 0) head_.headers.reserve(24);
  const ParseResult result = parseResponseHead(bytes, host_->pool.limits.head, request_->method, head_, seen_);
  if (result.status == ParseStatus::Incomplete) {
    seen_ = bytes.size();
    return HeadState::NeedMore;
  }
  seen_ = 0;
  if (result.status != ParseStatus::Done) return HeadState::Malformed;
  head_size_ = result.consumed;
  if (head_.status >= 200) return HeadState::Parsed;
  // 101 would answer an Upgrade that we never send.
  if (head_.status == 101 || ++interims_ > kMaxInterims) return HeadState::Malformed;
  connection_->input.consume(head_size_);
  return HeadState::Interim;
}

// The head moves into the arena, with what follows if that is short, so that the read buffer is free again.
Result<const ResponseHead*> ClientExchange::acceptHead() {
  InputBuffer& input = connection_->input;
  const std::string_view bytes = input.pending();
  const bool all = bytes.size() - head_size_ <= kSmallRest;
  const size_t copied = all ? bytes.size() : head_size_;
  char* const memory = static_cast<char*>(arena_.allocateBytes(copied + runtime::BufferPool::kPadding, 1));
  std::memcpy(memory, bytes.data(), copied);
  rebase(head_, bytes.data(), memory);
  if (all) {
    input.moved(memory + head_size_, copied - head_size_);
  } else {
    input.consume(head_size_);
  }
  body_.start(head_.framing, head_.content_length);
  have_head_ = responded_ = true;
  head_at_ = pool_.loop().now();
  return &head_;
}

Task<Result<const ResponseHead*>> ClientExchange::awaitHead() {
  Instant deadline = deadlineFor(request_->timeouts.first_byte);
  for (;;) {
    const HeadState state = parseHead();
    if (state == HeadState::Parsed) co_return acceptHead();
    if (state == HeadState::Malformed) co_return failure(ClientError::Malformed);
    if (state == HeadState::Interim) continue;
    const IoResult got = connection_->input.fill(*connection_->stream);
    if (got.bytes > 0) got_bytes_ = true;
    if (got.bytes > 0 || got.status == IoStatus::Ready) continue;
    if (got.status != IoStatus::Drained) {
      if (got_bytes_) co_return failure(ClientError::Truncated);
      if (!mayRetry()) co_return failure(ClientError::Reset);
      retried_ = true;
      reused_ = send_broken_ = false;
      ++host_->pool.counters.retried;
      connection_.reset();
      const Status again = co_await connectAndSend();
      if (!again) co_return tl::make_unexpected(again.error());
      deadline = deadlineFor(request_->timeouts.first_byte);
      continue;
    }
    if (send_broken_ && !responded_) co_return failure(ClientError::Reset);
    connection_->input.park();
    if (cancelled()) co_return failure(ClientError::Cancelled);
    const IoStatus waited = co_await connection_->stream->readable(deadline);
    if (waited == IoStatus::Timeout || waited == IoStatus::Cancelled) {
      co_return waitFailure(waited, ClientError::HeadTimeout);
    }
  }
}

// A kept connection may turn out to have been closed by the time we use it. Sending again is safe when the method is
// idempotent, or when the peer's kernel acknowledged none of the request: then nobody can have read it.
bool ClientExchange::mayRetry() const {
  if (!reused_ || retried_ || got_bytes_ || request_->streamed) return false;
  if (idempotent()) return true;
  const std::optional<uint64_t> acknowledged = connection_->stream->acknowledgedBytes();
  return acknowledged.has_value() && *acknowledged <= written_before_;
}

std::optional<Result<std::string_view>> ClientExchange::takePiece() {
  const BodyDecoder::Step step = nextPiece(connection_->input, body_);
  if (!step.piece.empty() || step.state == BodyDecoder::State::Done) return Result<std::string_view>(step.piece);
  if (step.state == BodyDecoder::State::Malformed) return failure(ClientError::Malformed);
  return std::nullopt;
}

// nullopt: nothing there now.
std::optional<Result<std::string_view>> ClientExchange::tryReadBody() {
  for (;;) {
    if (auto taken = takePiece()) return taken;
    const IoResult got = connection_->input.fill(*connection_->stream);
    if (got.bytes > 0 || got.status == IoStatus::Ready) continue;
    if (got.status == IoStatus::Drained) return std::nullopt;
    if (got.status == IoStatus::End && body_.endOfInput()) return Result<std::string_view>(std::string_view());
    return failure(ClientError::Truncated);
  }
}

Task<Result<std::string_view>> ClientExchange::readBody() {
  using Ready = Task<Result<std::string_view>>;
  if (failed_) return Ready::ready(failure(*failed_));
  if (!have_head_) return Ready::ready(failure(ClientError::BadRequest));
  if (body_.done()) return Ready::ready(std::string_view());
  if (cancelled()) return Ready::ready(failure(ClientError::Cancelled));
  if (h2_) {
    if (auto taken = takePieceOverH2()) return Ready::ready(std::move(*taken));
    return awaitBodyOverH2();
  }
  if (++reads_in_a_row_ == kReadsInARow) return yieldAndReadBody();
  if (auto taken = tryReadBody()) return Ready::ready(std::move(*taken));
  return awaitBody();
}

// An upstream as fast as we are must not keep the thread to itself.
Task<Result<std::string_view>> ClientExchange::yieldAndReadBody() {
  reads_in_a_row_ = 0;
  connection_->input.park();
  co_await pool_.loop().yield();
  if (cancelled()) co_return failure(ClientError::Cancelled);
  if (auto taken = tryReadBody()) co_return std::move(*taken);
  co_return co_await awaitBody();
}

Task<Result<std::string_view>> ClientExchange::awaitBody() {
  reads_in_a_row_ = 0;
  for (;;) {
    connection_->input.park();
    const IoStatus waited = co_await connection_->stream->readable(deadlineFor(request_->timeouts.body_idle));
    if (waited != IoStatus::Ready) co_return waitFailure(waited, ClientError::BodyTimeout);
    if (auto taken = tryReadBody()) co_return std::move(*taken);
  }
}

Task<Result<std::string_view>> ClientExchange::readWholeBody(uint64_t limit) {
  constexpr size_t kFirst = 16 * 1024;
  if (head_.framing == Framing::Length && head_.content_length > limit) co_return failure(ClientError::TooLarge);
  size_t capacity = 0;
  size_t size = 0;
  char* memory = nullptr;
  for (;;) {
    Result<std::string_view> next = co_await readBody();
    if (!next) co_return next;
    if (next->empty()) co_return std::string_view(memory, size);
    if (size + next->size() > limit) co_return failure(ClientError::TooLarge);
    if (size == 0 && body_.done()) co_return arena_.copy(*next);
    if (size + next->size() > capacity) {
      capacity = std::max({capacity * 2, size + next->size(), kFirst});
      char* larger = static_cast<char*>(arena_.allocateBytes(capacity + runtime::BufferPool::kPadding, 1));
      if (size > 0) std::memcpy(larger, memory, size);
      memory = larger;
    }
    std::memcpy(memory + size, next->data(), next->size());
    size += next->size();
  }
}

}  // namespace sluice::http
