// TCP: streams over sockets, listening and connecting, all non-blocking, TCP_NODELAY set.
#pragma once

#include <memory>

#include "base/result.h"
#include "runtime/stream.h"

namespace sluice::runtime {

// A descriptor that closes itself.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// See Stream::acknowledgedBytes(); for a socket that connected (not accepted).
std::optional<uint64_t> acknowledgedBytes(int fd);

// A connected socket's reads and writes, which keep its watch's flags right. What TcpStream and TLS are built on.
class Socket {
 public:
  explicit Socket(OwnedFd fd) : fd_(std::move(fd)) {}
  IoResult read(Watch& watch, std::span<char> into);
  IoResult writev(Watch& watch, std::span<const iovec> pieces);
  void shutdownWrite();
  void resetOnClose();
  void close() { fd_.reset(); }
  bool open() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }
  OwnedFd take() { return std::move(fd_); }
  int error() const { return error_; }
  uint64_t written() const { return written_; }

 private:
  OwnedFd fd_;
  uint64_t written_ = 0;
  int error_ = 0;
};

class TcpStream final : public Stream {
 public:
  // Takes a connected, non-blocking socket. On failure watch().attached() is false.
  TcpStream(Loop& loop, OwnedFd fd, const SocketAddress& peer);
  ~TcpStream() override;

  IoResult tryRead(std::span<char> into) override;
  IoResult tryWritev(std::span<const iovec> pieces) override;
  void shutdownWrite() override;
  void close() override;
  void abort() override;
  std::string_view failure() const override;
  uint64_t writtenBytes() const override { return socket_.written(); }
  std::optional<uint64_t> acknowledgedBytes() const override { return runtime::acknowledgedBytes(socket_.fd()); }

  int fd() const { return socket_.fd(); }
  // Gives the socket away, detached from the loop; this stream is closed afterwards.
  OwnedFd takeFd();

 private:
  Socket socket_;
};

enum class ReusePort : uint8_t { No, Yes };

class TcpListener {
 public:
  TcpListener() = default;
  // Port zero takes a free one; see address(). With ReusePort::Yes several threads listen on one port, each with its
  // own.
  static Result<TcpListener> listen(Loop& loop, const SocketAddress& address, ReusePort reuse, int backlog = 4096);

  const SocketAddress& address() const { return address_; }
  // The next connection; without `fd` there is none now (then co_await ready()); `starved`: out of descriptors.
  struct Accepted {
    OwnedFd fd;
    SocketAddress peer;
    bool starved = false;
  };
  Accepted tryAccept();
  Watch::Awaiter ready(Instant deadline = kNever) { return watch_->wait(Direction::Read, deadline); }
  void retry() { watch_->assumeReady(); }  // after a pause for want of descriptors
  void close();
  bool listening() const { return static_cast<bool>(fd_); }

 private:
  OwnedFd fd_;
  SocketAddress address_;
  std::unique_ptr<Watch> watch_;
};

// Error.code is the errno (ETIMEDOUT when the deadline passed).
Task<Result<std::unique_ptr<TcpStream>>> connectTcp(Loop& loop, SocketAddress address, Instant deadline);

}  // namespace sluice::runtime
