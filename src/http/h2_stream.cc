#include "http/h2_stream.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "http/ascii.h"
#include "http/h2_connection.h"

namespace sluice::http {
namespace {

constexpr int kMaxInterims = 16;             // 1xx heads before the final one
constexpr size_t kFieldOverhead = 32;        // RFC 9113 section 6.5.2: what a field counts besides its bytes
constexpr size_t kKeptCapacity = 64 * 1024;  // larger buffers are given back once they are read

const uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

nghttp2_nv pair(std::string_view name, std::string_view value) {
  return {const_cast<uint8_t*>(bytes(name)), const_cast<uint8_t*>(bytes(value)), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

// Fields that HTTP/2 has other means for (RFC 9113 section 8.2.2), besides those of the framing.
bool isLeftOut(std::string_view name) {
  return isFramingField(name) || ascii::equals(name, "host") || ascii::equals(name, "http2-settings");
}

}  // namespace

H2Stream::H2Stream(std::shared_ptr<H2Connection> connection, Arena& arena, ResponseHead& head)
    : changed(connection->loop_), connection_(std::move(connection)), arena_(arena), head_(head) {
  head_.headers.clear();
  head_.status = 0;
  head_.has_content_length = false;
}

H2Stream::~H2Stream() {
  connection_->close(*this);
}

bool H2Stream::validRequest(const ClientRequest& request, std::string_view authority) const {
  return nghttp2_check_method(bytes(request.method), request.method.size()) != 0 && request.method != "CONNECT" &&
         !request.target.empty() && nghttp2_check_path(bytes(request.target), request.target.size()) != 0 &&
         nghttp2_check_authority(bytes(authority), authority.size()) != 0;
}

bool H2Stream::begin(const ClientRequest& request, std::string_view scheme, std::string_view host, Framing framing,
                     uint64_t content_length) {
  const std::string_view authority = ascii::trim(request.headers.find("Host").value_or(host));
  if (!validRequest(request, authority)) return false;
  std::vector<nghttp2_nv> fields;
  fields.reserve(request.headers.size() + 5);
  fields.push_back(pair(":method", request.method));
  fields.push_back(pair(":scheme", scheme));
  fields.push_back(pair(":authority", authority));
  fields.push_back(pair(":path", request.target));
  for (const Header& field : request.headers) {
    if (isLeftOut(field.name)) continue;
    char* const lower = static_cast<char*>(arena_.allocateBytes(field.name.size() + 1, 1));
    std::ranges::transform(field.name, lower, [](char c) { return ascii::lower(c); });
    const std::string_view name(lower, field.name.size());
    const std::string_view value = ascii::trim(field.value);
    if (!isToken(name) || nghttp2_check_header_value_rfc9113(bytes(value), value.size()) == 0) return false;
    fields.push_back(pair(name, value));
  }
  char length[20];
  if (framing == Framing::Length) {
    const auto [end, error] = std::to_chars(length, length + sizeof(length), content_length);
    fields.push_back(pair("content-length", {length, static_cast<size_t>(end - length)}));
  }
  const bool empty = framing == Framing::None || (framing == Framing::Length && content_length == 0);
  ended_ = empty;
  return connection_->open(*this, fields, empty ? Body::None : Body::Follows);
}

void H2Stream::give(std::span<const std::string_view> pieces, Last last) {
  outgoing_.clear();
  next_ = offset_ = 0;
  last_ = last == Last::Yes;
  taken_at_ = connection_->loop_.now();
  if (ended_) return;  // there was nothing to say
  for (const std::string_view piece : pieces) {
    if (!piece.empty()) outgoing_.push_back(piece);
  }
  if (!taken()) connection_->resume(*this);
}

void H2Stream::drop() {
  outgoing_.clear();
  next_ = offset_ = 0;
  last_ = false;
}

// As much of the body as there is and fits.
size_t H2Stream::read(std::span<uint8_t> into) {
  size_t done = 0;
  while (next_ < outgoing_.size() && done < into.size()) {
    const std::string_view left = outgoing_[next_].substr(offset_);
    const size_t size = std::min(left.size(), into.size() - done);
    std::memcpy(into.data() + done, left.data(), size);
    done += size;
    offset_ += size;
    if (size < left.size()) break;
    ++next_;
    offset_ = 0;
  }
  if (done > 0) taken_at_ = connection_->loop_.now();
  if (last_ && next_ == outgoing_.size()) ended_ = true;
  return done;
}

std::string_view H2Stream::take() {
  if (taken_.capacity() > kKeptCapacity) taken_ = std::string();
  taken_.clear();
  std::swap(taken_, arriving_);
  if (!taken_.empty()) connection_->consumed(*this, taken_.size());
  return taken_;
}

bool H2Stream::wantsHttp1() const {
  return closed_ && error_code_ == NGHTTP2_HTTP_1_1_REQUIRED;
}

std::string H2Stream::problem() const {
  if (lost_) return connection_->problem_;
  return std::string("stream reset: ") + nghttp2_http2_strerror(error_code_);
}

bool H2Stream::unseen() const {
  return connection_->acknowledged_.has_value() && *connection_->acknowledged_ <= written_before_;
}

bool H2Stream::onField(std::string_view name, std::string_view value) {
  if (head_complete_) return true;  // a trailer: dropped
  if (name.starts_with(':')) {
    if (name == ":status") std::from_chars(value.data(), value.data() + value.size(), head_.status);
    return true;
  }
  const HeadLimits& limits = connection_->host_->pool.limits.head;
  head_bytes_ += name.size() + value.size() + kFieldOverhead;
  if (head_.headers.size() >= limits.fields || head_bytes_ > limits.bytes) return false;
  if (head_.status < 200) return true;
  if (name == "content-length" && !head_.has_content_length) {
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), head_.content_length);
    head_.has_content_length = parsed.ec == std::errc() && parsed.ptr == value.data() + value.size();
  }
  head_.headers.add(arena_.copy(name), arena_.copy(value));
  return true;
}

bool H2Stream::onHead() {
  if (head_complete_) return true;
  if (head_.status < 200) return head_.status != 101 && ++interims_ <= kMaxInterims;
  head_.reason = reasonPhrase(head_.status);
  head_complete_ = true;
  return true;
}

}  // namespace sluice::http
