#include "runtime/connector.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/race.h"
#include "runtime/tcp.h"
#include "runtime/test_name_server.h"

namespace sluice::runtime {
namespace {

using namespace std::chrono_literals;

std::vector<SocketAddress> addresses(std::initializer_list<const char*> texts) {
  std::vector<SocketAddress> all;
  for (const char* text : texts) all.push_back(*SocketAddress::parse(text, 80));
  return all;
}

std::string inOrder(const std::vector<SocketAddress>& all) {
  std::string text;
  for (const SocketAddress& each : all) text += each.ip() + " ";
  return text;
}

TEST(AddressOrderTest, FamiliesAlternateAndEachCallBeginsElsewhere) {
  AddressOrder order;
  const auto all = addresses({"10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1", "fd00::2"});
  EXPECT_EQ(inOrder(order.arrange(all, Instant{})), "10.0.0.1 fd00::1 10.0.0.2 fd00::2 10.0.0.3 ");
  EXPECT_EQ(inOrder(order.arrange(all, Instant{})), "10.0.0.2 fd00::2 10.0.0.3 fd00::1 10.0.0.1 ");
  EXPECT_EQ(inOrder(order.arrange(all, Instant{})), "10.0.0.3 fd00::1 10.0.0.1 fd00::2 10.0.0.2 ");
  EXPECT_EQ(inOrder(order.arrange(addresses({"10.0.0.9"}), Instant{})), "10.0.0.9 ");
}

TEST(AddressOrderTest, WhatFailedComesLastForAWhile) {
  AddressOrder order;
  const auto all = addresses({"10.0.0.1", "10.0.0.2"});
  const Instant now{};
  order.failed(all[0], now);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(inOrder(order.arrange(all, now)), "10.0.0.2 10.0.0.1 ");
  EXPECT_EQ(inOrder(order.arrange(all, now + AddressOrder::kSetAside)), "10.0.0.2 10.0.0.1 ");  // its turn
  EXPECT_EQ(inOrder(order.arrange(all, now + AddressOrder::kSetAside)), "10.0.0.1 10.0.0.2 ");
  order.failed(all[0], now);
  order.worked(all[0]);
  EXPECT_EQ(inOrder(order.arrange(all, now)), "10.0.0.2 10.0.0.1 ");
  EXPECT_EQ(inOrder(order.arrange(all, now)), "10.0.0.1 10.0.0.2 ");
}

// On 127.0.0.1 a server; on 127.0.0.2, same port, one whose queue is full, so that connecting to it takes for ever; on
// 127.0.0.3 nobody.
class RaceTest : public ::testing::Test {
 protected:
  RaceTest() {
    auto live = TcpListener::listen(loop_, SocketAddress::loopback(0), ReusePort::No);
    live_ = std::move(*live);
    auto silent = TcpListener::listen(loop_, at("127.0.0.2"), ReusePort::No, 0);
    EXPECT_TRUE(silent.has_value());
    silent_ = std::move(*silent);
    for (int i = 0; i < 4; ++i) fillers_.spawn(fill(loop_, at("127.0.0.2"), filled_));
    loop_.settle();
    EXPECT_LT(filled_.size(), 4u);
  }
  static Task<void> fill(Loop& loop, SocketAddress address, std::vector<std::unique_ptr<TcpStream>>& into) {
    auto stream = co_await connectTcp(loop, address, kNever);
    if (stream) into.push_back(std::move(*stream));
  }
  SocketAddress at(const char* ip) const { return *SocketAddress::parse(ip, live_.address().port()); }

  struct Outcome {
    bool done = false;
    std::string peer;
    Error error;
  };
  static Task<void> race(Loop& loop, std::vector<SocketAddress> among, AddressOrder& order, Instant deadline,
                         Outcome& outcome) {
    auto stream = co_await connectFirst(loop, std::move(among), order, deadline);
    outcome.done = true;
    if (stream) {
      outcome.peer = (*stream)->peer().ip();
    } else {
      outcome.error = stream.error();
    }
  }

  ManualClock clock_{UtcTime{}};
  Loop loop_{clock_};
  TcpListener live_, silent_;
  std::vector<std::unique_ptr<TcpStream>> filled_;
  AddressOrder order_;
  TaskScope fillers_;
};

TEST_F(RaceTest, TheNextBeginsAQuarterOfASecondLater) {
  Outcome outcome;
  TaskScope scope;
  std::vector<SocketAddress> among{at("127.0.0.2"), at("127.0.0.1")};
  scope.spawn(race(loop_, among, order_, kNever, outcome));
  loop_.advance(clock_, 249ms);
  EXPECT_FALSE(outcome.done);
  loop_.advance(clock_, 2ms);
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.peer, "127.0.0.1");
  // The slow one is not where the next connection begins.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(order_.arrange(among, loop_.now()).front().ip(), "127.0.0.1");
}

TEST_F(RaceTest, AFailureBringsTheNextForward) {
  Outcome outcome;
  TaskScope scope;
  std::vector<SocketAddress> among{at("127.0.0.3"), at("127.0.0.1")};
  scope.spawn(race(loop_, among, order_, kNever, outcome));
  loop_.settle();
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.peer, "127.0.0.1");
}

