#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>

#include "runtime/tls_context.h"
#include "runtime/tls_verification.h"

namespace sluice::runtime {
namespace {

constexpr size_t kRecord = 16 * 1024;

class TlsStream final : public Stream {
 public:
  // `keep` is what must live as long as the stream (the context).
  TlsStream(Loop& loop, OwnedFd fd, const SocketAddress& peer, SSL_CTX* context, std::shared_ptr<const void> keep);
  ~TlsStream() override { close(); }

  Task<Status> handshake(Instant deadline);
  SSL* ssl() const { return ssl_.get(); }
  void resumeFrom(const TlsClientContext::Impl& context, std::string peer_name);

  IoResult tryRead(std::span<char> into) override;
  IoResult tryWritev(std::span<const iovec> pieces) override;
  void shutdownWrite() override;
  void close() override;
  void abort() override;
  bool isTls() const override { return true; }
  std::string_view alpn() const override;
  std::string_view serverName() const override;
  std::string_view peerCertificateDer() const override { return peer_der_; }
  std::string_view failure() const override { return failure_; }
  uint64_t writtenBytes() const override { return socket_.written(); }
  std::optional<uint64_t> acknowledgedBytes() const override { return runtime::acknowledgedBytes(socket_.fd()); }

 private:
  friend struct SocketBio;
  IoStatus outcome(int result, Direction& waits_for);
  std::span<const char> nextRecord(std::span<const iovec> pieces, size_t skip);
  void keepPeerCertificate();

  std::shared_ptr<const void> keep_;
  Socket socket_;
  OpenSslPtr<SSL> ssl_;
  std::string peer_name_;  // under which its sessions are kept
  std::string peer_der_;
  std::string failure_;
  bool established_ = false;
  bool failed_ = false;
  bool closed_ours_ = false;
};

// Joins OpenSSL to our socket. A read of a drained socket costs no system call: Socket knows.
struct SocketBio {
  static TlsStream& stream(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    TlsStream& self = stream(bio);
    const IoResult got = self.socket_.read(self.watch_, {into, static_cast<size_t>(size)});
    if (got.bytes > 0) return static_cast<int>(got.bytes);
    if (got.status == IoStatus::Drained) BIO_set_retry_read(bio);
    return got.status == IoStatus::End ? 0 : -1;
  }

  static int write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    TlsStream& self = stream(bio);
    const iovec piece{const_cast<char*>(from), static_cast<size_t>(size)};
    const IoResult put = self.socket_.writev(self.watch_, {&piece, 1});
    if (put.bytes > 0) return static_cast<int>(put.bytes);
    if (put.status == IoStatus::Drained) BIO_set_retry_write(bio);
    return -1;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO_METHOD* method() {
    static const OpenSslPtr<BIO_METHOD> made = [] {
      OpenSslPtr<BIO_METHOD> fresh(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice socket"));
      BIO_meth_set_read(fresh.get(), &read);
      BIO_meth_set_write(fresh.get(), &write);
      BIO_meth_set_ctrl(fresh.get(), &control);
      return fresh;
    }();
    return made.get();
  }
};

TlsStream::TlsStream(Loop& loop, OwnedFd fd, const SocketAddress& peer, SSL_CTX* context,
                     std::shared_ptr<const void> keep)
    : keep_(std::move(keep)), socket_(std::move(fd)), ssl_(SSL_new(context)) {
  peer_ = peer;
  if (!ssl_ || !watch_.attach(loop, socket_.fd())) {
    failed_ = true;
    return;
  }
  watch_.assumeReady();
  BIO* bio = BIO_new(SocketBio::method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

// What a call's result means. Failure is for ever.
IoStatus TlsStream::outcome(int result, Direction& waits_for) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      waits_for = Direction::Read;
      return IoStatus::Drained;
    case SSL_ERROR_WANT_WRITE:
      waits_for = Direction::Write;
      return IoStatus::Drained;
    case SSL_ERROR_ZERO_RETURN:
      return IoStatus::End;
    default:
      break;
  }
  failed_ = true;
  const long verified = SSL_get_verify_result(ssl_.get());
  if (!established_ && verified != X509_V_OK) {
    failure_ = verificationFailure(verified);
  } else {
    failure_ = openSslErrors();
  }
  ERR_clear_error();
  return IoStatus::Failed;
}

Task<Status> TlsStream::handshake(Instant deadline) {
  while (!failed_) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
      established_ = true;
      keepPeerCertificate();
      co_return Status();
    }
    Direction waits_for = Direction::Read;
    const IoStatus status = outcome(result, waits_for);
    if (status == IoStatus::End) co_return fail("closed during the TLS handshake", static_cast<int>(TlsError::Closed));
    if (status != IoStatus::Drained) break;
    const IoStatus waited = co_await watch_.wait(waits_for, deadline);
    if (waited == IoStatus::Timeout)
      co_return fail("the TLS handshake took too long", static_cast<int>(TlsError::Timeout));
    if (waited != IoStatus::Ready)
      co_return fail("closed during the TLS handshake", static_cast<int>(TlsError::Closed));
  }
  const bool unverified = ssl_ && SSL_get_verify_result(ssl_.get()) != X509_V_OK;
  co_return fail("TLS: " + failure_, static_cast<int>(unverified ? TlsError::Verification : TlsError::Handshake));
}

void TlsStream::keepPeerCertificate() {
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return;
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size > 0) peer_der_.assign(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
}

IoResult TlsStream::tryRead(std::span<char> into) {
  if (failed_ || !socket_.open()) return {0, IoStatus::Failed};
  size_t done = 0;
  while (done < into.size()) {
    ERR_clear_error();
    size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + done, into.size() - done, &got);
    if (result == 1) {
      done += got;
      continue;
    }
    const IoStatus status = outcome(result, read_waits_for_);
    // An end or a failure behind bytes is found again by the next try.
    return {done, done > 0 && status != IoStatus::Drained ? IoStatus::Ready : status};
  }
  return {done, IoStatus::Ready};
}

