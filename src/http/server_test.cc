#include "http/server.h"

#include "http/loopback_fixture.h"

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

Task<void> echo(ServerExchange& exchange) {
  auto body = co_await exchange.readWholeBody(1 << 20);
  if (!body) {
    [[maybe_unused]] auto sent = co_await exchange.respond(400, "text/plain", "");
    co_return;
  }
  const std::string_view answer = exchange.arena().copy(*body);
  [[maybe_unused]] auto sent = co_await exchange.respond(200, "text/plain", answer);
}

size_t occurrences(const std::string& text, std::string_view of) {
  size_t count = 0;
  for (size_t at = text.find(of); at != std::string::npos; at = text.find(of, at + of.size())) ++count;
  return count;
}

class ServerTest : public LoopbackTest {};

TEST_F(ServerTest, AnswersASimpleRequest) {
  serve(echo);
  const std::string answer =
      talk("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
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

}  // namespace
}  // namespace sluice::http
