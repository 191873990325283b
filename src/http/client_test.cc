#include "http/client.h"

#include "http/loopback_fixture.h"

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

Task<void> echo(ServerExchange& exchange) {
  auto body = co_await exchange.readWholeBody(64 << 20);
  const std::string_view answer = body ? *body : std::string_view("failed");
  [[maybe_unused]] auto sent = co_await exchange.respond(200, "text/plain", answer);
}

struct Answer {
  int status = 0;
  std::string body;
  std::string error;
  int code = 0;
};

Task<Answer> ask(ClientPool& pool, Endpoint endpoint, std::string method, std::string body, runtime::Cancellation* stop) {
  Arena arena;
  ClientExchange exchange(pool, endpoint, arena);
  ClientRequest request(&arena);
  request.method = method;
  const std::string_view piece = body;
  if (!body.empty()) request.body = std::span<const std::string_view>(&piece, 1);
  request.cancellation = stop;
  Answer answer;
  Status sent = co_await exchange.send(request);
  if (!sent) {
    answer.error = sent.error().message;
    answer.code = sent.error().code;
    co_return answer;
  }
  auto head = co_await exchange.readHead();
  if (!head) {
    answer.error = head.error().message;
    answer.code = head.error().code;
    co_return answer;
  }
  answer.status = (*head)->status;
  auto whole = co_await exchange.readWholeBody(64 << 20);
  if (!whole) {
    answer.error = whole.error().message;
    answer.code = whole.error().code;
    co_return answer;
  }
  answer.body = *whole;
  co_return answer;
}

class ClientTest : public LoopbackTest {};

TEST_F(ClientTest, SendsAndReceivesAndReusesTheConnection) {
  serve(echo);
  for (int i = 0; i < 5; ++i) {
    const Answer answer = loop.runTask(ask(*pool, endpoint(), "POST", "hello", nullptr));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
  }
  EXPECT_EQ(pool->counters().connected, 1u);
  EXPECT_EQ(pool->counters().reused, 4u);
}

TEST_F(ClientTest, CarriesLargeBodiesBothWays) {
  serve(echo);
  std::string body(5'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 7) body[i] = static_cast<char>('a' + i % 26);
  const Answer answer = loop.runTask(ask(*pool, endpoint(), "PUT", body, nullptr));
  EXPECT_EQ(answer.status, 200) << answer.error;
  EXPECT_EQ(answer.body, body);
}

}  // namespace
}  // namespace sluice::http
