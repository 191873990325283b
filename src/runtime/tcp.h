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

class TcpStream final : public Stream {
 public:
  // Takes a connected, non-blocking socket.
  TcpStream(Loop& loop, OwnedFd fd, const SocketAddress& peer);
  ~TcpStream() override;

  IoResult tryRead(std::span<char> into) override;
  IoResult tryWritev(std::span<const iovec> pieces) override;
  void shutdownWrite() override;
  void close() override;
  void abort() override;
  std::string_view failure() const override;

  int fd() const { return fd_.get(); }
  uint64_t writtenBytes() const override { return written_; }
  std::optional<uint64_t> acknowledgedBytes() const override { return runtime::acknowledgedBytes(fd_.get()); }
  // Gives the socket away, detached from the loop; this stream is closed afterwards.
  OwnedFd takeFd();

 private:
  OwnedFd fd_;
  uint64_t written_ = 0;
  int error_ = 0;
};

enum class ReusePort : uint8_t { No, Yes };

class TcpListener {
 public:
  TcpListener() = default;
  // Port zero takes a free one; see address(). With ReusePort::Yes several threads listen on one port, each with its own.
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