TEST_F(RaceTest, TheLastFailureIsTheOutcome) {
  Outcome refused, late;
  TaskScope scope;
  std::vector<SocketAddress> nobody{at("127.0.0.3"), at("127.0.0.4")};
  scope.spawn(race(loop_, nobody, order_, kNever, refused));
  loop_.settle();
  EXPECT_TRUE(refused.done);
  EXPECT_EQ(refused.error.code, ECONNREFUSED);
  EXPECT_NE(refused.error.message.find("127.0.0.4"), std::string::npos) << refused.error.message;
  std::vector<SocketAddress> silent{at("127.0.0.2")};
  scope.spawn(race(loop_, silent, order_, loop_.now() + 3s, late));
  loop_.advance(clock_, 2s);
  EXPECT_FALSE(late.done);
  loop_.advance(clock_, 2s);
  EXPECT_TRUE(late.done);
  EXPECT_EQ(late.error.code, ETIMEDOUT);
}

TEST_F(RaceTest, CanBeGivenUp) {
  Outcome outcome;
  {
    TaskScope scope;
    std::vector<SocketAddress> silent{at("127.0.0.2"), at("127.0.0.2")};
    scope.spawn(race(loop_, silent, order_, kNever, outcome));
    loop_.advance(clock_, 1s);
  }
  loop_.settle();
  EXPECT_FALSE(outcome.done);
}

class NamedConnectionTest : public ::testing::Test {
 protected:
  NamedConnectionTest() {
    ResolverOptions options;
    options.servers = names_.address();
    options.query_timeout = 200ms;
    options.tries = 2;
    resolver_ = std::make_unique<Resolver>(loop_, options);
    connector_ = std::make_unique<Connector>(loop_, *resolver_, nullptr);
    auto first = TcpListener::listen(loop_, SocketAddress::loopback(0), ReusePort::No);
    first_ = std::move(*first);
    auto second = TcpListener::listen(loop_, *SocketAddress::parse("127.0.0.2", port()), ReusePort::No);
    second_ = std::move(*second);
  }
  uint16_t port() const { return first_.address().port(); }
  static Task<Result<Connected>> connectTo(Connector& connector, ConnectTarget target, Instant deadline) {
    co_return co_await connector.connect(target, deadline);
  }
  Connected connect() {
    ConnectTarget target;
    target.host = "api.example.test";
    target.port = port();
    auto made = loop_.runTask(connectTo(*connector_, target, loop_.now() + 5s));
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return made ? std::move(*made) : Connected();
  }
  // Lets queries that were begun in the background come to their end: there are two for each look-up, A and AAAA.
  void settleNames(int look_ups) {
    for (int i = 0; i < 2000 && names_.queries() < 2 * look_ups; ++i) loop_.poll(5ms);
    for (int i = 0; i < 10; ++i) loop_.poll(1ms);
  }
  struct Shifted final : Clock {
    Instant now() const override { return SystemClock::instance().now() + by; }
    UtcTime utc() const override { return SystemClock::instance().utc() + by; }
    Duration by{};
  };
  Shifted clock_;
  Loop loop_{clock_};
  NameServer names_{loop_};
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<Connector> connector_;
  TcpListener first_, second_;
};

TEST_F(NamedConnectionTest, AllAddressesAreUsed) {
  names_.records["api.example.test"] = "127.0.0.1,127.0.0.2";
  std::map<std::string, int> counts;
  for (int i = 0; i < 6; ++i) ++counts[connect().stream->peer().ip()];
  EXPECT_EQ(counts["127.0.0.1"], 3);
  EXPECT_EQ(counts["127.0.0.2"], 3);
  second_.close();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(connect().stream->peer().ip(), "127.0.0.1");
}

TEST_F(NamedConnectionTest, ChangesShowAtTheEndOfTheTtl) {
  names_.records["api.example.test"] = "127.0.0.1";
  Connected made = connect();
  EXPECT_TRUE(made.tie.current());
  names_.records["api.example.test"] = "127.0.0.2";
  settleNames(1);
  EXPECT_TRUE(made.tie.current());
  clock_.by += 61s;
  loop_.poll();
  made.tie.current();  // asks
  settleNames(2);
  EXPECT_FALSE(made.tie.current());
  EXPECT_EQ(connect().stream->peer().ip(), "127.0.0.2");
  // It is back before the connection was closed.
  names_.records["api.example.test"] = "127.0.0.2,127.0.0.1";
  clock_.by += 61s;
  loop_.poll();
  made.tie.current();
  settleNames(3);
  EXPECT_TRUE(made.tie.current());
}

TEST_F(NamedConnectionTest, FailingNameServersLeaveTheLastAnswer) {
  names_.records["api.example.test"] = "127.0.0.1";
  Connected made = connect();
  names_.failing = true;
  clock_.by += 10min;
  EXPECT_EQ(connect().stream->peer().ip(), "127.0.0.1");
  EXPECT_TRUE(made.tie.current());
  clock_.by += 2h;
  ConnectTarget target;
  target.host = "api.example.test";
  target.port = port();
  loop_.poll();
  EXPECT_FALSE(loop_.runTask(connectTo(*connector_, target, loop_.now() + 5s)).has_value());
  names_.failing = false;
  names_.records.clear();  // now it says that there is no such name
  clock_.by += 10s;
  loop_.poll();
  for (int i = 0; i < 2000 && made.tie.current(); ++i) loop_.poll(5ms);
  EXPECT_FALSE(made.tie.current());
}

TEST_F(NamedConnectionTest, IPv6IsTriedToo) {
  names_.records["api.example.test"] = "127.0.0.3,::1";
  auto six = TcpListener::listen(loop_, *SocketAddress::parse("::1", port()), ReusePort::No);
  if (!six) GTEST_FAIL() << six.error().message;
  EXPECT_EQ(connect().stream->peer().ip(), "::1");
}

}  // namespace
}  // namespace sluice::runtime
