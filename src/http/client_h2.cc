// A ClientExchange over HTTP/2.
#include <algorithm>
#include <utility>

#include "http/client_connection.h"
#include "http/h2_connection.h"

namespace sluice::http {
namespace {

using runtime::IoStatus;

constexpr uint8_t kMaxRefusals = 3;

}  // namespace

// To an endpoint that may speak HTTP/2: which version it will be shows with the connection. Ready for both.
Task<Status> ClientExchange::sendNegotiated() {
  using Ready = Task<Status>;
  if (!writeHead()) return Ready::ready(failure(ClientError::BadRequest));
  if (request_->cancellation != nullptr) request_->cancellation->listen(stop_);
  return sendAgain();
}

Task<Status> ClientExchange::sendAgain() {
  if (!join()) return connectAndSend();
  if (reused_) ++host_->pool.counters.reused;
  return h2_ ? sendOverH2() : sendHttp1();
}

Task<Status> ClientExchange::sendOverH2() {
  const ClientRequest& request = *request_;
  const BodyPlan plan = planBody();
  const std::string_view scheme = host_->endpoint.tls ? "https" : "http";
  if (!h2_->begin(request, scheme, host_->host_field, plan.framing, plan.length)) {
    co_return failure(ClientError::BadRequest);
  }
  if (request.streamed) co_return Status();
  h2_->give(request.body, H2Stream::Last::Yes);
  co_return co_await awaitTaken(Last::Yes);
}

// Until the bytes given are in frames. A server that has answered whole, or is gone, gets no more: the response, or its
// absence, tells the rest.
Task<Status> ClientExchange::awaitTaken(Last last) {
  for (;;) {
    if (h2_->taken()) co_return sent(last);
    if (h2_->over() || h2_->answered()) {
      h2_->drop();
      responded_ = responded_ || h2_->headComplete();
      send_broken_ = true;
      co_return sent(last);
    }
    if (cancelled()) {
      h2_->drop();
      co_return failure(ClientError::Cancelled);
    }
    const Instant deadline =
        std::min(runtime::deadlineAfter(h2_->takenAt(), request_->timeouts.send_idle), total_deadline_);
    const IoStatus waited = co_await h2_->changed.wait(deadline);
    const bool went_on = runtime::deadlineAfter(h2_->takenAt(), request_->timeouts.send_idle) > deadline;
    if (waited == IoStatus::Ready || (went_on && deadline < total_deadline_)) continue;
    h2_->drop();
    if (!h2_->headComplete()) co_return waitFailure(waited, ClientError::SendTimeout);
    responded_ = send_broken_ = true;  // it has answered without wanting the rest
    co_return sent(last);
  }
}

Result<const ResponseHead*> ClientExchange::acceptHeadOverH2() {
  have_head_ = responded_ = true;
  head_at_ = pool_.loop().now();
  const bool ended = h2_->answered() && h2_->emptied();
  if (ended) {
    head_.framing = Framing::None;
  } else {
    head_.framing = head_.has_content_length ? Framing::Length : Framing::Chunked;
  }
  // nghttp2 holds the length against what comes; for us the stream's end is the body's.
  body_.start(ended ? Framing::None : Framing::UntilClose, 0);
  return &head_;
}

// Sending again is safe when the server says that it has processed nothing (RFC 9113 section 8.7); on a connection that
// was used before and is lost, under the rule for HTTP/1.1.
bool ClientExchange::mayRetryOverH2() {
  if (request_->streamed || have_head_) return false;
  if (h2_->refused()) return ++refusals_ <= kMaxRefusals;
  if (h2_->wantsHttp1() && host_->endpoint.version == HttpVersion::Http2OrHttp1 && host_->endpoint.tls) {
    host_->refuseHttp2();
    return !std::exchange(retried_, true);
  }
  if (!h2_->lost() || h2_->malformed() || !reused_ || std::exchange(retried_, true)) return false;
  return idempotent() || h2_->unseen();
}

ClientError ClientExchange::lossOverH2() const {
  if (h2_->malformed()) return ClientError::Malformed;
  return have_head_ ? ClientError::Truncated : ClientError::Reset;
}

Task<Result<const ResponseHead*>> ClientExchange::awaitHeadOverH2() {
  Instant deadline = deadlineFor(request_->timeouts.first_byte);
  for (;;) {
    if (h2_->headComplete()) co_return acceptHeadOverH2();
    if (cancelled()) co_return failure(ClientError::Cancelled);
    if (h2_->over()) {
      if (!mayRetryOverH2()) {
        failed_ = lossOverH2();
        co_return fail(std::string(toString(*failed_)) + " (" + h2_->problem() + ")", static_cast<int>(*failed_));
      }
      h2_.reset();
      reused_ = send_broken_ = request_done_ = false;
      ++host_->pool.counters.retried;
      const Status again = co_await sendAgain();
      if (!again) co_return tl::make_unexpected(again.error());
      if (!h2_) co_return co_await awaitHead();
      deadline = deadlineFor(request_->timeouts.first_byte);
      continue;
    }
    const IoStatus waited = co_await h2_->changed.wait(deadline);
    if (waited != IoStatus::Ready) co_return waitFailure(waited, ClientError::HeadTimeout);
  }
}

// nullopt: nothing there now.
std::optional<Result<std::string_view>> ClientExchange::takePieceOverH2() {
  const std::string_view piece = h2_->take();
  if (!piece.empty()) body_.decode(piece);
  if (h2_->answered()) {
    body_.endOfInput();
    return Result<std::string_view>(piece);
  }
  if (!piece.empty()) return Result<std::string_view>(piece);
  if (!h2_->over()) return std::nullopt;
  return failure(lossOverH2());
}

Task<Result<std::string_view>> ClientExchange::awaitBodyOverH2() {
  for (;;) {
    const IoStatus waited = co_await h2_->changed.wait(deadlineFor(request_->timeouts.body_idle));
    if (cancelled()) co_return failure(ClientError::Cancelled);
    if (waited != IoStatus::Ready) co_return waitFailure(waited, ClientError::BodyTimeout);
    if (auto taken = takePieceOverH2()) co_return std::move(*taken);
  }
}

}  // namespace sluice::http
