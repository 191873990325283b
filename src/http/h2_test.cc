// HTTP/2 to backends: against a server by nghttp2 that does what each test says.
#include <gtest/gtest.h>

#include <algorithm>

#include "http/client.h"
#include "http/client_fixture.h"
#include "http/h2_fixture.h"
#include "http/loopback_fixture.h"
#include "runtime/test_authority.h"

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kH2{"\2h2", 3};
constexpr std::string_view kBoth{"\2h2\10http/1.1", 12};
constexpr std::string_view kHttp1{"\10http/1.1", 9};

void echoBack(H2Peer& peer, H2Request& request) {
  peer.answer(request.id, "200", request.body.empty() ? request.fields[":path"] : request.body);
}

class H2Test : public ::testing::Test {
 protected:
  H2Test() : H2Test(SystemClock::instance()) {}
  explicit H2Test(const Clock& clock) : loop(clock) {}

  void serve(H2Peer::OnEvent on_request, H2Settings settings = {}) {
    server = std::make_unique<H2Server>(loop, settings);
    server->on_request = std::move(on_request);
  }
  void serveTls(H2Peer::OnEvent on_request, std::string_view protocols) {
    server = std::make_unique<H2Server>(loop, H2Settings(), tlsServer(authority, std::string(protocols)));
    server->on_request = std::move(on_request);
    runtime::TlsClientOptions options;
    options.ca_pem = authority.pem();
    trusting = *runtime::TlsClientContext::create(options);
  }
  Endpoint endpoint(HttpVersion version = HttpVersion::Http2) const {
    Endpoint to(trusting ? "localhost" : "127.0.0.1", server->address().port(), trusting);
    to.version = version;
    return to;
  }
  Answer run(Ask wanted = {}) { return loop.runTask(ask(*pool, endpoint(), std::move(wanted))); }
  Answer run(HttpVersion version, Ask wanted = {}) {
    return loop.runTask(ask(*pool, endpoint(version), std::move(wanted)));
  }
  // Begins one that the test ends.
  void begin(Answer& answer, bool& done, Ask wanted = {}) {
    scope.spawn(askInto(*pool, endpoint(), std::move(wanted), answer, done));
    turn();
  }
  void turn() { loop.settle(8); }
  void until(const std::function<bool()>& holds) {
    for (int i = 0; i < 2000 && !holds(); ++i) loop.poll(5ms);
    EXPECT_TRUE(holds());
  }

  runtime::Loop loop;
  runtime::Resolver resolver{loop};
  runtime::Connector connector{loop, resolver, nullptr};
  runtime::TestAuthority authority;
  std::shared_ptr<const runtime::TlsClientContext> trusting;
  std::unique_ptr<H2Server> server;
  std::unique_ptr<ClientPool> pool = std::make_unique<ClientPool>(connector);
  runtime::TaskScope scope;
};

TEST_F(H2Test, ManyExchangesShareOneConnection) {
  serve(&echoBack);
  EXPECT_EQ(run().body, "/");
  Answer answers[40];
  bool done[40] = {};
  for (int i = 0; i < 40; ++i) begin(answers[i], done[i], post("body " + std::to_string(i)));
  until([&] { return std::ranges::all_of(done, [](bool each) { return each; }); });
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(answers[i].status, 200);
    EXPECT_EQ(answers[i].body, "body " + std::to_string(i));
    EXPECT_TRUE(answers[i].reused);
  }
  EXPECT_EQ(pool->counters().connected, 1u);
  EXPECT_EQ(server->peers.size(), 1u);
}

TEST_F(H2Test, ExchangesThatBeginTogetherWaitForOneConnection) {
  serve(&echoBack);
  Answer answers[8];
  bool done[8] = {};
  for (int i = 0; i < 8; ++i) scope.spawn(askInto(*pool, endpoint(), Ask(), answers[i], done[i]));
  until([&] { return std::ranges::all_of(done, [](bool each) { return each; }); });
  EXPECT_EQ(pool->counters().connected, 1u);
}

