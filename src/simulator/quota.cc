#include "simulator/quota.h"

#include <algorithm>

namespace sluice::simulator {
namespace {

constexpr auto kMinute = std::chrono::minutes(1);
// What deployments without a quota claim to have left.
constexpr int64_t kAmpleTokens = 1'000'000;
constexpr int64_t kAmpleRequests = 1'000;

}  // namespace

Quota::Verdict Quota::take(const std::string& deployment, const Knobs& knobs, int64_t tokens, UtcTime now) {
  auto& window = windows_[deployment];
  if (now - window.start >= kMinute || now < window.start) window = Window{now, 0, 0};
  const int64_t most_tokens = knobs.tokens_per_minute.value_or(kAmpleTokens);
  const int64_t most_requests = knobs.requests_per_minute.value_or(kAmpleRequests);
  Verdict verdict;
  if (knobs.requests_per_minute && window.requests + 1 > most_requests) {
    verdict.exceeded = "call";
  } else if (knobs.tokens_per_minute && window.tokens + tokens > most_tokens) {
    verdict.exceeded = "token";
  } else {
    window.tokens += tokens;
    ++window.requests;
  }
  const auto left = window.start + kMinute - now;
  verdict.retry_after = std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(left).count());
  verdict.remaining_tokens = std::max<int64_t>(0, most_tokens - window.tokens);
  verdict.remaining_requests = std::max<int64_t>(0, most_requests - window.requests);
  return verdict;
}

}  // namespace sluice::simulator
