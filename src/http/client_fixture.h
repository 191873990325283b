// For tests: whole exchanges as values.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "http/client.h"

namespace sluice::http {

struct Ask {
  std::string method = "GET";
  std::string body;
  ClientTimeouts timeouts;
  runtime::Cancellation* stop = nullptr;
  uint64_t limit = 64 << 20;
};

struct Answer {
  int status = 0;
  std::string body;
  std::optional<ClientError> error;
  bool reused = false;
};

inline Task<Answer> ask(ClientPool& pool, Endpoint endpoint, Ask wanted) {
  Arena arena;
  ClientExchange exchange(pool, endpoint, arena);
  ClientRequest request(&arena);
  request.method = wanted.method;
  const std::string_view piece = wanted.body;
  if (!piece.empty()) request.body = std::span<const std::string_view>(&piece, 1);
  request.timeouts = wanted.timeouts;
  request.cancellation = wanted.stop;
  Answer answer;
  const Status sent = co_await exchange.send(request);
  if (!sent) {
    answer.error = static_cast<ClientError>(sent.error().code);
    co_return answer;
  }
  const auto head = co_await exchange.readHead();
  if (!head) {
    answer.error = static_cast<ClientError>(head.error().code);
    co_return answer;
  }
  answer.status = (*head)->status;
  answer.reused = exchange.reusedConnection();
  const auto whole = co_await exchange.readWholeBody(wanted.limit);
  if (whole) {
    answer.body = *whole;
  } else {
    answer.error = static_cast<ClientError>(whole.error().code);
  }
  co_return answer;
}

inline Task<void> askInto(ClientPool& pool, Endpoint endpoint, Ask wanted, Answer& answer, bool& done) {
  answer = co_await ask(pool, std::move(endpoint), std::move(wanted));
  done = true;
}

inline Ask post(std::string body) {
  Ask wanted;
  wanted.method = "POST";
  wanted.body = std::move(body);
  return wanted;
}

}  // namespace sluice::http