TEST_F(H2Test, HeadsAreThoseOfHttp2) {
  H2Request seen;
  serve([&](H2Peer& peer, H2Request& request) {
    seen = request;
    peer.begin(request.id, "201", {{"content-type", "text/plain"}, {"x-two", "a"}, {"x-two", "b"}});
    peer.more(request.id, "fine");
    peer.finish(request.id, {{"x-trailer", "dropped"}});
  });
  Arena arena;
  const auto talk = [](ClientPool& of, Endpoint to, Arena& memory) -> Task<Result<ResponseHead>> {
    ClientRequest request(&memory);
    request.method = "POST";
    request.target = "/a?b=c";
    request.headers.add("Host", "api.example.com");
    request.headers.add("Connection", "keep-alive");
    request.headers.add("Transfer-Encoding", "chunked");
    request.headers.add("X-Mixed-Case", "  Value ");
    const std::string_view body = "hello";
    request.body = {&body, 1};
    ClientExchange exchange(of, to, memory);
    if (auto sent = co_await exchange.send(request); !sent) co_return tl::make_unexpected(sent.error());
    const auto head = co_await exchange.readHead();
    if (!head) co_return tl::make_unexpected(head.error());
    const auto whole = co_await exchange.readWholeBody(100);
    EXPECT_TRUE(whole.has_value() && *whole == "fine");
    EXPECT_TRUE(exchange.bodyDone());
    EXPECT_EQ(exchange.bodyBytes(), 4u);
    EXPECT_EQ(exchange.peer().port(), to.port);
    co_return **head;
  };
  const auto head = loop.runTask(talk(*pool, endpoint(), arena));
  ASSERT_TRUE(head.has_value()) << head.error().message;
  EXPECT_EQ(head->status, 201);
  EXPECT_EQ(head->reason, "Created");
  EXPECT_EQ(head->headers.find("Content-Type"), "text/plain");
  EXPECT_EQ(head->headers.count("x-two"), 2u);
  EXPECT_FALSE(head->headers.has("x-trailer"));
  EXPECT_EQ(seen.fields[":authority"], "api.example.com");
  EXPECT_EQ(seen.fields[":scheme"], "http");
  EXPECT_EQ(seen.fields[":path"], "/a?b=c");
  EXPECT_EQ(seen.fields["x-mixed-case"], "Value");
  EXPECT_EQ(seen.fields["content-length"], "5");
  EXPECT_FALSE(seen.fields.contains("connection") || seen.fields.contains("transfer-encoding") ||
               seen.fields.contains("host"));
  EXPECT_EQ(seen.body, "hello");
}