// The next record's worth of bytes after the first `skip`: in place if they lie together, else gathered.
std::span<const char> TlsStream::nextRecord(std::span<const iovec> pieces, size_t skip) {
  static thread_local std::array<char, kRecord> gathered;
  while (!pieces.empty() && skip >= pieces.front().iov_len) {
    skip -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (pieces.empty()) return {};
  const std::span<const char> first(static_cast<const char*>(pieces.front().iov_base) + skip,
                                    pieces.front().iov_len - skip);
  if (pieces.size() == 1 || first.size() >= kRecord) return first.first(std::min(first.size(), kRecord));
  size_t size = 0;
  for (const iovec& piece : pieces) {
    const size_t wanted = std::min(piece.iov_len - skip, kRecord - size);
    std::memcpy(gathered.data() + size, static_cast<const char*>(piece.iov_base) + skip, wanted);
    size += wanted;
    skip = 0;
  }
  return {gathered.data(), size};
}

IoResult TlsStream::tryWritev(std::span<const iovec> pieces) {
  if (failed_ || closed_ours_ || !socket_.open()) return {0, IoStatus::Failed};
  size_t done = 0;
  for (;;) {
    const std::span<const char> record = nextRecord(pieces, done);
    if (record.empty()) return {done, IoStatus::Ready};
    ERR_clear_error();
    size_t put = 0;
    const int result = SSL_write_ex(ssl_.get(), record.data(), record.size(), &put);
    if (result == 1) {
      done += put;
      continue;
    }
    // A record that OpenSSL has begun must be offered again unchanged, which is what callers do with what is left.
    const IoStatus status = outcome(result, write_waits_for_);
    return {done, status == IoStatus::End ? IoStatus::Failed : status};
  }
}

void TlsStream::shutdownWrite() {
  if (!socket_.open() || closed_ours_) return;
  closed_ours_ = true;
  if (established_ && !failed_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  socket_.shutdownWrite();
}

void TlsStream::close() {
  if (!socket_.open()) return;
  shutdownWrite();
  watch_.detach();
  socket_.close();
}

void TlsStream::abort() {
  if (!socket_.open()) return;
  closed_ours_ = true;
  socket_.resetOnClose();
  watch_.detach();
  socket_.close();
}

std::string_view TlsStream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsStream::serverName() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : std::string_view();
}

void TlsStream::resumeFrom(const TlsClientContext::Impl& context, std::string peer_name) {
  peer_name_ = std::move(peer_name);
  SSL_set_ex_data(ssl_.get(), tlsPeerNameIndex(), &peer_name_);
  if (const auto session = context.takeSession(peer_name_)) SSL_set_session(ssl_.get(), session.get());
}

// http/1.1 alone is what contexts offer by themselves.
void offer(SSL* ssl, Alpn alpn) {
  static constexpr unsigned char kNames[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_set_alpn_protos(ssl, kNames, alpn == Alpn::Http2 ? 3 : sizeof(kNames));
}

}  // namespace

Task<Result<std::unique_ptr<Stream>>> acceptTls(std::shared_ptr<const TlsServerContext> context,
                                                std::unique_ptr<TcpStream> transport, Instant deadline) {
  Loop& loop = transport->watch().loop();
  const SocketAddress peer = transport->peer();
  SSL_CTX* const first = context->impl().identities.front().context.get();
  auto stream = std::make_unique<TlsStream>(loop, transport->takeFd(), peer, first, std::move(context));
  if (!stream->watch().attached()) co_return fail("cannot begin TLS", static_cast<int>(TlsError::Handshake));
  SSL_set_accept_state(stream->ssl());
  const Status shaken = co_await stream->handshake(deadline);
  if (!shaken) co_return tl::make_unexpected(shaken.error());
  co_return std::unique_ptr<Stream>(std::move(stream));
}

Task<Result<std::unique_ptr<Stream>>> connectTls(std::shared_ptr<const TlsClientContext> context, std::string host,
                                                 std::unique_ptr<TcpStream> transport, Instant deadline, Alpn alpn) {
  Loop& loop = transport->watch().loop();
  const SocketAddress peer = transport->peer();
  const TlsClientContext::Impl& impl = context->impl();
  SSL_CTX* const ssl_context = impl.context.get();
  auto stream = std::make_unique<TlsStream>(loop, transport->takeFd(), peer, ssl_context, std::move(context));
  if (!stream->watch().attached()) co_return fail("cannot begin TLS", static_cast<int>(TlsError::Handshake));
  SSL* const ssl = stream->ssl();
  SSL_set_connect_state(ssl);
  if (alpn != Alpn::Http1) offer(ssl, alpn);
  if (SocketAddress::parse(host, 0)) {
    if (impl.options.checks.name) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else if (!impl.options.checks.name) {
    SSL_set_tlsext_host_name(ssl, host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
  }
  stream->resumeFrom(impl, host + " " + peer.toString());
  const Status shaken = co_await stream->handshake(deadline);
  if (!shaken) co_return tl::make_unexpected(shaken.error());
  co_return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace sluice::runtime
