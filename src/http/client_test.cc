#include "http/client.h"

#include "http/client_fixture.h"
#include "http/loopback_fixture.h"
#include "runtime/condition.h"
#include "runtime/test_authority.h"

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

Task<void> echo(ServerExchange& exchange) {
  auto body = co_await exchange.readWholeBody(64 << 20);
  [[maybe_unused]] auto sent = co_await exchange.respond(200, "text/plain", body ? *body : std::string_view("failed"));
}

// An upstream that follows a script for each connection, in the order of their coming; then refuses.
class Upstream {
 public:
  using Script = std::function<Task<void>(RawPeer&)>;
  Upstream(runtime::Loop& loop, std::vector<Script> scripts) : loop_(loop), scripts_(std::move(scripts)) {
    auto made = runtime::TcpListener::listen(loop, runtime::SocketAddress::loopback(0), runtime::ReusePort::No);
    EXPECT_TRUE(made.has_value());
    listener_ = std::move(*made);
    scope_.spawn(acceptAll());
  }
  Endpoint endpoint() const { return Endpoint("127.0.0.1", listener_.address().port(), nullptr); }
  size_t accepted() const { return accepted_; }

 private:
  Task<void> acceptAll() {
    while (accepted_ < scripts_.size()) {
      auto next = listener_.tryAccept();
      if (!next.fd) {
        co_await listener_.ready();
        continue;
      }
      scope_.spawn(
          play(RawPeer(std::make_unique<runtime::TcpStream>(loop_, std::move(next.fd), next.peer)), accepted_++));
    }
    listener_.close();
  }
  Task<void> play(RawPeer peer, size_t which) { co_await scripts_[which](peer); }

  runtime::Loop& loop_;
  std::vector<Script> scripts_;
  runtime::TcpListener listener_;
  size_t accepted_ = 0;
  runtime::TaskScope scope_;
};

// Waits for a request's head, answers, waits for the client to close.
Task<void> answerWith(RawPeer& peer, std::string answer) {
  co_await peer.readPast("\r\n\r\n");
  co_await peer.send(answer);
  co_await peer.readAll();
}
Upstream::Script answering(std::string answer) {
  return [answer](RawPeer& peer) { return answerWith(peer, answer); };
}
// Answers, and closes at once.
Task<void> answerAndClose(RawPeer& peer, std::string answer) {
  co_await peer.readPast("\r\n\r\n");
  co_await peer.send(answer);
}
Upstream::Script closingAfter(std::string answer) {
  return [answer](RawPeer& peer) { return answerAndClose(peer, answer); };
}

class ClientTest : public LoopbackTest {
 protected:
  using LoopbackTest::LoopbackTest;
  Answer run(const Endpoint& to, Ask wanted = Ask()) { return loop.runTask(ask(*pool, to, std::move(wanted))); }
};

TEST_F(ClientTest, SendsAndReceivesAndReusesTheConnection) {
  serve(echo);
  for (int i = 0; i < 5; ++i) {
    const Answer answer = run(endpoint(), post("hello"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.reused, i > 0);
  }
  EXPECT_EQ(pool->counters().connected, 1u);
  EXPECT_EQ(pool->counters().reused, 4u);
  EXPECT_EQ(pool->counters().idle, 1u);
}

TEST_F(ClientTest, CarriesLargeBodiesBothWays) {
  serve(echo);
  std::string body(5'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 7) body[i] = static_cast<char>('a' + i % 26);
  Ask wanted = post(body);
  wanted.method = "PUT";
  const Answer answer = run(endpoint(), wanted);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body == body);
}

// --- what upstreams answer ---

TEST_F(ClientTest, ReadsEveryFraming) {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
      "5\r\n\r\nhello",
  };
  for (const std::string& text : answers) {
    Upstream upstream(loop, {answering(text)});
    const Answer answer = run(upstream.endpoint());
    EXPECT_EQ(answer.body, "hello") << text;
    EXPECT_FALSE(answer.error);
    EXPECT_EQ(pool->counters().idle, 1u);
    pool->closeIdle();
  }
  Upstream upstream(loop, {closingAfter("HTTP/1.0 200 OK\r\n\r\nhello")});
  EXPECT_EQ(run(upstream.endpoint()).body, "hello");
  EXPECT_EQ(pool->counters().idle, 0u);
}