TEST_F(H2Test, LargeBodiesGoBothWays) {
  serve(&echoBack);
  std::string body(30'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  const Answer answer = run(post(body));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body == body);
}

TEST_F(H2Test, OverTlsTheServerChooses) {
  serveTls(&echoBack, kBoth);
  EXPECT_EQ(run(HttpVersion::Http2OrHttp1).body, "/");
  EXPECT_EQ(run(HttpVersion::Http2, post("x")).body, "x");
  EXPECT_EQ(server->streams(), 2u);
}

TEST_F(H2Test, AServerOfHttp1IsSpokenToInHttp1OrRefused) {
  FunctionHandler handler;
  const auto greet = [](ServerExchange& exchange) -> Task<void> {
    [[maybe_unused]] auto sent = co_await exchange.respond(200, "", "one");
  };
  handler.function = [&](ServerExchange& exchange) { return greet(exchange); };
  Server plain(loop, handler, ServerLimits());
  for (const bool knows_alpn : {true, false}) {
    auto context = tlsServer(authority, std::string(kHttp1));
    if (!knows_alpn) {
      SSL_CTX_set_alpn_select_cb(context->impl().identities.front().context.get(), nullptr, nullptr);
    }
    const auto bound = plain.listen(runtime::SocketAddress::loopback(0), context);
    ASSERT_TRUE(bound.has_value());
    runtime::TlsClientOptions options;
    options.ca_pem = authority.pem();
    Endpoint to("localhost", bound->port(), *runtime::TlsClientContext::create(options));
    to.version = HttpVersion::Http2OrHttp1;
    for (int i = 0; i < 2; ++i) {
      const Answer answer = loop.runTask(ask(*pool, to, Ask()));
      EXPECT_EQ(answer.body, "one");
      EXPECT_EQ(answer.reused, i == 1);
    }
    to.version = HttpVersion::Http2;
    EXPECT_EQ(loop.runTask(ask(*pool, to, Ask())).error, ClientError::Tls);
  }
}

TEST_F(H2Test, GarbageInsteadOfHttp2Fails) {
  FunctionHandler handler;
  const auto greet = [](ServerExchange& exchange) -> Task<void> {
    [[maybe_unused]] auto sent = co_await exchange.respond(200, "", "one");
  };
  handler.function = [&](ServerExchange& exchange) { return greet(exchange); };
  Server plain(loop, handler, ServerLimits());
  const auto bound = plain.listen(runtime::SocketAddress::loopback(0), nullptr);
  Endpoint to("127.0.0.1", bound->port(), nullptr);
  to.version = HttpVersion::Http2;
  const Answer answer = loop.runTask(ask(*pool, to, Ask()));
  ASSERT_TRUE(answer.error.has_value());
  EXPECT_TRUE(answer.error == ClientError::Malformed || answer.error == ClientError::Reset);
}

TEST_F(H2Test, EventsComeOneByOne) {
  serve(nullptr);
  Arena arena;
  ClientRequest request(&arena);
  ClientExchange exchange(*pool, endpoint(), arena);
  ASSERT_TRUE(loop.runTask(exchange.send(request)).has_value());
  until([&] { return !server->peers.empty() && server->peer(0).requests[1].ended; });
  H2Peer& peer = server->peer(0);
  peer.begin(1, "200", {{"content-type", "text/event-stream"}});
  ASSERT_TRUE(loop.runTask(exchange.readHead()).has_value());
  EXPECT_FALSE(exchange.bodyDone());
  for (const char* event : {"data: 1\n\n", "data: 2\n\n"}) {
    peer.more(1, event);
    EXPECT_EQ(*loop.runTask(exchange.readBody()), event);
  }
  peer.finish(1);
  EXPECT_TRUE(loop.runTask(exchange.readBody())->empty());
  EXPECT_TRUE(exchange.bodyDone());
}

TEST_F(H2Test, InterimHeadsAreSkippedAndCounted) {
  serve([](H2Peer& peer, H2Request& request) {
    for (int i = 0; i < (request.fields[":method"] == "GET" ? 2 : 40); ++i) peer.interim(request.id, "103");
    peer.answer(request.id, "204", "");
  });
  EXPECT_EQ(run().status, 204);
  EXPECT_EQ(run(post("x")).error, ClientError::Malformed);
}

TEST_F(H2Test, ResetsBecomeErrors) {
  serve([](H2Peer& peer, H2Request& request) {
    if (request.body == "early") return peer.reset(request.id, NGHTTP2_INTERNAL_ERROR);
    peer.begin(request.id, "200");
    peer.more(request.id, "some");
    if (request.body == "late") peer.reset(request.id, NGHTTP2_INTERNAL_ERROR);
    if (request.body == "cut") peer.close();
  });
  EXPECT_EQ(run(post("early")).error, ClientError::Reset);
  EXPECT_EQ(run(post("late")).error, ClientError::Truncated);
  EXPECT_EQ(run(post("cut")).error, ClientError::Truncated);
  EXPECT_EQ(pool->counters().retried, 0u);
}

TEST_F(H2Test, RefusedStreamsAreSentAgain) {
  int refused = 0;
  serve([&](H2Peer& peer, H2Request& request) {
    if (refused++ < 2) return peer.reset(request.id, NGHTTP2_REFUSED_STREAM);
    echoBack(peer, request);
  });
  EXPECT_EQ(run(post("again")).body, "again");
  EXPECT_EQ(pool->counters().retried, 2u);
  refused = -100;
  EXPECT_EQ(run(post("no")).error, ClientError::Reset);
}

TEST_F(H2Test, AfterGoodbyeOnlyWhatWasNotProcessedIsSentAgain) {
  serve(nullptr);
  Answer first, second;
  bool done[2] = {};
  begin(first, done[0], post("first"));
  until([&] { return server->streams() == 1; });
  begin(second, done[1], post("second"));
  until([&] { return server->streams() == 2; });
  H2Peer& leaving = server->peer(0);
  server->on_request = &echoBack;
  leaving.goAway(1);
  until([&] { return done[1]; });
  EXPECT_EQ(second.body, "second");
  EXPECT_EQ(server->peers.size(), 2u);
  EXPECT_FALSE(done[0]);
  leaving.answer(1, "200", "late but whole");
  until([&] { return done[0]; });
  EXPECT_EQ(first.body, "late but whole");
  EXPECT_EQ(run().body, "/");  // the new connection serves on
  EXPECT_EQ(server->peers.size(), 2u);
  until([&] { return leaving.ended; });
}

TEST_F(H2Test, AConnectionLostMidwayRepeatsOnlyWhatIsSafe) {
  serve(&echoBack);
  EXPECT_EQ(run().status, 200);
  server->on_request = [this](H2Peer& peer, H2Request& request) {
    server->on_request = &echoBack;
    EXPECT_TRUE(request.ended);
    peer.close();
  };
  EXPECT_EQ(run(post("x")).error, ClientError::Reset);  // it may have been processed
  EXPECT_EQ(run().status, 200);
  server->on_request = [this](H2Peer& peer, H2Request&) {
    server->on_request = &echoBack;
    peer.close();
  };
  EXPECT_EQ(run().status, 200);
  EXPECT_EQ(pool->counters().retried, 1u);
}

TEST_F(H2Test, TheServersLimitOfStreamsIsKept) {
  H2Settings settings;
  settings.max_streams = 2;
  serve(&echoBack, settings);
  EXPECT_EQ(run().status, 200);
  server->on_request = nullptr;
  Answer answers[5];
  bool done[5] = {};
  for (int i = 0; i < 5; ++i) begin(answers[i], done[i]);
  until([&] { return server->streams() == 6; });
  for (const auto& peer : server->peers) EXPECT_LE(peer->requests.size() - peer->closed.size(), 2u);
  for (const auto& peer : server->peers) {
    for (const auto& [id, request] : peer->requests) {
      if (!peer->closed.contains(id)) peer->answer(id, "200", "x");
    }
  }
  until([&] { return std::ranges::all_of(done, [](bool each) { return each; }); });
  EXPECT_EQ(server->peers.size(), 3u);
}

TEST_F(H2Test, WaitingForAStreamIsBoundedInNumber) {
  PoolLimits limits;
  limits.open_per_endpoint = 1;
  limits.streams_per_connection = 1;
  limits.waiting_per_endpoint = 1;
  pool = std::make_unique<ClientPool>(connector, limits);
  serve(nullptr);
  Answer answers[3];
  bool done[3] = {};
  for (int i = 0; i < 3; ++i) begin(answers[i], done[i]);
  until([&] { return done[2]; });
  EXPECT_EQ(answers[2].error, ClientError::Busy);
  until([&] { return server->streams() == 1; });
  server->on_request = &echoBack;
  server->peer(0).answer(1, "200", "x");
  until([&] { return done[0] && done[1]; });
  EXPECT_EQ(answers[1].status, 200);
  EXPECT_EQ(server->peers.size(), 1u);
}

TEST_F(H2Test, CancelledAndDestroyedExchangesResetTheirStreams) {
  serve(nullptr);
  runtime::Cancellation stop;
  Ask wanted;
  wanted.stop = &stop;
  Answer answer;
  bool done = false;
  begin(answer, done, wanted);
  until([&] { return server->streams() == 1; });
  stop.cancel();
  until([&] { return done; });
  EXPECT_EQ(answer.error, ClientError::Cancelled);
  until([&] { return server->peer(0).closed.contains(1); });
  EXPECT_EQ(server->peer(0).closed[1], static_cast<uint32_t>(NGHTTP2_CANCEL));
  {
    runtime::TaskScope doomed;
    doomed.spawn(askInto(*pool, endpoint(), post(std::string(1'000'000, 'x')), answer, done));
    until([&] { return server->streams() == 2; });
  }
  until([&] { return server->peer(0).closed.contains(3); });
  server->on_request = &echoBack;
  EXPECT_EQ(run().status, 200);
  EXPECT_EQ(server->peers.size(), 1u);
}

TEST_F(H2Test, AnEarlyAnswerEndsTheSending) {
  H2Settings settings;
  settings.open_windows = false;
  serve(nullptr, settings);
  Answer answer;
  bool done = false;
  begin(answer, done, post(std::string(1'000'000, 'x')));
  until([&] { return server->streams() == 1 && server->peer(0).requests[1].body.size() == 65535; });
  server->peer(0).answer(1, "413", "too large");
  until([&] { return done; });
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "too large");
}

