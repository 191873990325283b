#include "runtime/tcp.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>

namespace sluice::runtime {
namespace {

int socketError(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void setFlag(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof(on));
}

}  // namespace

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void OwnedFd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

// --- Socket ---

IoResult Socket::read(Watch& watch, std::span<char> into) {
  if (!fd_) return {0, IoStatus::Failed};
  if (!watch.readable()) return {0, IoStatus::Drained};  // no event since it was: nothing to ask the kernel for
  for (;;) {
    const ssize_t got = ::syscall(SYS_recvfrom, fd_.get(), into.data(), into.size(), 0, nullptr, nullptr);
    if (got > 0) {
      const auto bytes = static_cast<size_t>(got);
      if (bytes == into.size()) return {bytes, IoStatus::Ready};
      watch.drainedRead();
      return {bytes, watch.readable() ? IoStatus::Ready : IoStatus::Drained};
    }
    if (got == 0) return {0, IoStatus::End};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      watch.wouldBlockRead();
      return {0, IoStatus::Drained};
    }
    error_ = errno;
    watch.setHungUp();
    return {0, IoStatus::Failed};
  }
}

namespace {

// Up to so many bytes it costs less to copy pieces together than to have the kernel read their list.
constexpr size_t kGathered = 2048;

// The bare system call, here and for reading: the library's functions are points where a thread may be cancelled, and
// switch that on and off around each call. No thread of ours ever is.
ssize_t sendGathered(int fd, std::span<const iovec> pieces, size_t size) {
  char together[kGathered];
  const void* from = together;
  if (pieces.size() == 1) {
    from = pieces.front().iov_base;
  } else {
    char* to = together;
    for (const iovec& piece : pieces) {
      if (piece.iov_len > 0) std::memcpy(to, piece.iov_base, piece.iov_len);
      to += piece.iov_len;
    }
  }
  return ::syscall(SYS_sendto, fd, from, size, MSG_NOSIGNAL, nullptr, 0);
}

ssize_t sendPieces(int fd, std::span<const iovec> pieces) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg does not write to it
  message.msg_iovlen = pieces.size();
  return ::syscall(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}

}  // namespace

IoResult Socket::writev(Watch& watch, std::span<const iovec> pieces) {
  if (!fd_) return {0, IoStatus::Failed};
  size_t done = 0;
  for (;;) {
    const size_t count = std::min<size_t>(pieces.size(), IOV_MAX);
    size_t wanted = 0;
    for (const iovec& piece : pieces.first(count)) wanted += piece.iov_len;
    const ssize_t sent = wanted <= kGathered ? sendGathered(fd_.get(), pieces.first(count), wanted)
                                             : sendPieces(fd_.get(), pieces.first(count));
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        watch.drainedWrite();
        return {done, IoStatus::Drained};
      }
      error_ = errno;
      watch.setHungUp();
      return {done, IoStatus::Failed};
    }
    written_ += static_cast<size_t>(sent);
    done += static_cast<size_t>(sent);
    if (static_cast<size_t>(sent) < wanted) {
      watch.drainedWrite();
      return {done, IoStatus::Drained};
    }
    pieces = pieces.subspan(count);
    if (pieces.empty()) return {done, IoStatus::Ready};
  }
}

void Socket::shutdownWrite() {
  if (fd_) ::shutdown(fd_.get(), SHUT_WR);
}

void Socket::resetOnClose() {
  if (!fd_) return;
  const linger reset{1, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

// --- TcpStream ---

TcpStream::TcpStream(Loop& loop, OwnedFd fd, const SocketAddress& peer) : socket_(std::move(fd)) {
  peer_ = peer;
  if (watch_.attach(loop, socket_.fd())) {
    watch_.assumeReady();
  } else {
    socket_.close();
  }
}

TcpStream::~TcpStream() {
  close();
}

IoResult TcpStream::tryRead(std::span<char> into) {
  return socket_.read(watch_, into);
}
IoResult TcpStream::tryWritev(std::span<const iovec> pieces) {
  return socket_.writev(watch_, pieces);
}
void TcpStream::shutdownWrite() {
  socket_.shutdownWrite();
}

void TcpStream::close() {
  watch_.detach();
  socket_.close();
}

void TcpStream::abort() {
  socket_.resetOnClose();
  close();
}

std::string_view TcpStream::failure() const {
  return socket_.error() == 0 ? std::string_view() : strerrordesc_np(socket_.error());
}

OwnedFd TcpStream::takeFd() {
  watch_.detach();
  return socket_.take();
}

// --- TcpListener ---

Result<TcpListener> TcpListener::listen(Loop& loop, const SocketAddress& address, ReusePort reuse, int backlog) {
  TcpListener listener;
  const auto failed = [&](const char* what) {
    return fail(std::string(what) + " " + address.toString() + ": " + std::strerror(errno), errno);
  };
  listener.fd_ = OwnedFd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = listener.fd_.get();
  if (fd < 0) return failed("cannot open a socket for");
  setFlag(fd, SOL_SOCKET, SO_REUSEADDR);
  if (reuse == ReusePort::Yes) setFlag(fd, SOL_SOCKET, SO_REUSEPORT);
  setFlag(fd, IPPROTO_TCP, TCP_NODELAY);  // accepted sockets inherit it: no call per connection
  if (::bind(fd, address.data(), address.size()) != 0) return failed("cannot bind");
  if (::listen(fd, backlog) != 0) return failed("cannot listen on");
  socklen_t size = SocketAddress::kMaxSize;
  if (::getsockname(fd, listener.address_.data(), &size) != 0) return failed("cannot name");
  listener.watch_ = std::make_unique<Watch>();
  if (!listener.watch_->attach(loop, fd)) return failed("cannot watch");
  return listener;
}

TcpListener::Accepted TcpListener::tryAccept() {
  Accepted accepted;
  for (;;) {
    SocketAddress peer;
    socklen_t size = SocketAddress::kMaxSize;
    const int fd = ::accept4(fd_.get(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      accepted.fd = OwnedFd(fd);
      accepted.peer = peer;
      return accepted;
    }
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
    if (watch_) watch_->wouldBlockRead();
    accepted.starved = errno != EAGAIN;
    return accepted;
  }
}

void TcpListener::close() {
  if (watch_) watch_->detach();
  fd_.reset();
}

Task<Result<std::unique_ptr<TcpStream>>> connectTcp(Loop& loop, SocketAddress address, Instant deadline) {
  OwnedFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) co_return fail("cannot open a socket", errno);
  setFlag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  const int number = fd.get();
  if (::connect(number, address.data(), address.size()) != 0) {
    if (errno != EINPROGRESS) co_return fail(std::string("cannot connect: ") + std::strerror(errno), errno);
    Watch watch;
    if (!watch.attach(loop, number)) co_return fail("cannot watch a socket", errno);
    const IoStatus status = co_await watch.wait(Direction::Write, deadline);
    if (status != IoStatus::Ready) co_return fail("connecting took too long", ETIMEDOUT);
    if (const int error = socketError(number); error != 0) {
      co_return fail(std::string("cannot connect: ") + std::strerror(error), error);
    }
  }
  auto stream = std::make_unique<TcpStream>(loop, std::move(fd), address);
  if (!stream->watch().attached()) co_return fail("cannot watch a socket", ENOMEM);
  co_return stream;
}

std::optional<uint64_t> acknowledgedBytes(int fd) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (size < offsetof(tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked)) return std::nullopt;
  // The kernel counts our SYN as one byte (on the connecting side).
  return info.tcpi_bytes_acked == 0 ? 0 : info.tcpi_bytes_acked - 1;
}

}  // namespace sluice::runtime
