#include "runtime/proxy.h"

#include <gtest/gtest.h>

#include "runtime/connector.h"
#include "runtime/tcp.h"

namespace sluice::runtime {
namespace {

// A proxy of one connection: takes a request, gives an answer, and sends on what came behind it.
class TunnelTest : public ::testing::Test {
 protected:
  TunnelTest() : listener_(std::move(*TcpListener::listen(loop_, SocketAddress::loopback(0), ReusePort::No))) {
    proxy_->host = "127.0.0.1";
    proxy_->port = listener_.address().port();
    target_.host = "backend.test";
    target_.port = 8443;
    target_.proxy = proxy_;
  }

  static Task<std::string> serve(Loop& loop, TcpListener& listener, std::string answer) {
    TcpListener::Accepted accepted = listener.tryAccept();
    while (!accepted.fd) {
      std::ignore = co_await listener.ready();
      accepted = listener.tryAccept();
    }
    TcpStream stream(loop, std::move(accepted.fd), accepted.peer);
    std::string request;
    for (;;) {
      char bytes[512];
      const IoResult got = stream.tryRead(bytes);
      request.append(bytes, got.bytes);
      if (request.ends_with("\r\n\r\n") || got.status == IoStatus::Failed) break;
      if (got.status == IoStatus::Drained) std::ignore = co_await stream.readable(kNever);
    }
    const iovec piece{answer.data(), answer.size()};
    stream.tryWritev({&piece, 1});
    stream.shutdownWrite();
    while (true) {
      char bytes[64];
      const IoResult got = stream.tryRead(bytes);
      if (got.status == IoStatus::End || got.status == IoStatus::Failed) break;
      if (got.status == IoStatus::Drained) std::ignore = co_await stream.readable(kNever);
    }
    co_return request;
  }

  // What the connection gives, or why there is none; the proxy's request goes to `request_`.
  std::string connected(const std::string& answer) {
    Task<std::string> serving = serve(loop_, listener_, answer);
    serving.start();
    auto stream = loop_.runTask(connector_.connect(target_, loop_.now() + std::chrono::seconds(10)));
    std::string result;
    if (stream) {
      result = loop_.runTask(readAll(*stream->stream));
      stream->stream->close();
    } else {
      code_ = static_cast<ConnectError>(stream.error().code);
      result = "error: " + stream.error().message;
    }
    while (!serving.done()) loop_.poll(std::chrono::milliseconds(100));
    request_ = serving.take();
    return result;
  }
  static Task<std::string> readAll(Stream& stream) {
    std::string all;
    for (;;) {
      char bytes[64];
      const IoResult got = stream.tryRead(bytes);
      all.append(bytes, got.bytes);
      if (got.status == IoStatus::Drained) {
        std::ignore = co_await stream.readable(kNever);
      } else if (got.status != IoStatus::Ready) {
        co_return all;
      }
    }
  }

  Loop loop_;
  Resolver resolver_{loop_};
  Connector connector_{loop_, resolver_, nullptr};
  TcpListener listener_;
  std::shared_ptr<Proxy> proxy_ = std::make_shared<Proxy>();
  ConnectTarget target_;
  std::string request_;
  ConnectError code_ = ConnectError::Cancelled;
};

TEST_F(TunnelTest, ATunnelIsAConnectionToTheHost) {
  proxy_->authorization = Secret("Basic eDp5");
  EXPECT_EQ(connected("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nhello"), "hello");
  EXPECT_EQ(request_,
            "CONNECT backend.test:8443 HTTP/1.1\r\nHost: backend.test:8443\r\nProxy-Authorization: Basic eDp5\r\n\r\n");
  target_.host = "::1";
  proxy_->authorization = Secret();
  connected("HTTP/1.0 200 OK\r\n\r\n");
  EXPECT_EQ(request_, "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n");
}

TEST_F(TunnelTest, WhatIsNoTunnelIsAnError) {
  EXPECT_EQ(connected("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
            "error: the proxy refused the connection: 407 Proxy Authentication Required");
  EXPECT_EQ(code_, ConnectError::Proxy);
  EXPECT_EQ(connected("SSH-2.0-x\r\n\r\n"), "error: the proxy's answer is not HTTP");
  EXPECT_EQ(connected("HTTP/1.1 200 OK\r\n"), "error: the proxy closed the connection");
  EXPECT_EQ(connected("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')), "error: the proxy's answer is too long");
}

}  // namespace
}  // namespace sluice::runtime
