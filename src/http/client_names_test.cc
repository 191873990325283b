// Pooled connections and what becomes of the names that they were made by.
#include "http/client_fixture.h"
#include "http/h2_fixture.h"
#include "http/loopback_fixture.h"
#include "runtime/test_name_server.h"

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

struct Shifted final : Clock {
  Instant now() const override { return SystemClock::instance().now() + by; }
  UtcTime utc() const override { return SystemClock::instance().utc() + by; }
  Duration by{};
};

class ClientNamesTest : public ::testing::Test {
 protected:
  ClientNamesTest() {
    runtime::ResolverOptions options;
    options.servers = names.address();
    resolver = std::make_unique<runtime::Resolver>(loop, options);
    connector = std::make_unique<runtime::Connector>(loop, *resolver, nullptr);
    pool = std::make_unique<ClientPool>(*connector);
  }
  void changeName(const char* addresses) {
    names.records["api.example.test"] = addresses;
    clock.by += 50s;  // less than connections rest
    loop.poll();
  }
  // Lets queries that were begun in the background come to their end: there are two for each look-up, A and AAAA.
  void settleNames(int look_ups) {
    for (int i = 0; i < 2000 && names.queries() < 2 * look_ups; ++i) loop.poll(5ms);
    for (int i = 0; i < 10; ++i) loop.poll(1ms);
  }
  Answer run(uint16_t port, HttpVersion version) {
    Endpoint to("api.example.test", port, nullptr);
    to.version = version;
    return loop.runTask(ask(*pool, to, Ask()));
  }

  Shifted clock;
  runtime::Loop loop{clock};
  runtime::NameServer names{loop};
  std::unique_ptr<runtime::Resolver> resolver;
  std::unique_ptr<runtime::Connector> connector;
  std::unique_ptr<ClientPool> pool;
};

TEST_F(ClientNamesTest, ConnectionsToAddressesThatAreGoneEndAfterUse) {
  names.ttl = 40;
  FunctionHandler handler;
  const auto greet = [](ServerExchange& exchange) -> Task<void> {
    [[maybe_unused]] auto sent = co_await exchange.respond(200, "", "one");
  };
  handler.function = [&](ServerExchange& exchange) { return greet(exchange); };
  Server first(loop, handler, ServerLimits());
  Server second(loop, handler, ServerLimits());
  const auto bound = first.listen(runtime::SocketAddress::loopback(0));
  ASSERT_TRUE(second.listen(*runtime::SocketAddress::parse("127.0.0.2", bound->port())).has_value());
  names.records["api.example.test"] = "127.0.0.1";
  EXPECT_EQ(run(bound->port(), HttpVersion::Http1).status, 200);
  changeName("127.0.0.2");
  EXPECT_TRUE(run(bound->port(), HttpVersion::Http1).reused);  // and has the name looked up meanwhile
  settleNames(2);
  EXPECT_FALSE(run(bound->port(), HttpVersion::Http1).reused);
  EXPECT_EQ(first.counters().open, 0u);
  EXPECT_EQ(second.counters().open, 1u);
}

TEST_F(ClientNamesTest, Http2ConnectionsToo) {
  names.ttl = 40;
  H2Server first(loop);
  first.on_request = [](H2Peer& peer, H2Request& request) { peer.answer(request.id, "200", "x"); };
  names.records["api.example.test"] = "127.0.0.1";
  const uint16_t port = first.address().port();
  EXPECT_EQ(run(port, HttpVersion::Http2).status, 200);
  changeName("127.0.0.1,127.0.0.2");
  EXPECT_TRUE(run(port, HttpVersion::Http2).reused);
  settleNames(2);
  EXPECT_TRUE(run(port, HttpVersion::Http2).reused);
  changeName("127.0.0.2");
  EXPECT_TRUE(run(port, HttpVersion::Http2).reused);
  settleNames(3);
  EXPECT_EQ(run(port, HttpVersion::Http2).error, ClientError::ConnectRefused);
  settleNames(3);
  EXPECT_TRUE(first.peer(0).ended);
}

}  // namespace
}  // namespace sluice::http
