// For tests: a server with a handler given as a function, a pool, and raw connections, all on one loop in one thread.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "http/client.h"
#include "http/server.h"
#include "runtime/within.h"

namespace sluice::http {

class FunctionHandler final : public ServerHandler {
 public:
  using Function = std::function<Task<void>(ServerExchange&)>;  // a plain function or one that calls a coroutine
  Task<void> handle(ServerExchange& exchange) override { return function(exchange); }
  Function function;
};

// A peer that speaks whatever the test writes.
class RawPeer {
 public:
  explicit RawPeer(std::unique_ptr<runtime::Stream> stream) : stream_(std::move(stream)) {}
  RawPeer(RawPeer&&) = default;

  runtime::Stream& stream() { return *stream_; }
  void close() { stream_.reset(); }
  bool ended() const { return ended_; }

  Task<bool> send(std::string text) {
    std::string_view left = text;
    while (!left.empty()) {
      const iovec piece{const_cast<char*>(left.data()), left.size()};
      const runtime::IoResult put = stream_->tryWritev({&piece, 1});
      left.remove_prefix(put.bytes);
      if (put.status == runtime::IoStatus::Drained) {
        if (co_await stream_->writable(runtime::kNever) != runtime::IoStatus::Ready) co_return false;
      } else if (put.status != runtime::IoStatus::Ready) {
        co_return false;
      }
    }
    co_return true;
  }

  // Reads until `enough(text)` or the end; returns all that was read since the last take().
  Task<std::string> readUntil(std::function<bool(const std::string&)> enough) {
    char buffer[16384];
    while (!enough(text_) && !ended_) {
      const runtime::IoResult got = stream_->tryRead(buffer);
      text_.append(buffer, got.bytes);
      if (got.bytes > 0) continue;
      if (got.status == runtime::IoStatus::Drained) {
        if (co_await stream_->readable(runtime::kNever) != runtime::IoStatus::Ready) ended_ = true;
      } else if (got.status != runtime::IoStatus::Ready) {
        ended_ = true;
        how_ = got.status;
      }
    }
    co_return std::exchange(text_, {});
  }
  Task<std::string> readAll() {
    return readUntil([](const std::string&) { return false; });
  }
  Task<std::string> readPast(std::string mark) {
    return readUntil(
        [mark = std::move(mark)](const std::string& text) { return text.find(mark) != std::string::npos; });
  }
  runtime::IoStatus how() const { return how_; }  // End or Failed

 private:
  std::unique_ptr<runtime::Stream> stream_;
  std::string text_;
  runtime::IoStatus how_ = runtime::IoStatus::Ready;
  bool ended_ = false;
};

class LoopbackTest : public ::testing::Test {
 protected:
  explicit LoopbackTest(const Clock& clock = SystemClock::instance()) : loop(clock) {}

  void serve(FunctionHandler::Function function, ServerLimits limits = ServerLimits(),
             std::shared_ptr<const runtime::TlsServerContext> tls = nullptr) {
    handler.function = std::move(function);
    server = std::make_unique<Server>(loop, handler, limits);
    const auto bound = server->listen(runtime::SocketAddress::loopback(0), std::move(tls));
    ASSERT_TRUE(bound.has_value()) << bound.error().message;
    address = *bound;
  }

  RawPeer dial() {
    auto stream = loop.runTask(runtime::connectTcp(loop, address, runtime::kNever));
    EXPECT_TRUE(stream.has_value());
    return RawPeer(std::move(*stream));
  }
  // Sends `text` on a new connection and reads to the end.
  std::string talk(std::string text) {
    RawPeer peer = dial();
    loop.runTask(peer.send(std::move(text)));
    return loop.runTask(peer.readAll());
  }
  Endpoint endpoint(std::shared_ptr<const runtime::TlsClientContext> tls = nullptr) const {
    const char* const host = tls ? "localhost" : "127.0.0.1";
    return Endpoint(host, address.port(), std::move(tls));
  }

  runtime::Loop loop;
  runtime::Resolver resolver{loop};
  runtime::Connector connector{loop, resolver, nullptr};
  std::unique_ptr<ClientPool> pool = std::make_unique<ClientPool>(connector);
  FunctionHandler handler;
  std::unique_ptr<Server> server;
  runtime::SocketAddress address;
};

}  // namespace sluice::http
