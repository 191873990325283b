#include "runtime/tcp.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace sluice::runtime {
namespace {

using namespace std::chrono_literals;

struct Pair {
  std::unique_ptr<TcpStream> client;
  std::unique_ptr<TcpStream> server;
};

Pair connectedPair(Loop& loop) {
  auto listener = TcpListener::listen(loop, SocketAddress::loopback(0), ReusePort::No);
  EXPECT_TRUE(listener.has_value());
  Pair pair;
  auto client = loop.runTask(connectTcp(loop, listener->address(), kNever));
  EXPECT_TRUE(client.has_value());
  pair.client = std::move(*client);
  TcpListener::Accepted accepted = listener->tryAccept();
  EXPECT_TRUE(accepted.fd);
  pair.server = std::make_unique<TcpStream>(loop, std::move(accepted.fd), accepted.peer);
  return pair;
}

IoResult put(Stream& stream, std::string_view text) {
  const iovec piece{const_cast<char*>(text.data()), text.size()};
  return stream.tryWritev({&piece, 1});
}

Task<IoStatus> waitReadable(Stream& stream, Instant deadline) {
  co_return co_await stream.readable(deadline);
}

TEST(AddressTest, ParsesAndPrints) {
  EXPECT_EQ(SocketAddress::parse("127.0.0.1", 80)->toString(), "127.0.0.1:80");
  EXPECT_EQ(SocketAddress::parse("[::1]", 443)->toString(), "[::1]:443");
  EXPECT_EQ(SocketAddress::parse("::ffff:10.0.0.1", 1)->ip(), "10.0.0.1");
  EXPECT_FALSE(SocketAddress::parse("localhost", 80));
  EXPECT_FALSE(SocketAddress::parse("", 80));
  EXPECT_FALSE(SocketAddress::parse("1.2.3", 80));
}

TEST(AddressTest, SplitsHostAndPort) {
  EXPECT_EQ(splitHostPort("a.b:80")->host, "a.b");
  EXPECT_EQ(splitHostPort("a.b:80")->port, 80);
  EXPECT_EQ(splitHostPort("a.b")->port, std::nullopt);
  EXPECT_EQ(splitHostPort("[::1]:8080")->host, "::1");
  EXPECT_EQ(splitHostPort("[::1]:8080")->port, 8080);
  for (const char* bad : {"a:", "a:x", "a:70000", "a:1:2", "[::1", "[::1]80", "a:-1", "a: 1"}) {
    EXPECT_FALSE(splitHostPort(bad)) << bad;
  }
}

TEST(TcpTest, CarriesBytesAndAShortReadMeansDrained) {
  Loop loop;
  Pair pair = connectedPair(loop);
  EXPECT_EQ(put(*pair.client, "hello").status, IoStatus::Ready);
  EXPECT_EQ(loop.runTask(waitReadable(*pair.server, kNever)), IoStatus::Ready);
  char buffer[64];
  const IoResult got = pair.server->tryRead(buffer);
  EXPECT_EQ(std::string_view(buffer, got.bytes), "hello");
  EXPECT_EQ(got.status, IoStatus::Drained);
  EXPECT_EQ(pair.server->tryRead(buffer).status, IoStatus::Drained);
}

TEST(TcpTest, ReportsTheEndBehindTheLastBytes) {
  Loop loop;
  Pair pair = connectedPair(loop);
  put(*pair.client, "bye");
  pair.client->shutdownWrite();
  loop.settle();
  char buffer[64];
  const IoResult got = pair.server->tryRead(buffer);
  EXPECT_EQ(got.bytes, 3u);
  EXPECT_EQ(got.status, IoStatus::Ready);  // the end is still to be read
  EXPECT_EQ(pair.server->tryRead(buffer).status, IoStatus::End);
  EXPECT_TRUE(pair.server->watch().hungUp());
  // Half closed only: the other direction works.
  EXPECT_EQ(put(*pair.server, "still").status, IoStatus::Ready);
  EXPECT_EQ(loop.runTask(waitReadable(*pair.client, kNever)), IoStatus::Ready);
  EXPECT_EQ(pair.client->tryRead(buffer).bytes, 5u);
}

TEST(TcpTest, AbortIsSeenAsFailure) {
  Loop loop;
  Pair pair = connectedPair(loop);
  pair.client->abort();
  EXPECT_EQ(loop.runTask(waitReadable(*pair.server, kNever)), IoStatus::Ready);
  char buffer[64];
  EXPECT_EQ(pair.server->tryRead(buffer).status, IoStatus::Failed);
  EXPECT_FALSE(pair.server->failure().empty());
}

TEST(TcpTest, AFullPipeDrainsAndBecomesWritable) {
  Loop loop;
  Pair pair = connectedPair(loop);
  const std::string large(8 << 20, 'x');
  std::vector<iovec> pieces;
  for (size_t at = 0; at < large.size(); at += 4096) pieces.push_back({const_cast<char*>(large.data()) + at, 4096});
  const IoResult first = pair.client->tryWritev(pieces);
  EXPECT_EQ(first.status, IoStatus::Drained);
  EXPECT_LT(first.bytes, large.size());
  EXPECT_EQ(pair.client->writtenBytes(), first.bytes);
  size_t received = 0;
  std::vector<char> buffer(1 << 20);
  while (received < first.bytes) {
    loop.runTask(waitReadable(*pair.server, kNever));
    received += pair.server->tryRead(buffer).bytes;
  }
  const auto writable = [](Stream& stream) -> Task<IoStatus> { co_return co_await stream.writable(kNever); };
  EXPECT_EQ(loop.runTask(writable(*pair.client)), IoStatus::Ready);
}

TEST(TcpTest, CountsAcknowledgedBytes) {
  Loop loop;
  Pair pair = connectedPair(loop);
  EXPECT_EQ(pair.client->acknowledgedBytes(), 0u);
  put(*pair.client, "12345");
  loop.runTask(waitReadable(*pair.server, kNever));
  char buffer[64];
  pair.server->tryRead(buffer);
  put(*pair.server, "x");  // carries the acknowledgement
  loop.runTask(waitReadable(*pair.client, kNever));
  EXPECT_EQ(pair.client->acknowledgedBytes(), 5u);
}

TEST(TcpTest, ConnectingToNobodyIsRefused) {
  Loop loop;
  SocketAddress free;
  {
    auto listener = TcpListener::listen(loop, SocketAddress::loopback(0), ReusePort::No);
    free = listener->address();
    listener->close();
  }
  const auto stream = loop.runTask(connectTcp(loop, free, kNever));
  ASSERT_FALSE(stream.has_value());
  EXPECT_EQ(stream.error().code, ECONNREFUSED);
}

TEST(TcpTest, TwoListenersShareAPortOnlyWhenAsked) {
  Loop loop;
  auto first = TcpListener::listen(loop, SocketAddress::loopback(0), ReusePort::Yes);
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(TcpListener::listen(loop, first->address(), ReusePort::Yes).has_value());
  EXPECT_FALSE(TcpListener::listen(loop, first->address(), ReusePort::No).has_value());
}

TEST(TcpTest, AWaitEndsAtItsDeadline) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  Pair pair = connectedPair(loop);
  Task<IoStatus> wait = waitReadable(*pair.server, loop.now() + 5s);
  char buffer[16];
  pair.server->tryRead(buffer);  // readable until proven otherwise
  EXPECT_FALSE(wait.start());
  loop.advance(clock, 4s);
  EXPECT_FALSE(wait.done());
  loop.advance(clock, 2s);
  ASSERT_TRUE(wait.done());
  EXPECT_EQ(wait.take(), IoStatus::Timeout);
}

}  // namespace
}  // namespace sluice::runtime
