// Stream: the one narrow interface to a connection, plain or TLS. All socket use on the data path goes through it.
//
//   for (;;) {
//     const IoResult got = stream.tryRead(buffer);
//     if (got.bytes > 0) use(...);
//     if (got.status == IoStatus::Drained) { if (co_await stream.readable(deadline) != IoStatus::Ready) ...; }
//     else if (got.status != IoStatus::Ready) break;  // End, Failed
//   }
//
// A try never blocks. Ready: it may be tried again at once. Drained: wait first (bytes may have been moved; a short
// read means drained, so no call is spent to learn EAGAIN; a try before the next event costs no system call). End and
// Failed may come with bytes moved before. One reader and one writer at a time. One thread. Destroying a stream closes
// it at once.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/address.h"
#include "runtime/loop.h"

namespace sluice::runtime {

struct IoResult {
  size_t bytes = 0;
  IoStatus status = IoStatus::Ready;
};

class Stream {
 public:
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  virtual IoResult tryRead(std::span<char> into) = 0;
  // Ready: all of it is written. Drained: the first `bytes` are.
  virtual IoResult tryWritev(std::span<const iovec> pieces) = 0;

  // -> Ready, Timeout or Cancelled. Deadlines are instants of the loop's clock; kNever waits for ever.
  Watch::Awaiter readable(Instant deadline) { return watch_.wait(read_waits_for_, deadline); }
  Watch::Awaiter writable(Instant deadline) { return watch_.wait(write_waits_for_, deadline); }

  // Room to write, or something to read, whichever comes first.
  Watch::Awaiter readableOrWritable(Instant deadline) { return watch_.wait(Direction::Either, deadline); }

  // Tells the peer that we send no more (TLS: close_notify, then FIN). Reading goes on.
  virtual void shutdownWrite() = 0;
  // Closes at once; unread input makes this a reset. The destructor does the same.
  virtual void close() = 0;
  // Closes with a reset: the peer sees at once that what it got is not whole.
  virtual void abort() = 0;

  virtual bool isTls() const { return false; }
  // What TLS agreed on; empty when plain or nothing was.
  virtual std::string_view alpn() const { return {}; }
  virtual std::string_view serverName() const { return {}; }  // SNI the client sent
  virtual std::string_view peerCertificateDer() const { return {}; }
  // Bytes given to the kernel so far, and how many of them the peer's kernel has acknowledged (nullopt: unknown): the
  // difference shows whether a request can have been seen by a peer that closed.
  virtual uint64_t writtenBytes() const { return 0; }
  virtual std::optional<uint64_t> acknowledgedBytes() const { return std::nullopt; }
  // Why the stream failed, for logs. Static text or text that lives with the stream.
  virtual std::string_view failure() const { return {}; }

  Watch& watch() { return watch_; }
  const Watch& watch() const { return watch_; }
  const SocketAddress& peer() const { return peer_; }

 protected:
  Stream() = default;
  Watch watch_;
  SocketAddress peer_;
  Direction read_waits_for_ = Direction::Read;    // TLS may have to write in order to read,
  Direction write_waits_for_ = Direction::Write;  // and the other way round
};

}  // namespace sluice::runtime
