#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "base/assert.h"
#include "http/server_connection.h"

namespace sluice::http {
namespace {

using runtime::deadlineAfter;
using runtime::IoResult;
using runtime::IoStatus;

constexpr size_t kMaxStaged = 16 * 1024;
constexpr size_t kInlinePieces = 12;
constexpr size_t kUsualFields = 24;
constexpr uint8_t kReadsInARow = 32;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kEndOfChunk = "\r\n";
constexpr std::string_view kEndOfChunkAndBody = "\r\n0\r\n\r\n";

tl::unexpected<Error> failed(ExchangeError error) {
  switch (error) {
    case ExchangeError::Gone:
      return fail("the client is gone", static_cast<int>(error));
    case ExchangeError::Timeout:
      return fail("the client is too slow", static_cast<int>(error));
    case ExchangeError::TooLarge:
      return fail("the request body is too large", static_cast<int>(error));
    case ExchangeError::Malformed:
      return fail("the request body is malformed", static_cast<int>(error));
  }
  return fail("unknown");
}

Task<Status> readyFailure(ExchangeError error) {
  return Task<Status>::ready(failed(error));
}

iovec piece(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

uint64_t sizeOf(std::span<const std::string_view> pieces) {
  return std::accumulate(pieces.begin(), pieces.end(), uint64_t{0},
                         [](uint64_t sum, std::string_view bytes) { return sum + bytes.size(); });
}

// Drops the first `bytes` of what is to be written.
void advance(std::span<iovec>& pieces, size_t bytes) {
  while (!pieces.empty() && bytes >= pieces.front().iov_len) {
    bytes -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (pieces.empty()) return;
  pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + bytes;
  pieces.front().iov_len -= bytes;
}

}  // namespace

ServerExchange::ServerExchange(ServerConnection& connection)
    : connection_(connection), head_(connection.arena_.get()), body_limit_(connection.server_.limits.body) {
  head_.headers.reserve(kUsualFields);
}

Arena& ServerExchange::arena() {
  return *connection_.arena_;
}
runtime::Loop& ServerExchange::loop() {
  return connection_.loop();
}
const runtime::SocketAddress& ServerExchange::peer() const {
  return connection_.stream_->peer();
}
std::string_view ServerExchange::peerAddress() {
  return connection_.peerAddress();
}
bool ServerExchange::isTls() const {
  return connection_.stream_->isTls();
}
uint16_t ServerExchange::listenerTag() const {
  return connection_.tag_;
}
const runtime::Stream& ServerExchange::stream() const {
  return *connection_.stream_;
}

// --- reading ---

Result<std::string_view> ServerExchange::bodyFailure(ExchangeError error) {
  body_failure_ = error;
  connection_.keep_ = false;
  return failed(error);
}

std::optional<Result<std::string_view>> ServerExchange::takePiece() {
  const BodyDecoder::Step step = nextPiece(connection_.input_, body_);
  if (body_.delivered() > body_limit_) return bodyFailure(ExchangeError::TooLarge);
  if (!step.piece.empty() || step.state == BodyDecoder::State::Done) return Result<std::string_view>(step.piece);
  if (step.state == BodyDecoder::State::Malformed) return bodyFailure(ExchangeError::Malformed);
  return std::nullopt;
}

Task<Result<std::string_view>> ServerExchange::readBody() {
  using Ready = Task<Result<std::string_view>>;
  if (body_failure_) return Ready::ready(failed(*body_failure_));
  if (body_.done()) return Ready::ready(std::string_view());
  if (head_.framing == Framing::Length && body_.delivered() + body_.remaining().value_or(0) > body_limit_) {
    return Ready::ready(bodyFailure(ExchangeError::TooLarge));
  }
  if (++reads_in_a_row_ == kReadsInARow) return readBodySlowly();
  if (auto taken = tryReadBody()) return Ready::ready(std::move(*taken));
  return readBodySlowly();
}

// nullopt: nothing there now.
std::optional<Result<std::string_view>> ServerExchange::tryReadBody() {
  for (;;) {
    if (auto taken = takePiece()) return taken;
    const IoResult got = connection_.input_.fill(*connection_.stream_);
    if (got.bytes > 0 || got.status == IoStatus::Ready) continue;
    if (got.status == IoStatus::Drained) return std::nullopt;
    return bodyFailure(ExchangeError::Gone);
  }
}

Task<Result<std::string_view>> ServerExchange::readBodySlowly() {
  runtime::Stream& stream = *connection_.stream_;
  InputBuffer& input = connection_.input_;
  if (head_.expect_continue && !continued_ && phase_ == Phase::Idle && body_.delivered() == 0) {
    continued_ = true;
    std::vector<iovec> interim{piece(kContinue)};
    const Status sent = co_await sendSlowly(std::move(interim), Last::No);
    if (!sent) co_return bodyFailure(ExchangeError::Gone);
  }
  continued_ = true;
  if (reads_in_a_row_ == kReadsInARow) {
    input.park();
    co_await loop().yield();  // a client as fast as we are must not keep the thread to itself
  }
  reads_in_a_row_ = 0;
  for (;;) {
    if (auto taken = tryReadBody()) co_return std::move(*taken);
    input.park();
    const Instant deadline = deadlineAfter(loop().now(), connection_.server_.limits.body_idle);
    const IoStatus waited = co_await stream.readable(deadline);
    if (waited == IoStatus::Timeout) co_return bodyFailure(ExchangeError::Timeout);
    if (waited != IoStatus::Ready) co_return bodyFailure(ExchangeError::Gone);
  }
}

Task<Result<std::string_view>> ServerExchange::readWholeBody(uint64_t limit) {
  limitBody(limit);
  return readRest(limit);
}

Task<Result<std::string_view>> ServerExchange::readRest(uint64_t limit) {
  // A declared length is believed only as far as bytes arrive: memory doubles up to it.
  constexpr size_t kFirst = 16 * 1024;
  size_t capacity = 0;
  size_t size = 0;
  char* memory = nullptr;
  for (;;) {
    Result<std::string_view> next = co_await readBody();
    if (!next) co_return next;
    if (next->empty()) co_return std::string_view(memory, size);
    if (size == 0 && body_.done()) co_return arena().copy(*next);
    if (size + next->size() > capacity) {
      const size_t known = static_cast<size_t>(std::min<uint64_t>(body_.remaining().value_or(0), kFirst));
      capacity = std::max({capacity * 2, size + next->size() + known, kFirst});
      capacity = std::min<size_t>(capacity, std::max<size_t>(size + next->size(), limit));
      char* larger = static_cast<char*>(arena().allocateBytes(capacity, 1));
      if (size > 0) std::memcpy(larger, memory, size);
      memory = larger;
    }
    std::memcpy(memory + size, next->data(), next->size());
    size += next->size();
  }
}

// --- writing ---

void ServerExchange::startResponse(const ResponseHead& head) {
  if (!INVARIANT(phase_ == Phase::Idle)) return;
  phase_ = Phase::Started;
  const bool no_content = head.status < 200 || head.status == 204;
  const bool head_only = head_.method == "HEAD" || head.status == 304;
  bodiless_ = no_content || head_only;
  response_framing_ = head.framing;
  if (response_framing_ == Framing::Chunked && head_.minor_version == 0) response_framing_ = Framing::UntilClose;
  if (response_framing_ == Framing::Length) body_bytes_declared_ = head.content_length;

  Framing shown = response_framing_;
  if (shown == Framing::None && !bodiless_) shown = Framing::Length;  // Content-Length: 0
  if (no_content || (head_only && shown == Framing::Chunked)) shown = Framing::None;

  Server::Impl& server = connection_.server_;
  keep_alive_ = head_.keep_alive && connection_.keep_ && !server.draining &&
                (response_framing_ != Framing::UntilClose || bodiless_) &&
                connection_.requests_ < server.limits.requests_per_connection;
  // A client that waits for 100 Continue and gets an answer instead may send its body or not: nobody can tell.
  if (head_.expect_continue && !continued_ && !body_.done()) keep_alive_ = false;
  ConnectionOption option = ConnectionOption::Default;
  if (!keep_alive_) option = ConnectionOption::Close;
  if (keep_alive_ && head_.minor_version == 0) option = ConnectionOption::KeepAlive;

  char* const memory = static_cast<char*>(arena().allocateBytes(responseHeadSize(head), 1));
  const size_t size = writeResponseHead(head, shown, body_bytes_declared_, option, memory);
  arena().shrink(memory, responseHeadSize(head), size);
  unsent_head_ = {memory, size};
}

Task<Status> ServerExchange::sendInterim(const ResponseHead& head) {
  if (phase_ != Phase::Idle || head_.minor_version == 0) return Task<Status>::ready();
  char* const memory = static_cast<char*>(arena().allocateBytes(responseHeadSize(head), 1));
  const size_t size = writeResponseHead(head, Framing::None, 0, ConnectionOption::Default, memory);
  std::vector<iovec> pieces{piece({memory, size})};
  return sendSlowly(std::move(pieces), Last::No);
}

// Checks what is to be written against what was declared.
bool ServerExchange::admit(uint64_t bytes) {
  if (phase_ != Phase::Started) return false;
  if (response_framing_ == Framing::Length && !INVARIANT(body_bytes_sent_ + bytes <= body_bytes_declared_)) {
    abort();
    return false;
  }
  if (response_framing_ == Framing::None && !INVARIANT(bytes == 0)) {
    abort();
    return false;
  }
  body_bytes_sent_ += bytes;
  return true;
}

Task<Status> ServerExchange::write(std::string_view bytes, Flush flush) {
  return write(std::span<const std::string_view>(&bytes, 1), flush);
}

Task<Status> ServerExchange::write(std::span<const std::string_view> pieces, Flush flush) {
  uint64_t total = sizeOf(pieces);
  if (bodiless_ && phase_ == Phase::Started) {
    pieces = {};
    total = 0;
  }
  if (!admit(total)) return readyFailure(ExchangeError::Gone);
  if (flush == Flush::Later && staged_.size() + total <= kMaxStaged) {
    stage(pieces, total);
    return Task<Status>::ready();
  }
  return transmit(pieces, total, Last::No);
}

Task<Status> ServerExchange::finish(std::string_view bytes) {
  return finish(std::span<const std::string_view>(&bytes, 1));
}

Task<Status> ServerExchange::finish(std::span<const std::string_view> pieces) {
  uint64_t total = sizeOf(pieces);
  if (bodiless_ && phase_ == Phase::Started) {
    pieces = {};
    total = 0;
  }
  if (!admit(total)) return readyFailure(ExchangeError::Gone);
  if (response_framing_ == Framing::Length && body_bytes_sent_ < body_bytes_declared_ && !bodiless_) {
    abort();
    return readyFailure(ExchangeError::Gone);
  }
  return transmit(pieces, total, Last::Yes);
}

Task<Status> ServerExchange::respond(int status, std::string_view content_type, std::string_view body) {
  ResponseHead head(&arena());
  head.status = status;
  if (!content_type.empty()) head.headers.add("Content-Type", content_type);
  head.framing = Framing::Length;
  head.content_length = body.size();
  startResponse(head);
  return finish(body);
}

void ServerExchange::stage(std::span<const std::string_view> pieces, uint64_t total) {
  if (total == 0) return;
  const bool chunked = response_framing_ == Framing::Chunked;
  if (chunked) staged_.append(chunk_header_, writeChunkHeader(total, chunk_header_));
  for (const std::string_view bytes : pieces) staged_ += bytes;
  if (chunked) staged_ += kEndOfChunk;
}

// One writev for everything that waits and these pieces, framed.
Task<Status> ServerExchange::transmit(std::span<const std::string_view> pieces, uint64_t total, Last last) {
  std::array<iovec, kInlinePieces + 4> few;
  std::vector<iovec> many;
  std::span<iovec> out = few;
  if (pieces.size() > kInlinePieces) {
    many.resize(pieces.size() + 4);
    out = many;
  }
  size_t count = 0;
  const auto push = [&](std::string_view bytes) {
    if (!bytes.empty()) out[count++] = piece(bytes);
  };
  const bool chunked = response_framing_ == Framing::Chunked && !bodiless_;
  push(unsent_head_);
  push(staged_);
  if (chunked && total > 0) push({chunk_header_, writeChunkHeader(total, chunk_header_)});
  for (const std::string_view bytes : pieces) push(bytes);
  if (chunked && total > 0) push(last == Last::Yes ? kEndOfChunkAndBody : kEndOfChunk);
  if (chunked && total == 0 && last == Last::Yes) push(kLastChunk);

  out = out.first(count);
  if (count == 0) return Task<Status>::ready(sent(IoStatus::Ready, last));
  const IoResult result = connection_.stream_->tryWritev(out);
  if (result.status != IoStatus::Drained) return Task<Status>::ready(sent(result.status, last));
  advance(out, result.bytes);
  return sendSlowly(std::vector<iovec>(out.begin(), out.end()), last);
}

Status ServerExchange::sent(IoStatus status, Last last) {
  unsent_head_ = {};
  staged_.clear();
  if (status == IoStatus::Ready) {
    if (last == Last::Yes) phase_ = Phase::Finished;
    return {};
  }
  connection_.keep_ = false;
  if (phase_ == Phase::Started) phase_ = Phase::Aborted;
  return failed(status == IoStatus::Timeout ? ExchangeError::Timeout : ExchangeError::Gone);
}

Task<Status> ServerExchange::sendSlowly(std::vector<iovec> pieces, Last last) {
  runtime::Stream& stream = *connection_.stream_;
  std::span<iovec> left = pieces;
  for (;;) {
    const IoResult result = stream.tryWritev(left);
    if (result.status != IoStatus::Drained) co_return sent(result.status, last);
    advance(left, result.bytes);
    const Instant deadline = deadlineAfter(loop().now(), connection_.server_.limits.write_idle);
    const IoStatus waited = co_await stream.writable(deadline);
    if (waited != IoStatus::Ready) co_return sent(waited, last);
  }
}

void ServerExchange::abort() {
  connection_.keep_ = false;
  if (phase_ == Phase::Started) connection_.truncate(response_framing_);
  if (phase_ != Phase::Finished) phase_ = Phase::Aborted;
}

}  // namespace sluice::http