TEST_F(ClientTest, ReadsAnAnswerThatComesByteByByte) {
  const auto trickle = [](RawPeer& peer, runtime::Loop& on) -> Task<void> {
    co_await peer.readPast("\r\n\r\n");
    const std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    for (const char c : text) {
      co_await peer.send(std::string(1, c));
      co_await on.yield();
      co_await on.yield();
    }
    co_await peer.readAll();
  };
  Upstream upstream(loop, {[&](RawPeer& peer) { return trickle(peer, loop); }});
  EXPECT_EQ(run(upstream.endpoint()).body, "hello");
}

TEST_F(ClientTest, AHeadRequestHasNoBody) {
  Upstream upstream(loop, {answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")});
  Ask wanted;
  wanted.method = "HEAD";
  const Answer answer = run(upstream.endpoint(), wanted);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(pool->counters().idle, 1u);
}

TEST_F(ClientTest, DoesNotReuseWhatItMustNot) {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
      "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",  // more than was asked for
  };
  for (const std::string& text : answers) {
    Upstream upstream(loop, {answering(text)});
    EXPECT_EQ(run(upstream.endpoint()).body, "ok");
    EXPECT_EQ(pool->counters().idle, 0u) << text;
  }
}

TEST_F(ClientTest, SaysWhatWentWrong) {
  const std::pair<Upstream::Script, ClientError> cases[] = {
      {closingAfter(""), ClientError::Reset},
      {closingAfter("HTTP/1.1 200 O"), ClientError::Truncated},
      {closingAfter("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"), ClientError::Truncated},
      {closingAfter("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), ClientError::Truncated},
      {closingAfter("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello"), ClientError::Malformed},
      {closingAfter("SSH-2.0-x\r\n"), ClientError::Malformed},
      {closingAfter("HTTP/1.1 101 Switching\r\n\r\n"), ClientError::Malformed},
      {closingAfter("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), ClientError::Malformed},
      {closingAfter("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')), ClientError::Malformed},
  };
  for (const auto& [script, error] : cases) {
    Upstream upstream(loop, {script});
    const Answer answer = run(upstream.endpoint());
    ASSERT_TRUE(answer.error.has_value()) << toString(error);
    EXPECT_EQ(*answer.error, error) << toString(*answer.error) << " is not " << toString(error);
    EXPECT_EQ(pool->counters().idle, 0u);
  }
  Upstream nobody(loop, {});
  loop.settle();
  EXPECT_EQ(run(nobody.endpoint()).error, ClientError::ConnectRefused);
  EXPECT_EQ(run(Endpoint("", 80, nullptr)).error, ClientError::NotResolved);
  Ask unsendable;
  unsendable.method = "GET /";
  EXPECT_EQ(run(nobody.endpoint(), unsendable).error, ClientError::BadRequest);
}

TEST_F(ClientTest, EndlessInterimHeadsAreRefused) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
  Upstream upstream(loop, {answering(many)});
  EXPECT_EQ(run(upstream.endpoint()).error, ClientError::Malformed);
}

TEST_F(ClientTest, ALimitedBodyIsLimited) {
  for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n"}) {
    Upstream upstream(loop, {answering(text)});
    Ask wanted;
    wanted.limit = 5;
    EXPECT_EQ(run(upstream.endpoint(), wanted).error, ClientError::TooLarge);
  }
}

// --- connections that went stale ---

// Answers one request, then, at the next, does as told.
Task<void> serveOnceThen(RawPeer& peer, bool reset) {
  co_await peer.readPast("\r\n\r\n");
  co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
  co_await peer.readPast("\r\n\r\n");
  if (reset) peer.stream().abort();
}

TEST_F(ClientTest, AClosedIdleConnectionIsNotUsed) {
  const auto once = [](RawPeer& peer) -> Task<void> {
    co_await peer.readPast("\r\n\r\n");
    co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
  };
  Upstream upstream(loop, {once, answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")});
  EXPECT_EQ(run(upstream.endpoint(), post("x")).body, "1");
  loop.settle();
  EXPECT_EQ(pool->counters().idle, 0u);
  EXPECT_EQ(run(upstream.endpoint(), post("x")).body, "2");
}

TEST_F(ClientTest, ARepeatableRequestIsSentAgainOnce) {
  for (const bool reset : {false, true}) {
    const auto first = [reset](RawPeer& peer) { return serveOnceThen(peer, reset); };
    Upstream upstream(loop, {first, answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")});
    EXPECT_EQ(run(upstream.endpoint()).body, "1");
    EXPECT_EQ(run(upstream.endpoint()).body, "2");
    EXPECT_EQ(upstream.accepted(), 2u);
    pool->closeIdle();
  }
  EXPECT_EQ(pool->counters().retried, 2u);
}

// The upstream may have acted on a POST that its kernel took: sending it again could act twice.
TEST_F(ClientTest, ATakenPostIsNotSentAgain) {
  const auto first = [](RawPeer& peer) { return serveOnceThen(peer, false); };
  Upstream upstream(loop, {first, answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")});
  EXPECT_EQ(run(upstream.endpoint()).body, "1");
  EXPECT_EQ(run(upstream.endpoint(), post("x")).error, ClientError::Reset);
  EXPECT_EQ(upstream.accepted(), 1u);
}

// Closed before it saw a byte of the POST: nothing was acknowledged, so it is sent on a new connection.
TEST_F(ClientTest, AnUntakenPostIsSentAgain) {
  runtime::Condition close(loop);
  const auto closing = [](RawPeer& peer, runtime::Condition& when) -> Task<void> {
    co_await peer.readPast("\r\n\r\n");
    co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
    co_await when.wait();
    peer.close();
  };
  Upstream upstream(loop, {[&](RawPeer& peer) { return closing(peer, close); },
                           answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")});
  EXPECT_EQ(run(upstream.endpoint()).body, "1");
  close.notifyAll();  // the close is on its way, but our loop has not seen it yet
  EXPECT_EQ(pool->counters().idle, 1u);
  EXPECT_EQ(run(upstream.endpoint(), post("x")).body, "2");
  EXPECT_EQ(pool->counters().retried, 1u);
}

TEST_F(ClientTest, AFreshConnectionIsNotTriedAgain) {
  Upstream upstream(loop, {closingAfter(""), answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")});
  EXPECT_EQ(run(upstream.endpoint()).error, ClientError::Reset);
  EXPECT_EQ(upstream.accepted(), 1u);
}

// --- streamed bodies ---

struct Streamed {
  Answer answer;
  bool responded_early = false;
};

Task<Streamed> stream(ClientPool& pool, Endpoint endpoint, Framing framing, std::vector<std::string> pieces) {
  Arena arena;
  ClientExchange exchange(pool, endpoint, arena);
  ClientRequest request(&arena);
  request.method = "POST";
  request.streamed = true;
  request.framing = framing;
  for (const std::string& piece : pieces) request.content_length += piece.size();
  Streamed result;
  const Status opened = co_await exchange.send(request);
  if (!opened) co_return result;
  for (size_t i = 0; i + 1 < pieces.size(); ++i) {
    const Status sent = co_await exchange.writeBody(pieces[i]);
    if (!sent) result.answer.error = static_cast<ClientError>(sent.error().code);
    if (exchange.responded()) result.responded_early = true;
  }
  const Status finished = co_await exchange.finishBody(pieces.back());
  if (!finished) co_return result;
  const auto head = co_await exchange.readHead();
  if (!head) {
    result.answer.error = static_cast<ClientError>(head.error().code);
    co_return result;
  }
  result.answer.status = (*head)->status;
  const auto body = co_await exchange.readWholeBody(64 << 20);
  if (body) result.answer.body = *body;
  co_return result;
}

TEST_F(ClientTest, StreamsBodies) {
  serve(echo);
  const std::vector<std::string> pieces{"one ", "", std::string(300'000, 'x'), " three"};
  for (const Framing framing : {Framing::Chunked, Framing::Length}) {
    const Streamed result = loop.runTask(stream(*pool, endpoint(), framing, pieces));
    EXPECT_TRUE(result.answer.body == pieces[0] + pieces[2] + pieces[3]);
  }
  EXPECT_EQ(pool->counters().connected, 1u);
}

TEST_F(ClientTest, AnEarlyAnswerEndsTheSending) {
  Upstream upstream(loop, {answering("HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nbig")});
  // More than the kernel's buffers hold, to a peer that answers after the head and reads slowly.
  const std::vector<std::string> pieces(100, std::string(200'000, 'x'));
  const Streamed result = loop.runTask(stream(*pool, upstream.endpoint(), Framing::Chunked, pieces));
  EXPECT_EQ(result.answer.status, 413);
  EXPECT_EQ(result.answer.body, "big");
  EXPECT_EQ(pool->counters().idle, 0u);
}

// --- cancelling ---

TEST_F(ClientTest, DestroyingAnExchangeTellsTheUpstream) {
  bool gone = false;
  const auto wait = [](ServerExchange& exchange, bool& left) -> Task<void> {
    co_await exchange.clientGone().wait();
    left = true;
  };
  serve([&](ServerExchange& exchange) { return wait(exchange, gone); });
  {
    Task<Answer> task = ask(*pool, endpoint(), Ask());
    EXPECT_FALSE(task.start());
    loop.settle();
    EXPECT_EQ(server->counters().in_flight, 1u);
  }
  loop.settle();
  EXPECT_TRUE(gone);
}

TEST_F(ClientTest, ACancellationEndsEveryPhase) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
  for (const std::string& text : {std::string(), std::string("HTTP/1.1 "), head, head + "part"}) {
    Upstream upstream(loop, {answering(text)});
    runtime::Cancellation stop;
    Ask wanted = post(std::string(5'000'000, 'x'));
    wanted.stop = &stop;
    Answer answer;
    bool done = false;
    runtime::TaskScope scope;
    scope.spawn(askInto(*pool, upstream.endpoint(), wanted, answer, done));
    loop.settle();
    EXPECT_FALSE(done);
    stop.cancel();
    EXPECT_TRUE(done);
    EXPECT_EQ(answer.error, ClientError::Cancelled);
    EXPECT_EQ(run(upstream.endpoint(), wanted).error, ClientError::Cancelled);  // from the start
  }
}

// Whatever moment an exchange is destroyed at, nothing is touched afterwards.
TEST_F(ClientTest, MayBeDestroyedAtAnyMoment) {
  serve(echo);
  for (int turns = 0; turns < 30; ++turns) {
    runtime::TaskScope scope;
    Answer answer;
    bool done = false;
    for (int i = 0; i < 3; ++i) scope.spawn(askInto(*pool, endpoint(), post(std::string(300'000, 'x')), answer, done));
    for (int i = 0; i < turns; ++i) loop.poll();
    scope.cancelAll();
    loop.settle();
  }
  EXPECT_EQ(run(endpoint(), post("still")).body, "still");
}

// --- time ---

class TimedClientTest : public ClientTest {
 protected:
  TimedClientTest() : ClientTest(clock) {}
  std::optional<ClientError> errorAfter(const Endpoint& to, Ask wanted, Duration just_before, Duration then) {
    Answer answer;
    bool done = false;
    runtime::TaskScope scope;
    scope.spawn(askInto(*pool, to, std::move(wanted), answer, done));
    loop.advance(clock, just_before);
    EXPECT_FALSE(done);
    loop.advance(clock, then);
    EXPECT_TRUE(done);
    return answer.error;
  }
  static ManualClock clock;
};
ManualClock TimedClientTest::clock{UtcTime{}};

TEST_F(TimedClientTest, EveryPhaseHasItsLimit) {
  Ask wanted;
  wanted.timeouts.first_byte = 20s;
  wanted.timeouts.body_idle = 10s;
  wanted.timeouts.send_idle = 5s;
  Upstream silent(loop, {answering(""), answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"),
                         [&](RawPeer&) -> Task<void> { return Task<void>::ready(); }});
  EXPECT_EQ(errorAfter(silent.endpoint(), wanted, 19s, 2s), ClientError::HeadTimeout);
  EXPECT_EQ(errorAfter(silent.endpoint(), wanted, 9s, 2s), ClientError::BodyTimeout);
  Ask total = wanted;
  total.timeouts.total = 15s;
  const auto hold = [](RawPeer& peer, runtime::Loop& on) -> Task<void> {
    co_await on.sleepFor(1h);
    peer.close();
  };
  Upstream holding(loop,
                   {[&](RawPeer& peer) { return hold(peer, loop); }, [&](RawPeer& peer) { return hold(peer, loop); }});
  EXPECT_EQ(errorAfter(holding.endpoint(), total, 14s, 2s), ClientError::TotalTimeout);
  Ask large = wanted;
  large.method = "POST";
  large.body = std::string(30'000'000, 'x');
  EXPECT_EQ(errorAfter(holding.endpoint(), large, 4s, 2s), ClientError::SendTimeout);
}

TEST_F(TimedClientTest, IdleConnectionsAreKeptForTheirTimeOnly) {
  serve(echo);
  EXPECT_EQ(run(endpoint()).status, 200);
  loop.advance(clock, 59s);
  EXPECT_EQ(pool->counters().idle, 1u);
  loop.advance(clock, 2s);
  EXPECT_EQ(pool->counters().idle, 0u);
  // In use all the time, but old: closed once ten minutes have passed.
  for (int i = 0; i < 13; ++i) {
    EXPECT_EQ(run(endpoint()).status, 200);
    loop.advance(clock, 50s);
  }
  EXPECT_EQ(pool->counters().connected, 3u);
}

TEST_F(TimedClientTest, WaitsForAFreeConnectionWhenTheirNumberIsLimited) {
  PoolLimits limits;
  limits.open_per_endpoint = 1;
  pool = std::make_unique<ClientPool>(connector, limits);
  runtime::Condition gate(loop);
  const auto gated = [](ServerExchange& exchange, runtime::Condition& until) -> Task<void> {
    co_await until.wait();
    [[maybe_unused]] auto sent = co_await exchange.respond(200, "", "x");
  };
  serve([&](ServerExchange& exchange) { return gated(exchange, gate); });
  Answer answers[3];
  bool done[3] = {};
  runtime::TaskScope scope;
  for (int i = 0; i < 3; ++i) scope.spawn(askInto(*pool, endpoint(), Ask(), answers[i], done[i]));
  loop.settle();
  EXPECT_EQ(server->counters().open, 1u);
  for (int i = 0; i < 2; ++i) {
    gate.notifyAll();
    loop.settle();
  }
  EXPECT_TRUE(done[0] && done[1]);
  EXPECT_FALSE(done[2]);
  EXPECT_EQ(server->counters().open, 1u);
  gate.notifyAll();
  loop.settle();
  EXPECT_EQ(answers[2].status, 200);
  EXPECT_EQ(pool->counters().connected, 1u);
  scope.spawn(askInto(*pool, endpoint(), Ask(), answers[0], done[0]));
  loop.settle();
  EXPECT_EQ(errorAfter(endpoint(), Ask(), 9s, 2s), ClientError::Busy);
}

// --- TLS ---

class TlsClientTest : public ClientTest {
 protected:
  void serveTls() {
    std::vector<runtime::TlsIdentity> identities{authority.issue("DNS:localhost")};
    serve(echo, ServerLimits(), *runtime::TlsServerContext::create(identities, runtime::ClientCertificate::None));
    runtime::TlsClientOptions options;
    options.ca_pem = authority.pem();
    trusting = *runtime::TlsClientContext::create(options);
  }
  runtime::TestAuthority authority;
  std::shared_ptr<const runtime::TlsClientContext> trusting;
};

TEST_F(TlsClientTest, SpeaksHttpOverTls) {
  serveTls();
  std::string body(1'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 5) body[i] = static_cast<char>('a' + i % 26);
  for (int i = 0; i < 3; ++i) {
    const Answer answer = run(endpoint(trusting), post(i == 1 ? body : "small"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == (i == 1 ? body : "small"));
    EXPECT_FALSE(answer.error) << toString(*answer.error);
  }
  EXPECT_EQ(pool->counters().connected, 1u);
}

TEST_F(TlsClientTest, ReportsTlsFailures) {
  serveTls();
  const auto other = *runtime::TlsClientContext::create(runtime::TlsClientOptions());
  EXPECT_EQ(run(endpoint(other)).error, ClientError::Tls);
  const Answer plain = run(endpoint());
  EXPECT_TRUE(plain.error == ClientError::Reset || plain.error == ClientError::Malformed);
}

// --- fetch ---

FetchRequest fetching(std::string url) {
  FetchRequest request;
  request.url = std::move(url);
  return request;
}

Task<void> describe(ServerExchange& exchange) {
  ResponseHead head(&exchange.arena());
  head.status = 302;
  head.headers.add("Location", "/elsewhere");
  head.headers.add("X-Target", exchange.head().target);
  head.headers.add("X-Host", exchange.head().headers.find("Host").value_or(""));
  auto body = co_await exchange.readWholeBody(1000);
  head.framing = Framing::Chunked;
  exchange.startResponse(head);
  [[maybe_unused]] auto sent = co_await exchange.finish(body ? *body : std::string_view());
}

TEST_F(ClientTest, FetchesSmallThings) {
  serve(describe);
  const std::string base = "http://127.0.0.1:" + std::to_string(address.port());
  FetchRequest wanted = fetching(base + "/a/b?c=d#fragment");
  wanted.method = "POST";
  wanted.body = "payload";
  const auto response = loop.runTask(fetch(*pool, wanted));
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 302);  // not followed
  EXPECT_EQ(response->reason, "Found");
  EXPECT_EQ(response->header("x-target"), "/a/b?c=d");
  EXPECT_EQ(response->header("X-Host"), "127.0.0.1:" + std::to_string(address.port()));
  EXPECT_EQ(response->body, "payload");
  EXPECT_EQ(loop.runTask(fetch(*pool, fetching(base)))->header("X-Target"), "/");
  EXPECT_EQ(loop.runTask(fetch(*pool, fetching(base + "?q")))->header("X-Target"), "/?q");
  wanted.max_body = 3;
  EXPECT_EQ(loop.runTask(fetch(*pool, wanted)).error().code, static_cast<int>(ClientError::TooLarge));
}

TEST_F(ClientTest, FetchRefusesWhatIsNoUrl) {
  for (const char* url :
       {"", "example.org", "ftp://a/", "http://", "http:///x", "http://a:b/", "http://u:p@a/", "http://a b/"}) {
    const auto response = loop.runTask(fetch(*pool, fetching(url)));
    ASSERT_FALSE(response.has_value()) << url;
    EXPECT_TRUE(response.error().code == static_cast<int>(ClientError::BadRequest) ||
                response.error().code == static_cast<int>(ClientError::NotResolved))
        << url;
  }
}

}  // namespace
}  // namespace sluice::http