TEST_F(H2Test, ASlowReaderStopsItsOwnStreamOnly) {
  serve([](H2Peer& peer, H2Request& request) {
    peer.answer(request.id, "200", std::string(request.body == "big" ? 8'000'000 : 5, 'x'));
  });
  Arena arena;
  ClientRequest request(&arena);
  request.method = "POST";
  const std::string_view body = "big";
  request.body = {&body, 1};
  ClientExchange slow(*pool, endpoint(), arena);
  ASSERT_TRUE(loop.runTask(slow.send(request)).has_value());
  ASSERT_TRUE(loop.runTask(slow.readHead()).has_value());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(run().body.size(), 5u);
  const auto piece = loop.runTask(slow.readBody());
  ASSERT_TRUE(piece.has_value());
  EXPECT_LE(piece->size(), size_t{1} << 20);
  const auto rest = loop.runTask(slow.readWholeBody(10'000'000));
  ASSERT_TRUE(rest.has_value());
  EXPECT_EQ(server->peers.size(), 1u);
}

TEST_F(H2Test, FloodsAndBrokenFramesEndTheConnection) {
  const auto frame = [](uint8_t type, uint8_t flags, uint32_t id, const std::string& payload) {
    std::string bytes;
    for (const int shift : {16, 8, 0}) bytes += static_cast<char>(payload.size() >> shift);
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(flags);
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(id >> shift);
    return bytes + payload;
  };
  std::string floods[6];
  for (int i = 0; i < 20'000; ++i) {
    floods[0] += frame(NGHTTP2_PING, 0, 0, "12345678");
    floods[1] += frame(NGHTTP2_SETTINGS, 0, 0, "");
    floods[2] += frame(NGHTTP2_PRIORITY, 0, 99, "12345");
  }
  floods[3] = frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\xff\xff\xff\xff\xff\xff\xff");
  floods[4] = frame(NGHTTP2_HEADERS, 0, 1, "");
  for (int i = 0; i < 100; ++i) floods[4] += frame(NGHTTP2_CONTINUATION, 0, 1, "");
  floods[5] = frame(NGHTTP2_DATA, 0, 99, "what for?");
  for (const std::string& flood : floods) {
    serve([&](H2Peer& peer, H2Request&) { peer.raw(flood); });
    Ask wanted = post("x");
    wanted.timeouts.first_byte = 2s;
    EXPECT_EQ(run(wanted).error, ClientError::Malformed) << "flood " << (&flood - floods);
    pool = std::make_unique<ClientPool>(connector);
  }
}

