#include "runtime/resolver.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/connector.h"
#include "runtime/tcp.h"
#include "runtime/test_name_server.h"

namespace sluice::runtime {
namespace {

using namespace std::chrono_literals;

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() {
    ResolverOptions options;
    options.servers = names_.address();
    options.query_timeout = 200ms;
    options.tries = 2;
    resolver_ = std::make_unique<Resolver>(loop_, options);
  }
  Result<std::vector<SocketAddress>> resolve(const char* host, Duration limit = 30s) {
    auto resolved = loop_.runTask(resolver_->resolve(host, 443, loop_.now() + limit));
    if (!resolved) return tl::make_unexpected(resolved.error());
    return std::move(resolved->addresses);
  }
  // Time that the machine's clock has not spent: the loop reads this one.
  struct Shifted final : Clock {
    Instant now() const override { return SystemClock::instance().now() + by; }
    UtcTime utc() const override { return SystemClock::instance().utc() + by; }
    Duration by{};
  };
  Shifted clock_;
  Loop loop_{clock_};
  NameServer names_{loop_};
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, NumericAndLocalNamesNeedNoServer) {
  EXPECT_EQ(resolve("10.1.2.3")->front().toString(), "10.1.2.3:443");
  EXPECT_EQ(resolve("::1")->front().toString(), "[::1]:443");
  EXPECT_EQ(resolve("LocalHost")->front().toString(), "127.0.0.1:443");
  EXPECT_EQ(names_.queries(), 0);
}

TEST_F(ResolverTest, AnswersAreKeptForTheirTtl) {
  names_.records["api.example.test"] = "127.0.0.7";
  ASSERT_TRUE(resolve("api.example.test").has_value());
  const int first = names_.queries();
  EXPECT_EQ(resolve("API.example.test.")->front().toString(), "127.0.0.7:443");
  EXPECT_EQ(names_.queries(), first);
  clock_.by += 61s;
  loop_.settle();
  names_.records["api.example.test"] = "127.0.0.8";
  EXPECT_EQ(resolve("api.example.test")->front().toString(), "127.0.0.8:443");
  EXPECT_GT(names_.queries(), first);
}

TEST_F(ResolverTest, FailuresAreKeptBriefly) {
  EXPECT_FALSE(resolve("missing.example.test").has_value());
  const int first = names_.queries();
  EXPECT_FALSE(resolve("missing.example.test").has_value());
  EXPECT_EQ(names_.queries(), first);
  clock_.by += 3s;
  loop_.settle();
  names_.records["missing.example.test"] = "127.0.0.9";
  EXPECT_TRUE(resolve("missing.example.test").has_value());
}

Task<void> countResolved(Resolver& resolver, Loop& loop, int& count) {
  const auto found = co_await resolver.resolve("many.example.test", 1, loop.now() + 30s);
  if (found) ++count;
}

TEST_F(ResolverTest, ManyWaitersShareOneQuery) {
  names_.records["many.example.test"] = "127.0.0.7";
  int count = 0;
  TaskScope scope;
  for (int i = 0; i < 50; ++i) scope.spawn(countResolved(*resolver_, loop_, count));
  for (int i = 0; i < 1000 && !scope.empty(); ++i) loop_.poll(1ms);
  EXPECT_EQ(count, 50);
  EXPECT_LE(names_.queries(), 2);  // A and AAAA
}

TEST_F(ResolverTest, ASilentServerEndsByTheDeadlineOrByItself) {
  names_.silent = true;
  EXPECT_FALSE(resolve("slow.example.test", 10ms).has_value());
  const auto failed = resolve("slow.example.test");
  ASSERT_FALSE(failed.has_value());
  EXPECT_GE(names_.queries(), 2);
}

TEST_F(ResolverTest, CancelledWaitersAreForgotten) {
  names_.silent = true;
  int count = 0;
  {
    TaskScope scope;
    scope.spawn(countResolved(*resolver_, loop_, count));
  }
  resolver_.reset();
  loop_.settle();
  EXPECT_EQ(count, 0);
}

TEST_F(ResolverTest, RefusesWhatIsNoName) {
  EXPECT_FALSE(resolve("").has_value());
  EXPECT_FALSE(resolve(std::string(300, 'a').c_str()).has_value());
}

TEST(HostsMapTest, TheMoreExactEntryWins) {
  HostsMap hosts;
  ASSERT_TRUE(hosts.add("*.example.com", "127.0.0.1:1", ""));
  ASSERT_TRUE(hosts.add("*.a.example.com", "127.0.0.1:2", ""));
  ASSERT_TRUE(hosts.add("x.a.example.com", "127.0.0.1:3", ""));
  ASSERT_TRUE(hosts.add("x.a.example.com:8443", "127.0.0.1:4", "/ca.pem"));
  EXPECT_EQ(hosts.find("other.org", 443), nullptr);
  EXPECT_EQ(hosts.find("example.com", 443), nullptr);
  EXPECT_EQ(hosts.find("b.example.com", 443)->port, 1);
  EXPECT_EQ(hosts.find("y.a.example.com", 443)->port, 2);
  EXPECT_EQ(hosts.find("q.y.a.example.com", 443)->port, 2);
  EXPECT_EQ(hosts.find("X.A.example.com", 443)->port, 3);
  EXPECT_EQ(hosts.find("x.a.example.com", 8443)->port, 4);
  EXPECT_EQ(hosts.find("x.a.example.com", 8443)->ca_file, "/ca.pem");
  EXPECT_FALSE(hosts.add("x.a.example.com", "127.0.0.1:9", ""));
  EXPECT_FALSE(hosts.add("a:b", "127.0.0.1", ""));
  EXPECT_FALSE(hosts.add("", "127.0.0.1", ""));
  EXPECT_FALSE(hosts.add("q", "127.0.0.1:x", ""));
}

Task<Result<Connected>> connectTo(Connector& connector, ConnectTarget target, Instant deadline) {
  co_return co_await connector.connect(target, deadline);
}

TEST_F(ResolverTest, ConnectsWhereTheHostsMapSays) {
  auto listener = TcpListener::listen(loop_, SocketAddress::loopback(0), ReusePort::No);
  auto hosts = std::make_shared<HostsMap>();
  ASSERT_TRUE(hosts->add("login.example.com", listener->address().toString(), ""));
  Connector connector(loop_, *resolver_, hosts);
  ConnectTarget target;
  target.host = "login.example.com";
  target.port = 80;
  auto stream = loop_.runTask(connectTo(connector, target, loop_.now() + 5s));
  ASSERT_TRUE(stream.has_value()) << stream.error().message;
  EXPECT_EQ(stream->stream->peer().port(), listener->address().port());
}

TEST_F(ResolverTest, ConnectErrorsSayWhichStepFailed) {
  Connector connector(loop_, *resolver_, nullptr);
  ConnectTarget target;
  target.host = "missing.example.test";
  target.port = 80;
  auto unresolved = loop_.runTask(connectTo(connector, target, loop_.now() + 5s));
  ASSERT_FALSE(unresolved.has_value());
  EXPECT_EQ(unresolved.error().code, static_cast<int>(ConnectError::NotResolved));
  SocketAddress free;
  {
    auto listener = TcpListener::listen(loop_, SocketAddress::loopback(0), ReusePort::No);
    free = listener->address();
  }
  target.host = "127.0.0.1";
  target.port = free.port();
  auto refused = loop_.runTask(connectTo(connector, target, loop_.now() + 5s));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, static_cast<int>(ConnectError::Refused));
}

}  // namespace
}  // namespace sluice::runtime
