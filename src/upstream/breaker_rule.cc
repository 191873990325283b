#include "upstream/breaker_rule.h"

#include <algorithm>

#include "base/encoding.h"

namespace sluice::upstream {
namespace {

// A backend that asks for more is asked again after this: it may have said so by mistake.
constexpr Duration kLongestRetryAfter = std::chrono::hours(1);

}  // namespace

BreakerRule::BreakerRule(const config::CircuitBreaker& breaker)
    : count_(static_cast<uint32_t>(std::max(0, breaker.count.value_or(0)))),
      percentage_(count_ > 0 ? 0 : static_cast<uint32_t>(std::clamp(breaker.percentage.value_or(0), 0, 100))),
      interval_(breaker.interval),
      trip_duration_(breaker.trip_duration),
      statuses_(breaker.statuses),
      accept_retry_after_(breaker.accept_retry_after),
      answer_status_(breaker.failure_status.value_or(503)) {
  for (const auto& reason : breaker.error_reasons) {
    if (equalsIgnoreCase(reason, config::kErrorReasons[0])) server_errors_ = true;
    if (equalsIgnoreCase(reason, config::kErrorReasons[1])) connection_failures_ = true;
    if (equalsIgnoreCase(reason, config::kErrorReasons[2])) timeouts_ = true;
  }
  // A condition that names no status and no reason means what everybody calls a failure.
  if (statuses_.empty() && breaker.error_reasons.empty()) server_errors_ = true;
}

bool BreakerRule::isFailure(const CallResult& result) const {
  if (!present()) return false;
  if (result.status == 0) {
    // No answer at all is worse than any status that the author may have listed: a breaker for 500 to 599 that let a
    // dead backend be would help nobody.
    const bool any =
        server_errors_ || std::ranges::any_of(statuses_, [](const auto& range) { return range.max >= 500; });
    return any || (result.error == CallError::Timeout ? timeouts_ : connection_failures_);
  }
  if (server_errors_ && result.status >= 500) return true;
  return std::ranges::any_of(
      statuses_, [&](const auto& range) { return result.status >= range.min && result.status <= range.max; });
}

Duration BreakerRule::tripDuration(const CallResult& result) const {
  if (accept_retry_after_ && result.retry_after > Duration::zero())
    return std::min(result.retry_after, kLongestRetryAfter);
  return trip_duration_;
}

}  // namespace sluice::upstream