TEST_F(H2Test, FieldsAreBounded) {
  serve([](H2Peer& peer, H2Request& request) {
    std::vector<std::pair<std::string, std::string>> fields;
    const bool many = request.body == "many";
    for (int i = 0; i < (many ? 500 : 3); ++i) {
      fields.emplace_back("x-" + std::to_string(i), std::string(many ? 1 : 30'000, 'v'));
    }
    peer.begin(request.id, "200", fields);
    peer.finish(request.id);
  });
  EXPECT_EQ(run(post("many")).error, ClientError::Malformed);
  EXPECT_EQ(run(post("large")).error, ClientError::Malformed);
  server->on_request = &echoBack;
  EXPECT_EQ(run().status, 200);
  EXPECT_EQ(server->peers.size(), 1u);
}

TEST_F(H2Test, HeadsThatCannotBeSentAreRefused) {
  serve(&echoBack);
  Ask wanted;
  wanted.method = "CONNECT";
  EXPECT_EQ(run(wanted).error, ClientError::BadRequest);
  EXPECT_EQ(run().status, 200);
}

TEST_F(H2Test, TheRequestThatHttp2IsNotForGoesByHttp1) {
  serveTls([](H2Peer& peer, H2Request& request) { peer.reset(request.id, NGHTTP2_HTTP_1_1_REQUIRED); }, kBoth);
  const Answer answer = run(HttpVersion::Http2OrHttp1, post("x"));
  // The server agrees on http/1.1 when it alone is offered, and then sees what is not HTTP/2.
  EXPECT_TRUE(answer.error.has_value());
  EXPECT_EQ(pool->counters().connected, 2u);
}

class TimedH2Test : public H2Test {
 protected:
  TimedH2Test() : H2Test(clock) {}
  static ManualClock clock;
};
ManualClock TimedH2Test::clock{UtcTime{}};

TEST_F(TimedH2Test, IdleConnectionsSayGoodbye) {
  serve(&echoBack);
  EXPECT_EQ(run().status, 200);
  loop.advance(clock, 59s);
  EXPECT_FALSE(server->peer(0).ended);
  EXPECT_EQ(run().status, 200);
  loop.advance(clock, 59s);
  EXPECT_FALSE(server->peer(0).ended);
  loop.advance(clock, 2s);
  until([&] { return server->peer(0).ended; });
  EXPECT_EQ(server->peer(0).went_away, 1);
  EXPECT_EQ(run().status, 200);
  EXPECT_EQ(server->peers.size(), 2u);
}

TEST_F(TimedH2Test, OldConnectionsTakeNoMore) {
  serve(&echoBack);
  for (int i = 0; i < 13; ++i) {
    EXPECT_EQ(run().status, 200);
    loop.advance(clock, 50s);
  }
  EXPECT_EQ(server->peers.size(), 2u);
}

TEST_F(TimedH2Test, EveryPhaseHasItsLimit) {
  H2Settings settings;
  settings.open_windows = false;
  serve(nullptr, settings);
  const auto after = [&](Ask wanted, Duration just_before) {
    wanted.timeouts.send_idle = 5s;
    wanted.timeouts.first_byte = 20s;
    wanted.timeouts.body_idle = 10s;
    Answer answer;
    bool done = false;
    scope.spawn(askInto(*pool, endpoint(), std::move(wanted), answer, done));
    loop.advance(clock, just_before);
    EXPECT_FALSE(done);
    loop.advance(clock, 2s);
    EXPECT_TRUE(done);
    return answer.error;
  };
  EXPECT_EQ(after(post(std::string(1'000'000, 'x')), 4s), ClientError::SendTimeout);
  EXPECT_EQ(after(Ask(), 19s), ClientError::HeadTimeout);
  Ask total;
  total.timeouts.total = 7s;
  EXPECT_EQ(after(total, 6s), ClientError::TotalTimeout);
  server->on_request = [](H2Peer& peer, H2Request& request) { peer.begin(request.id, "200"); };
  EXPECT_EQ(after(Ask(), 9s), ClientError::BodyTimeout);
}

TEST_F(TimedH2Test, ADeadPeerIsNoticedWithTheNextRequest) {
  // A listener that nobody serves: the kernel takes what we send, and nothing comes back.
  auto listener = runtime::TcpListener::listen(loop, runtime::SocketAddress::loopback(0), runtime::ReusePort::No);
  Endpoint to("127.0.0.1", listener->address().port(), nullptr);
  to.version = HttpVersion::Http2;
  Answer answers[2];
  bool done[2] = {};
  scope.spawn(askInto(*pool, to, Ask(), answers[0], done[0]));
  loop.advance(clock, 20s);
  scope.spawn(askInto(*pool, to, post("x"), answers[1], done[1]));
  loop.advance(clock, 9s);
  EXPECT_FALSE(done[0] || done[1]);
  loop.advance(clock, 2s);
  EXPECT_TRUE(done[0] && done[1]);
  EXPECT_EQ(answers[0].error, ClientError::Reset);
  EXPECT_EQ(answers[1].error, ClientError::Reset);  // its kernel took the bytes: not sent again
}

}  // namespace
}  // namespace sluice::http
