#include "http/server.h"

#include <stdexcept>

#include "http/loopback_fixture.h"
#include "runtime/condition.h"

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

Task<void> echo(ServerExchange& exchange) {
  auto body = co_await exchange.readWholeBody(1 << 20);
  if (!body) {
    const bool large = body.error().code == static_cast<int>(ExchangeError::TooLarge);
    [[maybe_unused]] auto sent = co_await exchange.respond(large ? 413 : 400, "text/plain", "no");
    co_return;
  }
  [[maybe_unused]] auto sent = co_await exchange.respond(200, "text/plain", *body);
}

Task<void> greet(ServerExchange& exchange) {
  [[maybe_unused]] auto sent = co_await exchange.respond(200, "text/plain", "hi");
}

size_t occurrences(const std::string& text, std::string_view of) {
  size_t count = 0;
  for (size_t at = text.find(of); at != std::string::npos; at = text.find(of, at + of.size())) ++count;
  return count;
}

std::string statusLine(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n"));
}

class ServerTest : public LoopbackTest {};

TEST_F(ServerTest, AnswersASimpleRequest) {
  serve(echo);
  const std::string answer = talk("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
  EXPECT_EQ(answer,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  serve(echo);
  const std::string answer = talk(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n"
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\n3");
  EXPECT_EQ(occurrences(answer, "HTTP/1.1 200 OK"), 4u);
  EXPECT_LT(answer.find("\r\n\r\n1"), answer.find("\r\n\r\n2"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n3"));
}

TEST_F(ServerTest, ServesRequestsThatComeByteByByte) {
  serve(echo);
  RawPeer peer = dial();
  const std::string request =
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char c : request + request) {
    loop.runTask(peer.send(std::string(1, c)));
    loop.settle(1);
  }
  peer.stream().shutdownWrite();
  const std::string answer = loop.runTask(peer.readAll());
  EXPECT_EQ(occurrences(answer, "\r\n\r\nabcde"), 2u);
}

TEST_F(ServerTest, PassesLargeBodiesThrough) {
  serve(echo);
  std::string body(900'000, 'q');
  for (size_t i = 0; i < body.size(); i += 3) body[i] = static_cast<char>('a' + i % 23);
  const std::string answer =
      talk("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 900000\r\n\r\n" + body);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + body));
}

Task<void> noteTarget(ServerExchange& exchange, std::string& order) {
  order += exchange.head().target.substr(1);
  [[maybe_unused]] auto sent = co_await exchange.respond(200, "", "x");
}

TEST_F(ServerTest, AFloodOfPipelinedRequestsDoesNotKeepOthersWaiting) {
  std::string order;
  serve([&](ServerExchange& exchange) { return noteTarget(exchange, order); });
  RawPeer greedy = dial();
  RawPeer modest = dial();
  std::string flood;
  for (int i = 0; i < 200; ++i) flood += "GET /g HTTP/1.1\r\nHost: a\r\n\r\n";
  loop.runTask(greedy.send(flood));
  loop.runTask(modest.send("GET /m HTTP/1.1\r\nHost: a\r\n\r\n"));
  loop.settle();
  EXPECT_EQ(order.size(), 201u);
  EXPECT_LT(order.find('m'), 20u);
}

// --- framing of responses ---

Task<void> respondAs(ServerExchange& exchange, int status, Framing framing, std::string body) {
  ResponseHead head(&exchange.arena());
  head.status = status;
  head.framing = framing;
  head.content_length = body.size();
  exchange.startResponse(head);
  const std::string_view all = body;
  [[maybe_unused]] auto first = co_await exchange.write(all.substr(0, 2));
  [[maybe_unused]] auto later = co_await exchange.write(all.substr(2, 2), Flush::Later);
  [[maybe_unused]] auto last = co_await exchange.finish(all.substr(4));
}

TEST_F(ServerTest, FramesChunkedBodies) {
  serve([](ServerExchange& exchange) { return respondAs(exchange, 200, Framing::Chunked, "abcdef"); });
  EXPECT_EQ(talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            "2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n0\r\n\r\n");
}

TEST_F(ServerTest, AnOldClientGetsItsBodyUntilClose) {
  serve([](ServerExchange& exchange) { return respondAs(exchange, 200, Framing::Chunked, "abcdef"); });
  EXPECT_EQ(talk("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcdef");
}

TEST_F(ServerTest, AnOldClientMayKeepItsConnection) {
  serve(greet);
  const std::string answer = talk("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(occurrences(answer, "Connection: keep-alive\r\n"), 1u);
  EXPECT_EQ(occurrences(answer, "Connection: close\r\n"), 1u);
}

TEST_F(ServerTest, HeadAndBodilessStatusesSendNoBody) {
  serve([](ServerExchange& exchange) {
    const int status = exchange.head().target == "/204" ? 204 : exchange.head().target == "/304" ? 304 : 200;
    return respondAs(exchange, status, Framing::Length, "abcdef");
  });
  EXPECT_EQ(talk("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(talk("GET /204 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(talk("GET /304 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\nConnection: close\r\n\r\n");
}

Task<void> respondEmpty(ServerExchange& exchange) {
  ResponseHead head(&exchange.arena());
  exchange.startResponse(head);
  [[maybe_unused]] auto sent = co_await exchange.finish();
}

TEST_F(ServerTest, AnEmptyBodySaysSo) {
  serve(respondEmpty);
  EXPECT_EQ(talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

Task<void> hint(ServerExchange& exchange) {
  ResponseHead early(&exchange.arena());
  early.status = 103;
  early.headers.add("Link", "</a>");
  [[maybe_unused]] auto sent = co_await exchange.sendInterim(early);
  [[maybe_unused]] auto done = co_await exchange.respond(200, "", "x");
}

TEST_F(ServerTest, SendsInterimHeads) {
  serve(hint);
  EXPECT_EQ(talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: "
            "close\r\n\r\nx");
}

// --- bad input ---

TEST_F(ServerTest, RefusesBadInputByItself) {
  ServerLimits limits;
  limits.head.bytes = 1000;
  serve(greet, limits);
  const std::pair<const char*, int> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417},
      {"nonsense\r\n\r\n", 400},
  };
  for (const auto& [request, status] : cases) {
    RawPeer peer = dial();
    loop.runTask(peer.send(std::string(request) + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
    peer.stream().shutdownWrite();
    const std::string answer = loop.runTask(peer.readAll());
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(status))) << request << answer;
    EXPECT_EQ(occurrences(answer, "HTTP/1.1 "), 1u) << "nothing after it is served";
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_NE(answer.find("{ \"statusCode\": " + std::to_string(status) + ", \"message\": \""), std::string::npos);
  }
  RawPeer peer = dial();
  loop.runTask(peer.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x')));
  peer.stream().shutdownWrite();
  EXPECT_EQ(statusLine(loop.runTask(peer.readAll())), "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(server->counters().malformed, std::size(cases) + 1);
  EXPECT_EQ(server->counters().requests, 0u);
}

TEST_F(ServerTest, ABrokenChunkedBodyIsTheHandlersToAnswerAndClosesTheConnection) {
  serve(echo);
  RawPeer peer = dial();
  loop.runTask(
      peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  peer.stream().shutdownWrite();
  const std::string answer = loop.runTask(peer.readAll());
  EXPECT_EQ(statusLine(answer), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(occurrences(answer, "HTTP/1.1"), 1u);
}

// The client is still sending when the answer comes: it must be able to read it.
TEST_F(ServerTest, ATooLargeBodyGetsItsAnswer) {
  serve(echo);
  RawPeer peer = dial();
  loop.runTask(
      peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + std::string(2'999'000, 'x')));
  const std::string answer = loop.runTask(peer.readPast("\r\n\r\nno"));
  EXPECT_EQ(statusLine(answer), "HTTP/1.1 413 Content Too Large");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);

  RawPeer chunked = dial();
  std::string body;
  for (int i = 0; i < 30; ++i) body += "ffff\r\n" + std::string(0xffff, 'x') + "\r\n";
  loop.runTask(chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body));
  EXPECT_EQ(statusLine(loop.runTask(chunked.readPast("\r\n\r\nno"))), "HTTP/1.1 413 Content Too Large");
}

TEST_F(ServerTest, AShortUnreadBodyIsDiscardedAndALongOneCloses) {
  serve(greet);
  const std::string answer = talk(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(occurrences(answer, "HTTP/1.1 200"), 2u);
  RawPeer peer = dial();
  loop.runTask(peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nhello"));
  EXPECT_EQ(statusLine(loop.runTask(peer.readAll())), "HTTP/1.1 200 OK");
}

// --- 100-continue ---

TEST_F(ServerTest, Sends100ContinueWhenTheBodyIsRead) {
  serve(echo);
  RawPeer peer = dial();
  loop.runTask(peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(loop.runTask(peer.readPast("\r\n\r\n")), "HTTP/1.1 100 Continue\r\n\r\n");
  loop.runTask(peer.send("ok"));
  EXPECT_TRUE(loop.runTask(peer.readPast("ok")).starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, SendsNo100ContinueWhenTheBodyIsNotWanted) {
  serve(greet);
  RawPeer peer = dial();
  loop.runTask(peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  const std::string answer = loop.runTask(peer.readPast("hi"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

// --- handlers that fail ---

Task<void> nothing(ServerExchange&) {
  co_return;
}
Task<void> throwing(ServerExchange&) {
  throw std::runtime_error("third party");  // lint: allow throw, because it stands for others' code
  co_return;
}

TEST_F(ServerTest, AHandlerWithoutAnswerGives500) {
  serve(nothing);
  EXPECT_EQ(statusLine(talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n")), "HTTP/1.1 500 Internal Server Error");
  handler.function = throwing;
  EXPECT_EQ(statusLine(talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n")), "HTTP/1.1 500 Internal Server Error");
}

Task<void> cutShort(ServerExchange& exchange, Framing framing, bool abort) {
  ResponseHead head(&exchange.arena());
  head.framing = framing;
  head.content_length = 100;
  exchange.startResponse(head);
  [[maybe_unused]] auto sent = co_await exchange.write("part");
  if (abort) exchange.abort();
}

TEST_F(ServerTest, ACutResponseDoesNotLookWhole) {
  for (const bool abort : {false, true}) {
    serve([abort](ServerExchange& exchange) { return cutShort(exchange, Framing::Chunked, abort); });
    const std::string chunked = talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(chunked.ends_with("4\r\npart\r\n")) << chunked;
    serve([abort](ServerExchange& exchange) { return cutShort(exchange, Framing::Length, abort); });
    const std::string counted = talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(counted.ends_with("\r\n\r\npart")) << counted;
    serve([abort](ServerExchange& exchange) { return cutShort(exchange, Framing::UntilClose, abort); });
    RawPeer peer = dial();
    loop.runTask(peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    loop.runTask(peer.readAll());
    EXPECT_EQ(peer.how(), runtime::IoStatus::Failed);
  }
}

// --- clients that leave ---

Task<void> untilGone(ServerExchange& exchange, bool& gone) {
  co_await exchange.clientGone().wait();
  gone = true;
}

TEST_F(ServerTest, AWaitingHandlerLearnsThatTheClientLeft) {
  bool gone = false;
  serve([&gone](ServerExchange& exchange) { return untilGone(exchange, gone); });
  RawPeer peer = dial();
  loop.runTask(peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  loop.settle();
  EXPECT_FALSE(gone);
  EXPECT_EQ(server->counters().in_flight, 1u);
  peer.close();
  loop.settle();
  EXPECT_TRUE(gone);
  EXPECT_EQ(server->counters().open, 0u);
  EXPECT_EQ(server->counters().in_flight, 0u);
}

Task<void> pour(ServerExchange& exchange, size_t& written, std::optional<ExchangeError>& failure) {
  ResponseHead head(&exchange.arena());
  head.framing = Framing::Chunked;
  exchange.startResponse(head);
  const std::string piece(100'000, 'x');
  for (;;) {
    const Status sent = co_await exchange.write(piece);
    if (!sent) {
      failure = static_cast<ExchangeError>(sent.error().code);
      co_return;
    }
    written += piece.size();
  }
}

TEST_F(ServerTest, ASlowClientHoldsTheHandlerBack) {
  size_t written = 0;
  std::optional<ExchangeError> failure;
  serve([&](ServerExchange& exchange) { return pour(exchange, written, failure); });
  RawPeer peer = dial();
  loop.runTask(peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  loop.settle();
  const size_t first = written;
  EXPECT_LT(first, 20'000'000u);
  loop.settle();
  EXPECT_EQ(written, first);
  size_t wanted = first + 1'000'000;
  loop.runTask(peer.readUntil([&](const std::string& text) { return text.size() > wanted; }));
  EXPECT_GT(written, first);
  EXPECT_FALSE(failure);
  peer.close();
  loop.settle();
  EXPECT_EQ(failure, ExchangeError::Gone);
}

// --- time ---

class TimedServerTest : public LoopbackTest {
 protected:
  TimedServerTest() : LoopbackTest(clock) {}
  static ManualClock clock;
};
ManualClock TimedServerTest::clock{UtcTime{}};

TEST_F(TimedServerTest, AClientThatSendsNothingIsClosedSilently) {
  serve(greet);
  RawPeer peer = dial();
  loop.advance(clock, 29s);
  EXPECT_EQ(server->counters().open, 1u);
  loop.advance(clock, 2s);
  EXPECT_EQ(server->counters().open, 0u);
  EXPECT_EQ(loop.runTask(peer.readAll()), "");
}

TEST_F(TimedServerTest, ASlowHeadGets408) {
  serve(greet);
  RawPeer peer = dial();
  for (const char c : std::string("GET / HTTP/1.1\r\nHost: aaaaaaaa")) {
    loop.runTask(peer.send(std::string(1, c)));
    loop.advance(clock, 1s);
  }
  EXPECT_EQ(statusLine(loop.runTask(peer.readPast("\r\n\r\n"))), "HTTP/1.1 408 Request Timeout");
}

TEST_F(TimedServerTest, ASlowBodyFails) {
  std::optional<int> code;
  const auto read = [](ServerExchange& exchange, std::optional<int>& out) -> Task<void> {
    const auto body = co_await exchange.readWholeBody(100);
    if (!body) out = body.error().code;
  };
  serve([&](ServerExchange& exchange) { return read(exchange, code); });
  RawPeer peer = dial();
  loop.runTask(peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"));
  loop.advance(clock, 50s);
  loop.runTask(peer.send("l"));
  loop.advance(clock, 50s);
  EXPECT_FALSE(code);
  loop.advance(clock, 11s);
  EXPECT_EQ(code, static_cast<int>(ExchangeError::Timeout));
}

TEST_F(TimedServerTest, AnIdleConnectionIsKeptForItsTimeOnly) {
  serve(greet);
  RawPeer peer = dial();
  loop.runTask(peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  loop.runTask(peer.readPast("hi"));
  loop.advance(clock, 200s);
  loop.runTask(peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  loop.runTask(peer.readPast("hi"));
  loop.advance(clock, 239s);
  EXPECT_EQ(server->counters().open, 1u);
  loop.advance(clock, 2s);
  EXPECT_EQ(server->counters().open, 0u);
}

TEST_F(TimedServerTest, AClientThatTakesNothingIsCut) {
  size_t written = 0;
  std::optional<ExchangeError> failure;
  serve([&](ServerExchange& exchange) { return pour(exchange, written, failure); });
  RawPeer peer = dial();
  loop.runTask(peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  loop.advance(clock, 59s);
  EXPECT_FALSE(failure);
  loop.advance(clock, 2s);
  EXPECT_EQ(failure, ExchangeError::Timeout);
}

// --- limits and draining ---

TEST_F(ServerTest, RefusesConnectionsOverTheLimit) {
  ServerLimits limits;
  limits.connections = 2;
  serve(greet, limits);
  RawPeer first = dial();
  RawPeer second = dial();
  loop.settle();
  RawPeer third = dial();
  EXPECT_EQ(loop.runTask(third.readAll()), "");
  EXPECT_EQ(server->counters().refused, 1u);
  EXPECT_EQ(server->counters().open, 2u);
}

TEST_F(ServerTest, ClosesAfterTheLastRequestAllowed) {
  ServerLimits limits;
  limits.requests_per_connection = 2;
  serve(greet, limits);
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string answer = talk(get + get + get);
  EXPECT_EQ(occurrences(answer, "HTTP/1.1 200"), 2u);
  EXPECT_EQ(occurrences(answer, "Connection: close"), 1u);
}

Task<void> gated(ServerExchange& exchange, runtime::Condition& gate) {
  co_await gate.wait();
  [[maybe_unused]] auto sent = co_await exchange.respond(200, "", "late");
}

TEST_F(ServerTest, DrainsGracefully) {
  runtime::Condition gate(loop);
  serve([&](ServerExchange& exchange) { return gated(exchange, gate); });
  RawPeer idle = dial();
  RawPeer busy = dial();
  loop.runTask(busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  loop.settle();
  Task<void> draining = server->drain(loop.now() + 60s);
  EXPECT_FALSE(draining.start());
  EXPECT_TRUE(server->draining());
  EXPECT_EQ(loop.runTask(idle.readAll()), "");
  EXPECT_FALSE(loop.runTask(runtime::connectTcp(loop, address, runtime::kNever)).has_value());
  EXPECT_FALSE(draining.done());
  gate.notifyAll();
  const std::string answer = loop.runTask(busy.readAll());
  EXPECT_TRUE(answer.ends_with("late"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  loop.settle();
  EXPECT_TRUE(draining.done());
}

TEST_F(TimedServerTest, DrainingEndsAtItsDeadline) {
  runtime::Condition gate(loop);
  serve([&](ServerExchange& exchange) { return gated(exchange, gate); });
  RawPeer busy = dial();
  loop.runTask(busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  loop.settle();
  Task<void> draining = server->drain(loop.now() + 10s);
  EXPECT_FALSE(draining.start());
  loop.advance(clock, 11s);
  EXPECT_TRUE(draining.done());
  EXPECT_EQ(server->counters().open, 0u);
  EXPECT_EQ(loop.runTask(busy.readAll()), "");
}

// Whatever moment the server is destroyed at, nothing is touched afterwards (the sanitizers look on).
TEST_F(ServerTest, MayBeDestroyedAtAnyMoment) {
  const std::string request =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n";
  for (size_t sent = 0; sent < request.size() + 20; sent += 3) {
    runtime::Condition gate(loop);
    const auto slow = [](ServerExchange& exchange, runtime::Condition& until) -> Task<void> {
      auto first = co_await exchange.readBody();
      if (first) co_await until.wait();
      [[maybe_unused]] auto done = co_await exchange.respond(200, "", "x");
    };
    serve([&](ServerExchange& exchange) { return slow(exchange, gate); });
    RawPeer peer = dial();
    const std::string all = request + "5\r\nhello\r\n0\r\n\r\n";
    loop.runTask(peer.send(all.substr(0, sent)));
    loop.settle(2);
    server.reset();
    loop.settle(2);
    loop.runTask(peer.readAll());
    EXPECT_TRUE(peer.ended());
  }
}

}  // namespace
}  // namespace sluice::http
